"""The resolver's header: exactly the operators, typed where all nodes agree, and C++ that compiles."""

import re
import subprocess
from pathlib import Path

import pytest

from lilliput import operators
from lilliput.ir import DType
from lilliput.tflm.kernels import REFERENCE
from lilliput.tflm.model_file import FileNode, FileTensor, ModelFile, Subgraph
from lilliput.tflm.resolver import method_name, registrations, resolver_header

_STUB = """\
#pragma once
namespace tflite {{
enum TfLiteStatus {{ kTfLiteOk }};
struct TFLMRegistration {{}};
{registrations}
template <unsigned N> class MicroMutableOpResolver {{
 public:
{methods}
}};
}}
"""


def _model(*nodes: tuple[str, tuple[DType, ...]]) -> ModelFile:
    """A model of nodes that each have inputs of the given types and an output of the first."""
    tensors: list[FileTensor] = []
    file_nodes: list[FileNode] = []
    for operator, types in nodes:
        first = len(tensors)
        tensors += [FileTensor("", dtype, (1, 1, 1, 1), False, False, 1) for dtype in (*types, types[0])]
        inputs = tuple(range(first, first + len(types)))
        file_nodes.append(FileNode(operator, inputs, (first + len(types),), (), {}))
    return ModelFile("model", 0, (Subgraph(tuple(tensors), tuple(file_nodes), (), ()),), None)


INT4, INT8, INT16, FLOAT32 = DType.INT4, DType.INT8, DType.INT16, DType.FLOAT32


@pytest.mark.parametrize(
    ("nodes", "registration"),
    [
        ([("conv_2d", (INT8, INT8))], "Register_CONV_2D_INT8"),
        ([("conv_2d", (INT8, INT4))], "Register_CONV_2D_INT4"),
        ([("conv_2d", (INT16, INT8))], "Register_CONV_2D_INT16"),
        ([("conv_2d", (FLOAT32, FLOAT32))], ""),
        ([("conv_2d", (INT8, INT8)), ("conv_2d", (INT16, INT8))], ""),
        ([("conv_2d", (INT8, INT8)), ("conv_2d", (INT8, INT8))], "Register_CONV_2D_INT8"),
        ([("softmax", (INT16,))], "Register_SOFTMAX_INT16"),
        ([("svdf", (INT8, INT8))], "Register_SVDF_INT8"),
        ([("mul", (INT16, INT16))], ""),
        ([("reshape", (INT8,))], ""),
    ],
)
def test_an_operator_gets_the_registration_for_its_type_only_where_all_nodes_have_it(
    nodes: list[tuple[str, tuple[DType, ...]]], registration: str
) -> None:
    (known,), unknown = registrations([_model(*nodes)])
    assert (known.registration, unknown) == (registration, ())


def test_several_models_share_one_resolver_with_each_operator_once() -> None:
    header = resolver_header(
        "both", [_model(("add", (INT8, INT8)), ("relu", (INT8,))), _model(("add", (INT16, INT16)))], "banner"
    )
    assert re.findall(r"resolver\.Add\w+\(.*\);", header) == ["resolver.AddAdd();", "resolver.AddRelu();"]
    assert "MicroMutableOpResolver<2>" in header


def test_an_operator_that_tflm_does_not_have_counts_and_is_named() -> None:
    header = resolver_header("own", [_model(("custom:Mine", (INT8,)))], "banner")
    assert "MicroMutableOpResolver<1>" in header
    assert "custom:Mine" in header


@pytest.mark.parametrize("operator", sorted({*REFERENCE, *(each.name for each in operators.ALL)}))
def test_every_operator_whose_kernel_is_known_can_be_registered(operator: str) -> None:
    assert method_name(operator)


def test_the_header_compiles_against_an_interface_like_tflms(arm_gcc: str, tmp_path: Path) -> None:
    nodes = [(operator, (INT8, INT8)) for operator in sorted(REFERENCE)]
    header = resolver_header("all", [_model(*nodes)], "banner")
    methods = re.findall(r"resolver\.(Add\w+)\(", header)
    typed = re.findall(r"tflite::(Register_\w+)\(\)", header)
    (tmp_path / "all_resolver.h").write_text(header)
    for include in re.findall(r'#include "(.*)"', header):
        path = tmp_path / include
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#pragma once\n")
    stub = _STUB.format(
        registrations="\n".join(f"TFLMRegistration {name}();" for name in typed),
        methods="\n".join(
            f"  TfLiteStatus {name}(const TFLMRegistration& = TFLMRegistration()) {{ return kTfLiteOk; }}"
            for name in methods
        ),
    )
    (tmp_path / "tensorflow/lite/micro/micro_mutable_op_resolver.h").write_text(stub)
    (tmp_path / "main.cc").write_text('#include "all_resolver.h"\nauto resolver = all_resolver();\n')
    command = [arm_gcc.replace("gcc", "g++"), "-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "main.cc"]
    subprocess.run([*command, "-I", "."], cwd=tmp_path, check=True)
