"""ELF file -> sections, symbols and debug information as frozen values; every footprint stage reads from these."""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.dwarf.die import DIE
from elftools.dwarf.lineprogram import LineProgram, LineState
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from lilliput.errors import ToolError

ABSOLUTE = -1
"""The section number of a symbol that is a number and no place in a section."""

_SYMBOL_KINDS = {0: "STT_NOTYPE", 1: "STT_OBJECT", 2: "STT_FUNC", 4: "STT_FILE"}
_SHN_ABS = 0xFFF1
_STB_LOCAL = 0
_STV_DEFAULT = 0


@dataclass(frozen=True, slots=True)
class Section:
    """An allocated section: `address` is where it runs, `load_address` where its bytes are flashed.

    `data` is None for a section that holds no bytes in the file (.bss).
    """

    index: int
    name: str
    address: int
    load_address: int
    size: int
    alignment: int
    writable: bool
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol of an allocated section (or of none: section `ABSOLUTE`), Thumb bit removed.

    `kind` is STT_FUNC, STT_OBJECT or STT_NOTYPE. `file` is the source file of a local symbol, "" for a global one.
    """

    name: str
    address: int
    size: int
    kind: str
    section: int
    file: str


@dataclass(frozen=True, slots=True)
class Span:
    """Addresses [`start`, `end`) of the function or object `name`; `names` are its aliases, itself included."""

    start: int
    end: int
    name: str
    names: tuple[str, ...]
    file: str


@dataclass(frozen=True, slots=True)
class Row:
    """Instructions at [`start`, `end`) come from `line` of the source file; 0: from no line of it."""

    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class Elf:
    """A linked 32- or 64-bit ELF file. `machine` is EM_ARM, EM_RISCV or EM_X86_64; `entry` has no Thumb bit.

    `rows` are the line table of one source file, sorted; `startup_names` what the start-up files define.
    """

    machine: str
    entry: int
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]
    rows: tuple[Row, ...]
    startup_names: frozenset[str]

    @property
    def loaded(self) -> tuple[Section, ...]:
        """The sections with bytes in flash, by load address."""
        return tuple(sorted((s for s in self.sections if s.data is not None), key=lambda s: s.load_address))

    def spans(self, kind: str) -> tuple[Span, ...]:
        """Extents of all functions or objects, sorted; one span for each address.

        A symbol without a size reaches to the next function or object, or to the end of its section.
        """
        marks = [s for s in self.symbols if s.kind in {"STT_FUNC", "STT_OBJECT"} and s.section != ABSOLUTE]
        starts = sorted({s.address for s in marks})
        ends = {s.index: s.address + s.size for s in self.sections}
        by_address: dict[int, list[Symbol]] = {}
        for symbol in marks:
            if symbol.kind == kind:
                by_address.setdefault(symbol.address, []).append(symbol)
        spans: list[Span] = []
        for address, same in sorted(by_address.items()):
            following = bisect_right(starts, address)
            limit = starts[following] if following < len(starts) else ends[same[0].section]
            size = max(s.size for s in same) or min(limit, ends[same[0].section]) - address
            names = tuple(sorted({s.name for s in same}, key=lambda name: (len(name), name)))
            file = next((s.file for s in same if s.file), "")
            spans.append(Span(address, address + size, names[0], names, file))
        return tuple(spans)


def read_elf(path: Path, source_file: str, startup_files: frozenset[str]) -> Elf:
    """Read sections, symbols, the line table of `source_file` and the names that `startup_files` define.

    Raises ToolError when the file is missing, no ELF or damaged.
    """
    try:
        file = ELFFile(BytesIO(path.read_bytes()))
        thumb = file["e_machine"] == "EM_ARM"
        sections = tuple(_sections(file))
        rows, startup_names = _debug(file, source_file, startup_files)
        return Elf(
            machine=file["e_machine"],
            entry=file["e_entry"] & ~1 if thumb else file["e_entry"],
            sections=sections,
            symbols=tuple(_symbols(file, {s.index for s in sections}, thumb)),
            rows=rows,
            startup_names=startup_names,
        )
    except (OSError, ELFError, DWARFError, ConstructError, UnicodeDecodeError, ValueError, KeyError) as error:
        raise ToolError(f"the linked image cannot be read: {error}", path.name, "Rebuild it.") from error


def _sections(file: ELFFile) -> Iterator[Section]:
    segments = [s for s in file.iter_segments() if s["p_type"] == "PT_LOAD" and s["p_memsz"]]
    for index, section in enumerate(file.iter_sections()):
        address, size, flags = section["sh_addr"], section["sh_size"], section["sh_flags"]
        if not flags & 0x2 or size == 0:
            continue
        load = address
        for segment in segments:
            if segment["p_vaddr"] <= address and address + size <= segment["p_vaddr"] + segment["p_memsz"]:
                load = address - segment["p_vaddr"] + segment["p_paddr"]
                break
        data = None if section["sh_type"] == "SHT_NOBITS" else section.data()
        alignment = max(section["sh_addralign"], 1)
        yield Section(index, section.name, address, load, size, alignment, bool(flags & 0x1), data)


def _symbols(file: ELFFile, allocated: set[int], thumb: bool) -> Iterator[Symbol]:
    """Symbols of allocated sections and absolute ones, unpacked in one go: libraries bring thousands of local ones."""
    table = file.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return
    data = table.data()
    names = file.get_section(table["sh_link"]).data()
    layout = struct.Struct(("<" if file.little_endian else ">") + ("IIIBBH" if file.elfclass == 32 else "IBBHQQ"))
    source = ""
    for fields in layout.iter_unpack(data[: len(data) // layout.size * layout.size]):
        if file.elfclass == 32:
            name_offset, value, size, info, other, index = fields
        else:
            name_offset, info, other, index, value, size = fields
        kind = _SYMBOL_KINDS.get(info & 0xF)
        section = ABSOLUTE if index == _SHN_ABS else index
        if kind is None or (section != ABSOLUTE and section not in allocated):
            continue
        name = names[name_offset : names.find(b"\0", name_offset)].decode()
        if kind == "STT_FILE":
            source = PurePosixPath(name).name
            continue
        address = value & ~1 if thumb and kind == "STT_FUNC" else value
        local = info >> 4 == _STB_LOCAL and other & 3 == _STV_DEFAULT
        yield Symbol(name, address, size, kind, section, source if local else "")


def _debug(file: ELFFile, source_file: str, startup_files: frozenset[str]) -> tuple[tuple[Row, ...], frozenset[str]]:
    """The line table of the unit `source_file`, and the names of functions and variables of the start-up units."""
    rows: list[Row] = []
    names: set[str] = set()
    if not file.has_dwarf_info():
        return (), frozenset()
    dwarf = file.get_dwarf_info(relocate_dwarf_sections=False)
    for unit in dwarf.iter_CUs():
        top = unit.get_top_DIE()
        name = PurePosixPath(top.attributes["DW_AT_name"].value.decode()).name if "DW_AT_name" in top.attributes else ""
        if name == source_file:
            program = dwarf.line_program_for_CU(unit)
            rows.extend(_rows(program, source_file) if program else ())
        elif name in startup_files:
            names.update(_defined_names(top))
    return tuple(sorted(rows, key=lambda row: row.start)), frozenset(names)


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
