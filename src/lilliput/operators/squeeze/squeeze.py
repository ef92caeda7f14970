"""SQUEEZE: the same elements without some dimensions of 1."""

from lilliput.operators.relabelling import Relabelling


class Squeeze(Relabelling):
    """Which dimensions go follows from the shapes."""

    name = "squeeze"
    versions = range(1, 3)
    inputs = range(1, 2)
