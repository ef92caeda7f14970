"""The accounted firmware, made by `account` and read by everything else: what each byte of flash and RAM is."""

from dataclasses import dataclass
from enum import Enum

from lilliput.firmware.elf import Elf


class Source(Enum):
    """Who knows what a range of bytes is."""

    SYMBOL = "symbol"
    MAP = "map"
    """The linker's map: a contribution of an object file without a symbol, such as merged strings."""
    CONTENT = "content"
    """The bytes tell: character strings, or a model's flatbuffer, that no symbol names."""
    RESERVED = "reserved"
    """RAM that the linker script sets aside for heap and stack."""
    SECTION = "section"
    """Nothing more specific than the section is known."""
    PADDING = "padding"
    """Bytes for alignment, between or behind other ranges of a section."""
    GAP = "gap"
    """Bytes between sections that are flashed because what surrounds them is."""


@dataclass(frozen=True, slots=True)
class Region:
    """Memory of the chip: addresses [`address`, `address` + `size_bytes`). `size_bytes` 0: its end is not known.

    `used_bytes` counts what the firmware occupies there, gaps between flashed sections included.
    """

    name: str
    address: int
    size_bytes: int
    writable: bool
    used_bytes: int


@dataclass(frozen=True, slots=True)
class Range:
    """Consecutive bytes of one section (or of a gap: `section` -1) with one name.

    `address` is at run time, `load_address` in flash. `flash_bytes` is the size where the bytes are flashed, else 0;
    `ram_bytes` the size where they lie in RAM while the program runs; .data has both. `name` is the symbol's mangled
    name, or what stands in for one: "[padding]", "[.rodata]", "[gap]". `symbol` is an index into `Elf.symbols`, -1
    where there is none. `aliases` are other symbols with the same address. `object` is the object file or, without a
    map, the source file of a local symbol; `archive` the library that it came from; both "" when nobody knows.
    `contribution` is where the object's part of the section begins, which the linker keeps or drops as one; -1 when
    nobody knows.
    """

    section: int
    address: int
    load_address: int
    flash_bytes: int
    ram_bytes: int
    source: Source
    name: str
    demangled: str
    symbol: int = -1
    aliases: tuple[str, ...] = ()
    object: str = ""
    archive: str = ""
    group: str = ""
    contribution: int = -1

    @property
    def size_bytes(self) -> int:
        """The length of the range in memory."""
        return max(self.flash_bytes, self.ram_bytes)


@dataclass(frozen=True, slots=True, eq=False)
class Firmware:
    """An ELF with a name for every byte: `ranges` partition its allocated sections and the gaps between them.

    `flash_bytes` is the sum over ranges and what gets flashed: the length of `objcopy -O binary`, or the sum of such
    files when memories lie far apart. `ram_bytes` is static RAM, the sum over ranges; overlays count once. Of both,
    `unattributed_bytes` have no name but the section's: their ranges have source SECTION.
    """

    elf: Elf
    regions: tuple[Region, ...]
    ranges: tuple[Range, ...]
    flash_bytes: int
    ram_bytes: int
    unattributed_bytes: int
