"""LOGISTIC: 1 / (1 + exp(-x))."""

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators import by_rows, lookup
from lilliput.operators.exponential import Integers, logistic, rounding_shift
from lilliput.operators.operator import Call, Operator, RowCall
from lilliput.operators.passing_channels import ElementChannels


def output_spans_0_to_1(graph: Graph, node: Node) -> bool:
    """The output must have the scale 1/256 and the zero point -128."""
    return lookup.output_is_quantized_as(graph, node, 1 / 256, -128)


def _to_int8(value: Integers) -> Integers:
    return rounding_shift(logistic(value), 23) - 128


def _table(graph: Graph, node: Node) -> NDArray[np.int8]:
    return lookup.table(graph, node, _to_int8)


class Logistic(Operator):
    """A table look-up."""

    name = "logistic"
    versions = range(1, 4)
    inputs = range(1, 2)
    rules = (*lookup.RULES, output_spans_0_to_1)
    consistency = lookup.CONSISTENCY
    channels = ElementChannels(_table)
    is_lookup = True

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call."""
        return lookup.calls(graph, node, self.table(graph, node))

    def table(self, graph: Graph, node: Node) -> NDArray[np.int8]:
        """Computed as TFLM does."""
        return _table(graph, node)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """Elements are independent."""
        return by_rows.pointwise(graph, self.calls(graph, node)[0], "count")

    def in_place(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The input's memory."""
        return (0,)
