"""ELF file, map, binary -> Firmware: a name for every byte of flash and RAM, checked before anyone sees it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lilliput.errors import FirmwareError, UsageError
from lilliput.firmware.checker import check_firmware
from lilliput.firmware.demangle import demangled
from lilliput.firmware.elf import Elf, Section, read_elf
from lilliput.firmware.firmware import Firmware, Range, Region, Source
from lilliput.firmware.images import Image, check_binary, flash_images
from lilliput.firmware.map_file import Contribution, MapFile, read_map
from lilliput.firmware.memory import layout
from lilliput.firmware.partition import Piece, partition

GAP = "[gap]"
_ADDRESSES = 1 << 32


def account(
    path: Path, *, map_file: Path | None = None, binary: Path | None = None, regions: Sequence[Region] = ()
) -> Firmware:
    """Account for every byte of the ELF file at `path`.

    `map_file` is the linker's map, `binary` what was flashed, `regions` memories that the user gave, which come before
    those of the map. Raises UsageError when a file is missing or no such file, FirmwareError when the ELF file is
    damaged or without sections, VerificationError when `binary` differs from it, InvariantError when sums disagree.
    """
    elf = read_elf(path)
    _check_sections(elf)
    images = flash_images(elf)
    if binary is not None:
        check_binary(images, binary)
    linker_map = read_map(map_file) if map_file is not None else None
    contributions = _contributions(elf, linker_map, str(map_file)) if linker_map else {}
    memory = layout(elf, images, linker_map, regions)
    borders = linker_map.assigned if linker_map else frozenset[str]()
    ranges = (*_section_ranges(elf, memory.in_ram, contributions, borders), *_gap_ranges(images))
    unattributed = (each for each in ranges if each.source is Source.SECTION)
    firmware = Firmware(
        elf=elf,
        regions=memory.regions,
        ranges=ranges,
        flash_bytes=sum(each.flash_bytes for each in ranges),
        ram_bytes=sum(each.ram_bytes for each in ranges),
        unattributed_bytes=sum(each.size_bytes for each in unattributed),
    )
    check_firmware(firmware, path)
    return firmware


def _check_sections(elf: Elf) -> None:
    if not elf.allocated:
        raise FirmwareError("the ELF file has no section that takes memory", elf.name, "Keep the section headers.")
    for each in elf.allocated:
        if max(each.address, each.load_address) + each.size_bytes > _ADDRESSES:
            fact = f"the section {each.name} reaches beyond the last address of 32 bits"
            raise FirmwareError(fact, elf.name, "Link it again.")


def _contributions(elf: Elf, linker_map: MapFile, name: str) -> dict[int, list[Contribution]]:
    """The map's contributions by section index, for sections that lie where the map says.

    Raises UsageError when none does: the map is of another build.
    """
    places = {(each.name, each.address, each.size_bytes): each.index for each in elf.allocated}
    found: dict[int, list[Contribution]] = {}
    for each in linker_map.contributions:
        index = places.get((each.output.name, each.output.address, each.output.size_bytes))
        if index is not None:
            found.setdefault(index, []).append(each)
    if linker_map.contributions and elf.allocated and not found:
        raise UsageError(f"the map is not the one of {elf.name}", name, "Give the map of the same build.")
    return {index: list(_disjoint(elf.sections[index], each)) for index, each in found.items()}


def _disjoint(section: Section, contributions: list[Contribution]) -> Iterator[Contribution]:
    """Contributions in order without overlaps: merged strings are listed with sizes that they no longer have."""
    end = section.end
    kept: list[Contribution] = []
    for _, each in sorted(enumerate(contributions), key=lambda item: (item[1].address, item[0]), reverse=True):
        size_bytes = min(each.address + each.size_bytes, end) - each.address
        if size_bytes > 0 and each.address >= section.address:
            kept.append(each if size_bytes == each.size_bytes else replace(each, size_bytes=size_bytes))
            end = each.address
    return reversed(kept)


def _section_ranges(
    elf: Elf, in_ram: frozenset[int], contributions: dict[int, list[Contribution]], borders: frozenset[str]
) -> Iterator[Range]:
    symbols: dict[int, list[int]] = {}
    for index, symbol in enumerate(elf.symbols):
        symbols.setdefault(symbol.section, []).append(index)
    ram_end = 0
    for section in elf.allocated:
        if not section.has_bytes and section.index not in in_ram:
            continue
        for piece in partition(
            elf, section, symbols.get(section.index, ()), contributions.get(section.index, ()), borders
        ):
            fresh = max(0, piece.end - max(piece.start, ram_end)) if section.has_bytes else piece.end - piece.start
            yield _range(elf, section, piece, fresh if section.index in in_ram else 0)
        if section.index in in_ram and section.has_bytes:
            ram_end = max(ram_end, section.end)


def _range(elf: Elf, section: Section, piece: Piece, ram_bytes: int) -> Range:
    symbol = elf.symbols[piece.symbol] if piece.symbol >= 0 else None
    file = symbol.file if symbol else ""
    return Range(
        section=section.index,
        address=piece.start,
        load_address=piece.start - section.address + section.load_address,
        flash_bytes=piece.end - piece.start if section.has_bytes else 0,
        ram_bytes=ram_bytes,
        source=piece.source,
        name=piece.name,
        demangled=demangled(piece.name),
        symbol=piece.symbol,
        aliases=piece.aliases,
        object=piece.contribution.object if piece.contribution else file,
        archive=piece.contribution.archive if piece.contribution else "",
        contribution=piece.contribution.address if piece.contribution else -1,
    )


def _gap_ranges(images: Sequence[Image]) -> Iterator[Range]:
    for image in images:
        for start, end in image.gaps:
            yield Range(-1, start, start, end - start, 0, Source.GAP, GAP, GAP)
