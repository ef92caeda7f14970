"""Two weights a byte: for tensors whose values are all from -8 to 7."""

from collections.abc import Sequence

import numpy as np

from lilliput.encodings.encoding import Code, Encoding, Stored, Weights


class Int4(Encoding):
    """Half of the bytes, with the smallest decoder."""

    name = "int4"
    instructions = 12.0

    def code(self, tensors: Sequence[Weights]) -> Code | None:
        """The same for all tensors that fit."""
        return _Int4Code() if all(_fits(weights) for weights in tensors) else None


class _Int4Code(Code):
    def size_bytes(self, weights: Weights) -> int:
        return -(-weights.size // 2)

    def store(self, weights: Weights) -> Stored:
        halves = np.zeros(2 * self.size_bytes(weights), np.uint8)
        halves[: weights.size] = weights.ravel().view(np.uint8) & 15
        return Stored(halves[::2] | halves[1::2] << 4, None, 0)


def _fits(weights: Weights) -> bool:
    return weights.min(initial=0) >= -8 and weights.max(initial=0) <= 7
