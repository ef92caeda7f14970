"""The Python interface, as a program uses it: everything has a type, and nothing optional is imported too early."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import lilliput
from lilliput.inspection import Inspection
from lilliput.ir import Graph
from lilliput.ir.printer import print_graph
from lilliput.pipeline import Build
from lilliput.verification import Verification

DIGITS = Path(__file__).parents[1] / "examples" / "digits" / "digits.tflite"
OPTIONAL = ("ortools", "ziglang", "elftools", "capstone", "unicorn", "tflite_micro", "ai_edge_litert")


def test_the_package_exports_what_the_documentation_names() -> None:
    functions = ["compile_model", "inspect_graph", "read", "shrink_model", "size", "verify_model", "write"]
    assert sorted(lilliput.__all__) == sorted([*functions, "LilliputError", "Options", "__version__"])
    assert lilliput.__version__ == version("lilliput")
    assert (Path(lilliput.__file__).parent / "py.typed").is_file()


def test_reading_and_inspecting_imports_nothing_optional() -> None:
    program = (
        f"import sys, lilliput; lilliput.inspect_graph(lilliput.read({str(DIGITS)!r}));"
        f"print([name for name in {OPTIONAL!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_shrinking_works_with_the_base_install(tmp_path: Path) -> None:
    program = (
        f"import sys, lilliput; from lilliput import oracles; oracles.available = tuple;"
        f"lilliput.shrink_model({str(DIGITS)!r}, {str(tmp_path / 'smaller.tflite')!r});"
        f"print([name for name in {OPTIONAL!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert (tmp_path / "smaller.tflite").stat().st_size < DIGITS.stat().st_size


def test_a_model_is_read_inspected_and_written(tmp_path: Path) -> None:
    graph: Graph = lilliput.read(str(DIGITS))
    inspection: Inspection = lilliput.inspect_graph(graph)
    assert (inspection.macs, inspection.problems) == (20_992, ())
    copy = tmp_path / "digits.tflite"
    copy.write_bytes(lilliput.write(graph))
    assert print_graph(lilliput.read(copy)) == print_graph(graph)


def test_a_model_is_compiled_into_files_and_a_record_of_them(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    options = lilliput.Options(target="cortex-m0plus", name="reader")
    build: Build = lilliput.compile_model(
        DIGITS, str(tmp_path / "out"), options, progress=lambda *step: told.append(step)
    )
    assert build.options == options
    assert build.image.elf == tmp_path / "out" / "reader.elf"
    assert build.image.elf.read_bytes().startswith(b"\x7fELF")
    assert (tmp_path / "out" / "reader.h").read_text() == build.source.header
    assert (tmp_path / "out" / "reader.c").read_text() == build.source.source
    assert (tmp_path / "out" / "example_main.c").read_text() == build.source.example_main
    assert build.footprint.flash_bytes == len(build.image.binary) == sum(build.footprint.flash.values())
    assert told[0] == ("compiling digits.tflite", 0, 1)


def test_the_same_model_gives_the_same_files(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        lilliput.compile_model(DIGITS, tmp_path / folder)
    for file in ("digits.c", "digits.h", "digits.elf", "example_main.c"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_model_is_verified() -> None:
    told: set[str] = set()
    verification: Verification = lilliput.verify_model(
        DIGITS, lilliput.Options("host"), inputs=2, seed=3, progress=lambda *step: told.add(step[0])
    )
    assert (verification.mismatched_bytes, verification.inputs) == (0, 2)
    assert {"compiling for host: outputs", "host: outputs"} < told


def test_what_a_user_can_cause_is_a_lilliput_error(tmp_path: Path) -> None:
    with pytest.raises(lilliput.LilliputError) as error:
        lilliput.compile_model(tmp_path / "missing.tflite", tmp_path / "out")
    assert (error.value.exit_code, error.value.fact) == (2, "there is no such file")
    assert error.value.where == str(tmp_path / "missing.tflite")
    assert str(error.value) == f"{error.value.where}: there is no such file\nCheck the path."
