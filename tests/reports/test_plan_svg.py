"""The picture of a plan as SVG and HTML: sound, self-contained, small, and the same every time."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lilliput import tflite
from lilliput.operators import support
from lilliput.pipeline import prepare
from lilliput.planning import plan
from lilliput.reports.plan_picture import picture_of
from lilliput.reports.plan_svg import plan_html, plan_svg
from tests.golden_files import GoldenFolder
from tests.plans import addition_in_place, two_convolutions

GOLDEN = GoldenFolder("plan_svg", ("two_convolutions.svg",))
SVG = "{http://www.w3.org/2000/svg}"
LARGEST_BYTES = 1_000_000


def titles(svg: str) -> list[str]:
    """The tooltips."""
    return [title.text or "" for title in ElementTree.fromstring(svg).iter(f"{SVG}title")]


def test_the_picture_of_two_convolutions_in_turns() -> None:
    GOLDEN.check("two_convolutions.svg", plan_svg(picture_of(*two_convolutions()), 128))


def test_every_row_has_a_rectangle_with_a_tooltip() -> None:
    picture = picture_of(*two_convolutions())
    found = titles(plan_svg(picture, 128))
    rectangles = sum(len(occupant.rectangles) for occupant in picture.occupants)
    assert sum(", steps " in title for title in found) == rectangles
    assert "CONV_2D 0 row 3 of 4, steps 5 to 7, 8 bytes at 32\nt3" in found
    assert "input row 0 of 4, steps 0 to 1, 8 bytes at 0\nt0" in found


def test_nothing_is_loaded_and_no_script_runs() -> None:
    for text in (plan_svg(picture_of(*two_convolutions()), 128), plan_html(picture_of(*addition_in_place()), 8)):
        assert re.findall(r"(?:https?:)?//[^\"]*", text.replace("http://www.w3.org/2000/svg", "")) == []
        assert not re.search(r"<script|href=|src=|@import|url\(", text)


def test_the_page_holds_the_picture() -> None:
    page = plan_html(picture_of(*two_convolutions()), 128)
    assert page.startswith("<!DOCTYPE html>")
    svg = page[page.index("<svg") : page.index("</svg>") + 6]
    assert titles(svg) == titles(plan_svg(picture_of(*two_convolutions()), 128))


def test_names_from_the_file_cannot_break_out() -> None:
    graph, placed = two_convolutions()
    graph = replace(graph, source=replace(graph.source, name="</svg><script>&.tflite"))
    assert "<script" not in plan_html(picture_of(graph, placed), 128)
    ElementTree.fromstring(plan_svg(picture_of(graph, placed), 128))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kws", "mcunet_vww", "person_detect", "resnet_ic", "tinyengine_detection"])
def test_pictures_of_real_models_are_sound_and_small(shared_models: Path, name: str) -> None:
    graph = prepare(tflite.read(shared_models / f"{name}.tflite"))
    text = plan_html(picture_of(graph, plan(graph, support.operator_of, seconds=0.1)), 0)
    assert len(text) < LARGEST_BYTES
