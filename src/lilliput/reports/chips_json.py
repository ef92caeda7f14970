"""Chips -> a JSON object with a stable, versioned schema.

format_version 1: the first.
"""

from collections.abc import Sequence
from typing import Any

from lilliput.chips import Chip, Region

FORMAT_VERSION = 1

Json = dict[str, Any]


def chips_report(chips: Sequence[Chip]) -> Json:
    """What `chips --json` prints."""
    return {"format_version": FORMAT_VERSION, "chips": [chip_report(chip) for chip in chips]}


def chip_report(chip: Chip) -> Json:
    """One chip; `board`, `target` and `clock_hz` are null where there is none."""
    return {
        "name": chip.name,
        "board": chip.board or None,
        "family": chip.family,
        "core": chip.core,
        "target": chip.target,
        "clock_hz": chip.clock_hz,
        "flash_bytes": chip.flash_bytes,
        "ram_bytes": chip.ram_bytes,
        "regions": [_region(region, external=False) for region in (*chip.flash, *chip.ram)]
        + [_region(region, external=True) for region in chip.external],
        "parts": list(chip.parts),
        "source": chip.source,
    }


def _region(region: Region, *, external: bool) -> Json:
    return {
        "name": region.name,
        "kind": region.kind,
        "size_bytes": region.size_bytes,
        "address": region.address,
        "external": external,
    }
