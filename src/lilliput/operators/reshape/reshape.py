"""RESHAPE: the same elements in another shape."""

from lilliput.operators.relabelling import Relabelling


class Reshape(Relabelling):
    """The second input, the shape, says nothing new."""

    name = "reshape"
    versions = range(1, 2)
    inputs = range(1, 3)
    unread_inputs = (1,)
