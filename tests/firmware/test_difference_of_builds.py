"""Differences of real firmware: what was done to the sources is what is found."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lilliput.firmware.accounting import account
from lilliput.firmware.difference import Kind, SymbolChange, compare
from lilliput.firmware.groups import assign_groups, load_rules
from lilliput.firmware.saved_report import from_json, to_json
from lilliput.firmware.snapshot import Snapshot, take_snapshot
from tests.firmware import builds


def snapshot_of(elf: Path) -> Snapshot:
    return take_snapshot(assign_groups(account(elf, map_file=builds.map_of(elf)), load_rules()))


def changed_by(edit: dict[str, str]) -> dict[str, SymbolChange]:
    """What replacing words in all C sources of a build changes, by the new names of symbols."""
    recipe = builds.RECIPES["arm"]
    texts: list[tuple[str, str]] = []
    for name in recipe.sources:
        text = (builds.SOURCES / name).read_text(encoding="utf-8")
        for old, new in edit.items():
            text = text.replace(old, new)
        texts.append((name, text))
    edited = builds.link(replace(recipe, texts=tuple(texts)), "edited")
    difference = compare(snapshot_of(builds.build("arm")), snapshot_of(edited))
    return {each.entry.name: each for each in difference.symbols if not each.entry.stands_in}


@pytest.mark.parametrize("kind", builds.KINDS)
def test_a_saved_firmware_is_read_back_whole_and_does_not_differ(kind: str) -> None:
    found = snapshot_of(builds.build(kind))
    saved = from_json(json.loads(json.dumps(to_json(found))), "saved.json")
    assert saved == found
    assert compare(saved, found).symbols == ()


def test_renamed_functions_and_data_are_found() -> None:
    found = changed_by({"driver_send": "uart_put", "driver_checksum": "crc"})
    assert {(each.kind, each.old and each.old.name, name) for name, each in found.items()} == {
        (Kind.RENAMED, "driver_send", "uart_put"),
        (Kind.RENAMED, "driver_checksum", "crc"),
    }


def test_every_byte_of_a_move_to_link_time_optimisation_is_accounted_for() -> None:
    old, new = (snapshot_of(builds.build(kind)) for kind in ("arm", "arm-lto"))
    difference = compare(old, new)
    assert sum(each.sizes.flash_change_bytes for each in difference.symbols) == new.flash_bytes - old.flash_bytes
    moved = {each.entry.name for each in difference.symbols if each.kind is Kind.MOVED}
    assert {"Reset_Handler", "SysTick_Handler"} <= moved


def test_only_one_map_of_two_is_noticed() -> None:
    elf = builds.build("arm")
    with_map, without_map = snapshot_of(elf), take_snapshot(account(elf))
    assert compare(with_map, without_map).one_map
    assert compare(without_map, with_map).one_map
    assert not compare(with_map, with_map).one_map
    assert not compare(without_map, without_map).one_map


def test_the_toolchain_is_what_the_compiler_wrote_or_nothing() -> None:
    assert "GCC" in snapshot_of(builds.build("arm")).toolchain
    assert snapshot_of(builds.build("zig-arm")).toolchain == ""
