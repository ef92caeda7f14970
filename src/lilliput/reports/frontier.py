"""Frontier -> a table, a chart and JSON.

format_version 1: the first.
"""

import math
from typing import Any

from rich.console import Console
from rich.table import Table

from lilliput.frontier import Frontier, Point

FORMAT_VERSION = 1
_WIDTH, _HEIGHT = 60, 14
"""Characters of the chart."""


def frontier_report(frontier: Frontier) -> dict[str, Any]:
    """What `compile --pareto --json` prints."""
    return {
        "format_version": FORMAT_VERSION,
        "target": frontier.target,
        "points": [
            {
                "name": point.name,
                "flash_bytes": point.flash_bytes,
                "ram_bytes": point.ram_bytes,
                "instructions": point.instructions,
            }
            for point in frontier.points
        ],
    }


def print_frontier(frontier: Frontier) -> None:
    """The points in a table, and flash against instructions in a chart."""
    console = Console(highlight=False)
    table = Table(title=f"Builds for {frontier.target}", title_justify="left", box=None, pad_edge=False)
    for column in ("", "point", "flash", "RAM", "instructions"):
        table.add_column(column, justify="left" if column in ("", "point") else "right", no_wrap=True)
    for mark, point in zip(_marks(frontier), frontier.points, strict=True):
        table.add_row(mark, point.name, f"{point.flash_bytes:,}", f"{point.ram_bytes:,}", f"{point.instructions:,}")
    console.print(table)
    if len(frontier.points) > 1:
        console.print()
        console.print("\n".join(chart(frontier)), markup=False)
    console.print("\nlilliput compile MODEL --point NAME -o DIR builds a point.", style="dim", markup=False)


def chart(frontier: Frontier) -> list[str]:
    """The points by flash (to the right) and instructions (upwards, by factors)."""
    flash = [point.flash_bytes for point in frontier.points]
    heights = [math.log2(max(1, point.instructions)) for point in frontier.points]
    cells = [[" "] * _WIDTH for _ in range(_HEIGHT)]
    for mark, point, height in zip(_marks(frontier), frontier.points, heights, strict=True):
        column = _place(point.flash_bytes, min(flash), max(flash), _WIDTH)
        row = _HEIGHT - 1 - _place(height, min(heights), max(heights), _HEIGHT)
        cells[row][column] = mark
    labels = [_count(max(frontier.points, key=_instructions)), _count(min(frontier.points, key=_instructions))]
    width = max(map(len, labels))
    left = [labels[0].rjust(width), *(" " * width for _ in range(_HEIGHT - 2)), labels[1].rjust(width)]
    lines = [f"{label} │{''.join(row).rstrip()}" for label, row in zip(left, cells, strict=True)]
    ends = f"{min(flash):,}", f"{max(flash):,} bytes of flash"
    return [
        "instructions",
        *lines,
        f"{' ' * width} └{'─' * _WIDTH}",
        f"{' ' * width}  {ends[0]}{ends[1].rjust(max(_WIDTH - len(ends[0]), len(ends[1]) + 1))}",
    ]


def _marks(frontier: Frontier) -> list[str]:
    """A letter a point."""
    return [chr(ord("a") + number % 26) for number in range(len(frontier.points))]


def _place(value: float, low: float, high: float, cells: int) -> int:
    return 0 if high == low else round((value - low) / (high - low) * (cells - 1))


def _instructions(point: Point) -> int:
    return point.instructions


def _count(point: Point) -> str:
    return f"{point.instructions:,}"
