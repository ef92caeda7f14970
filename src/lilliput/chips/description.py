"""TOML -> chips and boards, for the built-in file and for the user's; a UsageError names the entry that is wrong.

`[[chip]]` tables hold `name`, `family`, `core`, `source` and, where known, `clock_hz`, `flash`, `ram`, `external`;
`[[board]]` tables hold `name`, `chip`, `source` and, where there is any, `external`. Memories are lists of
`{ name, size, kind, address }`.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lilliput.chips.chip import Chip, Kind, Region
from lilliput.errors import UsageError
from lilliput.sizes import parse_size

_LARGEST_FILE_BYTES = 4 << 20
_LARGEST_HZ = 10_000_000_000
_LARGEST_ADDRESS = 1 << 64
_LONGEST_TEXT = 200
_CHIP_KEYS = {"name", "family", "core", "source", "clock_hz", "flash", "ram", "external"}
_BOARD_KEYS = {"name", "chip", "source", "external"}
_REGION_KEYS = {"name", "size", "kind", "address"}
_KINDS: dict[str, tuple[Kind, ...]] = {
    "flash": ("flash",),
    "ram": ("ram", "tightly-coupled", "retention"),
    "external": ("flash", "ram"),
}
_ADVICE = "docs/chips.md shows how a file of chips is written."


@dataclass(frozen=True, slots=True)
class Board:
    """A board: which chip is on it, and the memory beside the chip."""

    name: str
    chip: str
    external: tuple[Region, ...]
    source: str
    where: str


@dataclass(frozen=True, slots=True)
class Description:
    """What a file describes, in its order."""

    chips: tuple[Chip, ...]
    boards: tuple[Board, ...]


def read_description(file: Path) -> Description:
    """The chips and boards of a file. Raises UsageError when it cannot be read or an entry is wrong."""
    try:
        with file.open("rb") as stream:
            text = stream.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the chips cannot be read: {error.strerror}", str(file), "Check the path.") from error
    if len(text) > _LARGEST_FILE_BYTES:
        raise UsageError(f"the file of chips is larger than {_LARGEST_FILE_BYTES:,} bytes", str(file), _ADVICE)
    try:
        content = tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:  # wrong TOML, wrong UTF-8, a number of thousands of digits
        raise UsageError(f"the chips are no TOML: {error}", str(file), _ADVICE) from error
    top = _Table(content, str(file), {"chip", "board"})
    return Description(
        tuple(_chip(entry) for entry in top.tables("chip", _CHIP_KEYS)),
        tuple(_board(entry) for entry in top.tables("board", _BOARD_KEYS)),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """A TOML table of unknown content, and where it stands."""

    content: Any
    where: str
    keys: set[str]

    def __post_init__(self) -> None:
        if not isinstance(self.content, dict):
            raise UsageError("this is no table", self.where, _ADVICE)
        if unknown := sorted(set(self.content) - self.keys):
            known = ", ".join(sorted(self.keys))
            raise UsageError(f'"{unknown[0][:_LONGEST_TEXT]}" is not known here', self.where, f"Known are {known}.")

    def text(self, key: str) -> str:
        value = self.content.get(key)
        if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT or not value.isprintable():
            raise UsageError(f'"{key}" must be a text of one line', self.where, _ADVICE)
        return value.strip()

    def number(self, key: str, below: int) -> int | None:
        value = self.content.get(key)
        if value is not None and (type(value) is not int or not 0 <= value < below):
            raise UsageError(f'"{key}" must be a number from 0 to {below - 1:,}', self.where, _ADVICE)
        return value

    def size_bytes(self, key: str) -> int:
        try:
            size_bytes = parse_size(str(self.content.get(key)))
        except ValueError as error:
            raise UsageError(f'"{key}": {error}', self.where, _ADVICE) from error
        if size_bytes == 0:
            raise UsageError(f'"{key}" must be more than 0 bytes', self.where, _ADVICE)
        return size_bytes

    def tables(self, key: str, keys: set[str]) -> list["_Table"]:
        entries = self.content.get(key, [])
        if not isinstance(entries, list):
            raise UsageError(f'"{key}" must be a list of tables', self.where, _ADVICE)
        return [_Table(entry, f"{self.where}: {key} {number}", keys) for number, entry in enumerate(entries, 1)]


def _chip(table: _Table) -> Chip:
    chip = Chip(
        name=table.text("name"),
        family=table.text("family"),
        core=table.text("core").lower(),
        clock_hz=table.number("clock_hz", _LARGEST_HZ),
        flash=_regions(table, "flash"),
        ram=_regions(table, "ram"),
        external=_regions(table, "external"),
        source=table.text("source"),
    )
    if not chip.ram_bytes or not chip.flash_bytes:
        raise UsageError(f"{chip.name} has no {'flash' if chip.ram_bytes else 'RAM'}", table.where, _ADVICE)
    return chip


def _board(table: _Table) -> Board:
    external = _regions(table, "external")
    return Board(table.text("name"), table.text("chip"), external, table.text("source"), table.where)


def _regions(table: _Table, key: str) -> tuple[Region, ...]:
    return tuple(_region(entry, _KINDS[key]) for entry in table.tables(key, _REGION_KEYS))


def _region(table: _Table, kinds: tuple[Kind, ...]) -> Region:
    kind = table.content.get("kind", kinds[0])
    if kind not in kinds:
        raise UsageError(f'"kind" must be one of: {", ".join(kinds)}', table.where, _ADVICE)
    return Region(table.text("name"), table.size_bytes("size"), kind, table.number("address", _LARGEST_ADDRESS))
