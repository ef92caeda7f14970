"""RESHAPE: the same elements in another shape."""

from collections.abc import Mapping

from lilliput.ir import Graph, Node, OptionValue
from lilliput.operators.relabelling import Relabelling


class Reshape(Relabelling):
    """The second input, the shape, says nothing new."""

    name = "reshape"
    versions = range(1, 2)
    inputs = range(1, 3)
    unread_inputs = (1,)

    def written_options(self, graph: Graph, node: Node) -> Mapping[str, OptionValue]:
        """The shape, which TFLM takes from the output and LiteRT from here."""
        return {"new_shape": graph.output(node).shape}
