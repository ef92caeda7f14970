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
from lilliput.operators.convolution import taps_on_image
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

    def taps(self, graph: Graph, node: Node) -> Mask:
        """Which taps lie on the input, the others adding nothing: a row for each case that output positions have."""
        return np.ones((1, 1), np.bool_)

    def ranges(self, graph: Graph, node: Node, inputs: Mapping[int, Ranges], slack: int) -> Ranges:
        """Requantised sums of the smallest and largest products."""
        weights = np.asarray(graph.input(node, _WEIGHTS).data, np.int64)
        by_tap = weights.reshape(weights.shape[0], -1, weights.shape[-1])
        values = without_offset(inputs[0], graph.input(node))
        low, high = (products.sum(axis=2).T for products in _products(by_tap, values))
        return self._requantized(graph, node, low, high, slack)

    def scaling(self, graph: Graph, node: Node) -> tuple[Integers, Integers]:
        """Multipliers and shifts, one each for an output channel."""
        channels = graph.output(node).shape[-1]
        found = channel_multipliers(graph.input(node), graph.input(node, _WEIGHTS), graph.output(node), channels)
        return found[0].astype(np.int64), found[1].astype(np.int64)

    def foldable(self, graph: Graph, node: Node, ranges: Ranges) -> Mask:
        """Channels without weights; constant ones that add nothing, or to a bias and the same at every border.

        The rule that no sum exceeds int32 holds for the new bias, too: it is one of these sums.
        """
        weights = np.asarray(graph.input(node, _WEIGHTS).data)
        foldable = np.asarray(~weights.reshape(-1, weights.shape[-1]).any(axis=0))
        (constant,) = np.nonzero(ranges.constant)
        added = self._contributions(graph, node, constant, ranges.low[constant])
        same = (added == added[:1]).all(axis=(0, 1))
        foldable[constant] |= same if graph.optional_input(node, _BIAS) is not None else ~added.any(axis=(0, 1))
        return foldable

    def without_inputs(self, graph: Graph, node: Node, kept: Mask, values: Integers) -> Mapping[int, Tensor]:
        """Weights without the columns; the bias with what they contributed."""
        changed = {_WEIGHTS: kept_slices(graph.input(node, _WEIGHTS), -1, kept)}
        bias = graph.optional_input(node, _BIAS)
        if bias is not None:
            (gone,) = np.nonzero(~kept)
            added = self._contributions(graph, node, gone, values[gone])
            changed[_BIAS] = added_bias(bias, added[0].sum(axis=1))
        return changed

    def without_outputs(self, graph: Graph, node: Node, kept: Mask) -> Mapping[int, Tensor]:
        """Weights and bias without the rows."""
        return _sliced(graph, node, 0, kept)

    def _contributions(self, graph: Graph, node: Node, channels: Integers, values: Integers) -> Integers:
        """What input channels that hold `values` add to each output channel's sum: [cases, outputs, channels]."""
        weights = np.asarray(graph.input(node, _WEIGHTS).data)
        by_tap = weights.reshape(weights.shape[0], -1, weights.shape[-1])[..., channels].astype(np.int64)
        sums = np.tensordot(self.taps(graph, node).astype(np.int64), by_tap, (1, 1))
        return sums * (values - quantization(graph.input(node)).zero_point)

    def _requantized(self, graph: Graph, node: Node, low: Integers, high: Integers, slack: int) -> Ranges:
        """The output's ranges from those of the products, [taps, output channels]."""
        taps = self.taps(graph, node).astype(np.int64)
        bias, output = graph.optional_input(node, _BIAS), graph.output(node)
        start = 0 if bias is None else np.asarray(bias.data, np.int64)
        sums = (taps @ low).min(axis=0) + start, (taps @ high).max(axis=0) + start
        limits = activation_range(node.option("fused_activation_function"), output)
        lowest, highest = (scaled(each, *self.scaling(graph, node)) + quantization(output).zero_point for each in sums)
        return Ranges(np.clip(lowest - slack, *limits), np.clip(highest + slack, *limits))


_MOST_TAPS = 256
"""For longer filters the cases at borders could be too many to look at."""


class PaddedLayerChannels(LayerChannels):
    """The same with an image that may be padded."""

    def applies(self, graph: Graph, node: Node) -> bool:
        """Filters must not be of extraordinary size, and the input's channels the weights' last dimension."""
        return _filter_is_small(graph, node) and super().applies(graph, node)

    def taps(self, graph: Graph, node: Node) -> Mask:
        """All taps in the middle; fewer at borders that are padded."""
        return taps_on_image(graph, node)


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
        """One output channel for each input channel, or one input channel for all; no extraordinary filter."""
        return _filter_is_small(graph, node) and graph.input(node).shape[-1] in (1, graph.output(node).shape[-1])

    def same(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The activations; a single channel that makes several is mixed."""
        return (0,) if graph.input(node).shape[-1] == graph.output(node).shape[-1] else ()

    def mixed(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The activations where they have one channel."""
        return () if self.same(graph, node) else (0,)

    def ranges(self, graph: Graph, node: Node, inputs: Mapping[int, Ranges], slack: int) -> Ranges:
        """Requantised sums of the smallest and largest products."""
        weights = np.asarray(graph.input(node, _WEIGHTS).data, np.int64)
        values = without_offset(inputs[0], graph.input(node))
        return self._requantized(graph, node, *_products(weights.reshape(-1, weights.shape[-1]), values), slack)

    def foldable(self, graph: Graph, node: Node, ranges: Ranges) -> Mask:
        """None: there is one channel."""
        return np.zeros(len(ranges.low), np.bool_)

    def without_outputs(self, graph: Graph, node: Node, kept: Mask) -> Mapping[int, Tensor]:
        """Weights and bias without the channels."""
        return _sliced(graph, node, -1, kept)


def _filter_is_small(graph: Graph, node: Node) -> bool:
    _, height, width, _ = graph.input(node, _WEIGHTS).shape
    return height * width <= _MOST_TAPS


def _products(weights: Integers, values: Ranges) -> tuple[Integers, Integers]:
    """The smallest and largest product of each weight with a value of its channel (the last axis)."""
    one, other = weights * values.low, weights * values.high
    return np.minimum(one, other), np.maximum(one, other)


def _sliced(graph: Graph, node: Node, axis: int, kept: Mask) -> Mapping[int, Tensor]:
    changed = {_WEIGHTS: kept_slices(graph.input(node, _WEIGHTS), axis, kept)}
    bias = graph.optional_input(node, _BIAS)
    if bias is not None:
        changed[_BIAS] = kept_slices(bias, 0, kept)
    return changed
