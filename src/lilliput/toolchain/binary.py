"""ELF -> the raw bytes that would be flashed."""

from pathlib import Path
from typing import Any

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from lilliput.errors import InvariantError


def raw_binary(elf: Path) -> bytes:
    """The loadable sections at their load addresses, gaps filled with zeros: what `objcopy -O binary` writes."""
    with elf.open("rb") as stream:
        file = ELFFile(stream)
        pieces = [(_load_address(file, section), section.data()) for section in file.iter_sections() if _loads(section)]
    start = min(address for address, _ in pieces)
    image = bytearray(max(address + len(data) for address, data in pieces) - start)
    for address, data in pieces:
        image[address - start : address - start + len(data)] = data
    return bytes(image)


def _loads(section: Any) -> bool:
    allocated = section["sh_flags"] & SH_FLAGS.SHF_ALLOC
    return bool(allocated) and section["sh_type"] != "SHT_NOBITS" and section["sh_size"] > 0


def _load_address(file: ELFFile, section: Any) -> int:
    for segment in file.iter_segments("PT_LOAD"):
        offset = section["sh_addr"] - segment["p_vaddr"]
        if offset >= 0 and offset + section["sh_size"] <= segment["p_filesz"]:
            return segment["p_paddr"] + offset
    raise InvariantError(f"section {section.name} lies in no loadable segment")
