"""Indices of 1 to 7 bits into a table of values: for tensors that have few different ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.encodings import bits
from lilliput.encodings.encoding import Code, Encoding, Stored, Weights, histogram

_MOST_BITS = 7
_PADDING_BYTES = 1
"""An index is read with the byte after the one that it begins in."""


class Lookup(Encoding):
    """As many bits a weight as the number of different values needs; tensors may share the table."""

    name = "lookup"
    instructions = 15.0

    def code(self, tensors: Sequence[Weights]) -> Code | None:
        """A table of all values that occur, in ascending order."""
        values = np.flatnonzero(histogram(tensors)) - 128
        width = max(int(len(values) - 1).bit_length(), 1)
        return _LookupCode(values.astype(np.int8), width) if width <= _MOST_BITS else None


@dataclass(frozen=True, eq=False)
class _LookupCode(Code):
    values: NDArray[np.int8]
    width: int

    def table_bytes(self) -> int:
        return len(self.values)

    def size_bytes(self, weights: Weights) -> int:
        return bits.packed_bytes(self.width * weights.size, _PADDING_BYTES)

    def store(self, weights: Weights) -> Stored:
        indices = np.searchsorted(self.values, weights.ravel()).astype(np.int64)
        return Stored(bits.pack(indices, np.full_like(indices, self.width), _PADDING_BYTES), self.values, self.width)
