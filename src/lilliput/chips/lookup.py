"""Catalogue -> the chips that a name means, or that have enough memory, smallest first."""

import difflib
import re
from collections.abc import Callable, Iterable
from fnmatch import translate
from pathlib import Path

from lilliput.chips.catalogue import load_catalogue
from lilliput.chips.chip import Chip
from lilliput.errors import UsageError
from lilliput.sizes import ANY_SIZE, SizeRange

_NEAR = 5


def find(name: str, *, chips_file: Path | None = None) -> tuple[Chip, ...]:
    """The chips that a name means, smallest first; case, spaces and dashes do not matter.

    The first of these that finds any: the full name of a chip or board; a part number with package and temperature; a
    chip with several cores; a pattern in which `*` and `?` stand for any characters and for one and a final `xx` for
    any end; a family; the beginning of a chip's name or a part of a board's. `chips_file` holds chips of the user's
    own. Raises UsageError, with the names that are nearest, when there is none.
    """
    catalogue, wanted = load_catalogue(chips_file), _plain(name)
    matches = re.compile(translate(re.sub("(?<=[^x])xx+$", "*", wanted))).fullmatch
    ways: tuple[Callable[[Chip], object], ...] = (
        lambda chip: _plain(chip.title) == wanted,
        lambda chip: not chip.board and wanted in map(_plain, chip.parts),
        lambda chip: not chip.board and _plain(chip.name.split("@")[0]) == wanted,
        lambda chip: matches(_plain(chip.title)),
        lambda chip: not chip.board and _plain(chip.family) == wanted,
        lambda chip: wanted in _plain(chip.board) if chip.board else _plain(chip.name).startswith(wanted),
    )
    for way in ways if wanted else ():
        if found := [chip for chip in catalogue if way(chip)]:
            return _sorted(found)
    raise UsageError(f'no chip, board or family is called "{name}"', advice=_advice(name, catalogue))


def find_one(name: str, *, chips_file: Path | None = None) -> Chip:
    """The only chip that a name means. Raises UsageError when there is none, and when there are several."""
    chip, *others = find(name, chips_file=chips_file)
    if others:
        names = ", ".join(each.title for each in (chip, *others)[:_NEAR])
        more = f" and {len(others) + 1 - _NEAR} more" if len(others) >= _NEAR else ""
        raise UsageError(f'"{name}" means {len(others) + 1} chips', advice=f"Choose one of: {names}{more}.")
    return chip


def search(
    name: str = "",
    *,
    flash: SizeRange = ANY_SIZE,
    ram: SizeRange = ANY_SIZE,
    core: str = "",
    chips_file: Path | None = None,
) -> tuple[Chip, ...]:
    """The chips, smallest first, whose flash and RAM lie in these ranges: of those called `name`, else of all chips.

    `flash` is compared with `Chip.flash_bytes`, `ram` with `Chip.ram_bytes`. `core` may be that of a chip or the name
    of a target, which stands for every core that runs its code; "" is any. Boards are found by their name alone.
    Raises UsageError for an unknown name or core.
    """
    catalogue = load_catalogue(chips_file)
    cores = sorted({chip.core for chip in catalogue} | {chip.target for chip in catalogue if chip.target})
    wanted = core.lower()
    if wanted and wanted not in cores:
        raise UsageError(f'no chip has a core "{core}"', advice=f"Choose one of: {', '.join(cores)}.")
    named = find(name, chips_file=chips_file) if name else [chip for chip in catalogue if not chip.board]
    return _sorted(
        [
            chip
            for chip in named
            if chip.flash_bytes in flash and chip.ram_bytes in ram and wanted in ("", chip.core, chip.target)
        ]
    )


def _plain(name: str) -> str:
    """A name without what people write in different ways: case, spaces, dashes, the AT of ATSAM."""
    return re.sub(r"[\s_-]+", "", name).lower().replace("atsam", "sam")


def _sorted(chips: Iterable[Chip]) -> tuple[Chip, ...]:
    return tuple(sorted(chips, key=lambda chip: (chip.ram_bytes, chip.flash_bytes, chip.title)))


def _advice(name: str, catalogue: tuple[Chip, ...]) -> str:
    names = {_plain(known): known for chip in catalogue for known in (chip.family, chip.name, chip.board) if known}
    near = [names[match] for match in difflib.get_close_matches(_plain(name), names, n=_NEAR)]
    if not near:
        return "`lilliput chips` lists all; your own are described in a TOML file."
    return f"Did you mean: {', '.join(near)}?"
