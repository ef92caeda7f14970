"""ELF file -> Elf: header, sections, segments and symbols of any linked program, checked before use.

Nothing is trusted: every offset, size and index from the file is compared with the file's length first. Debug
information is not read here.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from operator import itemgetter
from pathlib import Path

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

# Fields as "name:letter of struct"; W is as wide as an address.
_HEADER = (
    "magic:16s type:H machine:H version:I entry:W segments:W sections:W flags:I "
    "size:H segment_size:H segment_count:H section_size:H section_count:H names:H"
)
_SECTION = "name:I kind:I flags:W address:W offset:W size:W link:I info:I alignment:W entry_size:W"
_SEGMENTS = {
    32: "kind:I offset:I address:I load:I file_bytes:I memory_bytes:I flags:I alignment:I",
    64: "kind:I flags:I offset:Q address:Q load:Q file_bytes:Q memory_bytes:Q alignment:Q",
}
_SYMBOLS = {
    32: "name:I value:I size:I info:B other:B section:H",
    64: "name:I info:B other:B section:H value:Q size:Q",
}

_Row = dict[str, int]


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
    record = _Record.of(order, bits, _HEADER)
    header = record.rows(content, 0, record.layout.size, 1, name)[0]
    if header["type"] not in (2, 3):
        raise UsageError("the ELF is not a linked program", name, "Give the linker's output, not an object file.")
    raw = _section_headers(content, header, _Record.of(order, bits, _SECTION), name)
    segments = _segments(content, header, _Record.of(order, bits, _SEGMENTS[bits]), name)
    sections = _sections(content, header, raw, segments, name)
    machine = header["machine"]
    return Elf(
        name=name,
        bits=bits,
        machine=_MACHINES.get(machine, f"machine {machine}"),
        flags=header["flags"],
        little_endian=order == "<",
        entry=header["entry"],
        sections=sections,
        segments=segments,
        symbols=_symbols(sections, order, bits, thumb=machine == _ARM),
    )


def _byte_order_and_bits(content: memoryview, name: str) -> tuple[str, int]:
    if len(content) < 16 or bytes(content[:4]) != b"\x7fELF":
        raise UsageError("this is not an ELF file", name, "Give the linker's output (.elf, .axf, .out).")
    if content[4] not in (1, 2) or content[5] not in (1, 2):
        raise FirmwareError("the ELF header is damaged", name, "Link it again.")
    return "<" if content[5] == 1 else ">", 32 * content[4]


@dataclass(frozen=True, slots=True)
class _Record:
    """How the fields `names` lie in the file."""

    layout: struct.Struct
    names: tuple[str, ...]

    @classmethod
    def of(cls, order: str, bits: int, fields: str) -> "_Record":
        pairs = [field.split(":") for field in fields.replace("W", "I" if bits == 32 else "Q").split()]
        return cls(struct.Struct(order + "".join(kind for _, kind in pairs)), tuple(name for name, _ in pairs))

    def rows(self, content: memoryview, offset: int, stride: int, count: int, name: str) -> list[_Row]:
        """`count` records, `stride` bytes apart. Raises FirmwareError where they are not all in the file."""
        if count and (stride < self.layout.size or offset + stride * count > len(content)):
            raise FirmwareError("a table of the ELF lies beyond the end of the file", name, "Link it again.")
        starts = range(offset, offset + stride * count, stride or 1)
        return [dict(zip(self.names, self.layout.unpack_from(content, start), strict=True)) for start in starts]

    def columns(self, content: memoryview, *names: str) -> Iterator[tuple[int, ...]]:
        """The fields `names` of all records that `content` holds."""
        whole = content[: len(content) // self.layout.size * self.layout.size]
        return map(itemgetter(*map(self.names.index, names)), self.layout.iter_unpack(whole))


def _section_headers(content: memoryview, header: _Row, record: _Record, name: str) -> list[_Row]:
    offset, stride, count = header["sections"], header["section_size"], header["section_count"]
    if offset and not count:
        # More sections than the header can count: the first one's size says how many.
        count = record.rows(content, offset, stride, 1, name)[0]["size"]
    return record.rows(content, offset, stride, count, name)


def _segments(content: memoryview, header: _Row, record: _Record, name: str) -> tuple[Segment, ...]:
    found: list[Segment] = []
    for row in record.rows(content, header["segments"], header["segment_size"], header["segment_count"], name):
        start, in_file, in_memory, flags = row["offset"], row["file_bytes"], row["memory_bytes"], row["flags"]
        if row["kind"] == _LOAD and in_memory:
            if start + in_file > len(content):
                raise FirmwareError("a segment lies beyond the end of the file", name, "Link it again.")
            writable, executable = bool(flags & 2), bool(flags & 1)
            found.append(Segment(row["address"], row["load"], start, in_file, in_memory, writable, executable))
    if len(found) > 1 and not any(each.load_address for each in found):
        # Some linkers leave load addresses empty; binutils take them for the run-time addresses, too.
        return tuple(replace(each, load_address=each.address) for each in found)
    return tuple(found)


def _sections(
    content: memoryview, header: _Row, rows: list[_Row], segments: tuple[Segment, ...], name: str
) -> tuple[Section, ...]:
    names = header["names"]
    if names == _EXTENDED_SECTION and rows:
        names = rows[0]["link"]
    strings = bytes(_bytes(content, rows[names], name)) if 0 < names < len(rows) else b""
    sections: list[Section] = []
    for index, row in enumerate(rows):
        kind, flags, address, size = row["kind"], row["flags"], row["address"], row["size"]
        has_bytes = kind not in (0, _NOBITS)
        sections.append(
            Section(
                index=index,
                name=_string(strings, row["name"]),
                address=address,
                load_address=_load_address(segments, address, size, row["offset"], has_bytes),
                size_bytes=size,
                alignment_bytes=max(1, row["alignment"]),
                kind=kind,
                allocated=bool(flags & _ALLOCATE) and kind != 0,
                writable=bool(flags & _WRITE),
                executable=bool(flags & _EXECUTE),
                compressed=bool(flags & _COMPRESSED),
                has_bytes=has_bytes,
                link=row["link"],
                info=row["info"],
                data=_bytes(content, row, name) if has_bytes else memoryview(b""),
            )
        )
    return tuple(sections)


def _bytes(content: memoryview, row: _Row, name: str) -> memoryview:
    offset, size = row["offset"], row["size"]
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


def _symbols(sections: tuple[Section, ...], order: str, bits: int, *, thumb: bool) -> tuple[Symbol, ...]:
    """The symbols of the first symbol table; none when the file is stripped."""
    table = next((each for each in sections if each.kind == _SYMTAB), None)
    if table is None or not 0 < table.link < len(sections):
        return ()
    record = _Record.of(order, bits, _SYMBOLS[bits])
    columns = record.columns(table.data, "name", "value", "size", "info", "other", "section")
    strings = bytes(sections[table.link].data)
    extended = next((each for each in sections if each.kind == _SYMTAB_INDICES and each.link == table.index), None)
    indices = () if extended is None else _numbers(order, extended.data)
    file = ""
    found: list[Symbol] = []
    for position, (string, value, size, info, other, section) in enumerate(columns):
        kind = _KINDS.get(info & 15, SymbolKind.OTHER)
        text = _string(strings, string)
        if kind is SymbolKind.FILE:
            file = text
            continue
        if section == _EXTENDED_SECTION and position < len(indices):
            section = indices[position]
        elif section >= _FIRST_RESERVED_SECTION or section == 0 or section >= len(sections):
            section = NO_SECTION
        binding = info >> 4
        local = binding == _LOCAL
        # What the linker made local, because it is hidden, follows no file symbol of its own.
        own_file = local and other & 3 == 0
        address = value & ~1 if thumb and kind is SymbolKind.FUNCTION else value
        found.append(Symbol(text, address, size, kind, section, not local, file if own_file else "", binding == _WEAK))
    return tuple(found)


def _numbers(order: str, data: memoryview) -> tuple[int, ...]:
    count = len(data) // 4
    return struct.unpack_from(f"{order}{count}I", data)


def _string(strings: bytes, offset: int) -> str:
    end = strings.find(b"\0", offset, offset + _MOST_NAME_BYTES)
    return strings[offset : end if end >= 0 else offset + _MOST_NAME_BYTES].decode(errors="replace")
