"""What `lilliput tflm` writes for models: sizes that agree with each other, files that compile, models it refuses."""

import re
import subprocess
from pathlib import Path

import pytest

from lilliput import tflite
from lilliput.errors import UnsupportedError, UsageError
from lilliput.ir import DType
from lilliput.tflm.arena import simulate
from lilliput.tflm.kernels import REFERENCE
from lilliput.tflm.model_file import FileNode, FileTensor, ModelFile, Subgraph, read_model_file
from lilliput.tflm.package import LIBRARIES, package
from lilliput.tflm.refusals import refused
from lilliput.tflm.unknown_kernels import with_unknown
from tests.cases.random_cases import random_case
from tests.cases.random_graphs import random_graph

DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite"


def _written(folder: Path, name: str, seed: int) -> Path:
    path = folder / f"{name}.tflite"
    path.write_bytes(tflite.write(random_graph(seed)))
    return path


def test_the_constants_are_the_arenas_of_the_report() -> None:
    made = package([DIGITS])
    text = made.files["digits_tflm.h"].decode()
    sizes = {int(size) for size in re.findall(r"digits_arena_bytes = (\d+);", text)}
    assert sizes == {made.models[0].arena_of(library).smallest_working_bytes for library in LIBRARIES}


def test_the_model_is_the_same_bytes_as_a_c_array(host_gcc: str, tmp_path: Path) -> None:
    made = package([DIGITS])
    for name, content in made.files.items():
        (tmp_path / name).write_bytes(content)
    main = (
        '#include <cstdio>\n#include "digits_model.h"\n#include "digits_tflm.h"\n'
        "int main() { std::fwrite(digits_model, 1, digits_model_bytes, stdout);\n"
        "return (reinterpret_cast<uintptr_t>(digits_model) % 16 || !digits_arena_bytes) ? 1 : 0; }\n"
    )
    (tmp_path / "main.cc").write_text(main)
    sources = ["main.cc", "digits_model.cc"]
    command = [host_gcc.replace("gcc", "g++"), "-std=c++17", "-Wall", "-Wextra", "-Werror", *sources, "-o", "program"]
    subprocess.run(command, cwd=tmp_path, check=True)
    written = subprocess.run([tmp_path / "program"], check=True, capture_output=True).stdout
    assert written == made.files.get("digits.tflite", DIGITS.read_bytes())


def test_interpreters_that_share_an_arena_need_less_than_their_sum_and_more_than_the_largest(tmp_path: Path) -> None:
    made = package([_written(tmp_path, "one", 4), _written(tmp_path, "two", 8)])
    for library, arena in made.together.items():
        alone = [model.arena_of(library).smallest_working_bytes for model in made.models]
        assert max(alone) == made.one_after_the_other_bytes(library)
        assert max(alone) < arena.smallest_working_bytes < sum(alone)


def test_the_same_models_give_the_same_files() -> None:
    assert package([DIGITS]).files == package([DIGITS]).files


def test_a_kernel_that_is_not_known_gives_a_bound_above_the_exact_arena() -> None:
    for operator in ("conv_2d", "fully_connected", "softmax", "mean", "concatenation", "strided_slice"):
        fewer = {name: kernel for name, kernel in REFERENCE.items() if name != operator}
        model = read_model_file(tflite.write(random_case(operator, 2)), operator)
        completed, unknown = with_unknown(fewer, model)
        assert unknown == (operator,)
        bound, exact = simulate(model, completed), simulate(model, REFERENCE)
        assert bound.smallest_working_bytes >= exact.smallest_working_bytes


def test_two_models_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(UsageError, match="two models"):
        package([_written(tmp_path, "one", 4), _written(tmp_path / "other", "one", 8)])


def test_an_unknown_library_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        package([DIGITS], kernels="xtensa")
    assert "cmsis-nn-mve" in caught.value.advice


def test_float_activations_with_integer_weights_are_refused_by_name_of_operator() -> None:
    source = FileTensor("x", DType.FLOAT32, (1, 4), False, False, 0)
    weights = FileTensor("w", DType.INT8, (4, 4), True, False, 1)
    node = FileNode("fully_connected", (0, 1), (2,), (), {})
    model = ModelFile("hybrid", 0, (Subgraph((source, weights, source), (node,), (0,), (2,)),), None)
    assert [line.partition(":")[0] for line in refused(model)] == ["operator 0 FULLY_CONNECTED"]


def test_a_hybrid_model_is_unsupported(shared_models: Path) -> None:
    with pytest.raises(UnsupportedError, match="CONV_2D"):
        package([shared_models / "kws_hybrid.tflite"])
