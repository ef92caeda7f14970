"""Columns -> the lines of a table. Quick enough for large models, where rich's own tables take most of a second."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.text import Text


_GAP = 2
_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Column:
    """A heading of one or two lines, a cell for each row, and what stands in the last line where there is a total.

    `styles` has one entry for each row, or none. A column that `gives_way` is cut where the width does not suffice.
    """

    heading: str
    cells: Sequence[str]
    justify: Literal["left", "right"] = "left"
    total: str = ""
    gives_way: bool = False
    styles: Sequence[str] = ()

    @property
    def width(self) -> int:
        """The characters of the longest entry."""
        return max(map(len, (*self.heading.splitlines(), self.total, *self.cells)), default=0)


def table_width(columns: Sequence[Column]) -> int:
    """The characters of a line when nothing is cut."""
    return sum(column.width for column in columns) + _GAP * (len(columns) - 1)


def table_lines(columns: Sequence[Column], width: int) -> Iterable[Text]:
    """The headings, the rows and the totals; at most `width` characters as far as the columns that give way permit."""
    columns = _cut(columns, width)
    widths = [column.width for column in columns]
    headings = [column.heading.rpartition("\n")[::2] for column in columns]
    if any(upper for upper, _ in headings):
        yield _line(columns, widths, [upper for upper, _ in headings], "dim")
    yield _line(columns, widths, [lower for _, lower in headings], "dim")
    for row in range(len(columns[0].cells)):
        yield _line(columns, widths, [column.cells[row] for column in columns], "", row)
    if any(column.total for column in columns):
        yield _line(columns, widths, [column.total for column in columns], "bold")


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str], style: str, row: int = -1) -> Text:
    from rich.text import Text

    text = Text(style=style)
    for column, width, cell in zip(columns, widths, cells, strict=True):
        padded = cell.rjust(width) if column.justify == "right" else cell.ljust(width)
        text.append(padded, column.styles[row] if column.styles and row >= 0 else None)
        text.append(" " * _GAP)
    text.rstrip()
    return text


def _cut(columns: Sequence[Column], width: int) -> Sequence[Column]:
    """The same columns, the widest of those that give way cut character by character until all fit."""
    widths = [column.width for column in columns]
    excess = table_width(columns) - width
    while excess > 0:
        longest = max((i for i, column in enumerate(columns) if column.gives_way), key=lambda i: widths[i], default=-1)
        if longest < 0 or widths[longest] <= _SHORTEST:
            break
        widths[longest] -= 1
        excess -= 1
    return [
        replace(column, cells=[_shorten(cell, limit) for cell in column.cells])
        for column, limit in zip(columns, widths, strict=True)
    ]


def _shorten(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 2]}.."
