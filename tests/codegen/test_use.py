"""The three files of a build in a project of the user's: C or C++, static arena or the caller's, any compiler."""

from pathlib import Path
from typing import Literal

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from lilliput import tflite
from lilliput.ir import Graph
from lilliput.options import Options
from tests.cases.random_cases import RANDOM_CASES, random_case
from tests.codegen.programs import COMPILERS, accept, generated, run, write
from tests.end_to_end.models import MODELS

ARENAS: tuple[Literal["static", "caller"], ...] = ("static", "caller")
MEMORY_FUNCTIONS = {"memcpy", "memmove", "memset", "memcmp"}
CPP = ("-x", "c++", "-std=c++11", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror")
CPP_MAIN = """#include "digits.h"
#include "digits.h"

static const float scale = DIGITS_INPUT_SCALE;

int main()
{
    int8_t *input = digits_input();
    input[DIGITS_INPUT_ELEMENTS - 1] = DIGITS_INPUT_ZERO_POINT;
    digits_run();
    int sum = 0;
    for (int i = 0; i < DIGITS_OUTPUT_ELEMENTS; i++)
        sum += digits_output()[i] - DIGITS_OUTPUT_ZERO_POINT;
    return scale > 0 && sum > 0 ? 0 : 1;
}
"""


@pytest.fixture(scope="module")
def digits() -> Graph:
    return tflite.read(Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite")


@pytest.mark.parametrize("arena", ARENAS)
@pytest.mark.usefixtures("host_gcc")
def test_the_example_program_compiles_links_and_runs(
    arena: Literal["static", "caller"], digits: Graph, tmp_path: Path
) -> None:
    write(generated(digits, Options(arena=arena)), tmp_path)
    accept("gcc", tmp_path, "digits.c", "example_main.c", "-o", "program")
    run([str(tmp_path / "program")], tmp_path)


@pytest.mark.parametrize("compiler", ["zig", "arm-none-eabi-gcc"])
def test_other_compilers_take_the_files_without_a_warning(compiler: str, digits: Graph, tmp_path: Path) -> None:
    write(generated(digits), tmp_path)
    accept(compiler, tmp_path, "-O2", "-c", "net.c", "example_main.c")


@pytest.mark.usefixtures("host_gcc")
def test_the_header_serves_cpp(digits: Graph, tmp_path: Path) -> None:
    write(generated(digits, Options()), tmp_path)
    (tmp_path / "main.cpp").write_text(CPP_MAIN)
    run([*COMPILERS["zig"], *CPP, "-c", "main.cpp", "-o", "main.o"], tmp_path)
    accept("gcc", tmp_path, "digits.c", "main.o", "-o", "program")
    run([str(tmp_path / "program")], tmp_path)


def test_the_code_needs_no_library_beyond_the_memory_functions(digits: Graph, tmp_path: Path) -> None:
    write(generated(digits), tmp_path)
    run([*COMPILERS["zig"], "-O2", "-c", "net.c", "-target", "thumb-freestanding-eabi", "-mcpu=cortex_m4"], tmp_path)
    undefined = undefined_symbols(tmp_path / "net.o")
    assert {name for name in undefined if not name.startswith("__aeabi_")} <= MEMORY_FUNCTIONS


@pytest.mark.parametrize("operator", sorted(RANDOM_CASES))
def test_every_operator_compiles_without_a_warning(operator: str, tmp_path: Path) -> None:
    for seed in range(4):
        write(generated(random_case(operator, seed)), tmp_path / str(seed))
    files = sorted(tmp_path.glob("*/net.c"))
    accept("gcc", tmp_path, "-O2", "-S", *files)
    accept("clang", tmp_path, "-fsyntax-only", *files)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_every_real_model_compiles_without_a_warning(model: str, shared_models: Path, tmp_path: Path) -> None:
    write(generated(tflite.read(shared_models / f"{model}.tflite")), tmp_path)
    accept("gcc", tmp_path, "-O2", "-S", "net.c", "example_main.c")
    accept("clang", tmp_path, "-fsyntax-only", "net.c", "example_main.c")


def undefined_symbols(path: Path) -> set[str]:
    """The names that an object file expects from others."""
    with path.open("rb") as stream:
        table = ELFFile(stream).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        return {symbol.name for symbol in table.iter_symbols() if symbol["st_shndx"] == "SHN_UNDEF"} - {""}
