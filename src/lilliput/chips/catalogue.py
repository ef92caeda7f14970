"""All chips and boards that are known: the built-in ones, then the user's, which replace those of the same name."""

import os
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

from lilliput.chips.chip import Chip
from lilliput.chips.description import Board, Description, read_description
from lilliput.chips.modm_index import read_index
from lilliput.errors import UsageError

_CHIPS = Path(__file__).with_name("chips.toml")
_BOARDS = Path(__file__).with_name("boards.toml")


def user_file() -> Path:
    """Where the user's own chips are read from when no other file is named: chips.toml in the configuration folder."""
    default = Path.home() / ("AppData/Roaming" if sys.platform == "win32" else ".config")
    variable = "APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME"
    return Path(os.environ.get(variable) or default) / "lilliput" / "chips.toml"


def load_catalogue(chips_file: Path | None = None) -> tuple[Chip, ...]:
    """Every chip, and once more for each board that it is on. Raises UsageError for a wrong file.

    `chips_file` holds the user's own; None reads `user_file()` if there is one.
    """
    file = user_file() if chips_file is None and user_file().is_file() else chips_file
    return _built_in() if file is None else _merge(_built_in(), read_description(file))


@cache
def _built_in() -> tuple[Chip, ...]:
    return _merge(_merge(read_index(), read_description(_CHIPS)), read_description(_BOARDS))


def _merge(known: tuple[Chip, ...], added: Description) -> tuple[Chip, ...]:
    """`known` with what is added; an added chip or board stands for all of the same name."""
    chips = {chip.title.lower(): chip for chip in known}
    chips |= {chip.name.lower(): chip for chip in added.chips}
    chips |= {board.name.lower(): _on_board(board, chips) for board in added.boards}
    return tuple(chips.values())


def _on_board(board: Board, chips: dict[str, Chip]) -> Chip:
    chip = chips.get(board.chip.lower())
    if chip is None or chip.board:
        raise UsageError(f'there is no chip "{board.chip}"', board.where, "Name a chip of this file or a built-in one.")
    source = f"{chip.source}; {board.source}"
    return replace(chip, board=board.name, external=board.external, source=source)
