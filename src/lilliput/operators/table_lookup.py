"""TABLE_LOOKUP: any function of single int8 values. No file has it; transforms make it of chains of functions."""

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import DType, Graph, Node
from lilliput.operators import by_rows, lookup
from lilliput.operators.operator import Call, Operator, RowCall
from lilliput.operators.passing_channels import ElementChannels
from lilliput.operators.rules import input_is_int8, output_is_int8


def table_has_all_values(graph: Graph, node: Node) -> bool:
    """The second input must be constant and say what -128 to 127 become, in int8."""
    table = graph.input(node, 1)
    return table.is_constant and table.dtype is DType.INT8 and table.shape == (256,)


def _table(graph: Graph, node: Node) -> NDArray[np.int8]:
    return np.asarray(graph.input(node, 1).data, np.int8)


class TableLookup(Operator):
    """The second input is the table."""

    name = "table_lookup"
    versions = range(1, 2)
    inputs = range(2, 3)
    rules = (input_is_int8, output_is_int8, table_has_all_values)
    consistency = lookup.CONSISTENCY
    channels = ElementChannels(_table)
    is_lookup = True

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call."""
        return lookup.calls(graph, node, _table(graph, node))

    def table(self, graph: Graph, node: Node) -> NDArray[np.int8]:
        """The second input."""
        return _table(graph, node)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """Elements are independent."""
        return by_rows.pointwise(graph, self.calls(graph, node)[0], "count")

    def in_place(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The input's memory."""
        return (0,)
