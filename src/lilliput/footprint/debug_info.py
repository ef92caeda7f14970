"""ELF file -> DebugInfo: from which lines of one source file the code and data of an image come."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.dwarf.compileunit import CompileUnit
from elftools.dwarf.die import DIE
from elftools.dwarf.lineprogram import LineProgram, LineState
from elftools.elf.elffile import ELFFile

from lilliput.errors import ToolError

_DW_OP_ADDR = 0x03


@dataclass(frozen=True, slots=True)
class Row:
    """Instructions at [`start`, `end`) come from `line` of the source file; 0: from no line of it."""

    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class DebugInfo:
    """What is known of one source file and of the start-up files.

    `rows` are the source file's line table by address, `data_lines` the line that declares the data at an address,
    `startup_names` the functions and variables that the start-up files define.
    """

    rows: tuple[Row, ...] = ()
    data_lines: Mapping[int, int] = field(default_factory=dict[int, int])
    startup_names: frozenset[str] = frozenset()


def read_debug_info(path: Path, source_file: str, startup_files: frozenset[str]) -> DebugInfo:
    """Read the compilation units of `source_file` and `startup_files`; those of libraries are passed over.

    Files are named as the compiler was given them, folder included: a model may be called like a start-up file. Raises
    ToolError when the debug information is damaged.
    """
    try:
        return _read(ELFFile(BytesIO(path.read_bytes())), source_file, startup_files)
    except (OSError, ELFError, DWARFError, ConstructError, UnicodeDecodeError, ValueError, KeyError) as error:
        raise ToolError(f"the linked image cannot be read: {error}", path.name, "Rebuild it.") from error


def _read(file: ELFFile, source_file: str, startup_files: frozenset[str]) -> DebugInfo:
    rows: list[Row] = []
    data_lines: dict[int, int] = {}
    names: set[str] = set()
    if not file.has_dwarf_info():
        return DebugInfo()
    dwarf = file.get_dwarf_info(relocate_dwarf_sections=False)
    for unit in dwarf.iter_CUs():
        top = unit.get_top_DIE()
        name = top.attributes["DW_AT_name"].value.decode() if "DW_AT_name" in top.attributes else ""
        if name == source_file:
            program = dwarf.line_program_for_CU(unit)
            rows.extend(_rows(program, source_file) if program else ())
            data_lines.update(_data_lines(unit))
        elif name in startup_files:
            names.update(_defined_names(top))
    return DebugInfo(tuple(sorted(rows, key=lambda row: row.start)), data_lines, frozenset(names))


def _data_lines(unit: CompileUnit) -> Iterator[tuple[int, int]]:
    """Address and line of every variable with a fixed address, those within functions included."""
    for entry in unit.iter_DIEs():
        attributes = entry.attributes
        if entry.tag == "DW_TAG_variable" and "DW_AT_location" in attributes and "DW_AT_decl_line" in attributes:
            location = attributes["DW_AT_location"].value
            if isinstance(location, list) and location[:1] == [_DW_OP_ADDR]:
                yield int.from_bytes(bytes(location[1:]), "little"), attributes["DW_AT_decl_line"].value


def _defined_names(unit: DIE) -> Iterator[str]:
    for child in unit.iter_children():
        attributes = child.attributes
        defined = child.tag in {"DW_TAG_subprogram", "DW_TAG_variable"} and "DW_AT_declaration" not in attributes
        if defined and "DW_AT_name" in attributes:
            yield attributes["DW_AT_name"].value.decode()


def _rows(program: LineProgram, source_file: str) -> Iterator[Row]:
    """The rows of a line program. Sequences at address 0 belong to functions that the linker removed."""
    first_file = 0 if program["version"] >= 5 else 1
    names = [PurePosixPath(file.name.decode()).name for file in program["file_entry"]]
    wanted = {index for index, name in enumerate(names, first_file) if name == source_file}
    previous: LineState | None = None
    removed = False
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if previous is None:
            removed = state.address == 0
        elif previous.address < state.address and not removed:
            yield Row(previous.address, state.address, previous.line if previous.file in wanted else 0)
        previous = None if state.end_sequence else state
