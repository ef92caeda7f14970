"""CONV_2D for Armv6-M: one multiplication for two pixels."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators import blocked
from lilliput.operators.conv_2d.conv_2d import Conv2D, groups
from lilliput.operators.operator import Call, Constant, ConstantKind, Parameter, RowCall
from lilliput.operators.spatial import per_batch

_CHANNELS = 8
"""Whose weights lie side by side."""
_TAPS = 4
"""That the kernel's loop takes at a time."""
_ENOUGH_SCRATCH_BYTES = 2048
_LARGEST_SCRATCH_BYTES = 8192


class Conv2DThumb1(Conv2D):
    """Blocks of four pixels, packed in pairs."""

    variant: ClassVar[str] = "thumb1"
    features: ClassVar[frozenset[str]] = frozenset({"thumb1"})

    def applies(self, graph: Graph, node: Node) -> bool:
        """Whether sums and products suit the kernel's arithmetic, and the packed windows some memory."""
        return groups(graph, node) == 1 and can_pack(graph, node, channel_axis=0)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call for each image of the batch."""
        return packed_calls(graph, node, channel_axis=0)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """By windows, for one image; never pixel by pixel."""
        return blocked.rows(graph, node, self.calls(graph, node)[0])


def can_pack(graph: Graph, node: Node, channel_axis: int) -> bool:
    """Whether conv_2d_thumb1.c computes a layer whose weights have their output channels on an axis.

    The products of two weights and two inputs must fit int16 also where all are the largest.
    """
    weights = np.asarray(graph.input(node, 1).data)
    scratch_bytes = _scratch_bytes(graph, node, channel_axis)
    fits = int(weights.min(initial=0)) > -128 and scratch_bytes <= _LARGEST_SCRATCH_BYTES
    return fits and blocked.scales_fit(graph, node, channel_axis)


def packed_calls(graph: Graph, node: Node, channel_axis: int) -> tuple[Call, ...]:
    """One call of conv_2d_thumb1.c for each image of the batch."""
    weights = interleave(np.asarray(graph.input(node, 1).data), channel_axis)
    parameters: Mapping[str, Parameter] = {
        "weights": Constant("weights", weights, ConstantKind.WEIGHTS),
        **blocked.scale_parameters(graph, node, channel_axis),
        **blocked.window_parameters(graph, node),
        "output_channels": graph.output(node).shape[-1],
        "taps": weights.shape[1],
        "block": _block(graph, node, channel_axis),
    }
    scratch_bytes = _scratch_bytes(graph, node, channel_axis)
    calls = per_batch(graph, node, "conv_2d_thumb1", parameters)
    source = "operators/conv_2d/conv_2d_thumb1.c"
    return tuple(replace(call, source=source, scratch_bytes=scratch_bytes) for call in calls)


def interleave(weights: NDArray[np.int8], channel_axis: int) -> NDArray[np.int8]:
    """Weights as [channels / 8][taps][8], both padded with zeros."""
    channels = weights.shape[channel_axis]
    by_channel = np.moveaxis(weights, channel_axis, 0).reshape(channels, -1)
    taps = by_channel.shape[1]
    padded = np.pad(by_channel, ((0, -channels % _CHANNELS), (0, -taps % _TAPS)))
    return np.ascontiguousarray(padded.reshape(-1, _CHANNELS, padded.shape[1]).transpose(0, 2, 1))


def _block(graph: Graph, node: Node, channel_axis: int) -> int:
    """How many pixels the kernel takes at a time: four unless the packed inputs of two alone take memory enough."""
    return 4 if 2 * _pair_bytes(graph, node, channel_axis) <= _ENOUGH_SCRATCH_BYTES else 2


def _pair_bytes(graph: Graph, node: Node, channel_axis: int) -> int:
    """The packed inputs of two pixels, one word a tap."""
    weights = graph.input(node, 1)
    taps = weights.elements // weights.shape[channel_axis]
    return 4 * (taps + -taps % _TAPS)


def _scratch_bytes(graph: Graph, node: Node, channel_axis: int) -> int:
    """Packed inputs, the address of each tap's pixel for two pixels, and a pixel outside of the image."""
    _, filter_height, filter_width, _ = graph.input(node, 1).shape
    packed = _block(graph, node, channel_axis) // 2 * _pair_bytes(graph, node, channel_axis)
    return packed + 2 * 4 * filter_height * filter_width + graph.input(node).shape[-1]
