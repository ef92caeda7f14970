"""Weights -> the stream of words that runtime/channel_pairs_armv7em.h multiplies by, two output channels at a time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators import armv7em
from lilliput.operators.fixed_point import activation_range, channel_multipliers, quantization
from lilliput.operators.operator import Constant, ConstantKind, Parameter

_GROUP = 4
"""The inputs that one step of the kernels takes."""
_LEAST_GROUPS = 2
LARGEST_SHIFT = -2
"""1 << right of channel_pairs_armv7em.h must be a positive int32."""
_MOST_SCRATCH_BYTES = 2048
_MOST_INPUTS = 2048
"""Of a pixel's window: as int16 they need twice that much scratch memory."""
_MOST_SECOND = 1 << 23
"""What the sum of the second channel of a pair, 256 of which are added to the first's, must stay below."""


def groups(run: int, runs: int) -> int:
    """The groups of inputs of a pixel whose window has `runs` runs of `run` values, each filled up to whole groups."""
    return max(runs * -(-run // _GROUP), _LEAST_GROUPS)


def scratch_bytes(run: int, runs: int) -> int:
    """The memory of one pixel's inputs as int16."""
    return 2 * _GROUP * groups(run, runs)


def pixels(run: int, runs: int, width: int) -> int:
    """How many pixels of a row of `width` are computed at a time: two, but never with much scratch memory."""
    return 2 if width > 1 and 2 * scratch_bytes(run, runs) <= _MOST_SCRATCH_BYTES else 1


def fits(graph: Graph, node: Node) -> bool:
    """Whether the sums of a layer [channels, ...] can be computed in pairs and requantised by two multiplications.

    That needs second sums of less than 2^23, pairs of weights that fit int16, and scales below 1/4.
    """
    channels = graph.output(node).shape[-1]
    multipliers, shifts = channel_multipliers(graph.input(node), graph.input(node, 1), graph.output(node), channels)
    return bool((shifts[multipliers != 0] <= LARGEST_SHIFT).all()) and sums_fit(graph, node)


def sums_fit(graph: Graph, node: Node) -> bool:
    """Whether second sums are less than 2^23, pairs of weights fit int16, and there are at most 2,048 inputs."""
    weights = armv7em.by_channel(np.asarray(graph.input(node, 1).data), 0)
    if weights.shape[1] > _MOST_INPUTS:
        return False
    largest = 128 * np.abs(weights).sum(axis=1) + np.abs(armv7em.folded_biases(graph, node, 0).astype(np.int64))
    pairs = _pairs(weights[:, None, :])
    return bool((largest[1::2] < _MOST_SECOND).all() and (pairs >= -(1 << 15)).all())


def parameters(graph: Graph, node: Node, runs: int, width: int) -> Mapping[str, Parameter]:
    """The fields of `struct channel_pairs layer` for a layer with rows of `width` pixels, each of `runs` runs."""
    output = graph.output(node)
    channels = output.shape[-1]
    weights = armv7em.by_channel(np.asarray(graph.input(node, 1).data), 0).reshape(channels, runs, -1)
    multipliers, shifts = channel_multipliers(graph.input(node), graph.input(node, 1), output, channels)
    used = multipliers != 0
    biases = np.where(used, armv7em.folded_biases(graph, node, 0), 0)
    low, high = activation_range(node.option("fused_activation_function"), output)
    zero_point = quantization(output).zero_point
    kept = np.where(used[:, None, None], weights, 0)
    stream = pack(kept, biases, multipliers, np.where(used, shifts, LARGEST_SHIFT), positive=zero_point <= low)
    return {
        "layer.weights": Constant("weights", stream, ConstantKind.WEIGHTS),
        "layer.groups": groups(weights.shape[2], runs),
        "layer.channels": channels,
        "layer.pixels": pixels(weights.shape[2], runs, width),
        "layer.zero_point": zero_point,
        "layer.minimum": low,
        "layer.maximum": high,
    }


def pack(
    weights: NDArray[np.int64],
    biases: NDArray[np.int64],
    multipliers: NDArray[np.int32],
    shifts: NDArray[np.int8],
    *,
    positive: bool,
) -> NDArray[np.uint32]:
    """The stream of `weights` [channels, runs, run]; the loop over channels ends with the pairs and with an odd one."""
    right = _even(32 + shifts.astype(np.int64), 1)
    last = np.zeros(len(right), np.int64)
    last[-1] = last[len(weights) // 2 - 1] = 1
    ends = right[:, 0] | last << 8 | right[:, 1] << 9 | positive << 31
    return _words(bias_words(biases), weight_words(weights), _even(scale(multipliers.astype(np.int64))), ends[:, None])


def pack_plainly(weights: NDArray[np.int64], biases: NDArray[np.int64]) -> NDArray[np.uint32]:
    """The stream of `weights` [channels, inputs] without scales and ends."""
    return _words(bias_words(biases), weight_words(weights[:, None, :]))


def scale(multiplier: int | NDArray[np.int64]) -> Any:
    """What SMMLAR multiplies a sum by that is also added: 2 * multiplier - 2^32."""
    return 2 * multiplier - (1 << 32)


def bias_words(biases: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the sums of a pair of channels begin: bias[c] and bias[c] + 256 * bias[d]."""
    first, second = _even(biases).T
    return np.stack([first, first + 256 * second], axis=1)


def weight_words(weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """The words of `weights` [channels, runs, run], a row for each pair of channels."""
    halves = _pairs(weights) & 0xFFFF
    words = halves[:, :, :2] | halves[:, :, 2:] << 16
    return words.reshape(len(words), -1)


def _words(*columns: NDArray[np.int64]) -> NDArray[np.uint32]:
    return (np.concatenate(columns, axis=1) & 0xFFFFFFFF).astype(np.uint32)


def _pairs(weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first channel's weight + 256 times the second's: [pairs, groups, 4]."""
    channels, _, run = weights.shape
    filled = np.pad(weights, ((0, 0), (0, 0), (0, -run % _GROUP))).reshape(channels, -1, _GROUP)
    short = max(_LEAST_GROUPS - filled.shape[1], 0)
    filled = np.pad(filled, ((0, channels % 2), (0, short), (0, 0)))
    return filled[0::2] + 256 * filled[1::2]


def _even(values: NDArray[np.int64], fill: int = 0) -> NDArray[np.int64]:
    """[channels] -> [pairs, 2]."""
    return np.pad(values, (0, len(values) % 2), constant_values=fill).reshape(-1, 2)
