"""`lilliput size`: the totals of binutils in every kind of output, and one message when something is wrong."""

import csv
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lilliput import tflite
from tests.cli.command import DIGITS, Lilliput, assert_refused
from tests.cli.test_compile import documented_keys
from tests.firmware.builds import build, map_of

QUESTIONS = (
    ["--diff", "old.json"],
    ["--budget", "lilliput.toml"],
    ["--functions", "--lines", "--inlined"],
    ["--source", "main"],
    ["--stack"],
    ["--retained"],
    ["--without", "main"],
    ["--why", "main"],
)
ALWAYS = {
    "format_version",
    "firmware",
    "machine",
    "toolchain",
    "flash_bytes",
    "ram_bytes",
    "unattributed_bytes",
    "regions",
    "groups",
    "sections",
    "objects",
    "symbols",
    "models",
    "flash_bytes_without_model",
}


@pytest.fixture
def firmware() -> tuple[Path, str, Path]:
    """Arguments for an image with a map and a model in it."""
    elf = build("arm-model")
    linker_map = map_of(elf)
    assert linker_map is not None
    return elf, "--map", linker_map


def report_of(lilliput: Lilliput, *arguments: str | Path) -> dict[str, Any]:
    done = lilliput("size", *arguments, "--json")
    assert (done.status, done.err) == (0, "")
    return json.loads(done.out)


def test_json_has_the_promised_keys_and_adds_up(lilliput: Lilliput, firmware: tuple[Path, str, Path]) -> None:
    report = report_of(lilliput, *firmware)
    assert set(report) == ALWAYS
    binary = firmware[0].with_suffix(".bin")
    assert report["flash_bytes"] == binary.stat().st_size
    for memory in ("flash_bytes", "ram_bytes"):
        for parts in ("symbols", "groups", "sections", "objects"):
            assert sum(each[memory] for each in report[parts]) == report[memory], parts
    keys = {"name", "demangled", "section", "object", "group", "flash_bytes", "ram_bytes"}
    assert all(keys <= set(each) for each in report["symbols"])
    assert {"name": "model", "flash_bytes": DIGITS.stat().st_size, "ram_bytes": 0} in report["groups"]
    assert report["flash_bytes_without_model"] == report["flash_bytes"] - DIGITS.stat().st_size


def test_every_question_adds_documented_keys(
    lilliput: Lilliput, firmware: tuple[Path, str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.json").write_text(lilliput("size", *firmware, "--json").out, encoding="utf-8")
    Path("lilliput.toml").write_text("[budget]\nflash = '64K'\n", encoding="utf-8")
    report = report_of(lilliput, *firmware, *(argument for question in QUESTIONS for argument in question))
    assert set(report) == documented_keys("size")
    assert set(report) > ALWAYS


def test_the_text_names_totals_groups_and_the_largest_symbols(
    lilliput: Lilliput, firmware: tuple[Path, str, Path]
) -> None:
    report = report_of(lilliput, *firmware)
    done = lilliput("size", *firmware, "--top", "3")
    assert (done.status, done.err) == (0, "")
    assert "\x1b" not in done.out
    assert done.out.startswith(
        f"arm-model.elf: {report['flash_bytes']:,} bytes of flash, {report['ram_bytes']:,} bytes of static RAM\n"
    )
    assert f"{report['flash_bytes_without_model']:,} bytes of flash without the model" in done.out
    assert all(each["name"] in done.out for each in report["groups"])
    assert f"{len(report['symbols']) - 3:,} more" in done.out


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question[0])
def test_every_question_is_answered_in_words(
    question: list[str],
    lilliput: Lilliput,
    firmware: tuple[Path, str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.json").write_text(lilliput("size", build("arm"), "--json").out, encoding="utf-8")
    Path("lilliput.toml").write_text("[budget]\nflash = '64K'\n", encoding="utf-8")
    done = lilliput("size", *firmware, *question)
    assert (done.status, done.err) == (0, "")
    assert len(done.out.splitlines()) > 3
    if question != ["--source", "main"]:
        assert max(map(len, done.out.splitlines())) <= 120


def test_csv_has_one_line_for_each_symbol(lilliput: Lilliput, firmware: tuple[Path, str, Path]) -> None:
    report = report_of(lilliput, *firmware)
    rows = list(csv.DictReader(io.StringIO(lilliput("size", *firmware, "--csv").out)))
    assert len(rows) == len(report["symbols"])
    assert sum(int(row["flash_bytes"]) for row in rows) == report["flash_bytes"]
    assert sum(int(row["ram_bytes"]) for row in rows) == report["ram_bytes"]


def test_markdown_has_tables_and_no_markup_of_symbols(lilliput: Lilliput, firmware: tuple[Path, str, Path]) -> None:
    done = lilliput("size", *firmware, "--markdown", "--symbols", "--top", "5")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("## Size of arm-model.elf\n")
    assert "| g\\_model |" in done.out
    tables = [line for line in done.out.splitlines() if line.startswith("|")]
    assert len(tables) == 8
    assert len({line.replace("\\|", "").count("|") for line in tables}) == 1


def test_markdown_answers_what_the_terminal_answers(lilliput: Lilliput, firmware: tuple[Path, str, Path]) -> None:
    done = lilliput("size", *firmware, "--markdown", "--stack", "--without", "qsort", "--why", "qsort")
    assert (done.status, done.err) == (0, "")
    assert "If nothing else referred to qsort, the linker would drop" in done.out
    assert "main calls qsort" in done.out
    headings = [line.removeprefix("### ") for line in done.out.splitlines() if line.startswith("### ")]
    assert {"Worst-case stack", "What would go away", "What keeps it now"} <= set(headings)


def test_the_extracted_model_is_the_file_that_went_in(
    lilliput: Lilliput, firmware: tuple[Path, str, Path], tmp_path: Path
) -> None:
    extracted = tmp_path / "new" / "model.tflite"
    assert lilliput("size", *firmware, "--extract-model", extracted).status == 0
    assert extracted.read_bytes() == DIGITS.read_bytes()
    assert tflite.read(extracted).nodes
    assert lilliput("inspect", extracted).status == 0


def test_a_memory_is_resized_or_placed_as_told(lilliput: Lilliput, firmware: tuple[Path, str, Path]) -> None:
    lengths = report_of(lilliput, *firmware, "--flash", "256K", "--ram", "0x20000000:16K")["regions"]
    assert [(each["address"], each["size_bytes"]) for each in lengths] == [
        (0x0800_0000, 256 << 10),
        (0x2000_0000, 16 << 10),
    ]


def test_an_origin_may_stand_before_a_comma(lilliput: Lilliput, firmware: tuple[Path, str, Path]) -> None:
    (flash, _) = report_of(lilliput, *firmware, "--flash", "0x08000000,128K")["regions"]
    assert (flash["name"], flash["size_bytes"]) == ("flash", 128 << 10)


def test_rules_of_the_user_make_groups(lilliput: Lilliput, firmware: tuple[Path, str, Path], tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\ngroup = "sorting"\nsymbol = ["qsort"]\n', encoding="utf-8")
    groups = {each["name"]: each for each in report_of(lilliput, *firmware, "--rules", rules)["groups"]}
    assert groups["sorting"]["flash_bytes"] > 1000


def test_a_binary_that_differs_fails_with_its_place(
    lilliput: Lilliput, firmware: tuple[Path, str, Path], tmp_path: Path
) -> None:
    good = firmware[0].with_suffix(".bin").read_bytes()
    binary = tmp_path / "flashed.bin"
    binary.write_bytes(good)
    assert lilliput("size", *firmware, "--bin", binary).status == 0
    binary.write_bytes(good[:1000] + bytes([good[1000] ^ 1]) + good[1001:])
    done = lilliput("size", *firmware, "--bin", binary)
    assert_refused(done, 7)
    assert "0x" in done.err


def test_a_budget_that_is_exceeded_fails_after_the_report(
    lilliput: Lilliput, firmware: tuple[Path, str, Path], tmp_path: Path
) -> None:
    budget = tmp_path / "lilliput.toml"
    budget.write_text("[budget.groups]\nmodel = { flash = '4K' }\n", encoding="utf-8")
    done = lilliput("size", *firmware, "--budget", budget, "--json")
    assert done.status == 5
    assert json.loads(done.out)["budget"][0]["excess_bytes"] == DIGITS.stat().st_size - 4096
    assert "g_model" in done.err


def test_what_was_recorded_is_shown(
    lilliput: Lilliput, firmware: tuple[Path, str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LILLIPUT_DATABASE", str(tmp_path / "sizes.sqlite"))
    for commit in ("aaaa", "bbbb"):
        assert lilliput("size", *firmware, "--record", "--commit", commit, "--branch", "main").status == 0
    done = lilliput("size", "--history", "--json")
    rows = json.loads(done.out)["history"]
    assert [(row["commit"], row["branch"], row["firmware"]) for row in rows] == [
        ("aaaa", "main", "arm-model.elf"),
        ("bbbb", "main", "arm-model.elf"),
    ]
    assert "bbbb" in lilliput("size", firmware[0], "--history").out
    assert "bbbb" not in lilliput("size", "other.elf", "--history").out


def test_a_firmware_is_compared_with_what_is_recorded_of_a_branch(
    lilliput: Lilliput, firmware: tuple[Path, str, Path], tmp_path: Path
) -> None:
    database = ("--database", str(tmp_path / "sizes.sqlite"))
    assert lilliput("size", *firmware, *database, "--record", "--branch", "main").status == 0
    same = lilliput("size", *firmware, *database, "--diff-recorded", "main")
    assert "none changed" in same.out
    assert_refused(lilliput("size", *firmware, *database, "--diff-recorded", "other"), 2)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ([], 2, "no firmware"),
        (["missing.elf"], 2, "missing.elf"),
        ([str(DIGITS)], 2, "not an ELF file"),
        (["ELF", "--map", "missing.map"], 2, "missing.map"),
        (["ELF", "--map", str(DIGITS)], 2, "digits.tflite"),
        (["ELF", "--json", "--csv"], 2, "only one output"),
        (["ELF", "--flash", "much"], 2, '"much" is no memory'),
        (["ELF", "--diff", "missing.elf"], 2, "missing.elf"),
        (["ELF", "--budget", "missing.toml"], 2, "missing.toml"),
        (["ELF", "--rules", "missing.toml"], 2, "missing.toml"),
        (["ELF", "--extract-model", "model.tflite"], 2, "no model"),
        (["ELF", "--source", "nothing_like_it"], 2, "there is no function nothing_like_it"),
        (["ELF", "--without", "nothing_like_it"], 2, "nothing_like_it"),
        (["ELF", "--why", "nothing_like_it"], 2, "nothing_like_it"),
        (["ELF", "--entry", "nothing_like_it"], 2, "nothing_like_it"),
        (["--history", "--database", "missing.sqlite"], 2, "nothing has been recorded yet"),
    ],
)
def test_wrong_arguments_end_in_one_message(
    arguments: list[str], status: int, words: str, lilliput: Lilliput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = lilliput("size", *(str(build("arm")) if each == "ELF" else each for each in arguments))
    assert_refused(done, status)
    assert words in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("keep", [10, 60, 3000])
def test_a_truncated_elf_ends_in_one_message(keep: int, lilliput: Lilliput, tmp_path: Path) -> None:
    path = tmp_path / "half.elf"
    path.write_bytes(build("arm").read_bytes()[:keep])
    done = lilliput("size", path)
    assert done.status in (2, 3)
    assert done.err.startswith("error: half.elf")


def test_the_totals_of_a_compiled_model_are_those_of_its_build(
    lilliput: Lilliput, tmp_path: Path, arm_gcc: str
) -> None:
    ours = json.loads(lilliput("compile", DIGITS, "-o", tmp_path, "--toolchain", "gcc", "--json").out)
    report = report_of(lilliput, tmp_path / "digits.elf")
    assert report["flash_bytes"] == ours["flash_bytes"]
    assert report["ram_bytes"] == ours["ram"]["arena"] + ours["ram"]["static"]
    groups = {each["name"] for each in report["groups"]}
    assert {"model", "framework/Lilliput"} <= groups
    text, *_ = (
        subprocess.run(
            [arm_gcc.replace("gcc", "size"), tmp_path / "digits.elf"], capture_output=True, text=True, check=True
        )
        .stdout.splitlines()[1]
        .split()
    )
    assert report["flash_bytes"] == int(text)
