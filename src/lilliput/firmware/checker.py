"""The firmware checker: shares no code with what it checks, and runs on every firmware.

It reads the ELF file's section table for itself. Each allocated section's ranges must follow one another from its first
byte to its last, no byte of flash may be claimed twice, and all sums must agree.
"""

import struct
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from lilliput.errors import InvariantError
from lilliput.firmware.firmware import Firmware, Range, Source

_SHF_ALLOC, _SHT_NULL, _SHT_NOBITS = 2, 0, 8


def check_firmware(firmware: Firmware, elf: Path) -> None:
    """Compare `firmware` with the sections of the file `elf`. Raises InvariantError where they disagree."""
    by_section: dict[int, list[Range]] = {}
    for each in firmware.ranges:
        by_section.setdefault(each.section, []).append(each)
    gaps = by_section.pop(-1, [])
    for index, address, size_bytes, has_bytes in _allocated(elf):
        ranges = by_section.pop(index, [])
        if ranges or has_bytes:
            _check_section(ranges, index, address, size_bytes, has_bytes=has_bytes)
    if by_section:
        raise InvariantError(f"ranges lie in sections {sorted(by_section)}, which take no memory")
    if any(each.source is not Source.GAP for each in gaps):
        raise InvariantError("a range outside of all sections is no gap")
    _check_flash(firmware.ranges)
    _equal("flash", sum(each.flash_bytes for each in firmware.ranges), firmware.flash_bytes)
    _equal("RAM", sum(each.ram_bytes for each in firmware.ranges), firmware.ram_bytes)
    unknown = (each.size_bytes for each in firmware.ranges if each.source is Source.SECTION)
    _equal("unattributed bytes", sum(unknown), firmware.unattributed_bytes)


def _check_section(ranges: list[Range], index: int, address: int, size_bytes: int, *, has_bytes: bool) -> None:
    position = address
    for each in ranges:
        if each.address != position or each.size_bytes <= 0:
            raise InvariantError(f"byte {position:#x} of section {index} does not have exactly one name")
        position += each.size_bytes
        if not 0 <= each.ram_bytes <= each.size_bytes or each.flash_bytes != (each.size_bytes if has_bytes else 0):
            raise InvariantError(f"the range at {each.address:#x} of section {index} has another size than its bytes")
    _equal(f"section {index}", position - address, size_bytes)


def _check_flash(ranges: Iterable[Range]) -> None:
    flashed = sorted((each.load_address, each.flash_bytes) for each in ranges if each.flash_bytes)
    for (address, size_bytes), (following, _) in pairwise(flashed):
        if address + size_bytes > following:
            raise InvariantError(f"the byte of flash at {following:#x} has two names")


def _allocated(elf: Path) -> list[tuple[int, int, int, bool]]:
    """Index, address, size and whether there are bytes, of each allocated section that is not empty."""
    with elf.open("rb") as file:
        header = file.read(64)
        order = "<" if header[5] == 1 else ">"
        offset, stride, count = struct.unpack_from(f"{order}28xI10xHH", header, 4)
        file.seek(offset)
        if offset and not count:
            (count,) = struct.unpack_from(f"{order}20xI", file.read(40))
            file.seek(offset)
        table = file.read(stride * count)
    found: list[tuple[int, int, int, bool]] = []
    for index in range(count):
        kind, flags, address, _, size_bytes = struct.unpack_from(f"{order}5I", table, index * stride + 4)
        if flags & _SHF_ALLOC and kind != _SHT_NULL and size_bytes:
            found.append((index, address, size_bytes, kind != _SHT_NOBITS))
    return found


def _equal(what: str, one: int, other: int) -> None:
    if one != other:
        raise InvariantError(f"the sums of {what} disagree: {one} and {other}")
