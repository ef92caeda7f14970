"""ELF file -> Elf: sections, symbols and debug information as frozen values, from which all of footprint reads."""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from lilliput.errors import ToolError
from lilliput.footprint.debug_info import DebugInfo, read_debug_info

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
class Elf:
    """A linked ELF file of 32 or 64 bits. `machine` is EM_ARM, EM_RISCV, EM_X86_64 or another of the ELF constants."""

    machine: str
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]
    debug: DebugInfo

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
    """Read sections, symbols, and what the debug information says about `source_file` and `startup_files`.

    Raises ToolError when the file is missing, no ELF or damaged.
    """
    try:
        file = ELFFile(BytesIO(path.read_bytes()))
        thumb = file["e_machine"] == "EM_ARM"
        sections = tuple(_sections(file))
        return Elf(
            machine=file["e_machine"],
            sections=sections,
            symbols=tuple(_symbols(file, {s.index for s in sections}, thumb)),
            debug=read_debug_info(file, source_file, startup_files),
        )
    except (OSError, ELFError, DWARFError, ConstructError, UnicodeDecodeError, ValueError, KeyError) as error:
        raise ToolError(f"the linked image cannot be read: {error}", path.name, "Rebuild it.") from error


def _sections(file: ELFFile) -> Iterator[Section]:
    segments = [s for s in file.iter_segments() if s["p_type"] == "PT_LOAD" and s["p_memsz"]]
    for index, section in enumerate(file.iter_sections()):
        address, size, flags = section["sh_addr"], section["sh_size"], section["sh_flags"]
        if not flags & SH_FLAGS.SHF_ALLOC or size == 0:
            continue
        load = address
        for segment in segments:
            if segment["p_vaddr"] <= address and address + size <= segment["p_vaddr"] + segment["p_memsz"]:
                load = address - segment["p_vaddr"] + segment["p_paddr"]
                break
        data = None if section["sh_type"] == "SHT_NOBITS" else section.data()
        alignment = max(section["sh_addralign"], 1)
        yield Section(index, section.name, address, load, size, alignment, bool(flags & SH_FLAGS.SHF_WRITE), data)


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
