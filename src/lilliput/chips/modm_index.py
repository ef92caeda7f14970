"""modm_index.json -> chips: what the package modm-devices knows, written by tools/write_chip_index.py.

The index stands for the package, which takes ten seconds and more to read and need not be installed.
"""

import json
from pathlib import Path
from typing import Any

from lilliput.chips.chip import Chip, Region

_INDEX = Path(__file__).with_suffix(".json")


def read_index() -> tuple[Chip, ...]:
    """The chips of the index, in its order."""
    index = json.loads(_INDEX.read_text(encoding="utf-8"))
    layouts = [tuple(_region(*region) for region in layout) for layout in index["layouts"]]
    return tuple(
        _chip(chip, layouts, f"{index['source']}, {file}") for file, chips in index["files"].items() for chip in chips
    )


def _chip(entry: list[Any], layouts: list[tuple[Region, ...]], source: str) -> Chip:
    name, family, core, clock_hz, layout, correction, parts = entry
    return Chip(
        name=name,
        family=family,
        core=core,
        clock_hz=clock_hz,
        flash=tuple(region for region in layouts[layout] if region.kind == "flash"),
        ram=tuple(region for region in layouts[layout] if region.kind != "flash"),
        external=(),
        source=f"{source}, corrected by {correction}" if correction else source,
        parts=tuple(parts.split()),
    )


def _region(name: str, size_bytes: int, kind: Any, address: int) -> Region:
    return Region(name, size_bytes, kind, None if address < 0 else address)
