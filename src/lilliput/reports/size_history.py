"""Measurements over time -> a chart and a table for people, and JSON."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from lilliput.firmware.firmware import Region
from lilliput.firmware.history import Measurement
from lilliput.firmware.saved_report import fields
from lilliput.reports.column_chart import column_chart
from lilliput.reports.columns import Column
from lilliput.reports.size_diff_tables import change_column
from lilliput.reports.size_table import SizeTable, print_table

_CHART_HEIGHT = 4
_HASH_CHARACTERS = 8


def print_history(measurements: Sequence[Measurement], console: Console) -> None:
    """Print the trend of each firmware, oldest first: flash as a chart, and flash and RAM with every change."""
    if not measurements:
        console.print("Nothing is recorded of this firmware and branch.")
    for name in dict.fromkeys(each.firmware for each in measurements):
        rows = [each for each in measurements if each.firmware == name]
        console.print(Text(name, "bold"))
        if len(rows) > 1:
            _print_chart([each.flash_bytes for each in rows], console)
        print_table(SizeTable("Measurements", _columns(rows)), console)
        console.print()


def _print_chart(flash_bytes: Sequence[int], console: Console) -> None:
    chart = column_chart(flash_bytes, console.width, _CHART_HEIGHT, ascii_only=console.options.ascii_only)
    for line in chart.rows:
        console.print(Text(line.rstrip(), "cyan"), no_wrap=True, overflow="crop")
    first, *_, last = flash_bytes
    console.print(f"flash from {first:,} to {last:,} bytes, at most {max(flash_bytes):,}", style="dim")


def history_json(measurements: Sequence[Measurement]) -> list[dict[str, Any]]:
    """The measurements, oldest first; times in ISO 8601."""
    return [
        {
            "recorded_at": each.recorded_at.isoformat(),
            "firmware": each.firmware,
            "commit": each.revision.commit,
            "branch": each.revision.branch,
            "toolchain": each.toolchain,
            "flash_bytes": each.flash_bytes,
            "ram_bytes": each.ram_bytes,
            "regions": [fields(region) for region in each.regions],
            "groups": [fields(group) for group in each.groups],
        }
        for each in measurements
    ]


def _columns(rows: Sequence[Measurement]) -> tuple[Column, ...]:
    toolchains = [
        row.toolchain if row.toolchain != before.toolchain else ""
        for before, row in zip((rows[0], *rows), rows, strict=False)
    ]
    return (
        Column("recorded (UTC)", [f"{each.recorded_at:%Y-%m-%d %H:%M}" for each in rows]),
        Column("commit", [each.revision.commit[:_HASH_CHARACTERS] for each in rows]),
        Column("branch", [each.revision.branch for each in rows], gives_way=True),
        *_sizes("flash", [each.flash_bytes for each in rows]),
        *_sizes("RAM", [each.ram_bytes for each in rows]),
        Column("fullest region", [_fullest(each.regions) for each in rows], "right"),
        Column("new toolchain", toolchains, gives_way=True),
    )


def _sizes(heading: str, sizes: Sequence[int]) -> tuple[Column, Column]:
    """A column of sizes and one of their changes."""
    changes = [after - before for before, after in zip((sizes[0], *sizes), sizes, strict=False)]
    return Column(heading, [f"{each:,}" for each in sizes], "right"), change_column(changes)


def _fullest(regions: Sequence[Region]) -> str:
    known = [each for each in regions if each.size_bytes]
    if not known:
        return ""
    region = max(known, key=lambda each: each.used_bytes / each.size_bytes)
    return f"{region.name} {region.used_bytes / region.size_bytes:.1%}"
