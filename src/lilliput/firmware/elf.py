"""ELF file -> Elf: header, sections, segments and symbols of any 32-bit firmware, checked before use.

Nothing is trusted: every offset, size and index from the file is compared with the file's length first. Tables are
unpacked by numpy in one go, so that a million symbols take a second. Debug information is not read here.
"""

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import FirmwareError, UsageError

NO_SECTION = -1
"""The section of an absolute, common or undefined symbol."""

_MACHINES = {40: "arm", 243: "riscv", 94: "xtensa", 83: "avr", 8: "mips", 2: "sparc", 4: "m68k", 93: "arc", 3: "x86"}
_ARM = 40
_SYMTAB, _NOBITS, _SYMTAB_INDICES = 2, 8, 18
_WRITE, _ALLOCATE, _EXECUTE = 1, 2, 4
_LOAD = 1
_FIRST_RESERVED_SECTION = 0xFF00
_EXTENDED_SECTION = 0xFFFF


class SymbolKind(Enum):
    """What a symbol names."""

    FUNCTION = "function"
    OBJECT = "object"
    LABEL = "label"
    SECTION = "section"
    FILE = "file"
    OTHER = "other"


_KINDS = {
    0: SymbolKind.LABEL,
    1: SymbolKind.OBJECT,
    2: SymbolKind.FUNCTION,
    3: SymbolKind.SECTION,
    4: SymbolKind.FILE,
    6: SymbolKind.OBJECT,
}


@dataclass(frozen=True, slots=True)
class Section:
    """A section. `load_address` is where its bytes are flashed, `address` where they are at run time.

    `has_bytes` is False where the file holds none (.bss); `data` is empty then.
    """

    index: int
    name: str
    address: int
    load_address: int
    size_bytes: int
    alignment_bytes: int
    kind: int
    allocated: bool
    writable: bool
    executable: bool
    has_bytes: bool
    link: int
    info: int
    data: memoryview

    @property
    def end(self) -> int:
        """The first run-time address behind the section."""
        return self.address + self.size_bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """A loadable segment (PT_LOAD)."""

    address: int
    load_address: int
    file_offset: int
    file_bytes: int
    memory_bytes: int
    writable: bool
    executable: bool


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol with its Thumb bit removed. `section` is an index into `Elf.sections`, or `NO_SECTION`.

    `file` is the source file that a local symbol follows in the table, "" for a global one.
    """

    name: str
    address: int
    size_bytes: int
    kind: SymbolKind
    section: int
    is_global: bool
    file: str


@dataclass(frozen=True, eq=False)
class Elf:
    """A linked 32-bit ELF file. `machine` is "arm", "riscv", "xtensa", "avr", ... or "machine N"."""

    name: str
    machine: str
    flags: int
    little_endian: bool
    entry: int
    sections: tuple[Section, ...]
    segments: tuple[Segment, ...]
    symbols: tuple[Symbol, ...] = field(repr=False)

    @cached_property
    def allocated(self) -> tuple[Section, ...]:
        """The sections that take memory at run time or in flash, by address."""
        found = (each for each in self.sections if each.allocated and each.size_bytes)
        return tuple(sorted(found, key=lambda each: (each.address, each.index)))

    def section(self, name: str) -> Section | None:
        """The first section of this name."""
        return next((each for each in self.sections if each.name == name), None)


def read_elf(path: Path) -> Elf:
    """Read a linked 32-bit ELF file.

    Raises UsageError when the file is missing, no ELF, an object file or made for 64 bits, FirmwareError when it is
    damaged.
    """
    try:
        content = memoryview(path.read_bytes())
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", str(path), "Give a firmware ELF.") from error
    return parse_elf(content, path.name)


def parse_elf(content: memoryview, name: str) -> Elf:
    """Parse the bytes of an ELF file called `name`; errors as for `read_elf`."""
    order = _byte_order(content, name)
    header = _table(content, 0, 52, 1, _header_type(order), name)[0]
    if header["type"] not in (2, 3):
        raise UsageError("the ELF is not a linked program", name, "Give the linker's output, not an object file.")
    raw = _section_headers(content, header, order, name)
    segments = _segments(content, header, order, name)
    sections = _sections(content, header, raw, segments, name)
    machine = int(header["machine"])
    return Elf(
        name=name,
        machine=_MACHINES.get(machine, f"machine {machine}"),
        flags=int(header["flags"]),
        little_endian=order == "<",
        entry=int(header["entry"]),
        sections=sections,
        segments=segments,
        symbols=_symbols(sections, order, thumb=machine == _ARM, name=name),
    )


def _byte_order(content: memoryview, name: str) -> str:
    if len(content) < 16 or bytes(content[:4]) != b"\x7fELF":
        raise UsageError("this is not an ELF file", name, "Give the linker's output (.elf, .axf, .out).")
    if content[4] == 2:
        raise UsageError("the ELF is for 64 bits, and no microcontroller is", name, "Give a 32-bit firmware.")
    if content[4] != 1 or content[5] not in (1, 2):
        raise FirmwareError("the ELF header is damaged", name, "Link it again.")
    return "<" if content[5] == 1 else ">"


def _header_type(order: str) -> np.dtype[Any]:
    fields = [("magic", "S16"), ("type", "u2"), ("machine", "u2"), ("version", "u4"), ("entry", "u4")]
    fields += [("segments", "u4"), ("sections", "u4"), ("flags", "u4"), ("size", "u2"), ("segment_size", "u2")]
    fields += [("segment_count", "u2"), ("section_size", "u2"), ("section_count", "u2"), ("names", "u2")]
    return np.dtype([(field_name, kind if kind[0] == "S" else order + kind) for field_name, kind in fields])


def _record(order: str, names: str) -> np.dtype[Any]:
    """A record of 32-bit fields."""
    return np.dtype([(name, order + "u4") for name in names.split()])


def _table(
    content: memoryview, offset: int, stride: int, count: int, record: np.dtype[Any], name: str
) -> NDArray[np.void]:
    """`count` records, `stride` bytes apart. Raises FirmwareError where they are not all in the file."""
    if count and (stride < record.itemsize or offset + stride * count > len(content)):
        raise FirmwareError("a table of the ELF lies beyond the end of the file", name, "Link it again.")
    rows = np.frombuffer(content, np.uint8, stride * count, offset).reshape(count, stride)
    return np.ascontiguousarray(rows[:, : record.itemsize]).view(record)[:, 0]


def _section_headers(content: memoryview, header: np.void, order: str, name: str) -> NDArray[np.void]:
    record = _record(order, "name kind flags address offset size link info alignment entry_size")
    offset, stride, count = int(header["sections"]), int(header["section_size"]), int(header["section_count"])
    if offset and not count:
        # More sections than the header can count: the first one's size says how many.
        count = int(_table(content, offset, stride, 1, record, name)[0]["size"])
    return _table(content, offset, stride, count, record, name)


def _segments(content: memoryview, header: np.void, order: str, name: str) -> tuple[Segment, ...]:
    record = _record(order, "kind offset address load file_bytes memory_bytes flags alignment")
    offset, stride, count = int(header["segments"]), int(header["segment_size"]), int(header["segment_count"])
    found: list[Segment] = []
    for row in _table(content, offset, stride, count, record, name):
        kind, start, address, load, in_file, in_memory, flags, _ = (int(value) for value in row.tolist())
        if kind == _LOAD and in_memory:
            if start + in_file > len(content):
                raise FirmwareError("a segment lies beyond the end of the file", name, "Link it again.")
            found.append(Segment(address, load, start, in_file, in_memory, bool(flags & 2), bool(flags & 1)))
    return tuple(found)


def _sections(
    content: memoryview, header: np.void, raw: NDArray[np.void], segments: tuple[Segment, ...], name: str
) -> tuple[Section, ...]:
    rows = [tuple(int(value) for value in row) for row in raw.tolist()]
    strings = memoryview(b"")
    names = int(header["names"])
    if names == _EXTENDED_SECTION and rows:
        names = rows[0][6]
    if 0 < names < len(rows):
        strings = _bytes(content, rows[names], name)
    sections: list[Section] = []
    for index, row in enumerate(rows):
        string, kind, flags, address, offset, size, link, info, alignment, _ = row
        has_bytes = kind not in (0, _NOBITS)
        sections.append(
            Section(
                index=index,
                name=_string(strings, string),
                address=address,
                load_address=_load_address(segments, address, size, offset, has_bytes),
                size_bytes=size,
                alignment_bytes=max(1, alignment),
                kind=kind,
                allocated=bool(flags & _ALLOCATE) and kind != 0,
                writable=bool(flags & _WRITE),
                executable=bool(flags & _EXECUTE),
                has_bytes=has_bytes,
                link=link,
                info=info,
                data=_bytes(content, row, name) if has_bytes else memoryview(b""),
            )
        )
    return tuple(sections)


def _bytes(content: memoryview, row: tuple[int, ...], name: str) -> memoryview:
    offset, size = row[4], row[5]
    if offset + size > len(content):
        raise FirmwareError("a section lies beyond the end of the file", name, "Link it again.")
    return content[offset : offset + size]


def _load_address(segments: tuple[Segment, ...], address: int, size: int, offset: int, has_bytes: bool) -> int:
    """Where a section is flashed, by the segment that holds it; overlays share addresses, but no file offsets."""
    for each in segments:
        inside = each.address <= address and address + size <= each.address + each.memory_bytes
        in_file = each.file_offset <= offset and offset + size <= each.file_offset + each.file_bytes
        if inside and (in_file or not has_bytes):
            return address - each.address + each.load_address
    return address


def _symbols(sections: tuple[Section, ...], order: str, *, thumb: bool, name: str) -> tuple[Symbol, ...]:
    """The symbols of the first symbol table; none when the file is stripped."""
    table = next((each for each in sections if each.kind == _SYMTAB), None)
    if table is None or not 0 < table.link < len(sections):
        return ()
    record = np.dtype(
        {
            "names": ("name", "value", "size", "info", "other", "section"),
            "formats": (order + "u4", order + "u4", order + "u4", "u1", "u1", order + "u2"),
        }
    )
    rows = _table(table.data, 0, record.itemsize, len(table.data) // record.itemsize, record, name)
    strings = bytes(sections[table.link].data)
    extended = next((each for each in sections if each.kind == _SYMTAB_INDICES and each.link == table.index), None)
    indices = None if extended is None else np.frombuffer(extended.data, order + "u4", len(extended.data) // 4)
    file = ""
    found: list[Symbol] = []
    for position, (string, value, size, info, _, section) in enumerate(rows.tolist()):
        kind = _KINDS.get(info & 15, SymbolKind.OTHER)
        text = strings[string : strings.find(b"\0", string)].decode(errors="replace")
        if kind is SymbolKind.FILE:
            file = text
            continue
        if section == _EXTENDED_SECTION and indices is not None and position < len(indices):
            section = int(indices[position])
        elif section >= _FIRST_RESERVED_SECTION or section == 0 or section >= len(sections):
            section = NO_SECTION
        local = info >> 4 == 0
        address = value & ~1 if thumb and kind is SymbolKind.FUNCTION else value
        found.append(Symbol(text, address, size, kind, section, not local, file if local else ""))
    return tuple(found)


def _string(strings: memoryview, offset: int) -> str:
    return bytes(strings[offset : offset + 4096]).split(b"\0", 1)[0].decode(errors="replace")
