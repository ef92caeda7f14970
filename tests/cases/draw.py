"""Random scales, zero points, shapes and weights: mostly like real models, sometimes at the edge of what is legal."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tests.cases.builder import NONE, RELU, RELU6, GraphBuilder, float32


def chance(rng: Generator, probability: float) -> bool:
    """Whether something that has this probability happens."""
    return bool(rng.random() < probability)


def pick(rng: Generator, values: Sequence[Any]) -> Any:
    """One of `values`."""
    return values[int(rng.integers(len(values)))]


def between(rng: Generator, low: int, high: int) -> int:
    """An integer from low to high, both included."""
    return int(rng.integers(low, high + 1))


def scale(rng: Generator, lowest: float = -8, highest: float = 1) -> float:
    """A float32 scale, 2 to a uniform power."""
    return float32(2.0 ** rng.uniform(lowest, highest))


def zero_point(rng: Generator) -> int:
    """An int8 zero point: near the middle, anything, or one of the two ends."""
    return pick(rng, (between(rng, -40, 40), between(rng, -40, 40), between(rng, -128, 127), 0, -128, 127))


def balanced_zero_point(rng: Generator, offset: float, activation: int = NONE) -> int:
    """A zero point for outputs that lie around `offset` before it is added: mostly one that keeps them inside int8."""
    if chance(rng, 0.2):
        return zero_point(rng)
    if activation in (RELU, RELU6):
        return between(rng, -128, -100)
    return max(-128, min(127, round(rng.uniform(-40, 40) - offset)))


def quantization(rng: Generator) -> dict[str, Any]:
    """A scale and a zero point, as keyword arguments."""
    return {"scale": scale(rng), "zero_point": zero_point(rng)}


def batch(rng: Generator) -> int:
    """Mostly 1, sometimes 2 or 3."""
    return between(rng, 2, 3) if chance(rng, 0.15) else 1


def shape(rng: Generator, low_rank: int, high_rank: int, elements: int = 1000) -> tuple[int, ...]:
    """A shape with a rank in the range and at most `elements` elements."""
    rank = between(rng, low_rank, high_rank)
    longest = max(1, min(40, int(elements ** (1 / rank))))
    return tuple(between(rng, 1 if chance(rng, 0.3) else (longest + 1) // 2, longest) for _ in range(rank))


def int8(rng: Generator, shape: Sequence[int]) -> NDArray[np.int8]:
    """Uniform int8 values."""
    return rng.integers(-128, 128, tuple(shape), np.int8)


def multiplier(rng: Generator, terms: int) -> float:
    """A factor from an accumulator of `terms` products to the output's units.

    Mostly such that outputs use the int8 range; sometimes so large that they saturate, above 1, or so small that the
    fixed-point form is 0. At most 8.
    """
    natural = 40 / (math.sqrt(terms) * 74 * 74)
    power = pick(rng, ((-1, 1), (-1, 1), (-1, 1), (1, 5), (-3, -1)))
    if chance(rng, 0.1):
        return 2.0 ** rng.uniform(-3, 3)
    if chance(rng, 0.07):
        return 2.0 ** rng.uniform(-36, -24)
    return min(8.0, natural * 2.0 ** rng.uniform(*power))


def weights(
    rng: Generator, builder: GraphBuilder, shape: Sequence[int], axis: int, largest_scale: float
) -> tuple[int, list[float]]:
    """Constant weights and their scales: one, or one per slice along `axis`, up to 8 times smaller than the largest."""
    values = int8(rng, shape)
    if chance(rng, 0.8):
        values = np.maximum(values, -127)
    count = 1 if chance(rng, 0.25) else shape[axis]
    scales = [float32(largest_scale * 2.0 ** rng.uniform(-3, 0)) for _ in range(count)]
    return builder.constant(values, scales, axis=axis), scales


def bias(
    rng: Generator, builder: GraphBuilder, channels: int, scales: Sequence[float], terms: int, largest: float
) -> int:
    """A constant int32 bias with the given scales.

    Values are of the size of the sums, now and then much larger, but so that (sum + bias) times the factor `largest`,
    where that is above 1, stays inside int32: TFLM overflows there.
    """
    limit = 2.0**29 / max(1.0, 2.0 ** math.ceil(math.log2(largest)))
    spread = limit if chance(rng, 0.1) else min(limit, math.sqrt(terms) * 74 * 74)
    values = rng.uniform(-spread, spread, channels).astype(np.int32)
    return builder.constant(values, scales)


def padded_length(length: int, window: int, stride: int, dilation: int, same: bool) -> int:
    """The output length of a window that slides along one dimension; 0 or less when it does not fit."""
    reach = (window - 1) * dilation + 1
    return -(-length // stride) if same else -(-(length - reach + 1) // stride)
