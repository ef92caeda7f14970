"""Chips of the user's own, and files of them that are wrong."""

from pathlib import Path

import pytest

from lilliput import chips
from lilliput.errors import UsageError

MINE = """
[[chip]]
name = "ACME1"
family = "ACME"
core = "cortex-m4"
clock_hz = 100_000_000
flash = [{ name = "flash", size = "256K", address = 0 }]
ram = [
    { name = "SRAM", size = "48 KiB", address = 0x20000000 },
    { name = "CCM", size = 8192, kind = "tightly-coupled" },
]
source = "ACME1 data sheet, rev. 2"

[[board]]
name = "ACME board"
chip = "acme1"
external = [{ name = "PSRAM", size = "8M", kind = "ram" }]
source = "ACME board schematic"
"""


def write(folder: Path, text: str | bytes) -> Path:
    """A file with this content."""
    file = folder / "chips.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_chips_and_boards_of_the_users_own_are_found(tmp_path: Path) -> None:
    file = write(tmp_path, MINE)
    chip = chips.find_one("ACME1", chips_file=file)
    assert (chip.flash_bytes, chip.ram_bytes, chip.target) == (256 << 10, 56 << 10, "cortex-m4")
    board = chips.find_one("ACME board", chips_file=file)
    assert (board.name, board.external[0].size_bytes) == ("ACME1", 8 << 20)


def test_a_chip_of_the_users_own_replaces_the_built_in_one(tmp_path: Path) -> None:
    file = write(tmp_path, MINE.replace("ACME1", "STM32F407VG").replace("acme1", "stm32f407vg"))
    assert chips.find_one("stm32f407vg", chips_file=file).ram_bytes == 56 << 10
    assert chips.find_one("stm32f407vg").ram_bytes == 192 << 10


def test_the_file_in_the_configuration_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(variable, str(tmp_path))
    (tmp_path / "lilliput").mkdir()
    assert chips.user_file() == write(tmp_path / "lilliput", MINE)
    assert chips.find_one("ACME1").family == "ACME"


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        (b"\xff\xfe", "are no TOML"),
        ("[[chip]", "are no TOML"),
        ("a = " + "[" * 50_000, "are no TOML"),
        (MINE.replace("100_000_000", "9" * 5_000), "are no TOML"),
        (MINE.replace('"256K"', "0x" + "f" * 50_000), '"size"'),
        ("x" * (5 << 20), "larger than 4,194,304 bytes"),
        ("chip = 3", '"chip" must be a list of tables'),
        ("chip = [3]", "this is no table"),
        ("[[chips]]", '"chips" is not known here'),
        (MINE.replace("clock_hz", "clock"), '"clock" is not known here'),
        (MINE.replace('name = "ACME1"', "name = 1"), '"name" must be a text of one line'),
        (MINE.replace('name = "ACME1"', 'name = "a\\nb"'), '"name" must be a text of one line'),
        (MINE.replace('name = "ACME1"', f'name = "{"a" * 1000}"'), '"name" must be a text of one line'),
        (MINE.replace('source = "ACME1 data sheet, rev. 2"', ""), '"source" must be a text of one line'),
        (MINE.replace("100_000_000", "-1"), '"clock_hz" must be a number'),
        (MINE.replace("100_000_000", "true"), '"clock_hz" must be a number'),
        (MINE.replace('"256K"', '"256Q"'), "'256Q' is no number of bytes"),
        (MINE.replace('"256K"', '"0K"'), '"size" must be more than 0 bytes'),
        (MINE.replace('"256K"', "-5"), "'-5' is no number of bytes"),
        (MINE.replace('"256K"', '"9999999999999G"'), "more memory than any microcontroller has"),
        (MINE.replace('"tightly-coupled"', '"flash"'), '"kind" must be one of: ram, tightly-coupled, retention'),
        (MINE.replace('"tightly-coupled"', "[1]"), '"kind" must be one of: ram, tightly-coupled, retention'),
        (MINE.replace("flash = [{", "external = [{").replace("address = 0 }", 'kind = "ram" }'), "ACME1 has no flash"),
        (MINE.replace('"acme1"', '"acme2"'), 'there is no chip "acme2"'),
        (MINE.replace('"acme1"', '"Arduino Uno"'), 'there is no chip "Arduino Uno"'),
        (MINE.replace("address = 0 }", "address = 0x1_0000_0000_0000_0000 }"), '"address" must be a number'),
    ],
)
def test_a_wrong_file_says_what_is_wrong_and_where(tmp_path: Path, text: str | bytes, fact: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(UsageError) as error:
        chips.find("ACME1", chips_file=file)
    assert fact in error.value.fact
    assert error.value.where.startswith(str(file))
    assert error.value.advice


def test_a_missing_file_is_an_error_where_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the chips cannot be read"):
        chips.find("RP2040", chips_file=tmp_path / "none.toml")
