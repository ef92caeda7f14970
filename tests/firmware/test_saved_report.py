"""Saved reports: what was written comes back, and damaged ones end in a clear error."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lilliput.errors import FirmwareError, LilliputError, UsageError
from lilliput.firmware.saved_report import from_json, is_saved_report, read_saved_report, to_json
from lilliput.firmware.snapshot import NOT_LISTED
from tests.firmware.snapshots import entry, snapshot

REPORT = to_json(snapshot(entry("run", 10), entry("buffer", 0, 20, section=".bss")))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*REPORT, "name"]), inner, max_size=3),
    max_leaves=8,
)


def written(folder: Path, content: str) -> Path:
    path = folder / "report.json"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_saved_report_comes_back_as_it_was(tmp_path: Path) -> None:
    saved = snapshot(entry("run", 10, content="01234567"), entry("data", 4, 4, place="libc.a(one.o)"))
    assert read_saved_report(written(tmp_path, json.dumps(to_json(saved)))) == saved


def test_groups_of_a_saved_report_sum_to_its_totals() -> None:
    assert sum(each["flash_bytes"] for each in REPORT["groups"]) == REPORT["flash_bytes"] == 10
    assert sum(each["ram_bytes"] for each in REPORT["groups"]) == REPORT["ram_bytes"] == 20


def test_bytes_that_no_symbol_of_a_report_names_become_one_entry() -> None:
    found = from_json({**REPORT, "flash_bytes": 15, "ram_bytes": 27}, "report.json")
    assert (found.entries[-1].name, found.entries[-1].flash_bytes, found.entries[-1].ram_bytes) == (NOT_LISTED, 5, 7)


def test_a_report_whose_symbols_exceed_its_totals_is_refused() -> None:
    with pytest.raises(FirmwareError, match="more than its totals"):
        from_json({**REPORT, "flash_bytes": 9}, "report.json")


@pytest.mark.parametrize("content", ["", "not JSON", "[" * 100_000, '{"format_version": 2}', "{}"])
def test_what_is_no_report_of_this_format_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(UsageError):
        read_saved_report(written(tmp_path, content))


def test_a_missing_report_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="missing"):
        read_saved_report(tmp_path / "missing.json")


@given(st.sampled_from([*REPORT]), VALUES)
def test_whatever_a_report_holds_it_adds_up_or_is_refused(key: str, value: Any) -> None:
    try:
        found = from_json({**REPORT, key: value}, "report.json")
    except LilliputError:
        return
    assert found.flash_bytes == sum(each.flash_bytes for each in found.entries)


@given(st.sampled_from([*REPORT["symbols"][0], *REPORT["regions"][0]]), VALUES)
def test_whatever_a_row_of_a_report_holds_it_adds_up_or_is_refused(key: str, value: Any) -> None:
    row = {**REPORT["symbols"][0], key: value}
    try:
        found = from_json({**REPORT, "symbols": [row], "regions": [row]}, "report.json")
    except LilliputError:
        return
    assert found.ram_bytes == sum(each.ram_bytes for each in found.entries)


def test_halves_of_characters_in_names_do_no_harm(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({**REPORT, "symbols": [{**REPORT["symbols"][0], "name": "half \udc80"}]}))
    assert read_saved_report(path).entries[0].name == "half ?"


def test_reports_are_told_from_firmware_by_their_content(tmp_path: Path) -> None:
    assert is_saved_report(written(tmp_path, " \n{}"))
    assert not is_saved_report(written(tmp_path, "\x7fELF"))
    assert not is_saved_report(tmp_path / "missing.json")
