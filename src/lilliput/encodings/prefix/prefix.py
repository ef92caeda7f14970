"""A prefix code for intervals of values: short codes for frequent weights, decoded by one look into a small table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.encodings import bits
from lilliput.encodings.encoding import Code, Encoding, Stored, Weights, histogram
from lilliput.encodings.prefix.intervals import Interval, partition
from lilliput.encodings.prefix.lengths import canonical_prefixes, prefix_lengths

_INTERVAL_BITS = (0.5, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560)
"""What an interval is taken to cost in the search for a partition: few intervals make a small table."""
_INDEX_BITS = range(1, 9)
"""How many bits choose the table's entry: no prefix is longer. The table has two bytes for each of 2^bits entries."""
_PADDING_BYTES = 3
"""Four bytes are read from the one on in which a code begins."""


class Prefix(Encoding):
    """Within about one percent of the entropy of the weights, with tables of 8 to 512 bytes."""

    name = "prefix"
    instructions = 16.0

    def code(self, tensors: Sequence[Weights]) -> Code | None:
        """The best of several partitions into intervals and several sizes of the table."""
        counts = histogram(tensors)
        codes = (code for intervals in _partitions(counts) for code in _codes(intervals))
        return min(codes, key=lambda code: code.weighed_bytes(counts))


@dataclass(frozen=True, eq=False)
class _PrefixCode(Code):
    """Value v has the code `codes[v + 128]` of `widths[v + 128]` bits; the table is indexed by `index_bits` bits."""

    codes: NDArray[np.int64]
    widths: NDArray[np.int64]
    table: NDArray[np.uint16]
    index_bits: int

    def table_bytes(self) -> int:
        return self.table.nbytes

    def weighed_bytes(self, counts: NDArray[np.int64]) -> int:
        """The table, and weights that occur so often."""
        return self.table.nbytes + bits.packed_bytes(int(counts @ self.widths), _PADDING_BYTES)

    def size_bytes(self, weights: Weights) -> int:
        return self.weighed_bytes(histogram([weights])) - self.table.nbytes

    def store(self, weights: Weights) -> Stored:
        places = weights.ravel().astype(np.int64) + 128
        data = bits.pack(self.codes[places], self.widths[places], _PADDING_BYTES)
        return Stored(data, self.table, 32 - self.index_bits)


def _partitions(counts: NDArray[np.int64]) -> Iterator[tuple[Interval, ...]]:
    """Different partitions, each of two intervals at least, since a prefix has a bit."""
    for intervals in dict.fromkeys(partition(counts, cost) for cost in _INTERVAL_BITS):
        unused = Interval(intervals[-1].first + (1 << intervals[-1].width), 0, 0)
        yield intervals if len(intervals) > 1 else (*intervals, unused)


def _codes(intervals: tuple[Interval, ...]) -> Iterator[_PrefixCode]:
    """The codes for tables of all sizes that have room for these intervals."""
    counts = [interval.count for interval in intervals]
    for index_bits in _INDEX_BITS:
        if len(intervals) <= 1 << index_bits:
            yield _code(intervals, prefix_lengths(counts, index_bits), index_bits)


def _code(intervals: tuple[Interval, ...], lengths: Sequence[int], index_bits: int) -> _PrefixCode:
    codes, widths = np.zeros(256, np.int64), np.zeros(256, np.int64)
    table = np.zeros(1 << index_bits, np.uint16)
    for interval, length, prefix in zip(intervals, lengths, canonical_prefixes(lengths), strict=True):
        end = min(interval.first + (1 << interval.width), 256)
        codes[interval.first : end] = (prefix << interval.width) + np.arange(end - interval.first)
        widths[interval.first : end] = length + interval.width
        # Added to the whole code this gives the weight, modulo 256.
        offset = (interval.first - 128 - (prefix << interval.width)) % 256
        first = prefix << index_bits - length
        table[first : first + (1 << index_bits - length)] = length + interval.width << 8 | offset
    return _PrefixCode(codes, widths, table, index_bits)
