"""Section, symbols and contributions -> pieces: every byte of a section in exactly one piece.

Who owns a byte, first match wins: the innermost symbol with a size; a symbol without a size, as far as the next symbol
or the end of what its object file brought; alignment; the object file that brought it; text; the section.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lilliput.firmware.elf import Elf, Section, Symbol, SymbolKind
from lilliput.firmware.firmware import Source
from lilliput.firmware.map_file import FILL, Contribution

PADDING = "[padding]"
STRINGS = "[strings]"

# Marks between code and data ($a, $t, $d, $x with what follows) and compilers' local labels.
_NO_NAME = re.compile(r"\$|\.L|$")
# What linker scripts call the borders of sections.
_BORDER = re.compile(
    r"_*[a-zA-Z]\w*_(?:start|end|begin|stop|limit|base|top|size|load)_*|"
    r"_+[se]i?(?:text|data|bss|rodata|stack|heap)\w*|_*(?:end|etext|edata)_*|_*(?:Heap|Stack)(?:Base|Limit|Top)"
)
_RESERVED = re.compile(r"stack|heap")
# Zeros, erased flash, lld's trap for Arm, and the instructions that do nothing of Arm, RISC-V and Xtensa.
_FILLING = re.compile(rb"(?:\0|\xff|\xd4|\x00\xbf|\xbf\x00|\xc0\x46|\x01\x00|\x13\x00\x00\x00|\x3d\xf0|\xf0\x20\x00)*")
_LETTERS = bytes((*b"\t\n\r\x1b", *range(0x20, 0x7F)))
_STRING = re.compile(rb"[\t\n\r\x1b\x20-\x7e]{4,}\0")
_LEAST_ALIGNMENT_BYTES = 16
_NO_SIZE = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """Run-time addresses [`start`, `end`) of a section. `symbol` is -1 where no symbol owns them."""

    start: int
    end: int
    source: Source
    name: str
    symbol: int = -1
    aliases: tuple[str, ...] = ()
    contribution: Contribution | None = None


@dataclass(frozen=True, slots=True)
class _Owner:
    """The symbols of one address; `end` is `start` where none has a size."""

    start: int
    end: int
    symbol: int
    names: tuple[str, ...]
    continues: bool
    """A local label, which does not begin anything when something comes before it."""


def partition(
    elf: Elf,
    section: Section,
    symbols: Iterable[int],
    contributions: Sequence[Contribution],
    borders: frozenset[str],
) -> Iterator[Piece]:
    """The pieces of `section` in order of address.

    `symbols` are the indices of its symbols, `contributions` the map's for it in order of address without overlaps,
    `borders` the symbols that the linker script defines.
    """
    owners = _owners(elf, section, symbols, borders)
    starts = [each.address for each in contributions]
    unsized = [each for each in owners if each.end == each.start]
    unsized_starts = [each.start for each in unsized]
    position = section.address
    for owned in (*_innermost(each for each in owners if each.end > each.start), None):
        stop = owned.start if owned else section.end
        for start, end, contribution in _cut(position, stop, contributions, starts):
            first, last = bisect_right(unsized_starts, start - 1), bisect_right(unsized_starts, end - 1)
            yield from _without_size(section, start, end, contribution, unsized[first:last])
        if owned:
            index = bisect_right(starts, owned.start) - 1
            holds = index >= 0 and owned.start < contributions[index].address + contributions[index].size_bytes
            yield _of_symbol(owned, owned.start, owned.end, contributions[index] if holds else None)
            position = owned.end


def _of_symbol(owner: _Owner, start: int, end: int, contribution: Contribution | None) -> Piece:
    return Piece(start, end, Source.SYMBOL, owner.names[0], owner.symbol, owner.names[1:], contribution)


def _owners(elf: Elf, section: Section, symbols: Iterable[int], borders: frozenset[str]) -> list[_Owner]:
    by_address: dict[int, list[int]] = {}
    for index in symbols:
        symbol = elf.symbols[index]
        if section.address <= symbol.address < section.end and _can_own(symbol, borders):
            by_address.setdefault(symbol.address, []).append(index)
    owners: list[_Owner] = []
    for address, indices in sorted(by_address.items()):
        ranked = sorted(indices, key=lambda index: _rank(elf.symbols[index]))
        best = elf.symbols[ranked[0]]
        size_bytes = max(elf.symbols[index].size_bytes for index in ranked)
        names = tuple(dict.fromkeys(elf.symbols[index].name for index in ranked))
        continues = size_bytes == _NO_SIZE and best.kind is SymbolKind.LABEL and not best.is_global
        owners.append(_Owner(address, min(address + size_bytes, section.end), ranked[0], names, continues))
    return owners


def _can_own(symbol: Symbol, borders: frozenset[str]) -> bool:
    if symbol.kind in (SymbolKind.SECTION, SymbolKind.FILE) or not symbol.name:
        return False
    if symbol.size_bytes:
        return True
    if _NO_NAME.match(symbol.name) or symbol.kind is SymbolKind.OTHER:
        return False
    is_border = symbol.kind is SymbolKind.LABEL and (symbol.name in borders or _BORDER.fullmatch(symbol.name))
    return not is_border


def _rank(symbol: Symbol) -> tuple[object, ...]:
    """The best name of an address first: with a size, typed, global, without underscores, short."""
    underscores = len(symbol.name) - len(symbol.name.lstrip("_"))
    mangled = symbol.name.startswith("_Z")
    return (
        -symbol.size_bytes,
        symbol.kind is SymbolKind.LABEL,
        not symbol.is_global,
        0 if mangled else underscores,
        len(symbol.name),
        symbol.name,
    )


def _innermost(owners: Iterable[_Owner]) -> Iterator[_Owner]:
    """Disjoint owners in order: where symbols overlap, the one that begins last has the bytes."""
    open_owners: list[_Owner] = []
    position = 0

    def close(until: int) -> Iterator[_Owner]:
        nonlocal position
        while open_owners and position < until:
            owner = open_owners[-1]
            end = min(owner.end, until)
            if end > position:
                start, position = max(owner.start, position), end
                yield _Owner(start, end, owner.symbol, owner.names, owner.continues)
            if owner.end <= until:
                open_owners.pop()
        position = max(position, until)

    for owner in owners:
        yield from close(owner.start)
        open_owners.append(owner)
    yield from close(max((owner.end for owner in open_owners), default=0))


def _cut(
    start: int, end: int, contributions: Sequence[Contribution], starts: Sequence[int]
) -> Iterator[tuple[int, int, Contribution | None]]:
    """[`start`, `end`) cut where contributions begin and end."""
    index = max(0, bisect_right(starts, start) - 1)
    while start < end:
        while index < len(contributions) and contributions[index].address + contributions[index].size_bytes <= start:
            index += 1
        if index == len(contributions) or contributions[index].address >= end:
            yield start, end, None
            return
        contribution = contributions[index]
        if start < contribution.address:
            yield start, contribution.address, None
            start = contribution.address
        stop = min(end, contribution.address + contribution.size_bytes)
        yield start, stop, contribution
        start = stop


def _without_size(
    section: Section, start: int, end: int, contribution: Contribution | None, owners: Sequence[_Owner]
) -> Iterator[Piece]:
    """Pieces of bytes that no symbol with a size owns; in data, a label's end is known from the map only."""
    is_fill = contribution is not None and contribution.input_section == FILL
    begun = [each for index, each in enumerate(owners) if not (each.continues and index)]
    if is_fill or not (section.executable or contribution):
        begun = []
    yield from _without_symbol(section, start, begun[0].start if begun else end, contribution)
    for index, owner in enumerate(begun):
        stop = begun[index + 1].start if index + 1 < len(begun) else end
        yield _of_symbol(owner, owner.start, stop, contribution)


def _without_symbol(section: Section, start: int, end: int, contribution: Contribution | None) -> Iterator[Piece]:
    if start == end:
        return
    is_fill = contribution is not None and contribution.input_section == FILL
    alignment_bytes = max(section.alignment_bytes, _LEAST_ALIGNMENT_BYTES)
    data = bytes(section.data[start - section.address : end - section.address])
    if (is_fill and section.has_bytes) or (end - start < alignment_bytes and _FILLING.fullmatch(data)):
        yield Piece(start, end, Source.PADDING, PADDING, contribution=contribution)
    elif contribution is not None and not is_fill:
        name = f"[{contribution.input_section}]"
        yield Piece(start, end, Source.MAP, name, contribution=contribution)
    elif not section.has_bytes and _RESERVED.search(section.name):
        yield Piece(start, end, Source.RESERVED, f"[{section.name}]")
    else:
        yield from _texts(section, start, end, data)


def _texts(section: Section, start: int, end: int, data: bytes) -> Iterator[Piece]:
    """Character strings, which compilers give no symbols, and the rest."""
    fallback = f"[{section.name}]"
    if data and not data.translate(None, _LETTERS + b"\0") and data.strip(b"\0"):
        yield Piece(start, end, Source.CONTENT, STRINGS)
        return
    position = 0
    for match in _STRING.finditer(data):
        if position < match.start():
            yield Piece(start + position, start + match.start(), Source.SECTION, fallback)
        yield Piece(start + match.start(), start + match.end(), Source.CONTENT, STRINGS)
        position = match.end()
    if position < end - start:
        yield Piece(start + position, end, Source.SECTION, fallback)
