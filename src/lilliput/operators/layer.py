"""What layers with weights share: bias, requantisation tables and the parameters that describe them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators.channel_records import Channels, narrow, records
from lilliput.operators.fixed_point import activation_range, channel_multipliers, quantization
from lilliput.operators.operator import Constant, ConstantKind, Parameter, Rule


def weights_constant(graph: Graph, node: Node) -> Constant:
    """The weights as they stand in the file."""
    return Constant("weights", np.asarray(graph.input(node, 1).data), ConstantKind.WEIGHTS)


def bias_parameters(graph: Graph, node: Node, channels: int) -> Mapping[str, Parameter]:
    """The fields of runtime/bias.h: biases in the fewest bytes, behind so many that four can be read of the first."""
    narrowed = narrow(_biases(graph, node, channels))
    before = np.zeros(4 - narrowed.bytes, np.uint8)
    return {
        "bias": Constant("bias", np.concatenate([before, narrowed.stored.ravel()]), ConstantKind.WEIGHTS),
        "bias_bytes": narrowed.bytes,
        "bias_shift": narrowed.shift,
    }


def requantization_parameters(graph: Graph, node: Node, channels: int) -> Mapping[str, Parameter]:
    """The fields of `struct requantization output` (runtime/requantize_channel.h): a bias and a scale a channel."""
    output = graph.output(node)
    multipliers, shifts = channel_multipliers(graph.input(node), graph.input(node, 1), output, channels)
    biases, (lowest, highest) = _biases(graph, node, channels), _extreme_sums(graph, node, channels)
    smallest, largest = activation_range(node.option("fused_activation_function"), output)
    table = Channels(
        biases=biases,
        multipliers=multipliers.astype(np.int64),
        shifts=shifts.astype(np.int64),
        lowest=biases + lowest,
        highest=biases + highest,
        zero_point=quantization(output).zero_point,
        smallest=smallest,
        largest=largest,
    )
    return {f"output.{field}": value for field, value in records(table).items()}


def _biases(graph: Graph, node: Node, channels: int) -> NDArray[np.int64]:
    """The bias of each output channel, zeros where the node has none."""
    bias = graph.optional_input(node, 2)
    return np.zeros(channels, np.int64) if bias is None else np.asarray(bias.data, np.int64)


def _extreme_sums(graph: Graph, node: Node, channels: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The smallest and the largest sum of products that each output channel can have; padding adds 0."""
    weights = np.asarray(graph.input(node, 1).data)
    # Output channels are the first dimension, but those of depthwise convolutions the last one.
    by_channel = weights.reshape(channels, -1) if len(weights) == channels else weights.reshape(-1, channels).T
    positive = np.maximum(by_channel, 0).sum(axis=1, dtype=np.int64)
    negative = np.minimum(by_channel, 0).sum(axis=1, dtype=np.int64)
    zero_point = quantization(graph.input(node)).zero_point
    low, high = -128 - zero_point, 127 - zero_point
    return positive * low + negative * high, positive * high + negative * low


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
