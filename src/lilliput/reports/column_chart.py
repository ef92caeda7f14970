"""Numbers over time -> the text of a column chart, and shares -> the text of bars."""

from collections.abc import Sequence
from dataclasses import dataclass

_LOWER_EIGHTHS = " ▁▂▃▄▅▆▇█"
_LEFT_EIGHTHS = " ▏▎▍▌▋▊▉█"
_ASCII = "    #####"
_WIDEST_COLUMN = 8


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """A chart as text: `rows` from top to bottom.

    Column i starts at character `starts[i]`, every `pitch` characters, and is `column_width` wide. It shows the largest
    of the values from `i * values_per_column` on.
    """

    rows: tuple[str, ...]
    starts: range
    column_width: int
    values_per_column: int

    @property
    def pitch(self) -> int:
        """Characters from one column to the next."""
        return self.starts.step


def column_chart(values: Sequence[int], width: int, height: int, *, ascii_only: bool = False) -> ColumnChart:
    """Draw one or more `values`, none negative, from zero to the largest, in at most `width` characters.

    Columns are spread over the width. What is not zero shows at least the smallest mark.
    """
    values_per_column = -(-len(values) // width)
    tops = [max(values[at : at + values_per_column]) for at in range(0, len(values), values_per_column)]
    pitch = min(_WIDEST_COLUMN, width // len(tops))
    column_width = pitch - 1 if pitch > 2 else pitch
    glyphs = _ASCII if ascii_only else _LOWER_EIGHTHS
    eighths = [_eighths(top, max(tops), height) for top in tops]
    rows = tuple(
        "".join((glyphs[min(8, max(0, column - 8 * level))] * column_width).ljust(pitch) for column in eighths)
        for level in reversed(range(height))
    )
    return ColumnChart(rows, range(0, pitch * len(tops), pitch), column_width, values_per_column)


def bar(part: int, whole: int, width: int, *, ascii_only: bool = False) -> str:
    """A horizontal bar of at most `width` characters; what is not zero shows at least the smallest mark."""
    full, rest = divmod(_eighths(part, whole, width), 8)
    glyphs = _ASCII if ascii_only else _LEFT_EIGHTHS
    return (glyphs[8] * full + glyphs[rest]).rstrip()


def _eighths(part: int, whole: int, length: int) -> int:
    """How many eighths of a character `part` takes when `whole` takes `length` characters, rounded up."""
    return -(-part * length * 8 // whole) if whole else 0
