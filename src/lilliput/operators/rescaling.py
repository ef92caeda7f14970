"""What RELU, RELU6 and QUANTIZE share: elements that get another scale and zero point, and limits."""

from lilliput.ir import Graph, Node, Quantization
from lilliput.operators.fixed_point import quantization, quantize_multiplier
from lilliput.operators.operator import Call, Parameter, View, one_call

INT8_RANGE = (-128, 127)


def views(source: Quantization, target: Quantization, limits: tuple[int, int]) -> tuple[View, ...]:
    """The whole when elements stay what they are."""
    same = source.scale == target.scale and source.zero_point == target.zero_point and limits == INT8_RANGE
    return (View(),) if same else ()


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
