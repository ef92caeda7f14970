"""Elf, map and options -> regions: the chip's memories, and which sections take RAM.

Sources by rank: what the user gave, the map's memory table, and where the sections lie (with the linker script's
symbols for the end). A memory counts as RAM by its name, or else when variables lie there, or else by its attributes:
scripts declare flash as writable often enough, and reserve room in it as if for variables.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lilliput.errors import UsageError
from lilliput.firmware.elf import Elf, Section
from lilliput.firmware.firmware import Region
from lilliput.firmware.images import FILLED_GAP_BYTES, Image
from lilliput.firmware.map_file import MapFile, Memory

_RAM_NAME = re.compile(r"(?<!prog)ram|ccm|tcm", re.IGNORECASE)
_FLASH_NAME = re.compile(r"rom|flash|fuse|lock|signature|spi|xip|text|code", re.IGNORECASE)
# Tables that C runtimes keep in flash although their sections are marked writable.
_FLASH_TABLE = re.compile(r"\.(?:pre)?(?:init|fini)_array|\.[cd]tors|\.eh_frame|\.tm_clone_table|\.jcr")
# Sections of no bytes that only reserve addresses which another bus maps to the same memory (ESP-IDF).
_PLACEHOLDER = re.compile(r"dummy|noload")
# The numbers that the AVR tools add to addresses of memories other than flash.
_AVR_SPACES = (
    ("text", 0, 0x800000),
    ("data", 0x800000, 0x810000),
    ("eeprom", 0x810000, 0x820000),
    ("fuse", 0x820000, 0x830000),
    ("lock", 0x830000, 0x840000),
    ("signature", 0x840000, 0x850000),
    ("user_signatures", 0x850000, 0x860000),
)
_END_SYMBOLS = {
    True: ("_estack", "__StackTop", "__stack_top", "_stack_top", "stack_top", "__ram_end__", "_ram_end", "__stack"),
    False: ("__flash_end__", "_flash_end", "__FLASH_END", "__rom_end__"),
}
_LARGEST_GUESS_BYTES = 64 << 20
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20}
_OPTION = re.compile(r"(?:(0x[0-9a-f]+|[0-9]+)[:,])?(0x[0-9a-f]+|[0-9]+)(k|m|)i?b?", re.IGNORECASE)


def region_option(text: str, name: str, *, writable: bool, address: int = 0) -> Region:
    """The region that an option such as --flash 0x08000000:512K means; without an origin it begins at `address`.

    Raises UsageError when the text has another form.
    """
    match = _OPTION.fullmatch(text.strip())
    if match is None:
        raise UsageError(f'"{text}" is no memory', f"--{name}", "Write ORIGIN:LENGTH, such as 0x08000000:512K.")
    origin = int(match[1], 0) if match[1] else address
    return Region(name, origin, int(match[2], 0) * _UNITS[match[3].lower()], writable, 0)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything lies: `regions` with what is used of each, and the sections whose bytes are in RAM."""

    regions: tuple[Region, ...]
    in_ram: frozenset[int]


def layout(elf: Elf, images: Sequence[Image], map_file: MapFile | None, given: Sequence[Region]) -> Layout:
    """The regions of `given`, of the map, and new ones for sections that lie in none of those."""
    known = list(given)
    for memory in map_file.memories if map_file else ():
        region = Region(memory.name, memory.address, memory.size_bytes, _is_ram(memory, elf), 0)
        if memory.size_bytes and not any(_overlap(region, each) for each in known):
            known.append(region)
    in_ram = frozenset(each.index for each in elf.allocated if _takes_ram(each, known, elf.machine))
    known += _new_regions(elf, known, in_ram)
    regions = (replace(each, used_bytes=_used_bytes(each, elf, images, in_ram)) for each in known)
    return Layout(tuple(sorted(regions, key=lambda each: each.address)), in_ram)


def _overlap(one: Region, other: Region) -> bool:
    return one.address < other.address + other.size_bytes and other.address < one.address + one.size_bytes


def _is_ram(memory: Memory, elf: Elf) -> bool:
    if elf.machine == "avr":
        return _avr_space(memory.address)[0] == "data"
    if _RAM_NAME.search(memory.name):
        return True
    if _FLASH_NAME.search(memory.name):
        return False
    end = memory.address + memory.size_bytes
    inside = (each for each in elf.allocated if memory.address <= each.address < end)
    return any(_is_variable(each) for each in inside) or "w" in memory.attributes.split("!")[0]


def _is_variable(section: Section) -> bool:
    """Whether the section can lie in RAM only: it has no bytes in the file, or they are copied elsewhere."""
    if section.has_bytes:
        return section.load_address != section.address
    return section.writable and not _PLACEHOLDER.search(section.name)


def _takes_ram(section: Section, regions: Iterable[Region], machine: str) -> bool:
    if not section.has_bytes and _PLACEHOLDER.search(section.name):
        return False
    if machine == "avr":
        return _avr_space(section.address)[0] == "data"
    region = next((each for each in regions if _holds(each, section.address)), None)
    if region is not None:
        return region.writable
    return _is_variable(section) or (section.writable and not _FLASH_TABLE.match(section.name))


def _holds(region: Region, address: int) -> bool:
    return region.address <= address < region.address + region.size_bytes


def _avr_space(address: int) -> tuple[str, int, int]:
    return next((each for each in _AVR_SPACES if each[1] <= address < each[2]), ("other", address, address))


def _new_regions(elf: Elf, known: Sequence[Region], in_ram: frozenset[int]) -> Iterator[Region]:
    """Regions "flash", "ram", "flash 2", ... for what lies outside `known`, the AVR's by their own names."""
    found: dict[str, list[tuple[int, int, bool]]] = {}
    for section in elf.allocated:
        ram = section.index in in_ram
        places = {(section.address, True)} if ram else set[tuple[int, bool]]()
        if section.has_bytes and not (ram and section.load_address == section.address):
            places.add((section.load_address, False))
        for address, writable in places:
            if not any(_holds(each, address) for each in known):
                name = _avr_space(address)[0] if elf.machine == "avr" else ("ram" if writable else "flash")
                found.setdefault(name, []).append((address, address + section.size_bytes, writable))
    for name, places in found.items():
        for number, (start, end, writable) in enumerate(_joined(sorted(places))):
            size_bytes = _size_bytes(elf, name, start, end, writable=writable)
            yield Region(f"{name} {number + 1}" if number else name, start, size_bytes, writable, 0)


def _joined(places: Iterable[tuple[int, int, bool]]) -> list[tuple[int, int, bool]]:
    """Neighbouring places as one."""
    joined: list[tuple[int, int, bool]] = []
    for start, end, writable in places:
        if joined and start - joined[-1][1] <= FILLED_GAP_BYTES:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end), writable)
        else:
            joined.append((start, end, writable))
    return joined


def _size_bytes(elf: Elf, name: str, start: int, end: int, *, writable: bool) -> int:
    """What a symbol of the linker script says about the size of the memory at `start`, or 0."""
    if elf.machine == "avr":
        wanted = f"__{name.upper()}_REGION_LENGTH__"
        return next((each.address for each in elf.symbols if each.name == wanted), 0)
    ends = (each.address for each in elf.symbols if each.name in _END_SYMBOLS[writable])
    return min((each - start for each in ends if end <= each <= start + _LARGEST_GUESS_BYTES), default=0)


def _used_bytes(region: Region, elf: Elf, images: Sequence[Image], in_ram: frozenset[int]) -> int:
    """Bytes of images from the first to the last section in the region, and of what lies there at run time."""
    end = region.address + (region.size_bytes or _LARGEST_GUESS_BYTES)
    places = [(each.address, each.end, True) for each in elf.allocated if each.index in in_ram]
    for image in images:
        loads = [each for each in image.sections if region.address <= each.load_address < end]
        if loads:
            places.append((loads[0].load_address, loads[-1].load_address + loads[-1].size_bytes, False))
    total = position = 0
    for start, stop, _ in sorted(places):
        start = max(start, position)
        if region.address <= start < end and start < stop:
            total += stop - start
            position = stop
    return total
