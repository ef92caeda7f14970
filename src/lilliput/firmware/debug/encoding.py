"""Bytes of a DWARF section -> numbers and strings (sections 7.4 to 7.6), each checked to lie inside the bytes."""

import struct
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

ByteOrder = Literal["little", "big"]

_LONGEST_LEB128 = 10
_LONGEST_STRING = 1 << 14
_EXTENDED_LENGTH = 0xFFFFFFFF
_FIRST_RESERVED_LENGTH = 0xFFFFFFF0
_STEPS_PER_BYTE = 4
_SMALLEST_ALLOWANCE = 1 << 18


class DamagedDebugInfo(Exception):  # noqa: N818 - it is no error of the command: what is damaged is left out and said
    """Some debug information contradicts itself; the message says what."""


@contextmanager
def reading(what: str) -> Generator[None]:
    """Turn every access beyond the end of the bytes into DamagedDebugInfo: cheaper than to compare each time."""
    try:
        yield
    except (IndexError, struct.error) as error:
        raise DamagedDebugInfo(f"{what} goes beyond its end") from error


@dataclass(slots=True)
class Allowance:
    """The steps that may still be taken, in proportion to the bytes of debug information."""

    steps: int

    @classmethod
    def for_bytes(cls, size_bytes: int) -> "Allowance":
        """An allowance that sound debug information of `size_bytes` does not use up."""
        return cls(_STEPS_PER_BYTE * size_bytes + _SMALLEST_ALLOWANCE)

    def spend(self, steps: int) -> None:
        """Take `steps`; raise DamagedDebugInfo when there are not as many left."""
        self.steps -= steps
        if self.steps < 0:
            raise DamagedDebugInfo("it refers to the same bytes again and again")


@dataclass(slots=True)
class Cursor:
    """A place in `data` from which values are read. Raises IndexError or struct.error beyond the end."""

    data: bytes
    position: int
    order: ByteOrder
    offset_bytes: int = 4
    """The size of an offset into a section: 8 in the 64-bit format."""

    def fixed(self, size_bytes: int) -> int:
        """An unsigned number of `size_bytes`."""
        end = self.position + size_bytes
        if end > len(self.data):
            raise IndexError
        value = int.from_bytes(self.data[self.position : end], self.order)
        self.position = end
        return value

    def signed_byte(self) -> int:
        """A signed number of one byte."""
        return (self.fixed(1) ^ 0x80) - 0x80

    def offset(self) -> int:
        """An offset into a section."""
        return self.fixed(self.offset_bytes)

    def unsigned(self) -> int:
        """An unsigned LEB128 number."""
        value, self.position = unsigned_leb128(self.data, self.position)
        return value

    def signed(self) -> int:
        """A signed LEB128 number."""
        value, self.position = signed_leb128(self.data, self.position)
        return value

    def string(self) -> str:
        """A string that ends with a zero byte."""
        end = self.data.find(b"\0", self.position)
        if end < 0:
            raise IndexError
        text = self.data[self.position : min(end, self.position + _LONGEST_STRING)]
        self.position = end + 1
        return text.decode(errors="replace")

    def skip(self, size_bytes: int) -> None:
        """Pass over `size_bytes`."""
        self.position += size_bytes
        if self.position > len(self.data):
            raise IndexError

    def block(self, size_bytes: int) -> bytes:
        """The next `size_bytes`."""
        start = self.position
        self.skip(size_bytes)
        return self.data[start : self.position]

    def initial_length(self) -> int:
        """The length of what follows, which also says how large offsets are (section 7.4)."""
        length = self.fixed(4)
        if length == _EXTENDED_LENGTH:
            self.offset_bytes = 8
            return self.fixed(8)
        if length >= _FIRST_RESERVED_LENGTH:
            raise DamagedDebugInfo(f"its length is {length:#x}, which is reserved")
        self.offset_bytes = 4
        return length


def unsigned_leb128(data: bytes, position: int) -> tuple[int, int]:
    """The number at `position` and where it ends."""
    value = data[position]
    if value < 0x80:
        return value, position + 1
    value &= 0x7F
    for count in range(1, _LONGEST_LEB128):
        byte = data[position + count]
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, position + count + 1
    raise DamagedDebugInfo("a number is longer than 64 bits")


def signed_leb128(data: bytes, position: int) -> tuple[int, int]:
    """The number at `position`, whose last group holds the sign, and where it ends."""
    value, end = unsigned_leb128(data, position)
    sign = 1 << (7 * (end - position) - 1)
    return (value ^ sign) - sign, end


def string_at(data: bytes, offset: int, allowance: Allowance) -> str:
    """The string at `offset` of a section of strings, at most 16 KB of it; "" beyond the end."""
    text = data[offset : offset + _LONGEST_STRING].split(b"\0", 1)[0]
    allowance.spend(1 + len(text) // 16)
    return text.decode(errors="replace")
