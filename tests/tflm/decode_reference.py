"""The formats of `TFLM_DECODE` decoded bit by bit as their description says: shares no code with Lilliput's."""

import struct
from collections.abc import Iterator, Sequence

_LETTERS = {"INT8": "b", "INT16": "h", "INT32": "i", "INT64": "q", "FLOAT32": "f", "BOOL": "B"}


def decoded(data: bytes, ancillary: bytes, dtype: str, count: int, zero_points: Sequence[int], stride: int) -> bytes:
    """`count` elements of a type. Element i belongs to channel i // stride % len(zero_points)."""
    number, version, _, _, format_version, first, second = ancillary[:7]
    assert (version, format_version) == (1, 1)
    channels = [index // stride % len(zero_points) for index in range(count)]
    item = f"<{_LETTERS[dtype]}"
    size = struct.calcsize(item)
    values = [ancillary[at : at + size] for at in range(16, len(ancillary), size)]
    if number == 0:
        found = _lut(data, values, channels, first & 7, second)
    elif number == 1:
        entries = 4 if first & 1 else 2
        found = _huffman(data, ancillary[16:], count, entries, (first >> 4) + 1, size)
    else:
        zeros = [struct.pack(item, zero) for zero in zero_points]
        found = _pruning(data, values, channels, zeros)
    return b"".join(found)


def _bits(data: bytes) -> str:
    return "".join(f"{byte:08b}" for byte in data)


def _lut(data: bytes, values: Sequence[bytes], channels: Sequence[int], width: int, step: int) -> Iterator[bytes]:
    bits = _bits(data)
    for position, channel in enumerate(channels):
        yield values[channel * step + int(bits[position * width : (position + 1) * width], 2)]


def _pruning(data: bytes, values: Sequence[bytes], channels: Sequence[int], zeros: Sequence[bytes]) -> Iterator[bytes]:
    remaining = iter(values)
    for bit, channel in zip(_bits(data), channels, strict=False):
        yield next(remaining) if bit == "1" else zeros[channel]
    assert next(remaining, None) is None


def _huffman(data: bytes, tables: bytes, count: int, entry_bytes: int, width: int, size: int) -> Iterator[bytes]:
    entries = [f"{int.from_bytes(each, 'little'):0{8 * entry_bytes}b}" for each in _pieces(tables, entry_bytes)]
    code = dict(_codewords(entries, 0, width, "", size))
    bits, word = iter(_bits(data)), ""
    for _ in range(count):
        while word not in code:
            word += next(bits)
        yield code[word]
        word = ""


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _codewords(entries: Sequence[str], start: int, width: int, prefix: str, size: int) -> Iterator[tuple[str, bytes]]:
    """What the table at `start` means, written out: each codeword with its symbol."""
    for index in range(2**width):
        entry = entries[start + index]
        number, rest = int(entry[1:5], 2), int(entry[5:], 2)
        if entry[0] == "1":
            yield prefix + f"{index:0{width}b}"[:number], rest.to_bytes(4, "little")[:size]
        else:
            yield from _codewords(entries, start + index + rest, number + 1, prefix + f"{index:0{width}b}", size)
