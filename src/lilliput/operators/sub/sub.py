"""SUB: the difference of two tensors."""

from lilliput.ir import Graph, Node
from lilliput.operators import addition, elementwise
from lilliput.operators.operator import Call, Operator, RowCall


class Sub(Operator):
    """Either input may be repeated to the output's shape."""

    name = "sub"
    versions = range(1, 6)
    inputs = range(2, 3)
    rules = elementwise.RULES
    consistency = addition.CONSISTENCY
    fuses_activation = True

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """Mostly one call, of the kernel without nested loops where no input is repeated."""
        return addition.calls(graph, node, addition.as_float, sign=-1)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """Where both inputs have the output's shape."""
        return elementwise.rows(graph, self.calls(graph, node))

    def in_place(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The inputs that are not repeated."""
        return elementwise.replaceable_inputs(graph, node)
