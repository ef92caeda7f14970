"""Rows of text -> snapshots, for the tests of what is done with them."""

from lilliput.firmware.firmware import Region
from lilliput.firmware.snapshot import Entry, Snapshot

FLASH = Region("FLASH", 0x0800_0000, 0x1_0000, writable=False, used_bytes=0)


def entry(
    name: str,
    flash_bytes: int,
    ram_bytes: int = 0,
    *,
    demangled: str = "",
    section: str = ".text",
    place: str = "main.o",
    group: str = "application",
    content: str = "",
) -> Entry:
    """An entry; `place` is "object" or "archive(object)"."""
    archive, _, file = place.rpartition("(")
    return Entry(
        name=name,
        demangled=demangled or name,
        section=section,
        object=file.rstrip(")"),
        archive=archive,
        group=group,
        address=0x2000_0000,
        load_address=0x0800_0000,
        flash_bytes=flash_bytes,
        ram_bytes=ram_bytes,
        content=content,
    )


def snapshot(*entries: Entry, name: str = "firmware.elf", toolchain: str = "GCC 12", used_bytes: int = 0) -> Snapshot:
    """A snapshot with one region, whose use is all flash unless it is given."""
    flash = sum(each.flash_bytes for each in entries)
    ram = sum(each.ram_bytes for each in entries)
    region = Region("FLASH", 0x0800_0000, 0x1_0000, writable=False, used_bytes=used_bytes or flash)
    return Snapshot(name, toolchain, flash, ram, 0, (region,), entries)
