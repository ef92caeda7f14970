"""Firmware -> Snapshot: what is worth keeping of a firmware to compare it with another, to judge and to record it.

A snapshot needs no ELF file: it can be saved as JSON and read back. Its entries sum to its totals.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lilliput.errors import InvariantError
from lilliput.firmware.elf import NO_SECTION
from lilliput.firmware.firmware import Firmware, Range, Region

NOT_LISTED = "[not listed]"
"""The entry that stands for bytes which a saved report counts in its totals but names nowhere."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A symbol, or the named stand-in for bytes without one ("[padding]", "[.rodata]"). The names are as in `Range`.

    `section` is a name, "" for a gap. `content` is the CRC-32 of the bytes in hexadecimal, "" where the file holds none
    (.bss) or nobody knows; it tells renamed symbols from new ones.
    """

    name: str
    demangled: str
    section: str
    object: str
    archive: str
    group: str
    address: int
    load_address: int
    flash_bytes: int
    ram_bytes: int
    content: str = ""

    @property
    def stands_in(self) -> bool:
        """Whether there is no symbol behind the name."""
        return self.name.startswith("[")

    @property
    def size_bytes(self) -> int:
        """The length in memory."""
        return max(self.flash_bytes, self.ram_bytes)


@dataclass(frozen=True, slots=True)
class Total:
    """What all entries of one group, archive or object take."""

    name: str
    flash_bytes: int
    ram_bytes: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A firmware at one time: `name` of the file, totals, regions, and entries that sum to the totals.

    `unattributed_bytes` is as in `Firmware`. `toolchain` is what the compilers wrote into the file, "" if nothing.
    """

    name: str
    toolchain: str
    flash_bytes: int
    ram_bytes: int
    unattributed_bytes: int
    regions: tuple[Region, ...]
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        for each in ("flash_bytes", "ram_bytes"):
            found = sum(getattr(entry, each) for entry in self.entries)
            if found != getattr(self, each):
                raise InvariantError(f"{self.name}: entries sum to {found} {each}, not to {getattr(self, each)}")


def take_snapshot(firmware: Firmware) -> Snapshot:
    """The snapshot of a firmware; groups are those that its ranges have."""
    return Snapshot(
        name=firmware.elf.name,
        toolchain=toolchain(firmware),
        flash_bytes=firmware.flash_bytes,
        ram_bytes=firmware.ram_bytes,
        unattributed_bytes=firmware.unattributed_bytes,
        regions=firmware.regions,
        entries=tuple(_entry(firmware, each) for each in firmware.ranges),
    )


def toolchain(firmware: Firmware) -> str:
    """The compilers by what they wrote into section .comment, each once and in order, such as "GCC: (GNU) 12.2.1"."""
    section = firmware.elf.section(".comment")
    notes = [] if section is None else bytes(section.data[:4096]).decode(errors="replace").split("\0")
    return ", ".join(dict.fromkeys(filter(None, map(str.strip, notes))))


def object_title(entry: Entry) -> str:
    """The object file that an entry comes from, such as "libc.a(memcpy.o)"; "" where nobody knows."""
    return f"{entry.archive.rpartition('/')[2]}({entry.object})" if entry.archive else entry.object


def group_totals(entries: Sequence[Entry]) -> tuple[Total, ...]:
    """Every group, the largest in flash first; groups sum to the entries."""
    return totals(entries, lambda each: each.group)


def totals(entries: Sequence[Entry], name_of: Callable[[Entry], str]) -> tuple[Total, ...]:
    """What the entries of each name take, the largest in flash first; totals sum to the entries."""
    flash: dict[str, int] = {}
    ram: dict[str, int] = {}
    for each in entries:
        name = name_of(each)
        flash[name] = flash.get(name, 0) + each.flash_bytes
        ram[name] = ram.get(name, 0) + each.ram_bytes
    found = (Total(name, flash[name], ram[name]) for name in flash)
    return tuple(sorted(found, key=lambda total: (-total.flash_bytes, -total.ram_bytes, total.name)))


def _entry(firmware: Firmware, each: Range) -> Entry:
    return Entry(
        name=each.name,
        demangled=each.demangled,
        section="" if each.section == NO_SECTION else firmware.elf.sections[each.section].name,
        object=each.object,
        archive=each.archive,
        group=each.group,
        address=each.address,
        load_address=each.load_address,
        flash_bytes=each.flash_bytes,
        ram_bytes=each.ram_bytes,
        content=_content(firmware, each),
    )


def _content(firmware: Firmware, each: Range) -> str:
    """The CRC-32 of a range's bytes, "" where the file holds none."""
    if each.section == NO_SECTION or not firmware.elf.sections[each.section].has_bytes:
        return ""
    section = firmware.elf.sections[each.section]
    start = each.address - section.address
    return f"{zlib.crc32(section.data[start : start + each.size_bytes]):08x}"
