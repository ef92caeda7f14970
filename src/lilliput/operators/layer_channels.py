"""The channels of layers with weights: convolutions, depthwise convolutions and matrices."""

from collections.abc import Mapping

import numpy as np

from lilliput.ir import Graph, Node, Tensor
from lilliput.operators.channels import (
    ChannelRules,
    Integers,
    Mask,
    Ranges,
    added_bias,
    kept_slices,
    scaled,
    without_offset,
)
from lilliput.operators.fixed_point import (
    activation_range,
    channel_multipliers,
    float32_product,
    quantization,
    quantize_multiplier,
)

_WEIGHTS, _BIAS = 1, 2


class LayerChannels(ChannelRules):
    """Weights [output channels, taps..., input channels]: each output channel sums over all input channels."""

    def mixed(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The activations."""
        return (0,)

    def applies(self, graph: Graph, node: Node) -> bool:
        """The input's channels must be the weights' last dimension: no groups, and no flattening on the way."""
        return graph.input(node).shape[-1] == graph.input(node, _WEIGHTS).shape[-1]

    def pads(self, graph: Graph, node: Node) -> bool:
        """Whether taps may fall on padding, where they contribute nothing."""
        return False

    def ranges(self, graph: Graph, node: Node, inputs: Mapping[int, Ranges]) -> Ranges:
        """Requantised sums of the smallest and largest products."""
        weights = np.asarray(graph.input(node, _WEIGHTS).data, np.int64)
        by_tap = weights.reshape(weights.shape[0], -1, weights.shape[-1])
        values = without_offset(inputs[0], graph.input(node))
        low, high = _products(by_tap, values, pads=self.pads(graph, node))
        return _requantized(graph, node, low.sum(axis=(1, 2)), high.sum(axis=(1, 2)), self.scaling(graph, node))

    def scaling(self, graph: Graph, node: Node) -> tuple[Integers, Integers]:
        """Multipliers and shifts, one each for an output channel."""
        channels = graph.output(node).shape[-1]
        found = channel_multipliers(graph.input(node), graph.input(node, _WEIGHTS), graph.output(node), channels)
        return found[0].astype(np.int64), found[1].astype(np.int64)

    def foldable(self, graph: Graph, node: Node, ranges: Ranges) -> Mask:
        """Channels without weights; constant ones that add nothing, or to a bias and everywhere the same.

        The rule that no sum exceeds int32 holds for the new bias, too: it is one of these sums.
        """
        weights = np.asarray(graph.input(node, _WEIGHTS).data)
        unread = ~weights.reshape(-1, weights.shape[-1]).any(axis=0)
        values = without_offset(ranges, graph.input(node))
        same_everywhere = graph.optional_input(node, _BIAS) is not None and not self.pads(graph, node)
        return unread | (ranges.constant & (same_everywhere | (values.low == 0)))

    def without_inputs(self, graph: Graph, node: Node, kept: Mask, values: Integers) -> Mapping[int, Tensor]:
        """Weights without the columns; the bias with what they contributed."""
        changed = {_WEIGHTS: kept_slices(graph.input(node, _WEIGHTS), -1, kept)}
        bias = graph.optional_input(node, _BIAS)
        if bias is not None:
            gone = self._contributions(graph, node, values)[:, ~kept].sum(axis=1)
            changed[_BIAS] = added_bias(bias, gone)
        return changed

    def without_outputs(self, graph: Graph, node: Node, kept: Mask) -> Mapping[int, Tensor]:
        """Weights and bias without the rows."""
        return _sliced(graph, node, 0, kept)

    def _contributions(self, graph: Graph, node: Node, values: Integers) -> Integers:
        """What each input channel adds to each output channel's sum: [outputs, inputs]."""
        weights = np.asarray(graph.input(node, _WEIGHTS).data, np.int64)
        of_channel = weights.reshape(weights.shape[0], -1, weights.shape[-1]).sum(axis=1)
        return of_channel * (values - quantization(graph.input(node)).zero_point)


class PaddedLayerChannels(LayerChannels):
    """The same with an image that may be padded."""

    def pads(self, graph: Graph, node: Node) -> bool:
        """Whether the padding is not "valid"."""
        return node.option("padding") == 0 and graph.input(node, _WEIGHTS).shape[1:3] != (1, 1)


class MatrixChannels(LayerChannels):
    """The same with the reference kernel's other formula for one scale."""

    def scaling(self, graph: Graph, node: Node) -> tuple[Integers, Integers]:
        """One scale: the product of scales is rounded to float32 first."""
        weights, channels = graph.input(node, _WEIGHTS), graph.output(node).shape[-1]
        if not quantization(weights).per_tensor:
            return super().scaling(graph, node)
        product = float32_product(quantization(graph.input(node)).scale, quantization(weights).scale)
        multiplier, shift = quantize_multiplier(product / quantization(graph.output(node)).scale)
        return np.full(channels, multiplier, np.int64), np.full(channels, shift, np.int64)


class DepthwiseChannels(PaddedLayerChannels):
    """Weights [1, height, width, channels]: output channel c sums over the taps on input channel c."""

    def applies(self, graph: Graph, node: Node) -> bool:
        """One output channel for each input channel, or one input channel for all."""
        return graph.input(node).shape[-1] in (1, graph.output(node).shape[-1])

    def same(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The activations; a single channel that makes several is mixed."""
        return (0,) if graph.input(node).shape[-1] == graph.output(node).shape[-1] else ()

    def mixed(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The activations where they have one channel."""
        return () if self.same(graph, node) else (0,)

    def ranges(self, graph: Graph, node: Node, inputs: Mapping[int, Ranges]) -> Ranges:
        """Requantised sums of the smallest and largest products."""
        weights = np.asarray(graph.input(node, _WEIGHTS).data, np.int64)
        values = without_offset(inputs[0], graph.input(node))
        low, high = _products(weights.reshape(-1, weights.shape[-1]), values, pads=self.pads(graph, node))
        return _requantized(graph, node, low.sum(axis=0), high.sum(axis=0), self.scaling(graph, node))

    def foldable(self, graph: Graph, node: Node, ranges: Ranges) -> Mask:
        """None: there is one channel."""
        return np.zeros(len(ranges.low), np.bool_)

    def without_outputs(self, graph: Graph, node: Node, kept: Mask) -> Mapping[int, Tensor]:
        """Weights and bias without the channels."""
        return _sliced(graph, node, -1, kept)


def _products(weights: Integers, values: Ranges, *, pads: bool) -> tuple[Integers, Integers]:
    """The smallest and largest product of each weight with a value of its channel (the last axis), or with padding."""
    one, other = weights * values.low, weights * values.high
    low, high = np.minimum(one, other), np.maximum(one, other)
    return (np.minimum(low, 0), np.maximum(high, 0)) if pads else (low, high)


def _requantized(graph: Graph, node: Node, low: Integers, high: Integers, scaling: tuple[Integers, Integers]) -> Ranges:
    bias, output = graph.optional_input(node, _BIAS), graph.output(node)
    start = 0 if bias is None else np.asarray(bias.data, np.int64)
    smallest, largest = activation_range(node.option("fused_activation_function"), output)
    zero_point = quantization(output).zero_point
    ends = (scaled(sums + start, *scaling) + zero_point for sums in (low, high))
    return Ranges(*(np.clip(end, smallest, largest) for end in ends))


def _sliced(graph: Graph, node: Node, axis: int, kept: Mask) -> Mapping[int, Tensor]:
    changed = {_WEIGHTS: kept_slices(graph.input(node, _WEIGHTS), axis, kept)}
    bias = graph.optional_input(node, _BIAS)
    if bias is not None:
        changed[_BIAS] = kept_slices(bias, 0, kept)
    return changed
