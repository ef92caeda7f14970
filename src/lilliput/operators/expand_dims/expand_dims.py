"""EXPAND_DIMS: the same elements with one more dimension of 1."""

from lilliput.operators.relabelling import Relabelling


class ExpandDims(Relabelling):
    """Where the dimension goes, the second input, follows from the shapes."""

    name = "expand_dims"
    versions = range(1, 2)
    inputs = range(2, 3)
