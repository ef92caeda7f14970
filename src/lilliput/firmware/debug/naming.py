"""Firmware -> what lies at an address, for annotations in a listing."""

from bisect import bisect_right
from dataclasses import dataclass

from lilliput.firmware.firmware import Firmware, Range, Source


@dataclass(frozen=True, slots=True)
class NameAt:
    """Names addresses by the ranges with symbols, which are sorted by address."""

    ranges: tuple[Range, ...]

    @classmethod
    def of(cls, firmware: Firmware) -> "NameAt":
        """The names of a firmware."""
        named = (each for each in firmware.ranges if each.source is Source.SYMBOL)
        return cls(tuple(sorted(named, key=lambda each: each.address)))

    def __call__(self, address: int) -> str:
        """NAME or NAME+0xOFFSET of the symbol that holds `address`; "" when none does."""
        index = bisect_right(self.ranges, address, key=lambda each: each.address) - 1
        if index < 0:
            return ""
        each = self.ranges[index]
        offset = address - each.address
        if offset >= each.size_bytes:
            return ""
        return f"{each.demangled}+{offset:#x}" if offset else each.demangled
