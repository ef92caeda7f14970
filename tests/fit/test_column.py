"""The sum of the parts, and the verdict."""

import pytest

from lilliput.fit.advice import advice, next_chip
from lilliput.fit.cores import CORES
from tests.fit.chips import a_chip, a_column, a_framework


def test_the_parts_sum_to_the_totals() -> None:
    column = a_column(a_chip(8192), a_framework(), app_flash=300, app_ram=200)
    assert column.flash_bytes == sum(size for _, size in column.flash_parts) == 3300
    assert column.ram_bytes == sum(size for _, size in column.ram_parts) == 4700


@pytest.mark.parametrize(("flash", "ram", "fits"), [(3000, 4500, True), (2999, 4500, False), (3000, 4499, False)])
def test_it_fits_to_the_byte(flash: int, ram: int, fits: bool) -> None:
    assert a_column(a_chip(ram, flash=flash), a_framework()).fits is fits


def test_an_arena_that_no_span_holds_does_not_fit_though_the_sum_would() -> None:
    column = a_column(a_chip(3000, 3000), a_framework())
    assert column.arena_region is None
    assert column.chip.ram_bytes > column.ram_bytes
    assert column.ram_margin_bytes == -1000
    assert not column.fits
    assert "the longest has 3,000 bytes" in " ".join(advice(column, ()))


def test_the_arena_goes_to_the_smallest_span_that_holds_it_when_not_all_fits_the_largest() -> None:
    column = a_column(a_chip(8000, 5000), a_framework(), app_ram=7000)
    assert column.arena_region is not None
    assert column.arena_region.size_bytes == 5000
    assert column.fits


def test_everything_stays_in_the_largest_span_where_it_can() -> None:
    column = a_column(a_chip(8000, 5000), a_framework(), app_ram=1000)
    assert column.arena_region is not None
    assert column.arena_region.size_bytes == 8000


def test_advice_names_what_is_missing_what_takes_most_and_the_next_chip_up() -> None:
    column = a_column(a_chip(4096, flash=1024), a_framework())
    larger = a_chip(8192, name="TEST2")
    sentences = " ".join(advice(column, (column.chip, larger)))
    assert "1,976 bytes of flash are missing; most goes to model (2,000)" in sentences
    assert "404 bytes of RAM are missing; most goes to model (4,000)" in sentences
    assert "It fits TEST2" in sentences


def test_a_chip_with_another_core_is_not_advised() -> None:
    column = a_column(a_chip(1024), a_framework())
    assert next_chip(column, (a_chip(8192, core="cortex-m7"),)) is None


def test_nothing_is_advised_for_what_fits() -> None:
    assert advice(a_column(a_chip(8192), a_framework()), ()) == ()


def test_the_time_of_an_inference_is_a_range_around_one_instruction_a_cycle() -> None:
    time = a_column(a_chip(8192), a_framework()).milliseconds
    assert time == (10.0, 20.0)


def test_every_range_of_cycles_is_one() -> None:
    for core in CORES.values():
        assert 0 < core.cycles_per_instruction[0] < core.cycles_per_instruction[1]
