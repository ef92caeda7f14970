"""PADV2: a value around a tensor."""

from lilliput.ir import DType, Graph, Node
from lilliput.operators import padding
from lilliput.operators.operator import Border, Call, Operator, RowCall, View
from lilliput.operators.passing_channels import SurroundedChannels


def value_is_constant(graph: Graph, node: Node) -> bool:
    """The padding value must be one constant int8 in the output's quantisation."""
    value, output = graph.input(node, 2), graph.output(node)
    return (
        value.is_constant
        and value.dtype is DType.INT8
        and value.elements == 1
        and value.quantization is not None
        and output.quantization is not None
        and value.quantization.scales == output.quantization.scales
        and value.quantization.zero_points == output.quantization.zero_points
    )


def _value(graph: Graph, node: Node) -> int:
    data = graph.input(node, 2).data
    return 0 if data is None else int(data.ravel()[0])


class PadV2(Operator):
    """The third input is the padding."""

    name = "padv2"
    versions = range(1, 5)
    inputs = range(3, 4)
    rules = (*padding.RULES, value_is_constant)
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
