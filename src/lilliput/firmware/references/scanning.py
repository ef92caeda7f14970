"""Elf -> Mentions: all addresses in its instructions, literal pools and data that are addresses of its memory."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lilliput.firmware.elf import Elf, Section, SymbolKind
from lilliput.firmware.references.avr import avr_mentions, avr_pointers
from lilliput.firmware.references.mentions import Integers, Kind, Mentions, joined, mentions
from lilliput.firmware.references.riscv import riscv_mentions
from lilliput.firmware.references.thumb import a32_mentions, thumb_mentions

_INSTRUCTIONS_LITTLE_ENDIAN = 0x00800000
"""EF_ARM_BE8: the data of a big-endian program with little-endian instructions."""

_MARKS = {"$t": "thumb", "$a": "a32", "$x": "riscv", "$d": "data"}
"""Mapping symbols (AAELF32, "Mapping symbols"; RISC-V ELF psABI): what the bytes from their address on are."""

_DEFAULT_CONTENT = {"arm": "thumb", "riscv": "riscv", "avr": "avr"}

_ALIGNMENT_BYTES = {"thumb": 2, "a32": 4, "riscv": 2, "avr": 2, "data": 4, "unknown": 4}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes [`start`, `end`) of a section; `content` is a key of `_MARKS`' values, or "avr" or "unknown"."""

    section: Section
    start: int
    end: int
    content: str

    def units(self, size_bytes: int, order: str) -> Integers:
        """Its bytes as unsigned numbers of `size_bytes`, from its start on."""
        count = (self.end - self.start) // size_bytes
        offset = self.start - self.section.address
        return np.frombuffer(self.section.data, f"{order}u{size_bytes}", count, offset).astype(np.int64)


def scan(elf: Elf) -> Mentions:
    """Every address that the firmware's bytes may mean. Machines without a reader of code give data words only."""
    data_order = "<" if elf.little_endian else ">"
    code_order = "<" if elf.flags & _INSTRUCTIONS_LITTLE_ENDIAN else data_order
    found: list[Mentions] = []
    for stretch in stretches(elf):
        found.append(_of_code(elf, stretch, code_order))
        if stretch.content in {"data", "unknown"}:
            found.append(_words(elf, stretch, data_order))
    return _inside_memory(elf, joined(found))


def _of_code(elf: Elf, stretch: Stretch, order: str) -> Mentions:
    index, start = stretch.section.index, stretch.start
    match stretch.content:
        case "thumb":
            return thumb_mentions(index, stretch.units(2, order), start)
        case "a32":
            return a32_mentions(index, stretch.units(4, order), start)
        case "riscv":
            pointer = next((symbol.address for symbol in elf.symbols if symbol.name == "__global_pointer$"), None)
            return riscv_mentions(index, stretch.units(2, order), start, pointer)
        case "avr":
            return avr_mentions(index, stretch.units(2, order), start)
        case _:
            return joined([])


def _words(elf: Elf, stretch: Stretch, order: str) -> Mentions:
    """Aligned words, which is what compilers make pointers of; AVR aligns nothing."""
    kind = Kind.LITERAL if stretch.section.executable else Kind.POINTER
    if elf.machine == "avr":
        return avr_pointers(stretch.section.index, stretch.units(1, order), stretch.start)
    words = stretch.units(4, order)
    return mentions(stretch.section.index, stretch.start + 4 * np.arange(len(words)), words, kind)


def stretches(elf: Elf) -> Iterator[Stretch]:
    """The bytes of all sections in memory, cut where code becomes data and back."""
    marks: dict[int, list[tuple[int, str]]] = {}
    for symbol in elf.symbols:
        if symbol.name[:2] in _MARKS and not symbol.is_global:
            marks.setdefault(symbol.section, []).append((symbol.address, _MARKS[symbol.name[:2]]))
    unmarked = _default_marks(elf) if not marks else {}
    for section in elf.allocated:
        if not section.has_bytes:
            continue
        here = sorted(marks.get(section.index, unmarked.get(section.index, [])))
        first = _DEFAULT_CONTENT.get(elf.machine, "unknown") if section.executable and marks else "data"
        cuts = [(section.address, first), *(mark for mark in here if section.address <= mark[0] < section.end)]
        for (start, content), end in zip(cuts, [*(at for at, _ in cuts[1:]), section.end], strict=True):
            start += -start % (1 if elf.machine == "avr" and content == "data" else _ALIGNMENT_BYTES[content])
            if start < end:
                yield Stretch(section, start, end, content)


def _default_marks(elf: Elf) -> dict[int, list[tuple[int, str]]]:
    """Without mapping symbols: executable sections are code, but for the objects in them."""
    content = _DEFAULT_CONTENT.get(elf.machine, "unknown")
    marks = {section.index: [(section.address, content)] for section in elf.allocated if section.executable}
    for symbol in elf.symbols:
        if symbol.kind is SymbolKind.OBJECT and symbol.size_bytes and symbol.section in marks:
            marks[symbol.section] += [(symbol.address, "data"), (symbol.address + symbol.size_bytes, content)]
    return marks


def _inside_memory(elf: Elf, found: Mentions) -> Mentions:
    """Only what can be an address of a section in memory, or its end; a number of zero is no address."""
    inside = np.zeros(len(found.targets), np.bool_)
    for section in elf.allocated:
        inside |= (section.address <= found.targets) & (found.targets <= section.end)
    return found.where(inside & ((found.targets != 0) | (found.kinds == Kind.BRANCH)))
