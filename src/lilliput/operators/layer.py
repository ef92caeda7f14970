"""What layers with weights share: bias, requantisation tables and the parameters that describe them."""

from collections.abc import Mapping

import numpy as np

from lilliput.ir import Graph, Node
from lilliput.operators.fixed_point import activation_range, channel_multipliers, quantization
from lilliput.operators.operator import Constant, ConstantKind, Parameter, Rule


def weights_constant(graph: Graph, node: Node) -> Constant:
    """The weights as they stand in the file."""
    return Constant("weights", np.asarray(graph.input(node, 1).data), ConstantKind.WEIGHTS)


def bias_parameters(graph: Graph, node: Node, channels: int) -> Mapping[str, Parameter]:
    """The fields `bias` and `bias_bytes`: int16 where all values fit, zeros where the node has none."""
    bias = graph.optional_input(node, 2)
    values = np.zeros(channels, np.int32) if bias is None else np.asarray(bias.data)
    narrow = values.astype(np.int16)
    if (narrow == values).all():
        values = narrow
    return {"bias": Constant("bias", values, ConstantKind.WEIGHTS), "bias_bytes": values.itemsize}


def requantization_parameters(graph: Graph, node: Node, channels: int) -> Mapping[str, Parameter]:
    """The fields of `struct requantization output` (runtime/requantize_channel.h): a bias and a scale a channel."""
    output = graph.output(node)
    multipliers, shifts = channel_multipliers(graph.input(node), graph.input(node, 1), output, channels)
    low, high = activation_range(node.option("fused_activation_function"), output)
    bias = bias_parameters(graph, node, channels)
    return {
        **{f"output.{field}": value for field, value in bias.items()},
        "output.multipliers": Constant("multipliers", multipliers, ConstantKind.TABLES),
        "output.shifts": Constant("shifts", shifts, ConstantKind.TABLES),
        "output.output_zero_point": quantization(output).zero_point,
        "output.output_minimum": low,
        "output.output_maximum": high,
    }


def bias_has_one_value_a_channel(graph: Graph, node: Node) -> bool:
    """The bias must have one value for each output channel."""
    bias = graph.optional_input(node, 2)
    return bias is None or bias.shape == (graph.output(node).shape[-1],)


def scales_match_channels(graph: Graph, node: Node) -> bool:
    """The weights must have one scale, or one for each output channel."""
    return len(quantization(graph.input(node, 1)).scales) in (1, graph.output(node).shape[-1])


def sums_fit(channel_axis: int) -> Rule:
    """A rule for layers whose weights have their output channels on an axis."""

    def sums_fit_int32(graph: Graph, node: Node) -> bool:
        """No sum of products with a bias may exceed int32."""
        weights, bias = graph.input(node, 1).data, graph.optional_input(node, 2)
        if weights is None or weights.dtype != np.int8 or not -weights.ndim <= channel_axis < weights.ndim:
            return True
        taps = tuple(axis for axis in range(weights.ndim) if axis != channel_axis % weights.ndim)
        largest = 255 * np.abs(weights.astype(np.int16)).sum(axis=taps, dtype=np.int64).max(initial=0)
        start = 0
        if bias is not None and bias.data is not None and bias.data.dtype.kind == "i":
            start = np.abs(bias.data.astype(np.int64)).max(initial=0)
        return bool(largest + start < 1 << 31)

    return sums_fit_int32
