"""A bit for each weight that tells whether it is zero, and the others as they are: for sparse tensors."""

from collections.abc import Sequence

import numpy as np

from lilliput.encodings.encoding import Code, Encoding, Stored, Weights


class Bitmap(Encoding):
    """Smaller than the weights themselves where more than an eighth of them are zeros."""

    name = "bitmap"
    instructions = 15.0

    def code(self, tensors: Sequence[Weights]) -> Code | None:
        """The same for all tensors."""
        return _BitmapCode()


class _BitmapCode(Code):
    def size_bytes(self, weights: Weights) -> int:
        return -(-weights.size // 8) + int(np.count_nonzero(weights))

    def store(self, weights: Weights) -> Stored:
        flat = weights.ravel()
        return Stored(np.packbits(flat != 0, bitorder="little"), flat[flat != 0], 0)
