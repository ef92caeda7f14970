"""Finding chips by name and by size."""

import pytest

from lilliput import chips
from lilliput.errors import UsageError
from lilliput.sizes import SizeRange


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("STM32F407VG", "STM32F407VG"),
        ("stm32f407vgt6", "STM32F407VG"),
        ("nRF52832-QFAA", "nRF52832-xxAA"),
        ("ATmega328P-PU", "ATmega328P"),
        ("SAMD51J20A", "ATSAMD51J20A"),
        ("atsamd51j20a-au", "ATSAMD51J20A"),
        ("raspberry-pi pico", "Raspberry Pi Pico"),
        ("Arduino_Uno", "Arduino Uno"),
        ("nucleo-f446re", "NUCLEO-F446RE"),
        ("STM32L151RBT6A", "STM32L151RB-A"),
        ("esp32", "ESP32"),
    ],
)
def test_one_chip_is_found_however_it_is_written(name: str, title: str) -> None:
    assert chips.find_one(name).title == title


@pytest.mark.parametrize("name", ["STM32F407xx", "stm32f407*", "stm32f407??", "STM32F407"])
def test_a_pattern_finds_a_whole_line(name: str) -> None:
    found = [chip.name for chip in chips.find(name)]
    assert sorted(found) == [f"STM32F407{pins}{flash}" for pins in "IVZ" for flash in "EG"]


def test_chips_come_smallest_first() -> None:
    sizes = [(chip.ram_bytes, chip.flash_bytes) for chip in chips.find("STM32F4")]
    assert sizes == sorted(sizes)


def test_a_chip_with_two_cores_is_found_as_both() -> None:
    assert [chip.name for chip in chips.find("STM32H745ZI")] == ["STM32H745ZI@m4", "STM32H745ZI@m7"]
    assert [chip.core for chip in chips.find("stm32h745zi@m7")] == ["cortex-m7"]


def test_a_board_brings_its_own_external_memory() -> None:
    chip, board = chips.find_one("RP2040"), chips.find_one("Raspberry Pi Pico")
    assert (chip.flash_bytes, board.flash_bytes) == (16 << 20, 2 << 20)
    assert (board.name, board.ram, board.flash) == (chip.name, chip.ram, ())


def test_neighbouring_regions_are_one_span_and_distant_ones_are_not() -> None:
    spans = [(span.name, span.size_bytes) for span in chips.find_one("STM32F407VG").ram_spans]
    assert spans == [("SRAM1..SRAM2", 128 << 10), ("CCM", 64 << 10), ("BACKUP", 4 << 10)]


@pytest.mark.parametrize(
    ("name", "near"),
    [("STM32F407VGX", "STM32F407VG"), ("nrf52480", "nRF52840"), ("rasberry pi pico", "Raspberry Pi Pico")],
)
def test_an_unknown_name_gets_near_ones(name: str, near: str) -> None:
    with pytest.raises(UsageError, match=name) as error:
        chips.find(name)
    assert near in error.value.advice


@pytest.mark.parametrize("name", ["", " ", "[a-", "\\", "(", "\0", "?" * 40, "x" * 100_000, "*a" * 2_000])
def test_odd_names_are_unknown_and_quickly_so(name: str) -> None:
    with pytest.raises(UsageError, match="no chip, board or family"):
        chips.find(name)


def test_several_chips_are_no_answer_where_one_is_wanted() -> None:
    with pytest.raises(UsageError, match='"STM32F407" means 6 chips') as error:
        chips.find_one("STM32F407")
    assert error.value.advice.endswith("and 1 more.")


def test_a_search_keeps_what_was_asked_for() -> None:
    found = chips.search(flash=SizeRange(256 << 10), ram=SizeRange(64 << 10, 128 << 10), core="cortex-m4")
    assert len(found) > 50
    assert {chip.core for chip in found} == {"cortex-m4"}
    assert min(chip.flash_bytes for chip in found) == 256 << 10
    assert (found[0].ram_bytes, found[-1].ram_bytes) == (64 << 10, 128 << 10)


def test_a_target_stands_for_every_core_that_runs_its_code() -> None:
    assert {chip.core for chip in chips.search(core="cortex-m0plus")} == {"cortex-m0", "cortex-m0plus", "cortex-m23"}


def test_boards_are_found_by_name_only() -> None:
    assert not any(chip.board for chip in chips.search(ram=SizeRange(1 << 20)))
    assert [chip.board for chip in chips.search("teensy", ram=SizeRange(1 << 20))] == ["Teensy 4.0", "Teensy 4.1"]


def test_an_unknown_core_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match='no chip has a core "cortex-a53"') as error:
        chips.search(core="cortex-a53")
    assert "cortex-m4" in error.value.advice
