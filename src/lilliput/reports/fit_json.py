"""Fit and Survey -> JSON. Version 1."""

from collections.abc import Sequence
from typing import Any

from lilliput.chips import Chip, Region
from lilliput.fit.column import Column, Part
from lilliput.fit.fit import Fit, Survey
from lilliput.fit.framework import Absence
from lilliput.fit.surroundings import Surroundings

FORMAT_VERSION = 1
_OWN_KEYS = ("os", "framework", "model", "application")


def fit_report(fit: Fit) -> dict[str, Any]:
    """A model on one chip."""
    return {
        "format_version": FORMAT_VERSION,
        "model": fit.model,
        "chip": chip_json(fit.chip),
        "columns": [{**column_json(each), "advice": list(fit.advice[each.framework.name])} for each in fit.columns],
        "absent": _absences(fit.absences),
        "notes": list(fit.notes),
        "surroundings": surroundings_json(fit.columns[0].surroundings) if fit.columns else [],
    }


def survey_report(found: Survey) -> dict[str, Any]:
    """A model on all chips."""
    return {
        "format_version": FORMAT_VERSION,
        "model": found.model,
        "chips": found.chips,
        "smallest": [
            {
                "framework": name,
                "fitting_chips": found.fitting[name],
                "chips": [{"chip": chip_json(each.chip), **column_json(each)} for each in columns],
            }
            for name, columns in found.smallest.items()
        ],
        "absent": _absences(found.absences),
    }


def chip_json(chip: Chip) -> dict[str, Any]:
    """A chip with its memories."""
    return {
        "name": chip.title,
        "core": chip.core,
        "clock_hz": chip.clock_hz,
        "regions": [_region(each) for each in (*chip.code_flash, *chip.ram)],
    }


def column_json(column: Column) -> dict[str, Any]:
    """A framework's parts, what there is, and the verdict."""
    time, region = column.milliseconds, column.arena_region
    return {
        "framework": column.framework.name,
        "basis": column.framework.basis,
        "flash": _memory(column.flash_parts, column.flash_bytes, column.chip.flash_bytes),
        "ram": _memory(column.ram_parts, column.ram_bytes, column.chip.ram_bytes),
        "arena_region": None if region is None else _region(region),
        "flash_margin_bytes": column.flash_margin_bytes,
        "ram_margin_bytes": column.ram_margin_bytes,
        "fits": column.fits,
        "instructions": column.framework.instructions,
        "milliseconds": None if time is None else [round(each, 4) for each in time],
        "notes": list(column.framework.notes),
    }


def surroundings_json(around: Surroundings) -> list[dict[str, Any]]:
    """Everything beside the model, with its source."""
    return [
        {"name": each.name, "flash_bytes": each.flash_bytes, "ram_bytes": each.ram_bytes, "source": each.source}
        for each in (around.system, around.application, *around.others)
    ]


def _memory(parts: Sequence[Part], total: int, available: int) -> dict[str, Any]:
    own, others = parts[: len(_OWN_KEYS)], parts[len(_OWN_KEYS) :]
    return {**dict(own), "other": sum(size for _, size in others), "total": total, "available": available}


def _region(region: Region) -> dict[str, Any]:
    return {"name": region.name, "kind": region.kind, "size_bytes": region.size_bytes, "address": region.address}


def _absences(absences: Sequence[Absence]) -> list[dict[str, Any]]:
    return [{"framework": each.name, "reasons": list(each.reasons)} for each in absences]
