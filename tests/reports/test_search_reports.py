"""The outcome of a search as text, JSON and a page: the same numbers, and nothing predicted is told as measured."""

import io
import json
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from lilliput.reports.search_html import search_page
from lilliput.reports.search_json import search_report
from lilliput.reports.search_terminal import print_frontier
from tests.reports.chromium import opened
from tests.reports.frontiers import frontier

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def printed(*, chosen: bool = True) -> str:
    console = Console(file=io.StringIO(), width=120, highlight=False)
    print_frontier(frontier(chosen=chosen), "out.tflite", console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_table_has_every_candidate_and_marks_the_chosen_one() -> None:
    lines = printed().splitlines()
    (row,) = [line for line in lines if line.startswith("->")]
    assert "97.50" in row
    assert "3,200" in row
    assert any("(5 levels everywhere)" in line and "uncounted" in line for line in lines)
    assert any(line.endswith("9 bytes") and line.startswith("Written to out.tflite") for line in lines)


def test_it_says_which_samples_gave_which_number() -> None:
    text = printed()
    assert "Calibrated on 40 samples of <samples>.npz; searched by top1 on 40" in text
    assert "note: only 10 samples to calibrate with" in text
    assert "exact: all scores on these 40 samples are the same in TensorFlow Lite Micro" in text


def test_without_a_choice_nothing_is_said_to_be_written() -> None:
    assert "Written" not in printed(chosen=False)
    assert search_report(frontier(chosen=False))["chosen"] is None


def test_the_json_tells_measured_candidates_from_trials() -> None:
    report = json.loads(json.dumps(search_report(frontier())))
    assert report["format_version"] == 1
    assert report["chosen"] == 3
    assert [each["flash_bytes"] for each in report["candidates"]] == [3200, 3300, 4447]
    assert [each["on_frontier"] for each in report["candidates"]] == [True, False, True]
    assert report["trials"][1] == {
        "trial": 3,
        "layers": {"0": "7 levels"},
        "value": 97.5,
        "loss": 0.5,
        "distortion": 0.01,
        "weight_bytes": 1158,
    }
    assert report["limits"] == {"loss": 1.0, "flash_bytes": None, "ram_bytes": None}


def test_the_same_search_gives_the_same_page() -> None:
    assert search_page(frontier()) == search_page(frontier())


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_bytes(search_page(frontier()))
    return path


@pytest.fixture
def page(chromium: "Browser", page_file: Path) -> "Generator[Page]":
    with opened(chromium, page_file) as found:
        yield found


def test_each_candidate_is_one_dot_and_hovering_says_what_it_did(page: "Page") -> None:
    assert page.locator("#candidates .scatterlayer .point").count() == 3
    page.locator("#candidates .scatterlayer .trace").last.locator(".point").hover(force=True)
    page.wait_for_selector("#candidates .hovertext")
    text = page.locator("#candidates .hovertext").text_content() or ""
    assert '<b>"3 levels"</b> & more' in text
    assert "3,200 bytes of flash" in text


def test_the_page_shows_layers_and_trials(page: "Page") -> None:
    assert page.locator("#layers .bars .point").count() == 3
    assert page.locator("#trials .scatterlayer .point").count() == 2


def test_the_page_has_the_numbers_as_tables_too(page: "Page") -> None:
    rows = page.locator("table").first.locator("tbody tr").all_inner_texts()
    assert len(rows) == 3
    assert "3,200" in rows[0]
