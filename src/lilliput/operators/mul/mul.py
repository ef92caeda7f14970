"""MUL: the product of two tensors."""

from lilliput.ir import Graph, Node
from lilliput.operators import elementwise
from lilliput.operators.fixed_point import quantization, quantize_multiplier
from lilliput.operators.operator import Call, Operator, RowCall


class Mul(Operator):
    """Either input may be repeated to the output's shape."""

    name = "mul"
    versions = range(1, 8)
    inputs = range(2, 3)
    rules = elementwise.RULES
    consistency = elementwise.CONSISTENCY
    fuses_activation = True

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """Mostly one call, of the kernel without nested loops where no input is repeated."""
        first, second = (quantization(graph.input(node, position)) for position in (0, 1))
        multiplier, shift = quantize_multiplier(first.scale * second.scale / quantization(graph.output(node)).scale)
        fields = {
            "multiplier": multiplier,
            "first_offset": -first.zero_point,
            "second_offset": -second.zero_point,
            "shift": shift,
            **elementwise.output_fields(graph, node),
        }
        return elementwise.calls(graph, node, "operators/mul", "mul", fields, (0, 1))

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """Where both inputs have the output's shape."""
        return elementwise.rows(graph, self.calls(graph, node))

    def in_place(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The inputs that are not repeated."""
        return elementwise.replaceable_inputs(graph, node)
