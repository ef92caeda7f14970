"""What the variants for Armv7E-M share: when sums are requantised in three instructions, and folded zero points."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators.fixed_point import channel_multipliers, quantization

_SUM_BITS = 30
_LARGEST_RIGHT_SHIFT = 22
"""The bounds of runtime/requantize_armv7em.h."""


def by_channel(weights: NDArray[Any], channel_axis: int) -> NDArray[np.int64]:
    """Weights as [output channels, taps]."""
    return np.moveaxis(weights, channel_axis, 0).reshape(weights.shape[channel_axis], -1).astype(np.int64)


def biases(graph: Graph, node: Node) -> NDArray[np.int64]:
    """The bias of each output channel, zeros where the node has none."""
    bias = graph.optional_input(node, 2)
    return np.zeros(graph.output(node).shape[-1], np.int64) if bias is None else np.asarray(bias.data, np.int64)


def requantizes_quickly(graph: Graph, node: Node, channel_axis: int) -> bool:
    """Whether every sum is below 2^30 in magnitude and every scale shifts right by 1 to 22 bits.

    For layers whose weights have their output channels on an axis and whose multipliers are those of a convolution.
    """
    weights = by_channel(np.asarray(graph.input(node, 1).data), channel_axis)
    largest = 255 * np.abs(weights).sum(axis=1) + np.abs(biases(graph, node))
    _, shifts = channel_multipliers(graph.input(node), graph.input(node, 1), graph.output(node), len(weights))
    rights = -shifts.astype(np.int64)
    return bool((largest < 1 << _SUM_BITS).all() and (rights >= 1).all() and (rights <= _LARGEST_RIGHT_SHIFT).all())


def folded_biases(graph: Graph, node: Node, channel_axis: int) -> NDArray[np.int32]:
    """Biases that contain the input zero point: bias + sum of weights * stored values is the layer's sum.

    Values in the padding must count as the input zero point.
    """
    weights = by_channel(np.asarray(graph.input(node, 1).data), channel_axis)
    folded = biases(graph, node) - quantization(graph.input(node)).zero_point * weights.sum(axis=1)
    return folded.astype(np.int32)
