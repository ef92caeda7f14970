import re
import subprocess
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from lilliput.errors import FirmwareError, UsageError
from lilliput.firmware.accounting import account
from lilliput.firmware.elf import SymbolKind
from lilliput.firmware.firmware import Firmware, Range, Source
from tests.firmware import builds

NAMED_BY_SECTION = {"arm-stripped": "it has no symbols and no map"}
"""Kinds with less than 99.5 % of flash named by symbols, the map, content or alignment, and why."""

RAM_OF = {"arm": ((0x10000000, 0x90000000),), "avr": ((0x800000, 0x810000),)}
RAM_ELSEWHERE = ((0x20000000, 0x30000000),)

_SECTION = re.compile(r"\[ *(\d+)\] (\S*) +(\w+) +([0-9a-f]{8}) [0-9a-f]{6} ([0-9a-f]{6}) \w\w +([WAX]*)")


@cache
def accounted(kind: str) -> Firmware:
    elf = builds.build(kind)
    return account(elf, map_file=builds.map_of(elf))


def ranges_of(firmware: Firmware, name: str) -> list[Range]:
    return [each for each in firmware.ranges if each.name == name]


def tool(kind: str, name: str, *arguments: str) -> str:
    command = f"{builds.RECIPES[kind].binutils}{name}"
    return subprocess.run([command, *arguments, builds.build(kind)], check=True, capture_output=True, text=True).stdout


@cache
def sections(kind: str) -> list[tuple[int, str, str, int, int, str]]:
    """Index, name, type, address, size and flags of allocated sections, as readelf sees them."""
    found = (_SECTION.search(line) for line in tool(kind, "readelf", "-SW").splitlines())
    rows = [(int(m[1]), m[2], m[3], int(m[4], 16), int(m[5], 16), m[6]) for m in found if m]
    return [row for row in rows if "A" in row[5] and row[4]]


@pytest.mark.parametrize("kind", builds.KINDS)
def test_flash_is_what_objcopy_writes(kind: str) -> None:
    binaries = builds.build(kind).parent.glob("*.bin")
    assert accounted(kind).flash_bytes == sum(path.stat().st_size for path in binaries)


@pytest.mark.parametrize("kind", builds.KINDS)
def test_flash_without_gaps_is_text_and_data_of_size(kind: str) -> None:
    text, data, _ = (int(word) for word in tool(kind, "size").splitlines()[1].split()[:3])
    gap_bytes = sum(each.flash_bytes for each in accounted(kind).ranges if each.source is Source.GAP)
    assert accounted(kind).flash_bytes - gap_bytes == text + data


@pytest.mark.parametrize("kind", builds.KINDS)
def test_ram_is_the_space_of_the_sections_that_readelf_shows_there(kind: str) -> None:
    windows = RAM_OF.get("avr" if kind.startswith("avr") else "arm" if kind == "arm-regions" else kind, RAM_ELSEWHERE)
    taken = {
        address
        for _, name, _, start, size_bytes, _ in sections(kind)
        if name != ".external" and any(first <= start < last for first, last in windows)
        for address in range(start, start + size_bytes)
    }
    assert accounted(kind).ram_bytes == len(taken)


@pytest.mark.parametrize("kind", ["arm", "arm-float", "riscv", "zig-arm"])
def test_ram_is_data_and_bss_of_size_where_all_data_is_in_ram(kind: str) -> None:
    _, data, bss = (int(word) for word in tool(kind, "size").splitlines()[1].split()[:3])
    assert accounted(kind).ram_bytes == data + bss


@pytest.mark.parametrize("kind", builds.KINDS)
def test_the_ranges_of_each_section_sum_to_the_size_that_readelf_shows(kind: str) -> None:
    firmware = accounted(kind)
    for index, _, _, _, size_bytes, _ in sections(kind):
        assert sum(each.size_bytes for each in firmware.ranges if each.section == index) == size_bytes


@pytest.mark.parametrize("kind", builds.KINDS)
def test_nearly_all_of_flash_has_a_name_better_than_its_section(kind: str) -> None:
    firmware = accounted(kind)
    unknown_bytes = sum(each.flash_bytes for each in firmware.ranges if each.source is Source.SECTION)
    assert (unknown_bytes <= 0.005 * firmware.flash_bytes) == (kind not in NAMED_BY_SECTION)


@pytest.mark.parametrize("kind", [kind for kind in builds.KINDS if kind not in NAMED_BY_SECTION])
def test_symbols_have_the_sizes_that_nm_shows(kind: str) -> None:
    firmware = accounted(kind)
    owned: dict[int, int] = {}
    for each in firmware.ranges:
        if each.symbol >= 0:
            owned[each.address] = owned.get(each.address, 0) + each.size_bytes
    rows = (line.split() for line in tool(kind, "nm", "-S").splitlines())
    sizes: dict[int, int] = {}
    for row in rows:
        if len(row) == 4:
            sizes[int(row[0], 16)] = max(sizes.get(int(row[0], 16), 0), int(row[1], 16))
    starts = sorted(sizes)
    disjoint = {start: sizes[start] for start, after in pairwise(starts) if start + sizes[start] <= after}
    assert len(disjoint) > 5
    assert {start: owned.get(start) for start in disjoint} == disjoint


@pytest.mark.parametrize("kind", builds.KINDS)
def test_every_range_keeps_its_distance_to_flash(kind: str) -> None:
    firmware = accounted(kind)
    for each in firmware.ranges:
        if each.section >= 0:
            section = firmware.elf.sections[each.section]
            assert each.load_address - section.load_address == each.address - section.address


def test_a_library_with_a_space_in_its_name_owns_its_functions() -> None:
    (send,) = ranges_of(accounted("arm"), "driver_send")
    assert (send.object, send.archive) == ("drivers.o", "lib drivers.a")


def test_discarded_functions_have_no_bytes() -> None:
    assert not ranges_of(accounted("arm"), "driver_unused")


def test_wrapped_functions_have_their_own_names() -> None:
    firmware = accounted("arm-wrapped")
    assert [each.object for each in ranges_of(firmware, "__wrap_driver_send")] == ["wrapped.o"]
    assert [each.object for each in ranges_of(firmware, "driver_send")] == ["drivers.o"]


def test_objects_of_link_time_optimisation_have_the_same_name_in_every_build() -> None:
    (main,) = ranges_of(accounted("arm-lto"), "Reset_Handler")
    assert re.fullmatch(r"ltrans\d+\.o", main.object)


def test_local_symbols_know_their_source_file_without_a_map() -> None:
    (curve,) = ranges_of(accounted("arm-plain"), "curve")
    assert (curve.object, curve.archive) == ("application.c", "")


def test_weak_aliases_stand_behind_the_function_that_they_mean() -> None:
    (handler,) = ranges_of(accounted("arm-cpp"), "Default_Handler")
    assert handler.aliases == ("SysTick_Handler",)


def test_assembly_functions_without_a_size_reach_to_the_next_function() -> None:
    firmware = accounted("arm-assembly")
    assert [each.size_bytes for each in ranges_of(firmware, "fast_sum")] == [24]
    assert [each.size_bytes for each in ranges_of(firmware, "fast_table")] == [24]
    assert not ranges_of(firmware, "again")


def test_mapping_symbols_and_borders_own_nothing() -> None:
    for kind in builds.KINDS:
        names = {name for each in accounted(kind).ranges if each.symbol >= 0 for name in (each.name, *each.aliases)}
        assert not {name for name in names if name.startswith("$")}
        assert not names & {"_etext", "_sdata", "_edata", "_sbss", "__bss_start__", "__exidx_start", "__data_start"}


def test_initial_values_are_in_flash_and_in_ram() -> None:
    (message,) = ranges_of(accounted("arm"), "message")
    assert (message.flash_bytes, message.ram_bytes) == (61, 61)
    assert message.load_address < 0x08010000
    assert message.address >= 0x20000000


def test_code_that_runs_from_ram_costs_flash_and_ram() -> None:
    (function,) = ranges_of(accounted("arm-regions"), "filter")
    assert function.flash_bytes == function.ram_bytes > 0


def test_constants_in_external_flash_cost_no_ram() -> None:
    (picture,) = ranges_of(accounted("arm-regions"), "picture")
    assert (picture.flash_bytes, picture.ram_bytes) == (700, 0)


def test_overlays_are_flashed_one_by_one_and_share_ram() -> None:
    firmware = accounted("arm-overlays")
    (first,), (second,) = ranges_of(firmware, "first_state"), ranges_of(firmware, "second_state")
    assert (first.flash_bytes, second.flash_bytes) == (36, 80)
    assert firmware.ram_bytes == 80


def test_eeprom_is_flashed_but_no_ram() -> None:
    (stored,) = ranges_of(accounted("avr"), "stored")
    assert (stored.flash_bytes, stored.ram_bytes) == (2, 0)


def test_heap_and_stack_that_the_script_reserves_are_named() -> None:
    reserved = [each for each in accounted("arm").ranges if each.source is Source.RESERVED]
    assert sum(each.ram_bytes for each in reserved) == 0x600


def test_strings_without_a_map_are_recognised_by_content() -> None:
    firmware = accounted("arm-plain")
    strings = next(each for each in firmware.ranges if each.source is Source.CONTENT)
    section = firmware.elf.sections[strings.section]
    start = strings.address - section.address
    assert b"winter, nearly over\0" in bytes(section.data[start : start + strings.size_bytes])


def test_templates_are_demangled() -> None:
    names = {each.demangled for each in accounted("arm-cpp").ranges}
    assert "shapes::Rectangle<float>::area() const" in names


def test_a_stripped_file_is_named_by_its_sections() -> None:
    firmware = accounted("arm-stripped")
    assert {each.name for each in firmware.ranges if each.source is Source.SECTION} >= {"[.text]", "[.bss]"}
    assert firmware.unattributed_bytes > 0.9 * firmware.flash_bytes


def test_thumb_functions_have_even_addresses() -> None:
    functions = [each for each in accounted("arm").elf.symbols if each.kind is SymbolKind.FUNCTION]
    assert not [each for each in functions if each.address % 2]


def test_a_map_of_another_firmware_is_refused() -> None:
    with pytest.raises(UsageError, match="the map is not the one of arm-regions"):
        account(builds.build("arm-regions"), map_file=builds.map_of(builds.build("zig-arm")))


def test_sections_that_moved_since_the_map_was_written_are_not_named_by_it(tmp_path: Path) -> None:
    elf = builds.build("arm")
    text = elf.with_suffix(".map").read_text(encoding="utf-8")
    stale = tmp_path / "stale.map"
    stale.write_text(text.replace(".rodata         0x08", ".rodata         0x09"), encoding="utf-8")
    names = {each.name for each in account(elf, map_file=stale).ranges}
    assert "[strings]" in names
    assert "[.rodata.str1.1]" not in names


def test_a_file_without_section_headers_is_refused(tmp_path: Path) -> None:
    content = bytearray(builds.build("arm").read_bytes())
    content[32:36] = content[48:50] = bytes(4)
    path = tmp_path / "headless.elf"
    path.write_bytes(content)
    with pytest.raises(FirmwareError, match="no section that takes memory"):
        account(path)
