"""Elf -> the machine code of its functions, decoded when first asked for."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from lilliput.errors import FirmwareError
from lilliput.firmware.code.instruction import Instruction
from lilliput.firmware.code.spans import Span, spans
from lilliput.firmware.elf import NO_SECTION, Elf, Section, SymbolKind

_MACHINES = frozenset({"arm", "riscv"})
_MAPPING_SYMBOLS = frozenset({"$a", "$d", "$t", "$x"})
_MOST_OVERLAP = 8
"""Functions that together are so many times as long as all code are no program, and would take forever."""


@dataclass(frozen=True, slots=True)
class Program:
    """The functions of an ELF file that `is_decoded`, by address; Arm code is Thumb code.

    Where no function is, labels in executable sections stand for functions: assembler code seldom says more.
    `addresses` are those of all symbols; `marks` the mapping symbols: from each address on there is code (True), or
    data or code of another instruction set (False). `decoded` remembers the instructions of the functions asked for.
    """

    elf: Elf
    functions: tuple[Span, ...]
    starts: tuple[int, ...]
    addresses: frozenset[int]
    marks: tuple[tuple[int, bool], ...]
    loaded: tuple[Section, ...]
    loaded_starts: tuple[int, ...]
    decoded: dict[int, dict[int, Instruction]] = field(default_factory=dict[int, dict[int, Instruction]])

    def function_at(self, address: int) -> Span | None:
        """The function that holds `address`."""
        index = bisect_right(self.starts, address) - 1
        return self.functions[index] if index >= 0 and address < self.functions[index].end else None

    def begins_function(self, address: int) -> bool:
        """Whether a function begins at `address`."""
        function = self.function_at(address)
        return function is not None and function.start == address

    def function_named(self, name: str) -> Span | None:
        """The function `name`, or the one that has it as an alias."""
        return next((function for function in self.functions if name in function.names), None)

    def instructions(self, function: Span) -> dict[int, Instruction]:
        """The instructions of `function` by address, its literal pools and jump tables left out."""
        if function.start not in self.decoded:
            self.decoded[function.start] = {
                instruction.address: instruction
                for start, end in self._code_ranges(function)
                for instruction in self._decode(start, end)
            }
        return self.decoded[function.start]

    def bytes_at(self, address: int, size: int) -> bytes:
        """`size` bytes as they lie in memory before anything runs; fewer where the file holds no more."""
        index = bisect_right(self.loaded_starts, address) - 1
        if index < 0:
            return b""
        section = self.loaded[index]
        return bytes(section.data[address - section.address :][:size])

    def word_at(self, address: int) -> int | None:
        """The 32-bit word at `address`, None where the file holds none."""
        content = self.bytes_at(address, 4)
        return int.from_bytes(content, "little") if len(content) == 4 else None

    def _code_ranges(self, function: Span) -> Iterator[tuple[int, int]]:
        first = bisect_right(self.marks, (function.start, True)) - 1
        is_code = self.marks[first][1] if first >= 0 else True
        start = function.start
        for index in range(first + 1, len(self.marks)):
            address, begins_code = self.marks[index]
            if address >= function.end:
                break
            if is_code and start < address:
                yield start, address
            start, is_code = address, begins_code
        if is_code:
            yield start, function.end

    def _decode(self, start: int, end: int) -> Iterator[Instruction]:
        # The decoders need capstone, which not everybody has installed who reads an ELF file.
        from lilliput.firmware.code.riscv import decode_riscv
        from lilliput.firmware.code.thumb import decode_thumb

        code = self.bytes_at(start, end - start)
        if self.elf.machine == "arm":
            return decode_thumb(code, start, self.word_at)
        attributes = self.elf.section(".riscv.attributes")
        return decode_riscv(code, start, pushes=attributes is not None and b"zcmp" in bytes(attributes.data))


def is_decoded(elf: Elf) -> bool:
    """Whether the machine code of `elf` is understood here: little-endian 32-bit Arm or RISC-V."""
    return elf.machine in _MACHINES and elf.bits == 32 and elf.little_endian


def open_program(elf: Elf) -> Program:
    """Find the functions and the mapping symbols ($t and $x start code, $d data; AAELF32, "Mapping symbols").

    Raises FirmwareError when the functions of a damaged file overlap beyond reason.
    """
    functions = _functions(elf)
    code_bytes = sum(section.size_bytes for section in elf.allocated if section.executable)
    if sum(function.end - function.start for function in functions) > _MOST_OVERLAP * code_bytes:
        raise FirmwareError("functions of the ELF overlap each other again and again", elf.name, "Link it again.")
    placed = [each for each in elf.symbols if each.section == NO_SECTION or elf.sections[each.section].allocated]
    marks = sorted((each.address, each.name[1] in "tx") for each in placed if each.name[:2] in _MAPPING_SYMBOLS)
    addresses = frozenset(each.address for each in placed)
    loaded = tuple(section for section in elf.allocated if section.has_bytes)
    starts = tuple(function.start for function in functions)
    return Program(elf, functions, starts, addresses, tuple(marks), loaded, tuple(each.address for each in loaded))


def _functions(elf: Elf) -> tuple[Span, ...]:
    functions = [span for span in spans(elf, SymbolKind.FUNCTION) if elf.sections[span.section].executable]
    starts = [function.start for function in functions]
    for label in spans(elf, SymbolKind.LABEL):
        before = bisect_right(starts, label.start) - 1
        covered = before >= 0 and label.start < functions[before].end
        if not covered and elf.sections[label.section].executable:
            functions.append(label)
    return tuple(sorted(functions, key=lambda function: function.start))
