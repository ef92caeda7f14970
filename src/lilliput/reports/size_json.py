"""SizeReport -> a JSON object with a stable, versioned schema; docs/json.md explains its keys.

format_version 1: the first.
"""

from lilliput.firmware.report import SizeReport
from lilliput.firmware.saved_report import Json, fields, to_json


def size_report(report: SizeReport) -> Json:
    """What `size --json` prints: what a saved report needs, and what was asked for beside it."""
    return {
        **to_json(report.snapshot),
        "machine": report.firmware.elf.machine,
        "sections": [fields(each) for each in report.sections],
        "objects": [fields(each) for each in report.objects],
        "models": [
            {"name": each.name, "address": each.address, "size_bytes": each.size_bytes} for each in report.models
        ],
        "flash_bytes_without_model": report.snapshot.flash_bytes - report.model_flash_bytes,
    }
