"""Elf -> DebugSections: the contents of the .debug_ sections, decompressed where they are compressed."""

import zlib
from dataclasses import dataclass

from lilliput.firmware.debug.encoding import ByteOrder, DamagedDebugInfo
from lilliput.firmware.elf import Elf, Section

_ZLIB = 1
_COMPRESSION_NAMES = {1: "zlib", 2: "zstd"}
_HIGHEST_RATIO = 64
"""Debug information shrinks to a quarter; what claims to shrink more than this is made to fill the memory."""


@dataclass(frozen=True, slots=True)
class DebugSections:
    """What the sections of DWARF hold; empty where the file has none. `unread` says what is missing."""

    order: ByteOrder
    abbreviations: bytes
    info: bytes
    lines: bytes
    strings: bytes
    line_strings: bytes
    string_offsets: bytes
    addresses: bytes
    ranges: bytes
    range_lists: bytes
    unread: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """The bytes of all sections together."""
        texts = (self.strings, self.line_strings, self.string_offsets, self.addresses)
        return sum(map(len, (self.abbreviations, self.info, self.lines, self.ranges, self.range_lists, *texts)))


_NAMES = {
    "abbreviations": "abbrev",
    "info": "info",
    "lines": "line",
    "strings": "str",
    "line_strings": "line_str",
    "string_offsets": "str_offsets",
    "addresses": "addr",
    "ranges": "ranges",
    "range_lists": "rnglists",
}


def debug_sections(elf: Elf) -> DebugSections:
    """The debug information of a linked file, whose relocations the linker has applied."""
    order: ByteOrder = "little" if elf.little_endian else "big"
    found = dict.fromkeys(_NAMES, b"")
    unread: list[str] = []
    for field, name in _NAMES.items():
        try:
            found[field] = _content(elf, name, order)
        except DamagedDebugInfo as problem:
            unread.append(str(problem))
    stabs = elf.section(".stab")
    if stabs is not None and stabs.size_bytes > len(found["lines"]):
        unread.append("most of it is in the stabs format; compile with -gdwarf-4")
    elif not found["info"] and not unread:
        unread.append("the file has none; compile with -g")
    return DebugSections(order=order, unread=tuple(unread), **found)


def _content(elf: Elf, name: str, order: ByteOrder) -> bytes:
    section = elf.section(f".debug_{name}")
    if section is not None:
        return _decompressed(section, order) if section.compressed else bytes(section.data)
    section = elf.section(f".zdebug_{name}")
    return b"" if section is None else _decompressed_by_name(section)


def _decompressed(section: Section, order: ByteOrder) -> bytes:
    """Behind a header of three words: the method, the size and the alignment (ELF gABI, Elf32_Chdr)."""
    kind, size = (int.from_bytes(section.data[start : start + 4], order) for start in (0, 4))
    if kind != _ZLIB:
        method = _COMPRESSION_NAMES.get(kind, f"method {kind}")
        raise DamagedDebugInfo(f"{section.name} is compressed with {method}; link with -gz=zlib or -gz=none")
    return _inflated(section.name, section.data[12:], size)


def _decompressed_by_name(section: Section) -> bytes:
    """The older way: "ZLIB" and the size as eight big-endian bytes."""
    if bytes(section.data[:4]) != b"ZLIB":
        raise DamagedDebugInfo(f"{section.name} is not compressed as its name says")
    return _inflated(section.name, section.data[12:], int.from_bytes(section.data[4:12], "big"))


def _inflated(name: str, content: memoryview, size: int) -> bytes:
    if size > _HIGHEST_RATIO * len(content):
        raise DamagedDebugInfo(f"{name} claims to be {size:,} bytes, compressed to {len(content):,}")
    try:
        inflated = zlib.decompressobj().decompress(content, size + 1)
    except zlib.error as error:
        raise DamagedDebugInfo(f"{name} cannot be decompressed") from error
    if len(inflated) != size:
        raise DamagedDebugInfo(f"{name} is not as long as it claims to be")
    return inflated
