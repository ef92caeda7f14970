"""RELU6: min(max(x, 0), 6)."""

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators import by_rows, rescaling
from lilliput.operators.fixed_point import ACTIVATIONS, activation_range, quantization
from lilliput.operators.lookup import shapes_are_equal
from lilliput.operators.operator import Call, Operator, RowCall, View
from lilliput.operators.passing_channels import ElementChannels
from lilliput.operators.rules import input_is_int8, output_is_int8


def _limits(graph: Graph, node: Node) -> tuple[int, int]:
    return activation_range(ACTIVATIONS.index("relu6"), graph.input(node))


def _table(graph: Graph, node: Node) -> NDArray[np.int8] | None:
    source = quantization(graph.input(node))
    return rescaling.table(source, source, _limits(graph, node))


class Relu6(Operator):
    """A clamp. As in TFLM, the output's quantisation is taken to be the input's, whatever the file says."""

    name = "relu6"
    versions = range(1, 4)
    inputs = range(1, 2)
    rules = (input_is_int8, output_is_int8)
    consistency = (shapes_are_equal,)
    channels = ElementChannels(_table)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call."""
        return rescaling.calls(graph, node, quantization(graph.input(node)), _limits(graph, node))

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        """The whole when all inputs lie in [0, 6]."""
        source = quantization(graph.input(node))
        return rescaling.views(source, source, _limits(graph, node))

    def table(self, graph: Graph, node: Node) -> NDArray[np.int8] | None:
        """Rescaled and clamped."""
        return _table(graph, node)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """Elements are independent."""
        return by_rows.pointwise(graph, self.calls(graph, node)[0], "count")

    def in_place(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The input's memory."""
        return (0,)
