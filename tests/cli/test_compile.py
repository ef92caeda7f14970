"""`lilliput compile`: files and an account that adds up, or one message and nothing."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lilliput import tflite, transforms
from lilliput.ir import DType
from tests.cases.builder import GraphBuilder
from tests.cli.command import DIGITS, Lilliput, assert_refused
from tests.tflite.small_model import small_model, with_node, with_tensor

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "json.md"
FILES = {"digits.c", "digits.h", "digits.elf", "example_main.c"}
PARTS = ["weights", "tables", "kernels", "graph", "startup", "padding"]


def documented_keys(command: str) -> set[str]:
    """The keys in the first column of a command's table."""
    section = DOCUMENTATION.read_text("utf-8").split(f"\n## {command}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {key for row in rows for key in re.findall(r"`(\w+)`", row)}


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder: contents of files, None for folders."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def unsupported(tmp_path: Path) -> Path:
    """A model with three problems in three operators."""
    graph = with_node(small_model(), 3, operator="custom:Detect", options={})
    graph = with_node(graph, 2, version=99)
    path = tmp_path / "unsupported.tflite"
    path.write_bytes(tflite.write(with_tensor(graph, 0, dtype=DType.INT16)))
    return path


def test_json_has_the_documented_keys_and_adds_up(lilliput: Lilliput, tmp_path: Path) -> None:
    done = lilliput("compile", DIGITS, "-o", tmp_path / "new" / "out", "--json")
    assert (done.status, done.err) == (0, "")
    report: dict[str, Any] = json.loads(done.out)
    assert set(report) == documented_keys("compile")
    assert (report["format_version"], report["model"], report["name"]) == (1, "digits.tflite", "digits")
    assert (report["target"], report["optimize"]) == ("cortex-m4", "size")
    assert report["toolchain"]["name"] == "zig"
    assert re.fullmatch(r"zig \d+\.\d+\.\d+", report["toolchain"]["version"])
    assert list(report["flash"]) == PARTS
    assert list(report["ram"]) == ["arena", "static", "stack"]
    assert sum(report["flash"].values()) == report["flash_bytes"] == sum(row["bytes"] for row in report["ledger"])
    assert sum(report["ram"].values()) == report["ram_bytes"]
    assert set(tree(tmp_path / "new" / "out")) == FILES


@pytest.mark.parametrize("toolchain", ["gcc", "zig"])
@pytest.mark.usefixtures("arm_gcc")
def test_the_sizes_are_those_of_binutils(toolchain: str, lilliput: Lilliput, tmp_path: Path) -> None:
    report = json.loads(lilliput("compile", DIGITS, "-o", tmp_path, "--toolchain", toolchain, "--json").out)
    elf, binary = tmp_path / "digits.elf", tmp_path / "digits.bin"
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", elf, binary], check=True)
    assert report["flash_bytes"] == binary.stat().st_size
    sizes = subprocess.run(["arm-none-eabi-size", elf], capture_output=True, text=True, check=True).stdout
    _, data, bss, *_ = sizes.splitlines()[1].split()
    assert report["ram"]["arena"] + report["ram"]["static"] == int(data) + int(bss)


def test_the_text_shows_the_totals_without_escape_codes(lilliput: Lilliput, tmp_path: Path) -> None:
    done = lilliput("compile", DIGITS, "-o", tmp_path / "text")
    report = json.loads(lilliput("compile", DIGITS, "-o", tmp_path / "json", "--json").out)
    assert (done.status, done.err) == (0, "")
    assert "\x1b" not in done.out
    summary = f"{report['flash_bytes']:,} bytes of flash, {report['ram_bytes']:,} bytes of RAM"
    assert done.out.splitlines()[-1].endswith(summary)
    for part in PARTS:
        assert re.search(rf"^{part} +{report['flash'][part]:,} ", done.out, re.MULTILINE)
    assert tree(tmp_path / "text") == tree(tmp_path / "json")


def test_text_and_json_say_what_each_rewrite_saved(lilliput: Lilliput, tmp_path: Path) -> None:
    text = lilliput("compile", DIGITS, "-o", tmp_path).out
    arguments = ("--json", "--without-transform", "share_constants", "--without-transform", "drop_channels")
    rewrites = json.loads(lilliput("compile", DIGITS, "-o", tmp_path, *arguments).out)["rewrites"]
    left_out = ("share_constants", "drop_channels")
    assert [each["transform"] for each in rewrites] == [
        each.name for each in transforms.ALL if each.name not in left_out
    ]
    for each in rewrites:
        if each["constant_bytes"]:
            assert re.search(
                rf"^{each['transform']} +{each['nodes']:,} +{each['constant_bytes']:,} ", text, re.MULTILINE
            )


def test_the_files_replace_older_ones_and_leave_others_alone(lilliput: Lilliput, tmp_path: Path) -> None:
    (tmp_path / "digits.c").write_text("older")
    (tmp_path / "mine.c").write_text("mine")
    assert lilliput("compile", DIGITS, "-o", tmp_path, "--arena", "caller", "--optimize", "speed").status == 0
    assert set(tree(tmp_path)) == FILES | {"mine.c"}
    assert (tmp_path / "mine.c").read_text() == "mine"
    assert "void digits_run(void *memory)" in (tmp_path / "digits.c").read_text()


def test_the_name_is_that_of_files_functions_and_macros(lilliput: Lilliput, tmp_path: Path) -> None:
    assert lilliput("compile", DIGITS, "-o", tmp_path, "--name", "Reader7", "--target", "rv32imc").status == 0
    assert set(tree(tmp_path)) == {"Reader7.c", "Reader7.h", "Reader7.elf", "example_main.c"}
    header = (tmp_path / "Reader7.h").read_text()
    assert "void Reader7_run(void);" in header
    assert "#define READER7_ARENA_BYTES" in header


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["missing.tflite"], 2, "missing.tflite: there is no such file"),
        ([str(DIGITS), "--target", "cortex-m5"], 2, '"cortex-m5"\nChoose one of: cortex-m7, cortex-m4'),
        ([str(DIGITS), "--target", "z80"], 2, "cortex-m0plus"),
        ([str(DIGITS), "--name", "not-c"], 2, "Use a C identifier such as 'not_c'"),
        ([str(DIGITS), "--name", ""], 2, "''"),
        ([str(DIGITS), "--without-transform", "drop-channels"], 2, "Choose one of: drop_channels"),
        ([str(DIGITS.parent)], 3, "this is a directory"),
        ([str(DIGITS.parent / "README.md")], 3, "README.md"),
    ],
)
def test_wrong_arguments_end_in_one_message(
    arguments: list[str], status: int, words: str, lilliput: Lilliput, tmp_path: Path
) -> None:
    done = lilliput("compile", *arguments, "-o", tmp_path / "out")
    assert_refused(done, status)
    assert words in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", ["--toolchain", "--optimize", "--arena"])
def test_an_unknown_choice_is_a_wrong_argument(option: str, lilliput: Lilliput, tmp_path: Path) -> None:
    done = lilliput("compile", DIGITS, "-o", tmp_path / "out", option, "wrong")
    assert done.status == 2
    assert option in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("keep", [100, 4000])
def test_a_damaged_model_leaves_nothing(keep: int, lilliput: Lilliput, tmp_path: Path) -> None:
    model = tmp_path / "half.tflite"
    model.write_bytes(DIGITS.read_bytes()[:keep])
    done = lilliput("compile", model, "-o", tmp_path / "out")
    assert_refused(done, 3)
    assert done.err.startswith("error: half.tflite")
    assert set(tree(tmp_path)) == {"half.tflite"}


def test_an_unsupported_model_lists_every_problem_and_leaves_everything(
    unsupported: Path, lilliput: Lilliput, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "unsupported.c").write_text("older")
    before = tree(tmp_path)
    done = lilliput("compile", unsupported, "-o", tmp_path / "out")
    assert_refused(done, 4)
    assert done.err.startswith("error: unsupported.tflite: the model needs 3 unsupported things:\n")
    assert done.err.count("\n  - operator ") == 3
    assert tree(tmp_path) == before


@pytest.mark.parametrize("model", ["kws_hybrid", "mnist_float", "keyword_svdf"])
def test_a_real_unsupported_model_lists_what_inspect_lists(
    model: str, shared_models: Path, lilliput: Lilliput, tmp_path: Path
) -> None:
    path = shared_models / f"{model}.tflite"
    done = lilliput("compile", path, "-o", tmp_path / "out")
    assert_refused(done, 4)
    problems = json.loads(lilliput("inspect", path, "--json").out)["problems"]
    assert problems
    assert done.err.count("\n  - ") == len(problems)
    assert all(f"\n  - {problem}\n" in done.err for problem in problems)
    assert not list(tmp_path.iterdir())


def test_a_model_larger_than_any_microcontroller_does_not_fit(lilliput: Lilliput, tmp_path: Path) -> None:
    builder = GraphBuilder()
    source = builder.input((6000, 6000), scale=0.5)
    graph = builder.graph(builder.node("relu", [source], builder.computed((6000, 6000), scale=0.5)))
    (tmp_path / "large.tflite").write_bytes(tflite.write(graph))
    done = lilliput("compile", tmp_path / "large.tflite", "-o", tmp_path / "out")
    assert_refused(done, 5)
    assert set(tree(tmp_path)) == {"large.tflite"}


@pytest.mark.parametrize("place", ["file", "file/below", "folder"])
def test_what_cannot_be_written_leaves_everything(place: str, lilliput: Lilliput, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder" / "digits.h").mkdir(parents=True)
    (tmp_path / "folder" / "digits.c").write_text("older")
    before = tree(tmp_path)
    done = lilliput("compile", DIGITS, "-o", tmp_path / place)
    assert_refused(done, 2)
    assert str(tmp_path / place) in done.err
    assert tree(tmp_path) == before


def test_a_missing_compiler_is_named(lilliput: Lilliput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = lilliput("compile", DIGITS, "-o", tmp_path / "out", "--toolchain", "gcc")
    assert_refused(done, 6)
    assert "there is no arm-none-eabi-gcc on the PATH" in done.err
    assert not list(tmp_path.iterdir())


def test_a_failing_compiler_is_quoted(lilliput: Lilliput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = tmp_path / "bin" / "arm-none-eabi-gcc"
    compiler.parent.mkdir()
    compiler.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "gcc 0.0" || { echo "out of order" >&2; exit 3; }\n')
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", f"{compiler.parent}{os.pathsep}{os.environ['PATH']}")
    done = lilliput("compile", DIGITS, "-o", tmp_path / "out", "--toolchain", "gcc")
    assert_refused(done, 6)
    assert "the command failed with status 3\nout of order" in done.err
    assert set(tree(tmp_path)) == {"bin", "bin/arm-none-eabi-gcc"}


def without(module: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Call `lilliput` in an environment that lacks a package."""
    block = f"import sys; sys.modules[{module!r}] = None; sys.argv[1:] = {[*map(str, arguments)]!r}"
    program = f"{block}; from lilliput.cli import main; main()"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("module", ["elftools", "capstone", "ziglang"])
def test_a_missing_extra_is_named(module: str, tmp_path: Path) -> None:
    done = without(module, "compile", DIGITS, "-o", tmp_path / "out")
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.endswith("pip install 'lilliput[compiler]'\n")
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("module", ["ortools", "unicorn", "tflite_micro", "ai_edge_litert"])
def test_compile_needs_neither_solver_nor_emulator_nor_oracles(module: str, tmp_path: Path) -> None:
    done = without(module, "compile", DIGITS, "-o", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(tree(tmp_path)) == FILES
