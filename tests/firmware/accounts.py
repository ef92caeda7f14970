"""Rows of text -> an accounted firmware without an ELF file, for the tests of what is done with ranges."""

from dataclasses import replace

from lilliput.firmware.elf import Elf, Section, Symbol, SymbolKind
from lilliput.firmware.firmware import Firmware, Range, Source

ADDRESS = 0x0800_0000


def section(data: bytes, name: str = ".text") -> Section:
    """A section of flash at `ADDRESS` with these bytes."""
    return Section(
        index=0,
        name=name,
        address=ADDRESS,
        load_address=ADDRESS,
        size_bytes=len(data),
        alignment_bytes=4,
        kind=1,
        allocated=True,
        writable=False,
        executable=True,
        compressed=False,
        has_bytes=True,
        link=0,
        info=0,
        data=memoryview(data),
    )


def flash_range(
    name: str, size_bytes: int, source: Source = Source.SYMBOL, *, object_: str = "", archive: str = ""
) -> Range:
    """A range of `size_bytes` in flash; where it lies follows from its place among the others."""
    return Range(0, 0, 0, size_bytes, 0, source, name, name, object=object_, archive=archive)


def account_of(data: bytes, *ranges: Range, section_name: str = ".text") -> Firmware:
    """A firmware of one section whose bytes the ranges partition in this order."""
    placed: list[Range] = []
    at = ADDRESS
    for each in ranges:
        placed.append(replace(each, address=at, load_address=at))
        at += each.size_bytes
    assert at == ADDRESS + len(data)
    symbols = tuple(Symbol(each.name, each.address, each.size_bytes, SymbolKind.OBJECT, 0, True, "") for each in placed)
    elf = Elf("firmware.elf", 32, "arm", 0, True, ADDRESS, (section(data, section_name),), (), symbols)
    unknown = sum(each.size_bytes for each in placed if each.source is Source.SECTION)
    return Firmware(elf, (), tuple(placed), len(data), 0, unknown)
