"""SizeReport -> a JSON object with a stable, versioned schema; docs/json.md explains its keys.

format_version 1: the first.
"""

import json
from collections.abc import Iterator
from typing import cast

from lilliput.firmware.report import SizeReport
from lilliput.firmware.saved_report import Json, fields, to_json
from lilliput.reports.size_budget import budget_json
from lilliput.reports.size_diff_json import difference_json
from lilliput.reports.size_lines import lines_json
from lilliput.reports.size_listing import listing_json
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
    if report.difference is not None:
        found["difference"] = difference_json(report.difference)
    if report.spendings is not None:
        found["budget"] = budget_json(report.spendings)
    if report.lines is not None:
        wanted = view.tables
        found |= lines_json(
            report.lines, functions="functions" in wanted, by_line="lines" in wanted, inlined="inlined" in wanted
        )
    if report.listing is not None:
        found["listing"] = listing_json(report.listing)
    if report.stacks is not None:
        found["stacks"] = stacks_json(report.stacks)
    if report.reserved is not None:
        found["reserved"] = reserved_json(report.reserved)
    return found


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
