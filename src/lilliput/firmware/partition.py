"""Section, symbols and contributions -> pieces: every byte of a section in exactly one piece.

Who owns a byte, first match wins: the innermost symbol with a size; a symbol without a size, as far as the next symbol
or the end of what its object file brought; alignment; the object file that brought it; text; the section.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lilliput.firmware.elf import Elf, Section, SymbolKind
from lilliput.firmware.firmware import Source
from lilliput.firmware.map_file import FILL, Contribution
from lilliput.firmware.owners import Owner, sized_and_unsized

PADDING = "[padding]"
STRINGS = "[strings]"

_RESERVED = re.compile(r"stack|heap")
# Zeros, erased flash, lld's trap for Arm, and the instructions that do nothing of Arm, RISC-V and Xtensa.
_FILLING = re.compile(rb"(?:\0|\xff|\xd4|\x00\xbf|\xbf\x00|\xc0\x46|\x01\x00|\x13\x00\x00\x00|\x3d\xf0|\xf0\x20\x00)*")
_LETTERS = bytes((*b"\t\n\r\x1b", *range(0x20, 0x7F)))
_STRING = re.compile(rb"[\t\n\r\x1b\x20-\x7e]{4,}\0")
_LEAST_ALIGNMENT_BYTES = 16


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
class _Hole:
    """Bytes that no symbol with a size owns, all from one contribution.

    `labels` begin in it. `before` is the function that ends where the hole begins, if code follows the hole, too:
    functions in assembly often state a smaller size than they have.
    """

    section: Section
    start: int
    end: int
    contribution: Contribution | None
    labels: Sequence[Owner]
    before: Owner | None

    @property
    def is_fill(self) -> bool:
        return self.contribution is not None and self.contribution.input_section == FILL


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
    sized, labels = sized_and_unsized(elf, section, symbols, borders)
    starts = [each.address for each in contributions]
    label_starts = [each.start for each in labels]
    position, before = section.address, None
    for owner in (*sized, None):
        for start, end, contribution in _cut(position, owner.start if owner else section.end, contributions, starts):
            inside = labels[bisect_left(label_starts, start) : bisect_left(label_starts, end)]
            following = inside[0] if inside else owner
            is_code = before is not None and before.is_code and following is not None and following.is_code
            same = before is not None and contribution is _contribution(before.start, contributions, starts)
            continued = before if start == position and is_code and same else None
            yield from _hole(elf, _Hole(section, start, end, contribution, inside, continued))
        if owner:
            yield _owned(owner, owner.start, owner.end, _contribution(owner.start, contributions, starts))
            position, before = owner.end, owner


def _contribution(address: int, contributions: Sequence[Contribution], starts: Sequence[int]) -> Contribution | None:
    """The contribution that holds `address`."""
    index = bisect_right(starts, address) - 1
    if index >= 0 and address < contributions[index].address + contributions[index].size_bytes:
        return contributions[index]
    return None


def _cut(
    start: int, end: int, contributions: Sequence[Contribution], starts: Sequence[int]
) -> Iterator[tuple[int, int, Contribution | None]]:
    """[`start`, `end`) cut where contributions begin and end."""
    while start < end:
        contribution = _contribution(start, contributions, starts)
        if contribution is not None:
            stop = min(end, contribution.address + contribution.size_bytes)
        else:
            following = bisect_right(starts, start)
            stop = min(end, starts[following]) if following < len(starts) else end
        yield start, stop, contribution
        start = stop


def _owned(owner: Owner, start: int, end: int, contribution: Contribution | None) -> Piece:
    return Piece(start, end, Source.SYMBOL, owner.names[0], owner.symbol, owner.names[1:], contribution)


def _hole(elf: Elf, hole: _Hole) -> Iterator[Piece]:
    """Labels own bytes in code, and in data where a map tells their end; a local one only where nothing precedes it."""
    labels = hole.labels if not hole.is_fill and (hole.section.executable or hole.contribution) else ()
    begun = [each for index, each in enumerate(labels) if index == 0 or _begins(elf, each)]
    if hole.before is not None and begun and not _begins(elf, begun[0]):
        begun.pop(0)
    yield from _unlabelled(hole, begun[0].start if begun else hole.end)
    for index, owner in enumerate(begun):
        stop = begun[index + 1].start if index + 1 < len(begun) else hole.end
        yield _owned(owner, owner.start, stop, hole.contribution)


def _begins(elf: Elf, label: Owner) -> bool:
    """Whether a symbol without a size is more than a place to jump to."""
    symbol = elf.symbols[label.symbol]
    return symbol.is_global or symbol.kind is not SymbolKind.LABEL


def _unlabelled(hole: _Hole, end: int) -> Iterator[Piece]:
    """The beginning of `hole` as far as `end`."""
    section, start, contribution = hole.section, hole.start, hole.contribution
    if start == end:
        return
    alignment_bytes = max(section.alignment_bytes, _LEAST_ALIGNMENT_BYTES)
    data = bytes(section.data[start - section.address : end - section.address])
    if (hole.is_fill and section.has_bytes) or (end - start < alignment_bytes and _FILLING.fullmatch(data)):
        yield Piece(start, end, Source.PADDING, PADDING, contribution=contribution)
    elif hole.before is not None and not _is_text(data):
        yield _owned(hole.before, start, end, contribution)
    elif contribution is not None and not hole.is_fill:
        yield Piece(start, end, Source.MAP, f"[{contribution.input_section}]", contribution=contribution)
    elif not section.has_bytes and _RESERVED.search(section.name):
        yield Piece(start, end, Source.RESERVED, f"[{section.name}]")
    else:
        yield from _texts(section, start, end, data)


def _is_text(data: bytes) -> bool:
    return data.endswith(b"\0") and bool(data.strip(b"\0")) and not data.translate(None, _LETTERS + b"\0")


def _texts(section: Section, start: int, end: int, data: bytes) -> Iterator[Piece]:
    """Character strings, which compilers give no symbols, and the rest."""
    spans = [(0, len(data))] if _is_text(data) else [each.span() for each in _STRING.finditer(data)]
    position = start
    for first, last in (*spans, (end - start, end - start)):
        if position < start + first:
            yield Piece(position, start + first, Source.SECTION, f"[{section.name}]")
        if first < last:
            yield Piece(start + first, start + last, Source.CONTENT, STRINGS)
        position = start + last
