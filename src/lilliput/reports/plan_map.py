"""PlanPicture -> a map for the terminal: time runs to the right, addresses upwards, a letter and a colour for each.

It also reads well without colour and in a pipe.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_letters, digits

from rich.console import Console
from rich.style import Style
from rich.text import Text

from lilliput.occupancy import Rectangle
from lilliput.reports.columns import Column, table_lines, table_width
from lilliput.reports.plan_picture import PlanPicture, byte_ticks, lighter, sections, step_positions
from lilliput.reports.tensor_text import byte_count

_LINES = 24
_WIDEST = 160
_SHORTEST_NAME = 16
_LETTERS = f"{ascii_letters.swapcase()}{digits}"
_STATE = "#"
_FREE = -1


@dataclass(frozen=True, slots=True)
class _Cells:
    """Which occupant has most of each cell (`_FREE`: none), lines from the top; and each step's first column."""

    lines: Sequence[Sequence[int]]
    columns: Sequence[int]


def print_map(picture: PlanPicture, console: Console) -> None:
    """Print the arena over time, its peak marked, and what every letter stands for."""
    plan = picture.plan
    labels = [f"{address:,}" for address in (0, plan.arena_bytes, *byte_ticks(plan.arena_bytes, 6))]
    margin = max(map(len, labels))
    width = max(1, min(_WIDEST, console.width - margin - 3))
    cells = _cells(picture, width)
    letters = _letters(picture)
    for line in (
        _peak_line(picture, cells, margin, ascii_only=console.options.ascii_only),
        *_map_lines(picture, cells, letters, margin, ascii_only=console.options.ascii_only),
        *_axis_lines(picture, cells, margin, ascii_only=console.options.ascii_only),
    ):
        console.print(line, no_wrap=True, overflow="crop")
    if any(even != odd for even, odd in letters):
        console.print("Every second row has a small letter.", style="dim")
    console.print()
    console.print(Text("\n").join(_legend(picture, letters, console.width)), no_wrap=True, overflow="crop")


def _cells(picture: PlanPicture, width: int) -> _Cells:
    positions = step_positions(picture.plan, width)
    height = max(1, picture.plan.arena_bytes) / _LINES
    areas: defaultdict[tuple[int, int], defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for index, occupant in enumerate(picture.occupants):
        for rectangle in occupant.rectangles:
            key = 2 * index + (rectangle.row % 2 if rectangle.row >= 0 and rectangle.size_bytes >= height / 2 else 0)
            for line, column, area in _covered(rectangle, positions, height, width):
                areas[line, column][key] += area
    lines = [[_FREE] * width for _ in range(_LINES)]
    for (line, column), shares in areas.items():
        if sum(shares.values()) >= 0.5:
            lines[_LINES - 1 - line][column] = _largest(shares)
    _show_the_small(areas, lines)
    return _Cells(lines, [min(width - 1, int(position)) for position in positions])


def _covered(
    rectangle: Rectangle, positions: Sequence[float], height: float, width: int
) -> Iterable[tuple[int, int, float]]:
    """The cells (line from the bottom, column) that a rectangle touches, and the part of each that it covers."""
    left, right = positions[rectangle.first_step], positions[rectangle.end_step]
    bottom, top = rectangle.offset_bytes / height, rectangle.end_bytes / height
    for line in range(int(bottom), min(_LINES, int(top) + 1)):
        share = min(top, line + 1) - max(bottom, line)
        for column in range(int(left), min(width, int(right) + 1)):
            area = share * (min(right, column + 1) - max(left, column))
            if area > 0:
                yield line, column, area


def _largest(shares: Mapping[int, float]) -> int:
    """The occupant with most of a cell, and of its even and odd rows those with more."""
    totals: defaultdict[int, float] = defaultdict(float)
    for key, area in shares.items():
        totals[key // 2] += area
    largest = max(totals, key=lambda index: (totals[index], -index))
    return max((2 * largest, 2 * largest + 1), key=lambda key: shares.get(key, 0.0))


def _show_the_small(areas: Mapping[tuple[int, int], Mapping[int, float]], lines: Sequence[list[int]]) -> None:
    """Give what has no cell the one that it covers most of among those that are free."""
    shown = {key // 2 for line in lines for key in line if key != _FREE}
    candidates = [
        (-area, line, column, key)
        for (line, column), shares in areas.items()
        for key, area in shares.items()
        if key // 2 not in shown
    ]
    for _, line, column, key in sorted(candidates):
        if key // 2 not in shown and lines[_LINES - 1 - line][column] == _FREE:
            lines[_LINES - 1 - line][column] = key
            shown.add(key // 2)


def _letters(picture: PlanPicture) -> Sequence[str]:
    """For each occupant what stands for its even and odd rows: two characters, the same where letters are short."""
    tensors = sum(occupant.tensor is not None for occupant in picture.occupants)
    count = 0
    letters: list[str] = []
    for occupant in picture.occupants:
        if occupant.tensor is None:
            letters.append(_STATE * 2)
            continue
        letter = _LETTERS[count % len(_LETTERS)]
        letters.append(letter + (letter.lower() if 2 * tensors <= len(ascii_letters) else letter))
        count += 1
    return letters


def _peak_line(picture: PlanPicture, cells: _Cells, margin: int, *, ascii_only: bool) -> Text:
    arrow = "v" if ascii_only else "▼"
    column = cells.columns[picture.peak_step]
    label = f"peak {byte_count(picture.peak_bytes)}, {picture.step_title(picture.peak_step)}"
    width = len(cells.lines[0])
    placed = (
        f"{' ' * column}{arrow} {label}" if column + len(label) + 2 <= width else f"{label} {arrow}".rjust(column + 1)
    )
    return Text(f"{' ' * (margin + 2)}{placed}", "bold red")


def _map_lines(
    picture: PlanPicture, cells: _Cells, letters: Sequence[str], margin: int, *, ascii_only: bool
) -> Iterable[Text]:
    arena_bytes, peak = max(1, picture.plan.arena_bytes), cells.columns[picture.peak_step]
    ticks = {_LINES - 1 - min(_LINES - 1, a * _LINES // arena_bytes): f"{a:,}" for a in byte_ticks(arena_bytes, 6) if a}
    ticks = {line: label for line, label in ticks.items() if line > 1} | {0: f"{arena_bytes:,}"}
    side = "|" if ascii_only else "│"
    for number, line in enumerate(cells.lines):
        text = Text.assemble(
            (f"{ticks.get(number, ''):>{margin}} ", "bold red" if number == 0 else "dim"), (side, "dim")
        )
        for column, key in enumerate(line):
            if key == _FREE:
                text.append(side if column == peak else " ", "red" if column == peak else None)
            else:
                text.append(letters[key // 2][key % 2], _style(picture.colours[key // 2], key % 2 == 1))
        yield text


def _style(colour: str, odd: bool) -> Style:
    """White or black on the colour; odd rows are lighter."""
    return Style(color="#101010", bgcolor=lighter(colour) if odd else colour)


def _axis_lines(picture: PlanPicture, cells: _Cells, margin: int, *, ascii_only: bool) -> Iterable[Text]:
    """Where segments begin, and below the numbers of their nodes in the file."""
    corner, dash, tee = "+-+" if ascii_only else "└─┴"
    width = len(cells.lines[0])
    axis, labels = [dash] * width, ""
    for section in sections(picture.plan):
        column = cells.columns[section.first_step]
        axis[column] = tee
        numbers = [str(picture.graph.nodes[node].origin.index) for node in section.nodes]
        label = "end" if not numbers else numbers[0] if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]} in turns"
        if (not labels or column > len(labels)) and column + len(label) <= width + 1:
            labels = f"{labels:<{column}}{label}"
    yield Text(f"{0:>{margin}} {corner}{''.join(axis)}", "dim")
    yield Text(f"{'node':>{margin}}  {labels}", "dim")


def _legend(picture: PlanPicture, letters: Sequence[str], width: int) -> Iterable[Text]:
    shown = list(zip(picture.occupants, picture.colours, letters, strict=True))
    at_peak = [occupant.bytes_at(picture.peak_step) for occupant in picture.occupants]
    styles = [str(_style(colour, False)) for _, colour, _ in shown]
    columns = (
        Column("", [letter[0] for _, _, letter in shown], styles=styles),
        Column("made by", [picture.maker(occupant) for occupant in picture.occupants]),
        Column("at the\npeak", [f"{n:,}" if n else "" for n in at_peak], "right", styles=["bold red"] * len(at_peak)),
        Column("bytes", [f"{picture.bytes_kept(occupant):,}" for occupant in picture.occupants], "right"),
        Column("rows kept", [picture.rows(occupant) for occupant in picture.occupants], "right"),
        Column("shape", [picture.shape(occupant) for occupant in picture.occupants], gives_way=True),
    )
    names = Column("name", [picture.name(occupant) for occupant in picture.occupants], gives_way=True)
    room = width - table_width((*columns, Column("", ())))
    return table_lines((*columns, names) if room >= min(_SHORTEST_NAME, names.width) else columns, width)
