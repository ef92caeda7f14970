"""Line number programs (section 6.2) -> from which file and line the instructions at each address come."""

from array import array
from dataclasses import dataclass, field

from lilliput.firmware.debug.encoding import reading, signed_leb128, unsigned_leb128
from lilliput.firmware.debug.line_headers import LineHeader, line_header
from lilliput.firmware.debug.numbers import Attribute, ExtendedOpcode, LineOpcode
from lilliput.firmware.debug.units import DebugFile, Unit, number

_ADDRESS_MASK = 0xFFFFFFFF
_HIGHEST_LINE = 0x7FFFFFFF


def _numbers() -> "array[int]":
    return array("L")


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of a table: instructions at [`starts`, `ends`) come from `lines` of the file with index `files`.

    `sequences` has the address at which each row's sequence starts: rows of one sequence ascend. There are no empty
    rows.
    """

    starts: "array[int]" = field(default_factory=_numbers)
    ends: "array[int]" = field(default_factory=_numbers)
    files: "array[int]" = field(default_factory=_numbers)
    lines: "array[int]" = field(default_factory=_numbers)
    sequences: "array[int]" = field(default_factory=_numbers)


@dataclass(slots=True)
class _Registers:
    """The state of the line number machine; `row_*` are the last row, which lasts until the address moves on."""

    address: int = 0
    file: int = 1
    line: int = 1
    sequence: int = -1
    row_address: int = 0
    row_file: int = 0
    row_line: int = 0

    def append_row(self, rows: Rows) -> None:
        """End the last row here and begin the next."""
        address = self.address & _ADDRESS_MASK
        if self.sequence < 0:
            self.sequence = address
        elif self.row_address < address:
            rows.starts.append(self.row_address)
            rows.ends.append(address)
            rows.files.append(self.row_file & _ADDRESS_MASK)
            rows.lines.append(self.row_line if 0 <= self.row_line <= _HIGHEST_LINE else 0)
            rows.sequences.append(self.sequence)
        self.row_address, self.row_file, self.row_line = address, self.file, self.line


def line_rows(file: DebugFile, unit: Unit) -> tuple[tuple[str, ...], Rows]:
    """The source files of the unit's line program by their index, and its rows. Raises DamagedDebugInfo."""
    if Attribute.STMT_LIST not in unit.top:
        return (), Rows()
    with reading("it"):
        header = line_header(file, unit, number(unit.top, Attribute.STMT_LIST))
        file.allowance.spend(header.end - header.start)
        return header.files, _run(file.sections.lines, header, file)


def _run(content: bytes, header: LineHeader, file: DebugFile) -> Rows:
    rows, registers = Rows(), _Registers()
    position = header.start
    opcode_base, line_base, line_range = header.opcode_base, header.line_base, header.line_range
    while position < header.end:
        opcode = content[position]
        position += 1
        if opcode >= opcode_base:
            advance, step = divmod(opcode - opcode_base, line_range)
            registers.address += advance * header.instruction_bytes
            registers.line += line_base + step
            registers.append_row(rows)
        elif opcode == 0:
            length, start = unsigned_leb128(content, position)
            position = start + length
            registers = _extended(content[start:position], registers, rows, file)
        else:
            position = _standard(opcode, content, position, registers, rows, header, file)
    return rows


def _extended(content: bytes, registers: _Registers, rows: Rows, file: DebugFile) -> _Registers:
    """An extended instruction: the end of a sequence, after which all begins anew, or an address."""
    opcode = content[0]
    if opcode == ExtendedOpcode.END_SEQUENCE:
        registers.append_row(rows)
        return _Registers()
    if opcode == ExtendedOpcode.SET_ADDRESS:
        registers.address = int.from_bytes(content[1:9], file.sections.order)
    return registers


def _standard(
    opcode: int, content: bytes, position: int, registers: _Registers, rows: Rows, header: LineHeader, file: DebugFile
) -> int:
    """Run a standard instruction; returns where its operands end."""
    match opcode:
        case LineOpcode.COPY:
            registers.append_row(rows)
        case LineOpcode.ADVANCE_PC:
            advance, position = unsigned_leb128(content, position)
            registers.address += advance * header.instruction_bytes
        case LineOpcode.ADVANCE_LINE:
            advance, position = signed_leb128(content, position)
            registers.line += advance
        case LineOpcode.SET_FILE:
            registers.file, position = unsigned_leb128(content, position)
        case LineOpcode.CONST_ADD_PC:
            registers.address += (255 - header.opcode_base) // header.line_range * header.instruction_bytes
        case LineOpcode.FIXED_ADVANCE_PC:
            registers.address += int.from_bytes(content[position : position + 2], file.sections.order)
            position += 2
        case _:
            for _ in range(header.operand_counts[opcode - 1]):
                _, position = unsigned_leb128(content, position)
    return position
