"""Elf -> the machine code of its functions, decoded when first asked for."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from lilliput.errors import InvariantError
from lilliput.footprint.elf import Elf, Span
from lilliput.footprint.instruction import Instruction
from lilliput.footprint.riscv import decode_riscv
from lilliput.footprint.thumb import decode_thumb


@dataclass(frozen=True, slots=True)
class Program:
    """The functions of an ELF file for EM_ARM (Thumb only) or EM_RISCV, sorted by address.

    `addresses` are those of all symbols; `marks` the mapping symbols: from each address on there is code (True) or data
    (False). `decoded` remembers the instructions of the functions asked for so far.
    """

    elf: Elf
    functions: tuple[Span, ...]
    starts: tuple[int, ...]
    addresses: frozenset[int]
    marks: tuple[tuple[int, bool], ...]
    decoded: dict[int, dict[int, Instruction]] = field(default_factory=dict[int, dict[int, Instruction]])

    def function_at(self, address: int) -> Span:
        """The function that holds `address`; none is a bug in the image or in this analysis."""
        index = bisect_right(self.starts, address) - 1
        if index < 0 or address >= self.functions[index].end:
            raise InvariantError(f"no function holds the code address {address:#x}")
        return self.functions[index]

    def address_of(self, name: str) -> int:
        """The address of the function `name`."""
        for function in self.functions:
            if name in function.names:
                return function.start
        raise InvariantError(f"the image has no function {name}")

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
        """`size` bytes of the image as they lie in memory before anything runs."""
        for section in self.elf.loaded:
            if section.data is not None and section.address <= address < section.address + section.size:
                return section.data[address - section.address :][:size]
        raise InvariantError(f"the address {address:#x} holds no bytes of the image")

    def _code_ranges(self, function: Span) -> Iterator[tuple[int, int]]:
        first = bisect_right(self.marks, (function.start, True)) - 1
        is_code = self.marks[first][1] if first >= 0 else True
        start = function.start
        for address, begins_code in self.marks[first + 1 :]:
            if address >= function.end:
                break
            if is_code and start < address:
                yield start, address
            start, is_code = address, begins_code
        if is_code:
            yield start, function.end

    def _decode(self, start: int, end: int) -> Iterator[Instruction]:
        code = self.bytes_at(start, end - start)
        if self.elf.machine == "EM_ARM":
            return decode_thumb(code, start, lambda address: int.from_bytes(self.bytes_at(address, 4), "little"))
        return decode_riscv(code, start)


def open_program(elf: Elf) -> Program:
    """Find the functions and the mapping symbols ($t and $x start code, $d data; AAELF32, "Mapping symbols")."""
    functions = elf.spans("STT_FUNC")
    marks = sorted(
        (symbol.address, symbol.name[1] != "d") for symbol in elf.symbols if symbol.name[:2] in {"$t", "$x", "$d"}
    )
    addresses = frozenset(symbol.address for symbol in elf.symbols)
    return Program(elf, functions, tuple(f.start for f in functions), addresses, tuple(marks))
