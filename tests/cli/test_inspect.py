"""`lilliput inspect`: the text and the JSON that a user gets, and that the base install suffices."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lilliput import tflite
from lilliput.cli.app import app
from tests.golden_files import GoldenFolder
from tests.tflite.small_model import small_model, with_node

GOLDEN = GoldenFolder("inspect", ("digits_80.txt", "digits_140.txt", "digits.json", "unsupported_80.txt"))
DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite"
OPTIONAL_PACKAGES = ("ortools", "ziglang", "elftools", "capstone", "unicorn", "tflite_micro", "ai_edge_litert")


def run(*arguments: str | Path, **environment: str) -> str:
    """What `lilliput inspect` prints into a pipe."""
    result = CliRunner(env={"COLUMNS": None, **environment}).invoke(app, ["inspect", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def one_line_an_entry(report: dict[str, Any]) -> str:
    """The report with one line for each key, and for each node, tensor and buffer."""

    def lines(key: str, value: Any) -> str:
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return f'"{key}": [\n' + ",\n".join(f"    {json.dumps(entry)}" for entry in value) + "\n  ]"
        return f'"{key}": {json.dumps(value)}'

    return "{\n" + ",\n".join(f"  {lines(key, value)}" for key, value in report.items()) + "\n}\n"


@pytest.fixture
def unsupported(tmp_path: Path) -> Path:
    """A model with an unknown operator and a known one that lacks an operand."""
    graph = with_node(small_model(), 3, operator="custom:Detect", options={})
    path = tmp_path / "unsupported.tflite"
    path.write_bytes(tflite.write(with_node(graph, 0, inputs=(0,))))
    return path


@pytest.mark.parametrize("width", [80, 140])
def test_the_text_for_the_demo_model(width: int) -> None:
    GOLDEN.check(f"digits_{width}.txt", run(DIGITS, COLUMNS=str(width)))


def test_the_json_for_the_demo_model() -> None:
    report = json.loads(run(DIGITS, "--json"))
    text = one_line_an_entry(report)
    assert json.loads(text) == report
    GOLDEN.check("digits.json", text)


def test_the_text_for_a_model_that_cannot_be_compiled(unsupported: Path) -> None:
    GOLDEN.check("unsupported_80.txt", run(unsupported, COLUMNS="80"))


def test_json_lists_the_problems_of_a_model_that_cannot_be_compiled(unsupported: Path) -> None:
    report = json.loads(run(unsupported, "--json"))
    assert report["supported"] is False
    assert report["totals"]["unknown_macs"] == [0, 3]
    assert report["problems"] == [problem for node in report["nodes"] for problem in node["problems"]]


def test_a_pipe_gets_neither_colours_nor_spaces_at_the_ends_of_lines() -> None:
    lines = run(DIGITS).splitlines()
    assert not any("\x1b" in line or line != line.rstrip() for line in lines)
    assert max(map(len, lines)) <= 120
    assert any(line.startswith("node  operator") and "point" in line and "MACs" in line for line in lines)


def test_a_c_array_is_inspected_like_the_file(tmp_path: Path) -> None:
    array = tmp_path / "digits.tflite"
    values = ", ".join(f"0x{byte:02x}" for byte in DIGITS.read_bytes())
    array.write_text(f"const unsigned char digits[] = {{ {values} }};\n")
    assert run(array, "--json") == run(DIGITS, "--json")


def test_the_base_install_suffices() -> None:
    block = f"import sys; sys.modules.update(dict.fromkeys({OPTIONAL_PACKAGES}))"
    program = f"{block}; sys.argv[1:] = ['inspect', {str(DIGITS)!r}, '--json']; from lilliput.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == run(DIGITS, "--json")


def test_a_file_that_is_no_model_ends_with_one_message_and_exit_code_3(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(DIGITS.read_bytes()[:1000])
    command = [sys.executable, "-c", "from lilliput.cli import main; main()", "inspect", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: model.tflite")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("width", [80, 140])
def test_plan_shows_the_arena_over_time_and_names_what_lies_in_it(width: int) -> None:
    text = run(DIGITS, "--plan", COLUMNS=str(width))
    assert max(map(len, text.splitlines())) <= width
    report = json.loads(run(DIGITS, "--plan", "--json"))["plan"]
    assert f"arena {report['arena_bytes']:,} bytes" in text
    assert f"▼ peak {report['peak_bytes']:,} bytes" in text or f"peak {report['peak_bytes']:,} bytes" in text
    lines = [line[3:] for line in text.splitlines()]
    assert all(any(line.startswith(each["what"]) for line in lines) for each in report["occupants"])


def test_plan_into_a_pipe_has_neither_colours_nor_spaces_at_the_ends_of_lines() -> None:
    lines = run(DIGITS, "--plan").splitlines()
    assert not any("\x1b" in line or line != line.rstrip() for line in lines)


def test_json_has_the_plan_only_when_it_is_asked_for() -> None:
    plain, planned = (json.loads(run(DIGITS, "--json", *options)) for options in ((), ("--plan",)))
    assert planned == plain | {"plan": planned["plan"]}
    assert planned["plan"]["arena_bytes"] <= plain["memory"]["arena_bytes"]


@pytest.mark.parametrize("option", [("--schedule", "layers"), ("--input", "rows")])
def test_the_plan_follows_the_options_of_compile(option: tuple[str, str]) -> None:
    plan = json.loads(run(DIGITS, "--plan", "--json", *option))["plan"]
    assert plan["input_by_rows"] is (option[0] == "--input")
    assert all(len(segment) == 1 for segment in plan["segments"]) or option[0] == "--input"


@pytest.mark.parametrize("kind", ["svg", "html"])
def test_the_picture_of_the_plan_is_written_and_the_same_every_time(tmp_path: Path, kind: str) -> None:
    first, second = tmp_path / f"first.{kind}", tmp_path / f"second.{kind}"
    assert f"wrote {first}" in run(DIGITS, "--plan-file", first).replace("\n", "")
    run(DIGITS, "--plan", "--plan-file", second)
    assert first.read_bytes() == second.read_bytes()
    assert "<svg" in first.read_text("utf-8")


def test_a_picture_of_another_kind_ends_with_exit_code_2_before_anything_is_read(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from lilliput.cli import main; main()", "inspect", str(tmp_path / "no.tflite")]
    done = subprocess.run([*command, "--plan-file", "plan.png"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "End the name in .svg or .html." in done.stderr


def test_a_model_that_cannot_be_compiled_has_a_plan_of_whole_layers(unsupported: Path) -> None:
    text = run(unsupported, "--plan", COLUMNS="80")
    assert "4 run alone" in text
    assert "Lilliput cannot compile this model:" in text
