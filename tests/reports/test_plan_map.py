"""The terminal's map of a plan: every tensor is there, nothing is wider than the terminal, no colour in a pipe."""

from collections.abc import Iterable
from io import StringIO

import pytest
from rich.console import Console

from lilliput.ir import Graph
from lilliput.planning import Plan
from lilliput.reports.plan_map import print_map
from lilliput.reports.plan_picture import picture_of
from tests.golden_files import GoldenFolder
from tests.plans import addition_in_place, two_convolutions

GOLDEN = GoldenFolder("plan_map", ("two_convolutions_80.txt", "pushed_140.txt"))


def shown(planned: tuple[Graph, Plan], width: int, *, colour: bool = False) -> str:
    """What is printed, spaces at the ends of lines removed."""
    text = StringIO()
    system = "truecolor" if colour else None
    console = Console(file=text, width=width, force_terminal=colour, color_system=system, highlight=False)
    print_map(picture_of(*planned), console)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def map_lines(text: str) -> Iterable[str]:
    """The lines of the map without the axes."""
    return [line.partition("│")[2] for line in text.splitlines() if "│" in line]


def test_the_map_of_two_convolutions_in_turns() -> None:
    GOLDEN.check("two_convolutions_80.txt", shown(two_convolutions(), 80))
    GOLDEN.check("pushed_140.txt", shown(two_convolutions(input_by_rows=True), 140))


@pytest.mark.parametrize("width", [30, 80, 140, 300])
def test_no_line_is_wider_than_the_terminal_and_every_tensor_is_on_the_map(width: int) -> None:
    for planned in (two_convolutions(), addition_in_place()):
        text = shown(planned, width)
        assert max(map(len, text.splitlines())) <= width
        drawn = "".join(map_lines(text)).upper()
        letters = [line.split()[0] for line in text.splitlines() if line[1:3] == "  " and line[:1].isupper()]
        assert letters
        assert all(letter in drawn for letter in letters)


def test_every_second_row_is_drawn_otherwise() -> None:
    drawn = "".join(map_lines(shown(two_convolutions(), 80)))
    assert all(letter in drawn for letter in "AaBbCc")


def test_a_pipe_gets_no_escape_codes_and_a_terminal_colours() -> None:
    assert "\x1b" not in shown(two_convolutions(), 80)
    assert "48;2;" in shown(two_convolutions(), 80, colour=True)


def test_the_peak_stands_above_its_step() -> None:
    text = shown(two_convolutions(), 80)
    assert "▼ peak 62 bytes, step 3: CONV_2D 0, row 2" in text
