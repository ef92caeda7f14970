"""Elf -> images: which sections are flashed, in how many files, and whether a binary is one of them.

An image is what `objcopy -O binary` writes: sections from the lowest to the highest load address with the bytes between
them. A firmware with memories far apart (external flash, EEPROM) has several, because one file would be mostly gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from pathlib import Path

from lilliput.errors import FirmwareError, UsageError, VerificationError
from lilliput.firmware.elf import Elf, Section

FILLED_GAP_BYTES = 1 << 20
"""Sections of one image are no further apart than this: nobody flashes a megabyte of nothing."""

_AVR_SPACE = 0x10000
_AVR_FLASH_END = 0x800000


@dataclass(frozen=True, slots=True)
class Image:
    """Flashed sections by load address, none of which overlap."""

    sections: tuple[Section, ...]

    @property
    def address(self) -> int:
        """The first load address."""
        return self.sections[0].load_address

    @property
    def end(self) -> int:
        """The load address behind the last byte."""
        return self.sections[-1].load_address + self.sections[-1].size_bytes

    @property
    def size_bytes(self) -> int:
        """The length of the file to flash."""
        return self.end - self.address

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """Load addresses [start, end) between sections."""
        ends = ((one.load_address + one.size_bytes, other.load_address) for one, other in pairwise(self.sections))
        return tuple((end, start) for end, start in ends if end < start)


def flash_images(elf: Elf) -> tuple[Image, ...]:
    """The images of `elf` by load address. Raises FirmwareError when two sections are flashed to the same place."""
    flashed = sorted((each for each in elf.allocated if each.has_bytes), key=lambda each: each.load_address)
    groups: list[list[Section]] = []
    for section in flashed:
        last = groups[-1][-1] if groups else None
        if last is None or not _filled(elf, last, section):
            groups.append([])
        elif section.load_address < last.load_address + last.size_bytes:
            fact = f"the sections {last.name} and {section.name} are flashed to the same place"
            raise FirmwareError(fact, elf.name, "Give them load addresses of their own in the linker script.")
        groups[-1].append(section)
    return tuple(Image(tuple(group)) for group in groups)


def _filled(elf: Elf, before: Section, after: Section) -> bool:
    """Whether the bytes between two sections are flashed. The AVR's memories are apart though their numbers follow."""
    if elf.machine == "avr" and after.load_address >= _AVR_FLASH_END:
        return before.load_address // _AVR_SPACE == after.load_address // _AVR_SPACE
    return after.load_address - before.load_address - before.size_bytes <= FILLED_GAP_BYTES


def check_binary(images: Sequence[Image], path: Path) -> None:
    """Compare a binary with the image of its length, or with the largest one; gaps may hold anything.

    Raises UsageError when `path` cannot be read, VerificationError when it differs.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        advice = "Give the file that objcopy -O binary wrote."
        raise UsageError(f"the binary cannot be read: {error.strerror}", str(path), advice) from error
    advice = "Give the binary that was made from this ELF file."
    if not images:
        raise VerificationError("the ELF file has nothing to flash", path.name, advice)
    image = _image_of_length(images, len(content))
    for section in image.sections:
        offset = section.load_address - image.address
        difference = _first_difference(content[offset : offset + section.size_bytes], section.data)
        if difference is not None:
            place = f"at offset {offset + difference:#x} (section {section.name})"
            raise VerificationError(f"the binary differs from the ELF file {place}", path.name, advice)
    if len(content) != image.size_bytes:
        fact = f"the binary has {len(content):,} bytes, and the ELF file gives {image.size_bytes:,}"
        raise VerificationError(fact, path.name, advice)


def _image_of_length(images: Sequence[Image], size_bytes: int) -> Image:
    """The image of this length, or all as one if that has it, or the largest."""
    everything = Image(tuple(section for image in images for section in image.sections))
    largest = max(images, key=lambda each: each.size_bytes)
    return next((each for each in (*images, everything) if each.size_bytes == size_bytes), largest)


def _first_difference(one: bytes, other: memoryview) -> int | None:
    if one == bytes(other):
        return None
    return next(index for index, (left, right) in enumerate(zip_longest(one, other)) if left != right)
