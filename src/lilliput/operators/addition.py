"""What ADD and SUB share: scales into weights, and the kernel that adds weighted values."""

from collections.abc import Callable, Mapping

import numpy as np

from lilliput.ir import Graph, Node
from lilliput.operators import elementwise
from lilliput.operators.fixed_point import quantization, quantize_multiplier
from lilliput.operators.operator import Call, Parameter, Rule

_LEFT_SHIFT = 20
"""Inputs are scaled by 2^20 before they are weighted, as TFLM does for int8."""


def output_scale_suffices(graph: Graph, node: Node) -> bool:
    """The output's scale must be above 1 / 524,288 of the larger input scale."""
    return max(_scales(graph, node)) < quantization(graph.output(node)).scale * 2 ** (_LEFT_SHIFT - 1)


CONSISTENCY: tuple[Rule, ...] = (*elementwise.CONSISTENCY, output_scale_suffices)


def _scales(graph: Graph, node: Node) -> tuple[float, float]:
    return quantization(graph.input(node, 0)).scale, quantization(graph.input(node, 1)).scale


def calls(graph: Graph, node: Node, round_ratio: Callable[[float], float], sign: int) -> tuple[Call, ...]:
    """One call that adds the inputs, or subtracts the second when `sign` is -1.

    `round_ratio` rounds a quotient of scales to the precision in which TFLM divides. The kernel takes the input with
    the larger scale first: its weight is exactly one half, so it needs no rounding.
    """
    scales = _scales(graph, node)
    wide = 0 if scales[0] >= scales[1] else 1
    order = (wide, 1 - wide)
    fields = {f"sum.{name}": value for name, value in _sum(graph, node, order, round_ratio, sign).items()}
    return elementwise.calls(graph, node, "runtime", "add", fields, order)


def _sum(
    graph: Graph, node: Node, order: tuple[int, int], round_ratio: Callable[[float], float], sign: int
) -> Mapping[str, Parameter]:
    """The fields of `struct weighted_sum` (CalculateOpDataAdd and CalculateOpDataSub of TFLM)."""
    wide, narrow = (quantization(graph.input(node, position)) for position in order)
    twice = 2 * wide.scale
    multiplier, shift = quantize_multiplier(round_ratio(narrow.scale / twice))
    output_ratio = round_ratio(twice / (2**_LEFT_SHIFT * quantization(graph.output(node)).scale))
    output_multiplier, output_shift = quantize_multiplier(output_ratio)
    signs = (1, sign)
    return {
        "factor": signs[order[0]] * 2 ** (_LEFT_SHIFT - 1),
        "multiplier": multiplier,
        "output_multiplier": output_multiplier,
        "wide_offset": -wide.zero_point,
        "narrow_offset": -narrow.zero_point,
        "shift": shift,
        "sign": signs[order[1]],
        "output_shift": output_shift,
        **elementwise.output_fields(graph, node),
    }


def as_double(ratio: float) -> float:
    """ADD divides scales as doubles."""
    return ratio


def as_float(ratio: float) -> float:
    """SUB divides scales as floats; rounding the quotient to double on the way does not change it."""
    return float(np.float32(ratio))
