"""PAD: zeros around a tensor."""

from lilliput.ir import Graph, Node
from lilliput.operators import padding
from lilliput.operators.fixed_point import quantization
from lilliput.operators.operator import Border, Call, Operator, RowCall, View
from lilliput.operators.passing_channels import SurroundedChannels


def _value(graph: Graph, node: Node) -> int:
    return quantization(graph.output(node)).zero_point


class Pad(Operator):
    """The padding is the output's zero point."""

    name = "pad"
    versions = range(1, 5)
    inputs = range(2, 3)
    rules = padding.RULES
    consistency = padding.CONSISTENCY
    channels = SurroundedChannels(_value)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """Mostly one call."""
        return padding.calls(graph, node, _value(graph, node))

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """Where height and width of one image are padded, or width and channels."""
        return padding.rows(graph, node, _value(graph, node))

    def border(self, graph: Graph, node: Node) -> Border | None:
        """Around images."""
        return padding.border(graph, node, _value(graph, node))

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        """The whole when nothing is padded."""
        return padding.views(graph, node)
