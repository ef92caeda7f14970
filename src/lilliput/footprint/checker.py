"""The footprint checker: shares no code with what it checks, and runs on every measurement."""

from io import BytesIO
from pathlib import Path

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section

from lilliput.errors import InvariantError
from lilliput.footprint.footprint import Footprint


def check_footprint(footprint: Footprint, elf: Path, binary: bytes) -> None:
    """Compare `footprint` with the sections of `elf` and with `binary`, the bytes to flash.

    Every byte of flash must have one label, `binary` must be the loaded sections at their load addresses with zeros
    between them, and RAM must be the writable sections with the gaps between them. Raises InvariantError otherwise.
    """
    _check_ranges(footprint)
    _equal("flash bytes and bytes to flash", footprint.flash_bytes, len(binary))
    _equal("parts of flash and flash bytes", sum(footprint.flash.values()), footprint.flash_bytes)
    file = ELFFile(BytesIO(elf.read_bytes()))
    _check_binary(file, binary)
    _equal("arena and static bytes and sections in RAM", footprint.arena_bytes + footprint.static_bytes, _ram(file))
    if min(footprint.arena_bytes, footprint.static_bytes, footprint.stack_bytes) < 0:
        raise InvariantError("a kind of RAM has a negative size")


def _check_ranges(footprint: Footprint) -> None:
    position = 0
    for item in footprint.ranges:
        if item.start != position or item.end <= item.start:
            raise InvariantError(f"bytes {position} to {item.start} of flash do not have exactly one label")
        position = item.end
    _equal("labelled bytes and flash bytes", position, footprint.flash_bytes)


def _check_binary(file: ELFFile, binary: bytes) -> None:
    """Check that sections and gaps add up to `binary`, and that it holds what they hold."""
    loaded = [
        (_load_address(file, section), section.data())
        for section in file.iter_sections()
        if section["sh_flags"] & SH_FLAGS.SHF_ALLOC and section["sh_type"] != "SHT_NOBITS" and section["sh_size"]
    ]
    first = min(address for address, _ in loaded)
    gap_bytes = position = 0
    for address, data in sorted(loaded, key=lambda item: item[0]):
        offset = address - first
        expected = bytes(max(offset - position, 0)) + data
        if offset < position or binary[position : offset + len(data)] != expected:
            raise InvariantError(f"the bytes to flash differ from the sections at offset {offset}")
        gap_bytes += offset - position
        position = offset + len(data)
    _equal("sections with gaps and bytes to flash", sum(len(data) for _, data in loaded) + gap_bytes, len(binary))


def _load_address(file: ELFFile, section: Section) -> int:
    for segment in file.iter_segments():
        if segment["p_type"] == "PT_LOAD" and 0 <= section["sh_addr"] - segment["p_vaddr"] < segment["p_filesz"]:
            return section["sh_addr"] - segment["p_vaddr"] + segment["p_paddr"]
    raise InvariantError(f"no segment loads the section {section.name}")


def _ram(file: ELFFile) -> int:
    """Bytes of the writable sections and of the gaps that alignment makes between them."""
    writable = SH_FLAGS.SHF_ALLOC | SH_FLAGS.SHF_WRITE
    sections = [s for s in file.iter_sections() if s["sh_flags"] & writable == writable]
    total = 0
    end: int | None = None
    for section in sorted(sections, key=lambda s: int(s["sh_addr"])):
        if section.name in {".stack", ".heap"} or not section["sh_size"]:
            continue
        start = section["sh_addr"]
        aligned_end = start if end is None else -(-end // section["sh_addralign"]) * section["sh_addralign"]
        total += section["sh_size"] + (start - end if end is not None and start == aligned_end else 0)
        end = start + section["sh_size"]
    return total


def _equal(what: str, one: int, other: int) -> None:
    if one != other:
        raise InvariantError(f"{what} disagree: {one} and {other}")
