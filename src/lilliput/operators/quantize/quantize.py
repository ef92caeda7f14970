"""QUANTIZE: float32 to int8, or int8 to another scale and zero point."""

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import DType, Graph, Node
from lilliput.operators import by_rows, rescaling
from lilliput.operators.fixed_point import INT8_RANGE, quantization
from lilliput.operators.lookup import shapes_are_equal
from lilliput.operators.operator import Call, Operator, Parameter, RowCall, View, one_call
from lilliput.operators.passing_channels import ElementChannels
from lilliput.operators.rules import input_is_int8, output_is_int8


def input_is_float32_or_int8(graph: Graph, node: Node) -> bool:
    """The input must be float32, or int8 with one scale and zero point."""
    return graph.input(node).dtype is DType.FLOAT32 or input_is_int8(graph, node)


def output_scale_is_normal(graph: Graph, node: Node) -> bool:
    """The output's scale must be at least 2^-125."""
    quantized = graph.output(node).quantization
    return quantized is not None and quantized.scale >= 2.0**-125


def _table(graph: Graph, node: Node) -> NDArray[np.int8] | None:
    source, target = graph.input(node), quantization(graph.output(node))
    if source.dtype is not DType.INT8:
        return None
    return rescaling.table(quantization(source), target, INT8_RANGE)


class Quantize(Operator):
    """From float32, what is not finite saturates: TFLM leaves its value undefined."""

    name = "quantize"
    versions = range(1, 4)
    inputs = range(1, 2)
    rules = (input_is_float32_or_int8, output_is_int8, output_scale_is_normal)
    consistency = (shapes_are_equal,)
    channels = ElementChannels(_table)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call."""
        target = quantization(graph.output(node))
        if graph.input(node).dtype is DType.INT8:
            return rescaling.calls(graph, node, target, INT8_RANGE)
        fields: dict[str, Parameter] = {
            "half_scale": target.scale / 2,
            "count": graph.output(node).elements,
            "output_zero_point": target.zero_point,
        }
        return one_call(node, "operators/quantize/quantize.c", fields)

    def table(self, graph: Graph, node: Node) -> NDArray[np.int8] | None:
        """Rescaled, from int8."""
        return _table(graph, node)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """Elements are independent."""
        return by_rows.pointwise(graph, self.calls(graph, node)[0], "count")

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        """The whole when the input has the output's type and quantisation."""
        source = graph.input(node)
        if source.dtype is not DType.INT8:
            return ()
        return rescaling.views(quantization(source), quantization(graph.output(node)), INT8_RANGE)

    def in_place(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The input's memory, where elements keep their size."""
        return (0,) if graph.input(node).dtype is DType.INT8 else ()
