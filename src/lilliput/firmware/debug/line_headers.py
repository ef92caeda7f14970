"""The header of a line number program (section 6.2.4) -> its parameters and the paths of its source files."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from posixpath import normpath

from lilliput.firmware.debug.encoding import Cursor, DamagedDebugInfo, string_at
from lilliput.firmware.debug.forms import Layout, read_value
from lilliput.firmware.debug.numbers import Attribute, Form, LineContent
from lilliput.firmware.debug.units import DebugFile, Unit, text

_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]")
_LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True)
class LineHeader:
    """The program's instructions lie at [`start`, `end`) of .debug_line.

    `files` are paths by the index that the program and `DW_AT_call_file` use; "" where an index means no file.
    """

    start: int
    end: int
    instruction_bytes: int
    line_base: int
    line_range: int
    opcode_base: int
    operand_counts: tuple[int, ...]
    files: tuple[str, ...]


def line_header(file: DebugFile, unit: Unit, offset: int) -> LineHeader:
    """The header at `offset` of .debug_line. Raises DamagedDebugInfo, IndexError where it goes beyond its end."""
    cursor = file.cursor(file.sections.lines, offset)
    length = cursor.initial_length()
    end = cursor.position + length
    if end > len(file.sections.lines):
        raise DamagedDebugInfo(f"its length of {length:,} bytes is more than there are")
    version = cursor.fixed(2)
    if version not in range(2, 6):
        raise DamagedDebugInfo(f"version {version} of line programs is not known")
    address_bytes, _ = (cursor.fixed(1), cursor.fixed(1)) if version == 5 else (unit.layout.address_bytes, 0)
    header_length = cursor.offset()
    start = cursor.position + header_length
    instruction_bytes = cursor.fixed(1)
    if version >= 4 and cursor.fixed(1) != 1:
        raise DamagedDebugInfo("it is for a processor that runs several operations in one instruction")
    cursor.skip(1)
    line_base, line_range, opcode_base = cursor.signed_byte(), cursor.fixed(1), cursor.fixed(1)
    if not line_range or not opcode_base or not offset < start <= end:
        raise DamagedDebugInfo("the header contradicts itself")
    operand_counts = tuple(cursor.block(opcode_base - 1))
    folder = text(file, unit, unit.top, Attribute.COMP_DIR)
    layout = Layout(version, address_bytes, cursor.offset_bytes)
    files = _files_version_5(file, cursor, layout, folder) if version == 5 else _files(file, cursor, folder)
    return LineHeader(start, end, instruction_bytes, line_base, line_range, opcode_base, operand_counts, files)


def _files(file: DebugFile, cursor: Cursor, folder: str) -> tuple[str, ...]:
    """The tables up to DWARF 4: folders and files count from 1, folder 0 is the compiler's."""
    start = cursor.position
    folders = [folder]
    while name := cursor.string():
        folders.append(_joined(folder, name))
    paths = [""]
    while name := cursor.string():
        index, _, _ = cursor.unsigned(), cursor.unsigned(), cursor.unsigned()
        paths.append(_joined(_at(folders, index), name))
    file.allowance.spend(cursor.position - start)
    return tuple(paths)


def _files_version_5(file: DebugFile, cursor: Cursor, layout: Layout, folder: str) -> tuple[str, ...]:
    folders = [_joined(folder, name) for name, _ in _table(file, cursor, layout)]
    return tuple(_joined(_at(folders, index), name) for name, index in _table(file, cursor, layout))


def _table(file: DebugFile, cursor: Cursor, layout: Layout) -> list[tuple[str, int]]:
    """The path and the folder's index in each row of a table that says itself what its columns are."""
    columns = [(cursor.unsigned(), cursor.unsigned()) for _ in range(cursor.fixed(1))]
    count = cursor.unsigned()
    if count > len(cursor.data) - cursor.position:
        raise DamagedDebugInfo(f"its table of {count:,} files is longer than what is left")
    rows: list[tuple[str, int]] = []
    for _ in range(count):
        file.allowance.spend(1 + len(columns))
        path, index = "", 0
        for content, column_form in columns:
            form, value = read_value(cursor, column_form, 0, layout)
            if content == LineContent.PATH:
                path = _path(file, form, value)
            elif content == LineContent.DIRECTORY_INDEX and isinstance(value, int):
                index = value
        rows.append((path, index))
    return rows


def _path(file: DebugFile, form: int, value: int | bytes) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    content = file.sections.line_strings if form == Form.LINE_STRP else file.sections.strings
    return string_at(content, value, file.allowance)


def _at(folders: Sequence[str], index: int) -> str:
    return folders[index] if index < len(folders) else ""


def _joined(folder: str, name: str) -> str:
    path = name if not folder or _ABSOLUTE.match(name) else f"{folder}/{name}"
    return normpath(path[:_LONGEST_PATH]) if path else ""
