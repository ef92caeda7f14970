import pytest

from lilliput.errors import UsageError
from lilliput.firmware.accounting import account
from lilliput.firmware.elf import SymbolKind
from lilliput.firmware.firmware import Region
from lilliput.firmware.images import flash_images
from lilliput.firmware.map_file import MapFile, Memory
from lilliput.firmware.memory import layout, region_option
from tests.firmware import builds
from tests.firmware.elves import elf, section, symbol

CODE = section(".text", 0x08000000, data=bytes(100), executable=True)
DATA = section(".data", 0x20000000, data=bytes(20), load_address=0x08000064, index=1, writable=True)
ZERO = section(".bss", 0x20000014, 40, index=2, writable=True)
FIRMWARE = elf(CODE, DATA, ZERO)


def regions(*memories: Memory, given: tuple[Region, ...] = ()) -> dict[str, Region]:
    image = FIRMWARE
    linker_map = MapFile(memories, (), frozenset())
    return {each.name: each for each in layout(image, flash_images(image), linker_map, given).regions}


def test_without_any_hint_regions_come_from_where_sections_lie() -> None:
    found = regions()
    assert found["flash"] == Region("flash", 0x08000000, 0, False, 120)
    assert found["ram"] == Region("ram", 0x20000000, 0, True, 60)


def test_a_symbol_of_the_linker_script_tells_the_end_of_ram() -> None:
    top = symbol("_estack", 0x20010000, kind=SymbolKind.LABEL)
    image = elf(CODE, DATA, ZERO, symbols=(top,))
    found = {each.name: each for each in layout(image, flash_images(image), None, ()).regions}
    assert found["ram"].size_bytes == 0x10000


def test_flash_that_the_script_calls_writable_is_flash() -> None:
    found = regions(Memory("FLASH", 0x08000000, 0x1000, "xrw"), Memory("RAM", 0x20000000, 0x1000, "xrw"))
    assert (found["FLASH"].writable, found["RAM"].writable) == (False, True)


def test_room_reserved_in_flash_does_not_make_it_ram() -> None:
    storage = section(".storage", 0x08000800, 0x400, index=3, writable=True)
    image = elf(CODE, DATA, ZERO, storage)
    memories = MapFile((Memory("FLASH", 0x08000000, 0x1000, "xr"),), (), frozenset())
    assert layout(image, flash_images(image), memories, ()).in_ram == {1, 2}


def test_memory_of_no_telling_name_is_ram_where_variables_lie() -> None:
    found = regions(Memory("m1", 0x08000000, 0x1000, ""), Memory("m2", 0x20000000, 0x1000, ""))
    assert (found["m1"].writable, found["m2"].writable) == (False, True)


def test_what_the_user_gives_comes_before_the_map() -> None:
    given = (Region("mine", 0x08000000, 0x800, False, 0),)
    found = regions(Memory("FLASH", 0x08000000, 0x1000, "xr"), given=given)
    assert found["mine"].used_bytes == 120
    assert "FLASH" not in found
    assert "ram" in found


def test_tables_of_constructors_in_flash_are_no_ram_though_marked_writable() -> None:
    table = section(".init_array", 0x08000100, data=bytes(8), index=3, writable=True)
    image = elf(CODE, DATA, ZERO, table)
    assert layout(image, flash_images(image), None, ()).in_ram == {1, 2}


def test_sections_that_only_reserve_addresses_are_no_ram() -> None:
    dummy = section(".flash_rodata_dummy", 0x3C000020, 0x10000, index=3, writable=True)
    image = elf(CODE, DATA, ZERO, dummy)
    assert layout(image, flash_images(image), None, ()).in_ram == {1, 2}


def test_a_program_loaded_into_ram_takes_ram_only_for_what_is_writable_or_known_as_ram() -> None:
    image = elf(
        section(".text", 0x20000000, data=bytes(64), executable=True),
        section(".bss", 0x20000040, 16, index=1, writable=True),
    )
    memory = MapFile((Memory("SRAM", 0x20000000, 0x1000, "xrw"),), (), frozenset())
    assert layout(image, flash_images(image), memory, ()).in_ram == {0, 1}


def test_the_memories_of_the_avr_are_told_apart_without_a_map() -> None:
    firmware = account(builds.build("avr-plain"))
    assert [(each.name, each.writable) for each in firmware.regions] == [
        ("text", False),
        ("data", True),
        ("eeprom", False),
    ]


def test_every_region_of_the_map_is_shown_with_what_is_used() -> None:
    elf_file = builds.build("arm-regions")
    firmware = account(elf_file, map_file=builds.map_of(elf_file))
    assert [each.name for each in firmware.regions] == ["FLASH", "SETTINGS", "CCMRAM", "RAM", "QSPI"]
    used = {each.name: each.used_bytes for each in firmware.regions}
    assert (used["SETTINGS"], used["CCMRAM"], used["QSPI"]) == (24, 20 + 154, 728)


@pytest.mark.parametrize(
    ("text", "address", "size_bytes"),
    [
        ("0x08000000:512K", 0x08000000, 512 << 10),
        ("0x20000000,0x4000", 0x20000000, 0x4000),
        ("1M", 0, 1 << 20),
        ("0:262144", 0, 262144),
        ("64KiB", 0, 64 << 10),
    ],
)
def test_memories_can_be_given_as_people_write_them(text: str, address: int, size_bytes: int) -> None:
    assert region_option(text, "flash", writable=False) == Region("flash", address, size_bytes, False, 0)


@pytest.mark.parametrize("text", ["", "much", "0x08000000:", "-1", "08q"])
def test_what_is_no_memory_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no memory"):
        region_option(text, "flash", writable=False)
