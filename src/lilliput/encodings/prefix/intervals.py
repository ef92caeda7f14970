"""Counts of values -> intervals of values that share a prefix: what a prefix code tells apart.

A code is a prefix that names an interval of 2^width values, and `width` bits that say which of them. Where values are
about as frequent as their neighbours that costs next to nothing, and the table stays small.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_WIDTHS = range(8)


@dataclass(frozen=True, slots=True)
class Interval:
    """The values [`first`, `first` + 2^`width`), of which `count` occur; it may reach beyond the largest value."""

    first: int
    width: int
    count: int


def partition(counts: NDArray[np.int64], interval_bits: float) -> tuple[Interval, ...]:
    """Disjoint intervals that cover every value that occurs, ascending, with the fewest bits of entropy.

    Element i of `counts` counts value i, at least one of them; each interval costs `interval_bits` besides. Dynamic
    programming over where an interval ends.
    """
    occurring = np.flatnonzero(counts)
    first, end = int(occurring[0]), int(occurring[-1]) + 1
    costs = (_costs(counts) + interval_bits).tolist()
    fewest_bits = [math.inf] * (end + 1)
    fewest_bits[first] = 0.0
    starts: list[tuple[int, int]] = [(first, -1)] * (end + 1)
    for start in range(first, end):
        bits = fewest_bits[start]
        steps = [(min(start + (1 << width), end), bits + costs[start][width], width) for width in _WIDTHS]
        if counts[start] == 0:
            steps.append((start + 1, bits, -1))
        for stop, through, width in steps:
            if through < fewest_bits[stop]:
                fewest_bits[stop], starts[stop] = through, (start, width)
    return tuple(_intervals(counts, starts, end))


def _costs(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Element [i, k]: the bits of all values in [i, i + 2^k), prefixes and what follows them."""
    sums = np.concatenate([[0], np.cumsum(counts)])
    ends = np.minimum(np.arange(len(counts))[:, None] + (1 << np.array(_WIDTHS)), len(counts))
    inside = sums[ends] - sums[:-1, None]
    return inside * (np.log2(sums[-1] / np.maximum(inside, 1)) + np.array(_WIDTHS))


def _intervals(counts: NDArray[np.int64], starts: list[tuple[int, int]], end: int) -> list[Interval]:
    """Walk from the last interval back; a width of -1 stands for a value that does not occur."""
    found: list[Interval] = []
    stop = end
    while stop > 0 and starts[stop][0] < stop:
        start, width = starts[stop]
        if width >= 0:
            found.append(Interval(start, width, int(counts[start:stop].sum())))
        stop = start
    return found[::-1]
