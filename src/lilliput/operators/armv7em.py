"""What the variants for Armv7E-M share: when sums are requantised in three instructions, and folded zero points."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators.fixed_point import activation_range, channel_multipliers, quantization
from lilliput.operators.operator import Constant, ConstantKind, Parameter

_LEAST_SHIFT = -2


def by_channel(weights: NDArray[Any], channel_axis: int) -> NDArray[np.int64]:
    """Weights as [output channels, taps]."""
    return np.moveaxis(weights, channel_axis, 0).reshape(weights.shape[channel_axis], -1).astype(np.int64)


def biases(graph: Graph, node: Node) -> NDArray[np.int64]:
    """The bias of each output channel, zeros where the node has none."""
    bias = graph.optional_input(node, 2)
    return np.zeros(graph.output(node).shape[-1], np.int64) if bias is None else np.asarray(bias.data, np.int64)


def requantizes_quickly(graph: Graph, node: Node) -> bool:
    """Whether all scales are 0 or below 1/4, as runtime/four_channels_armv7em.h wants them.

    For layers whose multipliers are those of a convolution.
    """
    multipliers, shifts = _scales(graph, node)
    return bool((shifts[multipliers != 0] <= _LEAST_SHIFT).all())


def scaling(graph: Graph, node: Node) -> Mapping[str, Parameter]:
    """The fields of `struct scaling output` (runtime/four_channels_armv7em.h), of layers that requantise quickly.

    Channels whose scale is 0 have no bias, and must get no weights: see `used_channels`.
    """
    multipliers, shifts = _scales(graph, node)
    used = multipliers != 0
    bias = np.where(used, biases(graph, node), 0)
    narrow = bias.astype(np.int16)
    bias = narrow if (narrow == bias).all() else bias.astype(np.int32)
    scales = 2 * np.maximum(multipliers.astype(np.int64), 1 << 30) - (1 << 32)
    powers = 32 + np.where(used, shifts, _LEAST_SHIFT).astype(np.int64)
    low, high = activation_range(node.option("fused_activation_function"), graph.output(node))
    return {
        "output.bias": Constant("bias", bias, ConstantKind.WEIGHTS),
        "output.scales": Constant("scales", scales.astype(np.int32), ConstantKind.TABLES),
        "output.powers": Constant("powers", powers.astype(np.uint8), ConstantKind.TABLES),
        "output.output_zero_point": quantization(graph.output(node)).zero_point,
        "output.output_minimum": low,
        "output.output_maximum": high,
        "output.bias_bytes": bias.itemsize,
    }


def used_channels(graph: Graph, node: Node) -> NDArray[np.bool_]:
    """The output channels whose scale is not 0."""
    return _scales(graph, node)[0] != 0


def _scales(graph: Graph, node: Node) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    channels = graph.output(node).shape[-1]
    return channel_multipliers(graph.input(node), graph.input(node, 1), graph.output(node), channels)


def folded_biases(graph: Graph, node: Node, channel_axis: int) -> NDArray[np.int32]:
    """Biases that contain the input zero point: bias + sum of weights * stored values is the layer's sum.

    Values in the padding must count as the input zero point.
    """
    weights = by_channel(np.asarray(graph.input(node, 1).data), channel_axis)
    folded = biases(graph, node) - quantization(graph.input(node)).zero_point * weights.sum(axis=1)
    return folded.astype(np.int32)
