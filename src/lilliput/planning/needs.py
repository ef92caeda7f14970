"""Graph + implementations -> what the planner sees of them: where that is the same, so is the plan."""

from collections.abc import Callable, Hashable

from lilliput.ir import Graph, Node
from lilliput.operators.operator import Operator


def needs(graph: Graph, operator_of: Callable[[Node], Operator]) -> Hashable:
    """A value that is equal for implementations between which planning cannot tell."""
    return tuple(_needs(graph, node, operator_of(node)) for node in graph.nodes)


def _needs(graph: Graph, node: Node, operator: Operator) -> Hashable:
    """What steps of the node read, write and need of memory."""
    row = operator.rows(graph, node)
    by_rows = None
    if row is not None:
        steps = (row.style, row.inputs, row.windows, row.output, row.steps, row.column_stride)
        by_rows = (*steps, row.sums_bytes, row.scratch_bytes, row.pixel is None)
    calls = tuple((call.inputs, call.outputs, call.scratch_bytes) for call in operator.calls(graph, node))
    return (calls, by_rows, operator.views(graph, node), operator.in_place(graph, node))
