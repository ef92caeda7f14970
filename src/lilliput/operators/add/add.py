"""ADD: the sum of two tensors."""

from lilliput.ir import Graph, Node
from lilliput.operators import addition, elementwise
from lilliput.operators.operator import Call, Operator


class Add(Operator):
    """Either input may be repeated to the output's shape."""

    name = "add"
    versions = range(1, 6)
    inputs = range(2, 3)
    rules = elementwise.RULES
    consistency = addition.CONSISTENCY

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """Mostly one call, of the kernel without nested loops where no input is repeated."""
        return addition.calls(graph, node, addition.as_double, sign=1)

    def in_place(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The inputs that are not repeated."""
        return elementwise.replaceable_inputs(graph, node)
