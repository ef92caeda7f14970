"""What shares the chip with the model: options, defaults, and a measured firmware."""

from pathlib import Path

import pytest

from lilliput.errors import FirmwareError, LilliputError, UsageError
from lilliput.fit.surroundings import default_system, other_share, surroundings, system_names


@pytest.mark.parametrize("name", system_names())
def test_every_operating_system_has_figures_and_a_source(name: str) -> None:
    share = default_system(name)
    assert share.flash_bytes >= 0
    assert share.ram_bytes >= 0
    assert len(share.source) > 20


def test_an_unknown_operating_system_lists_the_known_ones() -> None:
    with pytest.raises(UsageError) as error:
        default_system("symbian")
    assert "freertos" in error.value.advice


def test_more_parts_count_in_flash_and_ram() -> None:
    around = surroundings(also=("bootloader=32K", "radio = 150K , 8 KiB"))
    assert around.flash_bytes == (32 + 150) * 1024
    assert around.ram_bytes == 8 * 1024


@pytest.mark.parametrize("text", ["", "=1K", "heap", "heap=", "heap=1K,2Q", "heap=-5", "heap=9999G", "a\x1b=1K"])
def test_a_part_that_is_none_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError) as error:
        other_share(text)
    assert "NAME=FLASH,RAM" in error.value.advice


def test_a_firmware_that_is_no_elf_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "blinky.elf"
    file.write_bytes(b"\x7fELF" + bytes(60))
    with pytest.raises((FirmwareError, UsageError)):
        surroundings(elf=file)
    with pytest.raises(LilliputError):
        surroundings(elf=tmp_path / "missing.elf")
