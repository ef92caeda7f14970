"""The format HUFFMAN: a codeword for each element, and the tables to decode them.

Codewords stand in the order of the elements, the highest bit first, in whole words of 32 bits. After the header come
the tables (`huffman_tables`). Parameters: whether table entries take 4 bytes, and in the upper half of the byte the
number of bits that index the first table, less one. For int8, and with entries of 4 bytes for int16.
Source: tensorflow/lite/micro/kernels/decode_state_huffman.cc and .h; upstream has no encoder.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import ModelError
from lilliput.ir import DType, Tensor
from lilliput.tflite.tables import BAD_FILE
from lilliput.tflm.decode.header import HEADER_BYTES, Encoded, Format, header
from lilliput.tflm.decode.huffman_code import Codeword, prefix_code
from lilliput.tflm.decode.huffman_tables import WIDEST_BITS, Entry, Tables, smallest_tables
from lilliput.tflm.layout import align

_WORD_BYTES = 4
_NARROW_BYTES, _WIDE_BYTES = 2, 4
_WIDE = 1
_WIDTH_SHIFT = 4
_MOST_SYMBOLS = 4096
"""More take longer to arrange than any tensor for a microcontroller is worth."""


def encode(tensor: Tensor, values: NDArray[Any]) -> Encoded | None:
    """Encode a constant with the length limit that makes codewords and tables together smallest.

    None where its type forbids it, or where the tables alone would take more bytes than the dense values.
    """
    if tensor.dtype not in (DType.INT8, DType.INT16):
        return None
    plain = values.reshape(-1)
    symbols, inverse, counts = np.unique(plain, return_inverse=True, return_counts=True)
    entry_bytes = _NARROW_BYTES if tensor.dtype is DType.INT8 else _WIDE_BYTES
    if symbols.size > _MOST_SYMBOLS or symbols.size * entry_bytes > plain.nbytes:
        return None
    occurring = dict(zip(symbols.tolist(), counts.tolist(), strict=True))
    best: tuple[int, Mapping[int, Codeword], Tables] | None = None
    for longest in range(max(1, (symbols.size - 1).bit_length()), WIDEST_BITS + 1):
        code = prefix_code(occurring, longest)
        tables = smallest_tables(code)
        bits = sum(occurring[symbol] * word.length for symbol, word in code.items())
        size = bits + 8 * entry_bytes * len(tables.entries)
        if best is None or size < best[0]:
            best = size, code, tables
    assert best is not None
    _, code, tables = best
    data = _codewords([code[symbol] for symbol in symbols.tolist()], inverse.reshape(-1), symbols.tolist(), tables)
    start = header(Format.HUFFMAN, (tables.width - 1) << _WIDTH_SHIFT | (_WIDE if entry_bytes == _WIDE_BYTES else 0))
    return Encoded(Format.HUFFMAN, data, start + _write(tables.entries, entry_bytes))


def _codewords(words: Sequence[Codeword], order: NDArray[np.intp], symbols: Sequence[int], tables: Tables) -> bytes:
    """The bits of all elements; behind them as many zeros as the kernel reads before it puts bits back."""
    lengths = np.array([word.length for word in words])[order]
    ends = np.cumsum(lengths)
    starts = ends - lengths
    windows = np.array([tables.window[symbol] for symbol in symbols])[order]
    bits = np.zeros(align(int((starts + windows).max()), 8 * _WORD_BYTES), np.uint8)
    values = np.array([word.bits for word in words])[order]
    for position in range(int(lengths.max())):
        has = lengths > position
        bits[starts[has] + position] = values[has] >> (lengths[has] - 1 - position) & 1
    return np.packbits(bits).tobytes()


def _write(entries: Sequence[Entry], entry_bytes: int) -> bytes:
    top = 8 * entry_bytes - 1
    symbol_mask = 0xFF if entry_bytes == _NARROW_BYTES else 0xFFFF
    numbers: list[int] = []
    for entry in entries:
        if entry.symbol is not None:
            numbers.append(1 << top | entry.bits << (top - 4) | entry.symbol & symbol_mask)
        else:
            numbers.append((entry.bits - 1) << (top - 4) | entry.distance)
    return np.array(numbers, f"<u{entry_bytes}").tobytes()


def decode(data: bytes, ancillary: bytes, parameters: bytes, tensor: Tensor) -> NDArray[Any]:
    """The elements as their tensor's type. Raises ModelError where the kernel would read what is not there."""
    entry_bytes = _WIDE_BYTES if parameters[0] & _WIDE else _NARROW_BYTES
    if tensor.dtype is not DType.INT8 and (tensor.dtype is not DType.INT16 or entry_bytes != _WIDE_BYTES):
        raise ModelError(f"the kernel of Huffman refuses {tensor.dtype.value} with these tables", "", BAD_FILE)
    if tensor.elements > 8 * len(data):
        raise ModelError(f"{tensor.elements:,} elements have {len(data):,} bytes of codewords", "", BAD_FILE)
    count = (len(ancillary) - HEADER_BYTES) // entry_bytes
    entries = np.frombuffer(ancillary, f"<u{entry_bytes}", count, HEADER_BYTES).tolist()
    symbols = _symbols(data, entries, (parameters[0] >> _WIDTH_SHIFT) + 1, 8 * entry_bytes - 1)
    try:
        found = np.fromiter(islice(symbols, tensor.elements), np.uint32, tensor.elements)
    except IndexError as error:
        raise ModelError("a codeword leads behind the tables or the end of the data", "", BAD_FILE) from error
    return found.astype(f"<u{tensor.dtype.numpy.itemsize}").view(tensor.dtype.numpy)


def _symbols(data: bytes, entries: Sequence[int], first_width: int, top: int) -> Iterator[int]:
    """The symbols one after the other, without end. Raises IndexError behind the data or the tables."""
    mark, count_shift = 1 << top, top - 4
    distance_mask = (1 << count_shift) - 1
    stored = np.frombuffer(data + bytes(2), np.uint8).astype(np.uint32)
    # From each byte on 24 bits: enough for 16 of them that begin within it.
    windows: list[int] = (stored[:-2] << 16 | stored[1:-1] << 8 | stored[2:]).tolist()
    end = 8 * len(data)
    position = 0
    while True:
        index, width = 0, first_width
        while True:
            if position + width > end:
                raise IndexError("behind the end")
            index += windows[position >> 3] >> (24 - (position & 7) - width) & ((1 << width) - 1)
            entry = entries[index]
            if entry & mark:
                break
            position += width
            width = (entry >> count_shift) + 1
            index += entry & distance_mask
        position += min(width, entry >> count_shift & 0xF)
        yield entry
