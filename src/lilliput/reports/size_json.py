"""SizeReport -> a JSON object with a stable, versioned schema; docs/json.md explains its keys.

format_version 1: the first.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, cast

from lilliput.firmware.report import SizeReport
from lilliput.firmware.saved_report import Json, fields, to_json
from lilliput.reports.size_budget import budget_json
from lilliput.reports.size_diff_json import difference_json
from lilliput.reports.size_lines import lines_json
from lilliput.reports.size_listing import listing_json
from lilliput.reports.size_retained import chain_json, removal_json, retained_json
from lilliput.reports.size_stack import reserved_json, stacks_json
from lilliput.reports.size_tables import View


def size_report(report: SizeReport, view: View) -> Json:
    """What `size --json` prints: what a saved report needs, and what was asked for beside it."""
    found = {
        **to_json(report.snapshot),
        "machine": report.firmware.elf.machine,
        "sections": [fields(each) for each in report.sections],
        "objects": [fields(each) for each in report.objects],
        "models": [
            {"name": each.name, "address": each.address, "size_bytes": each.size_bytes} for each in report.models
        ],
        "flash_bytes_without_model": report.snapshot.flash_bytes - report.model_flash_bytes,
    }
    if report.lines is not None:
        wanted = view.tables
        found |= lines_json(
            report.lines, functions="functions" in wanted, by_line="lines" in wanted, inlined="inlined" in wanted
        )
    return found | {key: write(part) for key, (part, write) in _answers(report).items() if part is not None}


def _answers(report: SizeReport) -> dict[str, tuple[Any, Callable[[Any], Any]]]:
    """Key -> a part of the report, None where nobody asked for it, and what makes JSON of it."""
    return {
        "difference": (report.difference, difference_json),
        "budget": (report.spendings, budget_json),
        "listing": (report.listing, listing_json),
        "stacks": (report.stacks, stacks_json),
        "reserved": (report.reserved, reserved_json),
        "retained": (report.retained, retained_json),
        "removal": (report.removal, removal_json),
        "chain": (report.chain, chain_json),
    }


def json_text(report: Json) -> Iterator[str]:
    """The pieces of an object's text: of a list each element has a line, so that a million symbols are quick."""
    separator = "{\n"
    for key, value in report.items():
        yield f"{separator}  {json.dumps(key)}: "
        yield from _value_text(value)
        separator = ",\n"
    yield "\n}\n"


def _value_text(value: object) -> Iterator[str]:
    if not isinstance(value, list) or not value:
        yield json.dumps(value)
        return
    separator = "[\n"
    for each in cast(list[object], value):
        yield f"{separator}    {json.dumps(each)}"
        separator = ",\n"
    yield "\n  ]"
