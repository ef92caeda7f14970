"""What RELU, RELU6 and QUANTIZE share: elements that get another scale and zero point, and limits."""

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node, Quantization
from lilliput.operators.exponential import rescale
from lilliput.operators.fixed_point import INT8_RANGE, quantization, quantize_multiplier
from lilliput.operators.operator import Call, Parameter, View, one_call


def views(source: Quantization, target: Quantization, limits: tuple[int, int]) -> tuple[View, ...]:
    """The whole when elements stay what they are."""
    same = source.scale == target.scale and source.zero_point == target.zero_point and limits == INT8_RANGE
    return (View(),) if same else ()


_MOST_SHIFT = 22
"""Nine bits shifted further could leave int32."""


def table(source: Quantization, target: Quantization, limits: tuple[int, int]) -> NDArray[np.int8] | None:
    """What the values -128 to 127 become; None where the kernel's arithmetic does not say."""
    values = np.arange(-128, 128) - source.zero_point
    if source.scale != target.scale:
        multiplier, shift = quantize_multiplier(source.scale / target.scale)
        if shift > _MOST_SHIFT:
            return None
        values = rescale(values, multiplier, shift)
    return np.clip(values + target.zero_point, *limits).astype(np.int8)


def calls(graph: Graph, node: Node, target: Quantization, limits: tuple[int, int]) -> tuple[Call, ...]:
    """Bring input 0 to the quantisation `target`, then to [limits[0], limits[1]], into output 0."""
    source = quantization(graph.input(node))
    fields: dict[str, Parameter] = {
        "count": graph.output(node).elements,
        "output_minimum": limits[0],
        "output_maximum": limits[1],
    }
    if source.scale == target.scale:
        fields["offset"] = target.zero_point - source.zero_point
        return one_call(node, "runtime/clamp_elements.c", fields)
    multiplier, shift = quantize_multiplier(source.scale / target.scale)
    fields |= {
        "multiplier": multiplier,
        "shift": shift,
        "input_offset": -source.zero_point,
        "output_zero_point": target.zero_point,
    }
    return one_call(node, "runtime/requantize_elements.c", fields)
