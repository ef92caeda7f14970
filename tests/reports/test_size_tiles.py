"""Tiles add up, however many symbols there are and whatever they are called."""

import pytest

from lilliput.firmware.difference import compare
from lilliput.firmware.snapshot import group_totals
from lilliput.reports.size_tiles import Tile, tiles
from tests.firmware.snapshots import entry, snapshot
from tests.reports.test_size_changes import DIFFERENCE, NEW

SIZES = ("flash_bytes", "ram_bytes", "flash_change_bytes", "ram_change_bytes")


def assert_adds_up(found: tuple[Tile, ...]) -> None:
    """Every tile that has tiles in it is their sum, and comes before them."""
    for number, tile in enumerate(found):
        inside = [each for each in found if each.parent == number]
        assert tile.parent < number
        for size in SIZES if inside else ():
            assert getattr(tile, size) == sum(getattr(each, size) for each in inside), (tile.name, size)


def path(found: tuple[Tile, ...], tile: Tile) -> list[str]:
    return [] if tile.parent < 0 else [*path(found, found[tile.parent]), tile.name]


def test_tiles_go_from_groups_over_archives_and_object_files_to_symbols() -> None:
    found = tiles(NEW)
    assert_adds_up(found)
    assert (found[0].flash_bytes, found[0].ram_bytes) == (NEW.flash_bytes, NEW.ram_bytes)
    paths = [path(found, tile) for tile in found]
    assert ["framework", "libai.a", "run.o", "void ai::run<float>(float)"] in paths
    assert ["application", "out/main.o", "main"] in paths
    assert ["application", ".text", "[padding]"] in paths
    groups = {tile.name: tile.flash_bytes for tile in found if tile.parent == 0}
    assert groups == {each.name: each.flash_bytes for each in group_totals(NEW.entries)}


def test_changes_of_tiles_are_those_of_the_difference() -> None:
    found = tiles(NEW, DIFFERENCE)
    assert_adds_up(found)
    groups = {tile.name: (tile.flash_change_bytes, tile.ram_change_bytes) for tile in found if tile.parent == 0}
    assert groups == {each.name: (each.flash_change_bytes, each.ram_change_bytes) for each in DIFFERENCE.groups}
    for each in DIFFERENCE.objects:
        if each.name.startswith("out/"):
            assert sum(tile.flash_change_bytes for tile in found if tile.name == each.name) == each.flash_change_bytes
    gone = next(tile for tile in found if tile.name == "old_driver")
    assert (gone.flash_bytes, gone.flash_change_bytes, gone.change) == (0, -400, "removed")
    renamed = next(tile for tile in found if tile.name == "step.constprop.0")
    assert (renamed.flash_change_bytes, renamed.change) == (-4, "renamed from step.isra.0")


def test_a_symbol_that_moved_is_less_where_it_was_and_more_where_it_is() -> None:
    old = snapshot(entry("fast", 40, place="a.o", content="1"), entry("slow", 8, place="b.o"))
    new = snapshot(entry("fast", 48, place="b.o", content="1"), entry("slow", 8, place="b.o"))
    found = tiles(new, compare(old, new))
    assert_adds_up(found)
    assert {(path(found, tile)[1], tile.flash_change_bytes, tile.change) for tile in found if tile.name == "fast"} == {
        ("a.o", -40, "now fast in b.o"),
        ("b.o", 48, "was fast in a.o"),
    }


@pytest.mark.parametrize("place", ["lib.a(main.o)", "lib{}.a(main.o)", "lib.a(part{}.o)", "part{}.o"])
def test_many_symbols_make_few_tiles_that_still_add_up(place: str) -> None:
    symbols = [entry(f"f{number}", 1 + number % 97, number % 3, place=place.format(number)) for number in range(5000)]
    before = [entry(f"f{number}", 1 + number % 89, number % 3, place=place.format(number)) for number in range(4000)]
    whole = snapshot(*symbols)
    found = tiles(whole, compare(snapshot(*before), whole), most=100)
    assert_adds_up(found)
    assert len(found) < 500
    assert (found[0].flash_bytes, found[0].ram_bytes) == (whole.flash_bytes, whole.ram_bytes)
    leaves = [tile for number, tile in enumerate(found) if all(each.parent != number for each in found)]
    assert sum(tile.merged or 1 for tile in leaves) == len(symbols)
    kept = [tile for tile in leaves if not tile.merged]
    assert min(tile.flash_bytes for tile in kept) > 90


def test_a_group_may_be_called_like_what_is_in_it() -> None:
    found = tiles(snapshot(entry("a", 1, place="a(a)", group="a"), entry("a", 2, place="a", group="a")))
    assert_adds_up(found)
    assert sorted(path(found, tile) for tile in found) == [["a"] * depth for depth in (0, 1, 2, 2, 3, 3, 4)]
