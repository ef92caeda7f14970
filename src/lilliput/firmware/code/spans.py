"""Elf -> Span: the extents of functions, objects and labels, one for each address, each inside its section."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from lilliput.firmware.elf import NO_SECTION, Elf, Symbol, SymbolKind

_EXTENTS = frozenset({SymbolKind.FUNCTION, SymbolKind.OBJECT})
_NOT_NAMES = ("$", ".L")
"""Mapping symbols and the assembler's own labels name no function and no object."""


@dataclass(frozen=True, slots=True)
class Span:
    """Addresses [`start`, `end`) of the function or object `name`; `names` are its aliases, itself included.

    `section` is an index into `Elf.sections`, `file` the source file of a local symbol, "" for a global one.
    """

    start: int
    end: int
    name: str
    names: tuple[str, ...]
    section: int
    file: str


def spans(elf: Elf, kind: SymbolKind) -> tuple[Span, ...]:
    """Extents of all symbols of `kind`, by address.

    A symbol without a size reaches to the next function or object, or to the end of its section. Symbols that do not
    lie in a section which takes memory have no extent.
    """
    placed = [symbol for symbol in elf.symbols if _is_placed(elf, symbol)]
    marks = sorted({each.address for each in placed if each.kind in _EXTENTS or each.kind is kind})
    by_address: dict[int, list[Symbol]] = {}
    for symbol in placed:
        if symbol.kind is kind:
            by_address.setdefault(symbol.address, []).append(symbol)
    return tuple(_span(elf, same, marks) for _, same in sorted(by_address.items()))


def _is_placed(elf: Elf, symbol: Symbol) -> bool:
    if symbol.section == NO_SECTION or not symbol.name or symbol.name.startswith(_NOT_NAMES):
        return False
    section = elf.sections[symbol.section]
    return section.allocated and section.address <= symbol.address < section.end


def _span(elf: Elf, same: list[Symbol], marks: Sequence[int]) -> Span:
    """The span of symbols with one address; `marks` are the sorted addresses where others begin."""
    address, section = same[0].address, elf.sections[same[0].section]
    following = bisect_right(marks, address)
    next_mark = marks[following] if following < len(marks) else section.end
    end = address + max(each.size_bytes for each in same)
    names = tuple(sorted({each.name for each in same}, key=lambda name: (len(name), name)))
    file = next((each.file for each in same if each.file), "")
    return Span(address, min(end if end > address else next_mark, section.end), names[0], names, section.index, file)
