"""SOFTMAX: exp(beta * x) of each value along the last dimension, divided by their sum."""

import numpy as np

from lilliput.ir import Graph, Node
from lilliput.operators import by_rows
from lilliput.operators.exponential import exp, rescale
from lilliput.operators.fixed_point import quantize_multiplier
from lilliput.operators.lookup import shapes_are_equal
from lilliput.operators.operator import Call, Operator, RowCall, one_call
from lilliput.operators.rules import input_is_int8, output_is_int8

_INTEGER_BITS = 5
"""The kernel computes exp from Q5.26."""
_SMALLEST_EXP = 1 << 11
"""Smaller values in Q0.31 round to 0 in the sum's Q12.19."""


def _real_multiplier(graph: Graph, node: Node) -> float:
    """What a difference of 1 between inputs is in Q5.26; 0 where the node does not say."""
    beta, quantized = node.options.get("beta", 0.0), graph.input(node).quantization
    return beta * quantized.scale * 2.0**26 if isinstance(beta, int | float) and quantized is not None else 0.0


def output_is_a_fraction(graph: Graph, node: Node) -> bool:
    """The output must have the scale 1/256 and the zero point -128."""
    quantized = graph.output(node).quantization
    return quantized is not None and quantized.scales == (1 / 256,) and quantized.zero_points == (-128,)


def depth_fits(graph: Graph, node: Node) -> bool:
    """The last dimension must be there and from 1 to 4,095."""
    return all(1 <= size <= 4095 for size in graph.input(node).shape[-1:]) and graph.input(node).shape != ()


def beta_is_positive(graph: Graph, node: Node) -> bool:
    """Beta times the input's scale must be more than 2^-26."""
    return _real_multiplier(graph, node) > 1.0


def difference_minimum(multiplier: int, shift: int) -> int:
    """The lowest difference to the largest input that counts; from -255 to 0.

    TFLM leaves out differences whose Q5.26 may overflow (CalculateInputRadius). Leaving out those whose exp rounds to
    nothing as well changes no output and keeps differences above -16.
    """
    radius = min(31 * 2**26 >> shift, 255)
    exps = exp(rescale(-np.arange(radius + 1, dtype=np.int64), multiplier, shift), _INTEGER_BITS)
    return -int(np.flatnonzero(exps >= _SMALLEST_EXP)[-1])


class Softmax(Operator):
    """In gemmlowp's fixed-point arithmetic."""

    name = "softmax"
    versions = range(1, 4)
    inputs = range(1, 2)
    rules = (input_is_int8, output_is_int8, output_is_a_fraction, depth_fits, beta_is_positive)
    consistency = (shapes_are_equal,)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call."""
        multiplier, shift = quantize_multiplier(min(_real_multiplier(graph, node), 2.0**31 - 1))
        source = graph.input(node)
        depth = source.shape[-1]
        fields = {
            "multiplier": multiplier,
            "rows": source.elements // depth,
            "depth": depth,
            "difference_minimum": difference_minimum(multiplier, shift),
            "left_shift": shift,
        }
        return one_call(node, "operators/softmax/softmax.c", fields)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """A row of an image is a vector for each pixel."""
        return by_rows.pointwise(graph, self.calls(graph, node)[0], "rows")

    def in_place(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The input's memory: a row is read before it is written, and then value by value."""
        return (0,)
