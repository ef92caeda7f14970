"""`lilliput chips`: what a user sees, and what a program reads."""

import json
from pathlib import Path

import pytest

from tests.cli.command import Lilliput, assert_refused


def test_a_search_prints_a_table_smallest_first(lilliput: Lilliput) -> None:
    done = lilliput("chips", "--flash", ">=256K", "--ram", ">=64K", "--core", "cortex-m4")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["Chip", "Core", "MHz", "Flash", "RAM", "Largest", "piece"]
    assert lines[1].split()[3:5] == ["256K", "64K"]
    assert "more: narrow it by NAME" in lines[-1]


def test_one_chip_is_shown_with_its_regions_and_source(lilliput: Lilliput) -> None:
    done = lilliput("chips", "STM32F407VGT6")
    assert done.status == 0
    assert "CCM" in done.out
    assert "0x10000000" in done.out
    assert "Largest piece of RAM: 128K SRAM1..SRAM2" in done.out
    assert "Source: modm-devices" in done.out


def test_external_memory_is_called_so(lilliput: Lilliput) -> None:
    done = lilliput("chips", "stm32f746g-disco")
    assert [line.split()[-1] for line in done.out.splitlines() if "QSPI" in line or "SDRAM" in line] == ["external"] * 2


def test_json_has_every_chip_and_region(lilliput: Lilliput) -> None:
    report = json.loads(lilliput("chips", "pico", "--json").out)
    assert report["format_version"] == 1
    pico = report["chips"][0]
    assert (pico["board"], pico["name"], pico["target"]) == ("Raspberry Pi Pico", "RP2040", "cortex-m0plus")
    assert pico["ram_bytes"] == 264 << 10
    assert [region["external"] for region in pico["regions"]] == [False, False, False, True]


def test_nothing_found_is_said_in_a_sentence(lilliput: Lilliput) -> None:
    done = lilliput("chips", "--ram", ">=1G")
    assert (done.status, done.out) == (
        0,
        "No chip has all of that: ask for less, or describe your own in a TOML file.\n",
    )
    assert json.loads(lilliput("chips", "--ram", ">=1G", "--json").out)["chips"] == []


def test_a_wrong_name_gets_near_ones(lilliput: Lilliput) -> None:
    assert_refused(lilliput("chips", "nrf52480"), 2)


def test_a_wrong_size_says_how_to_write_one(lilliput: Lilliput) -> None:
    done = lilliput("chips", "--ram", "64Q")
    assert (done.status, done.out) == (2, "")
    assert "write 65536, 64K" in " ".join(done.err.split())


def test_chips_of_the_users_own_are_listed(lilliput: Lilliput, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[[board]]\nname = "Mine"\nchip = "RP2040"\nsource = "me"\n', encoding="utf-8")
    assert lilliput("chips", "mine", "--chips-file", file).out.startswith("Mine (RP2040)\n")


@pytest.mark.parametrize("text", ["[[chip]]", "chip = 1", "\0"])
def test_a_wrong_file_is_refused(lilliput: Lilliput, tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    assert_refused(lilliput("chips", "--chips-file", file), 2)
