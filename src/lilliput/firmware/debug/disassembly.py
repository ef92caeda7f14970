"""Machine code -> instructions as text, for people; without a text where no disassembler knows the machine."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from capstone import (
    CS_ARCH_ARM,
    CS_ARCH_MIPS,
    CS_ARCH_RISCV,
    CS_MODE_ARM,
    CS_MODE_BIG_ENDIAN,
    CS_MODE_LITTLE_ENDIAN,
    CS_MODE_MCLASS,
    CS_MODE_MIPS32,
    CS_MODE_RISCV32,
    CS_MODE_RISCVC,
    CS_MODE_THUMB,
    CS_MODE_V8,
    Cs,
)

from lilliput.firmware.elf import Elf, Section

_MAPPING_SYMBOL = re.compile(r"\$([atdx])")
_DATA = "d"
_BIG_ENDIAN_DATA_ONLY = 0x00800000
"""Of the Arm ELF flags (EF_ARM_BE8): instructions stay little-endian."""

_ENGINES: Mapping[tuple[str, str], tuple[int, int]] = {
    ("arm", "t"): (CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_MCLASS | CS_MODE_V8),
    ("arm", "a"): (CS_ARCH_ARM, CS_MODE_ARM),
    ("riscv", "x"): (CS_ARCH_RISCV, CS_MODE_RISCV32 | CS_MODE_RISCVC),
    ("mips", "x"): (CS_ARCH_MIPS, CS_MODE_MIPS32),
}
"""By machine and what the mapping symbols call its code."""

_DIRECTIVES = {1: ".byte", 2: ".short", 3: ".3byte", 4: ".word"}

_UNIT_BYTES = {"avr": 2}
"""The shortest instruction of machines without a disassembler; 4 for any other."""

_BRANCH = re.compile(r"(?:b|bl|blx|cbn?z|c?j(?:al)?|c\.(?:j|jal|b)\w*)(?:[a-z]{2}z?|[lg][te]u)?(?:\.[nw])?$")
_TARGET = re.compile(r"(?:^|, )#?(-?(?:0x[0-9a-f]+|\d+))$")


@dataclass(frozen=True, slots=True)
class Decoded:
    """An instruction or a piece of data.

    `text` names the target of a branch and what a word of data points to; "" for code that cannot be disassembled.
    """

    address: int
    code: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Disassembler:
    """Decodes the code of a file. `name_at` tells what lies at an address, "" where nobody knows."""

    elf: Elf
    marks: Mapping[int, tuple[tuple[int, str], ...]]
    name_at: Callable[[int], str]

    @property
    def knows_machine(self) -> bool:
        """Whether code of this machine gets a text."""
        return any(machine == self.elf.machine for machine, _ in _ENGINES)

    def decode(self, section: Section, start: int, end: int) -> Iterator[Decoded]:
        """All bytes at [`start`, `end`) of `section`, in pieces of at most eight bytes."""
        for first, last, kind in self._stretches(section.index, start, end):
            content = bytes(section.data[first - section.address : last - section.address])
            engine = _ENGINES.get((self.elf.machine, kind))
            if engine:
                yield from self._code(engine, first, content)
            else:
                yield from self._words(first, content) if kind == _DATA else self._undecoded(first, content)

    def _stretches(self, section: int, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Parts of [`start`, `end`) that are all code of one instruction set, or all data."""
        marks = self.marks.get(section, ())
        index = bisect_right(marks, start, key=lambda mark: mark[0])
        kind = marks[index - 1][1] if index else self._usual_code()
        while start < end:
            last = min(marks[index][0], end) if index < len(marks) else end
            if start < last:
                yield start, last, kind
            start, kind = (last, marks[index][1]) if index < len(marks) else (end, kind)
            index += 1

    def _usual_code(self) -> str:
        return "t" if self.elf.machine == "arm" else "x"

    def _code(self, engine: tuple[int, int], start: int, content: bytes) -> Iterator[Decoded]:
        architecture, mode = engine
        swapped = not self.elf.little_endian and not self.elf.flags & _BIG_ENDIAN_DATA_ONLY
        machine = Cs(architecture, mode | (CS_MODE_BIG_ENDIAN if swapped else CS_MODE_LITTLE_ENDIAN))
        machine.skipdata = True
        position = 0
        for address, size, mnemonic, operands in machine.disasm_lite(content, start):
            text = f"{mnemonic} {operands}".strip() + self._target(address, mnemonic, operands)
            position = address + size - start
            yield Decoded(address, content[position - size : position], text)
        # An instruction that the span cuts in two.
        yield from self._words(start + position, content[position:])

    def _target(self, address: int, mnemonic: str, operands: str) -> str:
        found = _TARGET.search(operands) if _BRANCH.match(mnemonic) else None
        if found is None:
            return ""
        # Only RISC-V branches are written relative to the instruction.
        target = int(found[1], 0) + (address if self.elf.machine == "riscv" else 0)
        name = self.name_at(target)
        return f" <{name}>" if name else ""

    def _words(self, start: int, content: bytes) -> Iterator[Decoded]:
        position = 0
        while position < len(content):
            address = start + position
            size = min(len(content) - position, 4 - address % 4)
            piece = content[position : position + size]
            value = int.from_bytes(piece, "little" if self.elf.little_endian else "big")
            name = self.name_at(value) if size == 4 else ""
            note = f" <{name}>" if name else ""
            yield Decoded(address, piece, f"{_DIRECTIVES[size]} {value:#0{2 + 2 * size}x}{note}")
            position += size

    def _undecoded(self, start: int, content: bytes) -> Iterator[Decoded]:
        unit_bytes = _UNIT_BYTES.get(self.elf.machine, 4)
        for position in range(0, len(content), unit_bytes):
            yield Decoded(start + position, content[position : position + unit_bytes], "")


def disassembler(elf: Elf, name_at: Callable[[int], str]) -> Disassembler:
    """A disassembler that tells code from data by the mapping symbols of `elf`."""
    marks: dict[int, list[tuple[int, str]]] = {}
    for symbol in elf.symbols:
        found = _MAPPING_SYMBOL.match(symbol.name)
        if found:
            marks.setdefault(symbol.section, []).append((symbol.address, found[1]))
    return Disassembler(elf, {section: tuple(sorted(each)) for section, each in marks.items()}, name_at)
