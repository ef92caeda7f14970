"""What holds of every chip, and that the committed index is what the tool writes."""

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from lilliput import chips, targets
from lilliput.chips.catalogue import load_catalogue

TOOL = Path(__file__).parents[2] / "tools" / "write_chip_index.py"
# ST's ordering information: the letter for the size of the flash, in kilobytes.
FLASH_KB = {
    "3": 8, "4": 16, "6": 32, "8": 64, "B": 128, "Z": 192, "C": 256, "D": 384, "E": 512, "Y": 640, "F": 768, "G": 1024,
    "H": 1536, "I": 2048, "K": 3072, "J": 4096,
}  # fmt: skip


def test_no_two_chips_or_boards_have_one_name() -> None:
    names = [chip.title.lower() for chip in load_catalogue()]
    assert len(set(names)) == len(names)


def test_there_are_thousands_of_parts_and_forty_boards() -> None:
    catalogue = load_catalogue()
    assert sum(len(chip.parts) for chip in catalogue if not chip.board) > 4_500
    assert sum(1 for chip in catalogue if chip.board) >= 40


@pytest.mark.parametrize(
    "family",
    ["STM32F4", "nRF52", "RP2040", "SAMD21", "Kinetis", "LPC55", "i.MX RT", "ESP32", "Apollo4", "Renesas RA", "EFR32",
     "GD32", "CH32V", "ATmega"],
)  # fmt: skip
def test_every_family_is_there(family: str) -> None:
    assert {chip.family for chip in chips.find(family)} >= {family}


def test_every_chip_has_flash_ram_and_a_source() -> None:
    for chip in load_catalogue():
        assert chip.flash_bytes > 0, chip
        assert chip.ram_bytes > 0, chip
        assert chip.source, chip
        assert chip.clock_hz is None or 1_000_000 <= chip.clock_hz <= 1_000_000_000, chip


def test_regions_of_a_chip_never_overlap() -> None:
    for chip in load_catalogue():
        regions = (*chip.flash, *chip.ram, *chip.external)
        known = sorted((each.address, each.address + each.size_bytes) for each in regions if each.address is not None)
        assert all(first[1] <= second[0] for first, second in pairwise(known)), chip


def test_spans_are_the_same_bytes_as_the_regions() -> None:
    for chip in load_catalogue():
        assert sum(span.size_bytes for span in chip.ram_spans) == sum(region.size_bytes for region in chip.ram), chip


def test_targets_are_those_of_the_compiler() -> None:
    named = {chip.target for chip in load_catalogue()} - {None}
    assert named <= {target.name for target in targets.ALL}
    assert len(named) == len(targets.ALL) - 1, "each but the host"


def test_flash_of_an_stm32_is_what_its_part_number_says() -> None:
    for chip in load_catalogue():
        match = re.fullmatch(r"STM32(?!WB1)\w\w\w\w\w(\w)(-A)?", chip.name)
        if match and not chip.board:
            assert chip.flash_bytes == FLASH_KB[match[1]] << 10, chip


@pytest.mark.slow
def test_the_index_is_what_the_tool_writes() -> None:
    pytest.importorskip("modm_devices", reason="needs the package modm-devices: pip install 'lilliput[chips]'")
    done = subprocess.run([sys.executable, TOOL, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
