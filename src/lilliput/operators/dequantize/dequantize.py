"""DEQUANTIZE: int8 to float32."""

from lilliput.ir import DType, Graph, Node
from lilliput.operators import by_rows
from lilliput.operators.fixed_point import quantization
from lilliput.operators.lookup import shapes_are_equal
from lilliput.operators.operator import Call, Operator, Parameter, RowCall, one_call
from lilliput.operators.rules import input_is_int8


def output_is_float32(graph: Graph, node: Node) -> bool:
    """The output must be float32."""
    return graph.output(node).dtype is DType.FLOAT32


class Dequantize(Operator):
    """scale * (input - zero point) in float32."""

    name = "dequantize"
    versions = range(1, 7)
    inputs = range(1, 2)
    rules = (input_is_int8, output_is_float32)
    consistency = (shapes_are_equal,)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call."""
        source = quantization(graph.input(node))
        fields: dict[str, Parameter] = {
            "scale": source.scale,
            "count": graph.output(node).elements,
            "input_offset": -source.zero_point,
        }
        return one_call(node, "operators/dequantize/dequantize.c", fields)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """Elements are independent."""
        return by_rows.pointwise(graph, self.calls(graph, node)[0], "count")
