"""`lilliput profile`: tables, JSON and a page."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.cli.command import DIGITS, Lilliput, assert_refused
from tests.reports.chromium import opened


def test_a_profile_names_nodes_functions_and_lines(lilliput: Lilliput) -> None:
    done = lilliput("profile", DIGITS, "--target", "cortex-m4")
    assert done.status == 0
    assert done.err == ""
    for word in ("CONV_2D", "Functions", "Lines of digits.c", "instructions an inference", "cycles", "wait states"):
        assert word in done.out


def test_the_json_has_the_same_total_everywhere(lilliput: Lilliput) -> None:
    report = json.loads(lilliput("profile", DIGITS, "--json").out)
    assert report["format_version"] == 1
    for part in ("nodes", "functions", "lines"):
        assert sum(each["instructions"] for each in report[part]) == report["instructions"]
    assert report["flame"]["instructions"] == report["instructions"]
    assert report["cycles"]["fewest"] >= report["instructions"]


def test_a_core_without_timings_says_so(lilliput: Lilliput) -> None:
    assert "no estimate of cycles" in lilliput("profile", DIGITS, "--target", "cortex-m33").out


@pytest.mark.parametrize("arguments", [("--target", "host"), ("--target", "cortex-m5"), ("--html", "/dev/null/page")])
def test_what_cannot_be_done_is_refused(lilliput: Lilliput, arguments: tuple[str, str]) -> None:
    assert_refused(lilliput("profile", DIGITS, *arguments), 2)


def test_the_page_shows_the_flame_graph(lilliput: Lilliput, tmp_path: Path, chromium: Browser) -> None:
    lilliput("profile", DIGITS, "--html", tmp_path / "profile.html")
    with opened(chromium, tmp_path / "profile.html") as page:
        texts = page.locator("#flame .slicetext").all_text_contents()
        assert "digits" in texts
        assert any("CONV_2D" in text for text in texts)
        assert page.locator("tbody tr").count() > 10
