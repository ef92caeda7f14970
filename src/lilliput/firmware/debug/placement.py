"""Firmware, DebugInformation -> which functions of the debug information lie in which of the firmware's ranges.

The linker leaves the debug information of functions that it removed, at address 0, and overlays share addresses. Hence
a function is believed to lie in a range when its address is there, and where that is not enough, when the name is the
range's too.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from lilliput.firmware.debug.encoding import Allowance
from lilliput.firmware.debug.names import Names
from lilliput.firmware.debug.scopes import Scope
from lilliput.firmware.elf import SymbolKind
from lilliput.firmware.firmware import Firmware, Range, Source

_UNNAMED = frozenset({Source.PADDING, Source.GAP})


@dataclass(frozen=True, slots=True)
class Code:
    """The ranges of a firmware that hold code, by address; `furthest` is the highest end of all ranges so far."""

    ranges: tuple[Range, ...]
    starts: tuple[int, ...]
    furthest: tuple[int, ...]

    def holding(self, address: int, allowance: Allowance) -> Iterator[int]:
        """The indices of the ranges that hold `address`: one, or several in overlays."""
        index = bisect_right(self.starts, address) - 1
        while index >= 0 and self.furthest[index] > address:
            allowance.spend(1)
            if address < end_of(self.ranges[index]):
                yield index
            index -= 1


def end_of(code: Range) -> int:
    """The first address behind the range."""
    return code.address + code.size_bytes


def code_of(firmware: Firmware) -> Code:
    """The ranges in sections of code that are no data, padding or gap."""
    found = (each for each in firmware.ranges if _is_code(firmware, each))
    ranges = tuple(sorted(found, key=lambda each: each.address))
    return Code(ranges, tuple(each.address for each in ranges), tuple(accumulate(map(end_of, ranges), max)))


def _is_code(firmware: Firmware, each: Range) -> bool:
    if each.section < 0 or each.source in _UNNAMED or not each.size_bytes:
        return False
    section = firmware.elf.sections[each.section]
    is_data = each.symbol >= 0 and firmware.elf.symbols[each.symbol].kind is SymbolKind.OBJECT
    return section.executable and section.has_bytes and not is_data


def place(function: Scope, code: Code, names: Names) -> tuple[int, ...]:
    """The indices of the ranges in `code` over which `function` lies; none for what the linker removed."""
    found: dict[int, None] = {}
    for start, end in function.intervals:
        index = _range_at(start, function, code, names)
        section = -1 if index is None else code.ranges[index].section
        while index is not None and index < len(code.ranges) and code.starts[index] < end:
            names.information.file.allowance.spend(1)
            if code.ranges[index].section == section:
                found[index] = None
            index += 1
    return tuple(found)


def is_named(each: Range, function: Scope, names: Names) -> bool:
    """Whether the range has the name of the function."""
    name = names.of(function.entry).linkage
    return bool(name) and name in (each.name, *each.aliases)


def _range_at(address: int, function: Scope, code: Code, names: Names) -> int | None:
    found = list(code.holding(address, names.information.file.allowance))
    if len(found) == 1 and address:
        return found[0]
    return next((index for index in found if is_named(code.ranges[index], function, names)), None)
