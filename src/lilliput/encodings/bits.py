"""Numbers of given widths -> a stream of bits, the first bit of a number and of a byte its highest."""

import numpy as np
from numpy.typing import NDArray


def pack(values: NDArray[np.int64], widths: NDArray[np.int64], padding_bytes: int) -> NDArray[np.uint8]:
    """The lowest `widths[i]` bits of each value one after the other, then `padding_bytes` zeros."""
    starts = np.cumsum(widths) - widths
    owners = np.repeat(np.arange(len(values)), widths)
    places = widths[owners] - 1 - (np.arange(len(owners)) - starts[owners])
    packed = np.packbits((values[owners] >> places & 1).astype(np.uint8))
    return np.concatenate([packed, np.zeros(padding_bytes, np.uint8)])


def packed_bytes(bits: int, padding_bytes: int) -> int:
    """The size of what `pack` makes of so many bits."""
    return -(-bits // 8) + padding_bytes
