"""ELF file -> Elf: header, sections, segments and symbols of any linked program, checked before use.

Nothing is trusted: every offset, size and index from the file is compared with the file's length first. Tables are
unpacked by numpy in one go, so that a million symbols take a second. Debug information is not read here.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import FirmwareError, UsageError

NO_SECTION = -1
"""The section of an absolute, common or undefined symbol."""

_MACHINES = {
    3: "x86",
    8: "mips",
    40: "arm",
    62: "x86_64",
    83: "avr",
    93: "arc",
    94: "xtensa",
    183: "aarch64",
    243: "riscv",
}
_ARM = 40
_SYMTAB, _NOBITS, _SYMTAB_INDICES = 2, 8, 18
_WRITE, _ALLOCATE, _EXECUTE, _COMPRESSED = 1, 2, 4, 0x800
_LOAD = 1
_LOCAL, _WEAK = 0, 2
_FIRST_RESERVED_SECTION = 0xFF00
_EXTENDED_SECTION = 0xFFFF
_MOST_NAME_BYTES = 4096
"""Longer names, and names without an end, are cut: a damaged file may have a million of them."""

_HEADER = (
    "magic:S16 type:u2 machine:u2 version:u4 entry:{word} segments:{word} sections:{word} flags:u4 "
    "size:u2 segment_size:u2 segment_count:u2 section_size:u2 section_count:u2 names:u2"
)
_SECTION = (
    "name:u4 kind:u4 flags:{word} address:{word} offset:{word} size:{word} link:u4 info:u4 "
    "alignment:{word} entry_size:{word}"
)
_SEGMENTS = {
    32: "kind:u4 offset:u4 address:u4 load:u4 file_bytes:u4 memory_bytes:u4 flags:u4 alignment:u4",
    64: "kind:u4 flags:u4 offset:u8 address:u8 load:u8 file_bytes:u8 memory_bytes:u8 alignment:u8",
}
_SYMBOLS = {
    32: "name:u4 value:u4 size:u4 info:u1 other:u1 section:u2",
    64: "name:u4 info:u1 other:u1 section:u2 value:u8 size:u8",
}


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
    compressed: bool
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
    is_weak: bool = False


@dataclass(frozen=True, eq=False)
class Elf:
    """A linked ELF file of 32 or 64 bits. `machine` is "arm", "riscv", "xtensa", "avr", ... or "machine N"."""

    name: str
    bits: int
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


def read_elf(path: Path, *, any_width: bool = False) -> Elf:
    """Read a linked ELF file: a firmware of 32 bits, or with `any_width` also a program of 64 bits.

    Raises UsageError when the file is missing, no ELF, an object file or made for 64 bits, FirmwareError when it is
    damaged.
    """
    try:
        content = memoryview(path.read_bytes())
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", str(path), "Give a firmware ELF.") from error
    return parse_elf(content, path.name, any_width=any_width)


def parse_elf(content: memoryview, name: str, *, any_width: bool = False) -> Elf:
    """Parse the bytes of an ELF file called `name`; errors as for `read_elf`."""
    order, bits = _byte_order_and_bits(content, name)
    if bits == 64 and not any_width:
        raise UsageError("the ELF is for 64 bits, and no microcontroller is", name, "Give a 32-bit firmware.")
    record = _record(order, bits, _HEADER)
    header = _table(content, 0, record.itemsize, 1, record, name)[0]
    if header["type"] not in (2, 3):
        raise UsageError("the ELF is not a linked program", name, "Give the linker's output, not an object file.")
    raw = _section_headers(content, header, _record(order, bits, _SECTION), name)
    segments = _segments(content, header, _record(order, bits, _SEGMENTS[bits]), name)
    sections = _sections(content, header, raw, segments, name)
    machine = int(header["machine"])
    return Elf(
        name=name,
        bits=bits,
        machine=_MACHINES.get(machine, f"machine {machine}"),
        flags=int(header["flags"]),
        little_endian=order == "<",
        entry=int(header["entry"]),
        sections=sections,
        segments=segments,
        symbols=_symbols(sections, order, bits, thumb=machine == _ARM, name=name),
    )


def _byte_order_and_bits(content: memoryview, name: str) -> tuple[str, int]:
    if len(content) < 16 or bytes(content[:4]) != b"\x7fELF":
        raise UsageError("this is not an ELF file", name, "Give the linker's output (.elf, .axf, .out).")
    if content[4] not in (1, 2) or content[5] not in (1, 2):
        raise FirmwareError("the ELF header is damaged", name, "Link it again.")
    return "<" if content[5] == 1 else ">", 32 * content[4]


def _record(order: str, bits: int, fields: str) -> np.dtype[Any]:
    """A record of "name:kind" fields; the kind {word} is as wide as an address."""
    pairs = [field.split(":") for field in fields.format(word=f"u{bits // 8}").split()]
    return np.dtype([(name, order + kind) for name, kind in pairs])


def _table(
    content: memoryview, offset: int, stride: int, count: int, record: np.dtype[Any], name: str
) -> NDArray[np.void]:
    """`count` records, `stride` bytes apart. Raises FirmwareError where they are not all in the file."""
    if count and (stride < record.itemsize or offset + stride * count > len(content)):
        raise FirmwareError("a table of the ELF lies beyond the end of the file", name, "Link it again.")
    rows = np.frombuffer(content, np.uint8, stride * count, offset).reshape(count, stride)
    return np.ascontiguousarray(rows[:, : record.itemsize]).view(record)[:, 0]


def _section_headers(content: memoryview, header: np.void, record: np.dtype[Any], name: str) -> NDArray[np.void]:
    offset, stride, count = int(header["sections"]), int(header["section_size"]), int(header["section_count"])
    if offset and not count:
        # More sections than the header can count: the first one's size says how many.
        count = int(_table(content, offset, stride, 1, record, name)[0]["size"])
    return _table(content, offset, stride, count, record, name)


def _segments(content: memoryview, header: np.void, record: np.dtype[Any], name: str) -> tuple[Segment, ...]:
    offset, stride, count = int(header["segments"]), int(header["segment_size"]), int(header["segment_count"])
    found: list[Segment] = []
    for row in _table(content, offset, stride, count, record, name):
        start, in_file, in_memory = int(row["offset"]), int(row["file_bytes"]), int(row["memory_bytes"])
        address, load, flags = int(row["address"]), int(row["load"]), int(row["flags"])
        if row["kind"] == _LOAD and in_memory:
            if start + in_file > len(content):
                raise FirmwareError("a segment lies beyond the end of the file", name, "Link it again.")
            found.append(Segment(address, load, start, in_file, in_memory, bool(flags & 2), bool(flags & 1)))
    if len(found) > 1 and not any(each.load_address for each in found):
        # Some linkers leave load addresses empty; binutils take them for the run-time addresses, too.
        return tuple(replace(each, load_address=each.address) for each in found)
    return tuple(found)


def _sections(
    content: memoryview, header: np.void, raw: NDArray[np.void], segments: tuple[Segment, ...], name: str
) -> tuple[Section, ...]:
    rows = [tuple(int(value) for value in row) for row in raw.tolist()]
    strings = b""
    names = int(header["names"])
    if names == _EXTENDED_SECTION and rows:
        names = rows[0][6]
    if 0 < names < len(rows):
        strings = bytes(_bytes(content, rows[names], name))
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
                compressed=bool(flags & _COMPRESSED),
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
            return each.load_address + (offset - each.file_offset if has_bytes else address - each.address)
    return address


def _symbols(sections: tuple[Section, ...], order: str, bits: int, *, thumb: bool, name: str) -> tuple[Symbol, ...]:
    """The symbols of the first symbol table; none when the file is stripped."""
    table = next((each for each in sections if each.kind == _SYMTAB), None)
    if table is None or not 0 < table.link < len(sections):
        return ()
    record = _record(order, bits, _SYMBOLS[bits])
    rows = _table(table.data, 0, record.itemsize, len(table.data) // record.itemsize, record, name)
    columns = rows[["name", "value", "size", "info", "other", "section"]]
    strings = bytes(sections[table.link].data)
    extended = next((each for each in sections if each.kind == _SYMTAB_INDICES and each.link == table.index), None)
    indices = None if extended is None else np.frombuffer(extended.data, order + "u4", len(extended.data) // 4)
    file = ""
    found: list[Symbol] = []
    for position, (string, value, size, info, other, section) in enumerate(columns.tolist()):
        kind = _KINDS.get(info & 15, SymbolKind.OTHER)
        text = _string(strings, string)
        if kind is SymbolKind.FILE:
            file = text
            continue
        if section == _EXTENDED_SECTION and indices is not None and position < len(indices):
            section = int(indices[position])
        elif section >= _FIRST_RESERVED_SECTION or section == 0 or section >= len(sections):
            section = NO_SECTION
        binding = info >> 4
        local = binding == _LOCAL
        # What the linker made local, because it is hidden, follows no file symbol of its own.
        own_file = local and other & 3 == 0
        address = value & ~1 if thumb and kind is SymbolKind.FUNCTION else value
        found.append(Symbol(text, address, size, kind, section, not local, file if own_file else "", binding == _WEAK))
    return tuple(found)


def _string(strings: bytes, offset: int) -> str:
    end = strings.find(b"\0", offset, offset + _MOST_NAME_BYTES)
    return strings[offset : end if end >= 0 else offset + _MOST_NAME_BYTES].decode(errors="replace")
