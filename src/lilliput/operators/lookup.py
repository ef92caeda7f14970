"""What LOGISTIC and TANH share: int8 functions as a table of all 256 values, computed at compile time."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators.exponential import Integers, rescale
from lilliput.operators.fixed_point import quantization
from lilliput.operators.operator import Call, Constant, ConstantKind, Parameter, Rule, one_call
from lilliput.operators.rules import input_is_int8, output_is_int8

_INTEGER_BITS = 4
"""TFLM computes these functions from Q4.27."""


def input_scale_is_not_tiny(graph: Graph, node: Node) -> bool:
    """The input's scale must be at least 2^-28."""
    quantized = graph.input(node).quantization
    return quantized is not None and quantized.scale >= 2.0**-28


def shapes_are_equal(graph: Graph, node: Node) -> bool:
    """The output must have the input's shape."""
    return graph.output(node).shape == graph.input(node).shape


RULES: tuple[Rule, ...] = (input_is_int8, output_is_int8, input_scale_is_not_tiny)
CONSISTENCY: tuple[Rule, ...] = (shapes_are_equal,)


def output_is_quantized_as(graph: Graph, node: Node, scale: float, zero_point: int) -> bool:
    """Whether the output has this scale (to a thousandth) and zero point."""
    quantized = graph.output(node).quantization
    return (
        quantized is not None
        and quantized.zero_points == (zero_point,)
        and math.isclose(quantized.scale, scale, rel_tol=1e-3)
    )


def table(graph: Graph, node: Node, function: Callable[[Integers], Integers]) -> NDArray[np.int8]:
    """The outputs for the inputs -128 to 127.

    `function` takes Q4.27 and returns int8 values. Inputs outside of (-15, 15) saturate, as in TFLM's integer_ops: from
    a scale of 8 on all do, 0 as well.
    """
    quantized = quantization(graph.input(node))
    fraction, shift = math.frexp(quantized.scale * 2.0 ** (31 - _INTEGER_BITS))
    radius = math.floor(((1 << _INTEGER_BITS) - 1) * 2.0 ** (31 - _INTEGER_BITS - shift))
    values = np.arange(-128, 128) - quantized.zero_point
    inside = abs(values) < radius
    results = function(rescale(np.where(inside, values, 0), int(fraction * (1 << 31)), shift))
    saturated = np.where(values <= -radius, -128, 127)
    return np.where(inside, np.clip(results, -128, 127), saturated).astype(np.int8)


def calls(graph: Graph, node: Node, values: NDArray[np.int8]) -> tuple[Call, ...]:
    """Look up every element in a table of what -128 to 127 become; the kernel's index is the element's byte."""
    fields: dict[str, Parameter] = {
        "table": Constant("table", np.roll(values, 128), ConstantKind.TABLES),
        "count": graph.output(node).elements,
    }
    return one_call(node, "runtime/lookup.c", fields)
