"""RELU: max(x, 0), with its own output quantisation."""

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
    return activation_range(ACTIVATIONS.index("relu"), graph.output(node))


def _table(graph: Graph, node: Node) -> NDArray[np.int8] | None:
    source, target = quantization(graph.input(node)), quantization(graph.output(node))
    return rescaling.table(source, target, _limits(graph, node))


class Relu(Operator):
    """Only a clamp where input and output have the same scale."""

    name = "relu"
    versions = range(1, 4)
    inputs = range(1, 2)
    rules = (input_is_int8, output_is_int8)
    consistency = (shapes_are_equal,)
    channels = ElementChannels(_table)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call."""
        return rescaling.calls(graph, node, quantization(graph.output(node)), _limits(graph, node))

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        """The whole when no input can be negative."""
        source, target = quantization(graph.input(node)), quantization(graph.output(node))
        return rescaling.views(source, target, _limits(graph, node))

    def table(self, graph: Graph, node: Node) -> NDArray[np.int8] | None:
        """Rescaled and clamped."""
        return _table(graph, node)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """Elements are independent."""
        return by_rows.pointwise(graph, self.calls(graph, node)[0], "count")

    def in_place(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The input's memory."""
        return (0,)
