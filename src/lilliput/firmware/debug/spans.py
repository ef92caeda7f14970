"""A range of code, DebugInformation -> the lines of its instructions, in order and without overlaps."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.firmware.debug.information import DebugInformation
from lilliput.firmware.debug.placement import end_of
from lilliput.firmware.firmware import Range

_ROWS_PER_STEP = 16
"""Rows that are looked through in the time that reading one byte of debug information takes."""


@dataclass(frozen=True, slots=True)
class LineSpan:
    """Instructions at [`start`, `end`) come from `line` of the path with number `file`; 0: nobody knows."""

    start: int
    end: int
    file: int
    line: int


def line_spans(each: Range, unit: int | None, information: DebugInformation) -> Iterator[LineSpan]:
    """All bytes of a range. Only what `unit` says counts, where the unit that the range comes from is known."""
    rows = np.arange(0)
    with information.file.noting(f"the lines of {each.name}"):
        rows = _rows(each, unit, information)
    table, position, last = information.table, each.address, end_of(each)
    for row in rows.tolist():
        start, end = max(int(table.starts[row]), position), min(int(table.ends[row]), last)
        if start < end:
            if position < start:
                yield LineSpan(position, start, 0, 0)
            yield LineSpan(start, end, int(table.files[row]), int(table.lines[row]))
            position = end
    if position < last:
        yield LineSpan(position, last, 0, 0)


def _rows(each: Range, unit: int | None, information: DebugInformation) -> NDArray[np.intp]:
    """The rows that tell about a range, by address.

    Functions that the linker removed keep rows, at address 0: those count only where the range's unit has no others.
    Rows that contradict each other, as those of overlays from one unit do, tell nothing.
    """
    table = information.table
    first = int(np.searchsorted(table.furthest, each.address, "right"))
    end = int(np.searchsorted(table.starts, end_of(each), "left"))
    information.file.allowance.spend(max(0, end - first) // _ROWS_PER_STEP)
    rows = np.arange(first, end)
    rows = rows[table.ends[rows] > each.address]
    if unit is not None:
        rows = rows[table.units[rows] == unit]
    placed = rows[table.sequences[rows] != 0]
    if len(placed) or unit is None:
        rows = placed
    contradict = bool(np.any(table.starts[rows[1:]] < table.ends[rows[:-1]]))
    return rows[:0] if contradict else rows
