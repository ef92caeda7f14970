"""SQUEEZE: the same elements without some dimensions of 1."""

from collections.abc import Mapping

from lilliput.ir import Graph, Node, OptionValue
from lilliput.operators.relabelling import Relabelling


class Squeeze(Relabelling):
    """Which dimensions go follows from the shapes."""

    name = "squeeze"
    versions = range(1, 3)
    inputs = range(1, 2)

    def written_options(self, graph: Graph, node: Node) -> Mapping[str, OptionValue]:
        """The dimensions that go: without them LiteRT lets go of the channels, too, where one is left."""
        removed: list[int] = []
        left = list(graph.output(node).shape)
        for dimension, size in reversed(list(enumerate(graph.input(node).shape))):
            if left and left[-1] == size:
                left.pop()
            else:
                removed.insert(0, dimension)
        return {"squeeze_dims": tuple(removed)}
