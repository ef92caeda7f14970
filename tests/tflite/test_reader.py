import hashlib
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest

import tflite
from lilliput.errors import ModelError, UnsupportedError, UsageError
from lilliput.ir import DType, Graph, Quantization
from lilliput.tflite import read, read_bytes, write
from lilliput.tflite.builder import write_table
from lilliput.tflite.tables import Tables
from lilliput.tflite.tensors import Buffers
from tests.tflite.small_model import (
    BIAS,
    FEATURES,
    FLAT,
    INPUT,
    MATRIX,
    PROBABILITIES,
    SCORES,
    SHAPE,
    WEIGHTS,
    computed,
    constant,
    graph_of,
    node,
    small_model,
    with_node,
    with_tensor,
)


def rewritten(graph: Graph) -> Graph:
    return read_bytes(write(graph), "model.tflite")


def position(table: Any, slot: int) -> int:
    """Where the first byte of a table's field lies in the file."""
    return table._tab.Pos + table._tab.Offset(slot)


def test_a_graph_has_what_the_file_says() -> None:
    data = write(small_model())
    graph = read_bytes(data, "small.tflite")
    assert graph.source.file_bytes == len(data)
    assert graph.source.constant_bytes == 36 + 16 + 8 + 192
    assert [each.operator for each in graph.nodes] == ["conv_2d", "reshape", "fully_connected", "softmax"]
    assert graph.nodes[0].options["dilation_h_factor"] == 1
    assert graph.nodes[2].inputs == (FLAT, MATRIX, -1)
    assert graph.nodes[3].origin.name == "probabilities"
    assert graph.nodes[3].options["beta"] == 1.0


def test_a_real_model_has_what_its_file_says(shared_models: Path) -> None:
    path = shared_models / "kws.tflite"
    graph = read(path)
    assert (graph.source.file_bytes, graph.source.constant_bytes) == (53_936, 24_376)
    assert graph.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert graph.nodes[0].operator == "conv_2d"
    assert graph.nodes[0].version == 3


def test_every_shared_model_is_read(shared_models: Path) -> None:
    names = {path.stem: read(path).source.warnings for path in shared_models.glob("*.tflite")}
    assert len(names) > 10
    with_warnings = {name for name, warnings in names.items() if warnings}
    assert with_warnings == {"mnist_lstm_int8", "nnid_int16x8", "person_detect", "wakeword_okay_nabu_v2"}


def test_constants_cannot_be_written_to() -> None:
    data = rewritten(small_model()).tensors[WEIGHTS].data
    assert data is not None
    with pytest.raises(ValueError, match="read-only"):
        data[0] = 1


def test_a_bias_quantised_along_a_missing_dimension_is_accepted_with_a_warning() -> None:
    bias = small_model().tensors[BIAS].quantization
    assert bias is not None
    graph = rewritten(with_tensor(small_model(), BIAS, quantization=replace(bias, axis=3)))
    assert graph.tensors[BIAS].quantization == bias
    message = 'tensor 2 "bias": has 1 dimension but is quantised along dimension 3; taken as dimension 0'
    assert graph.source.warnings == (message,)


def test_the_same_warning_for_many_tensors_is_one_line(shared_models: Path) -> None:
    (warning,) = read(shared_models / "person_detect.tflite").source.warnings
    assert 'Conv2d_0/Conv2D_bias" and 13 more: ' in warning


def test_the_scale_zero_means_not_quantised() -> None:
    graph = rewritten(with_tensor(small_model(), FLAT, quantization=Quantization((0.0,), (0,))))
    assert graph.tensors[FLAT].quantization is None
    assert graph.source.warnings == ('tensor 5 "flat": has the scale 0; taken as not quantised',)


def test_missing_zero_points_are_zeros() -> None:
    graph = rewritten(with_tensor(small_model(), WEIGHTS, quantization=Quantization((0.5,) * 4, (), 0)))
    assert graph.tensors[WEIGHTS].quantization == Quantization((0.5,) * 4, (0,) * 4, 0)


def test_names_are_printable_whatever_the_file_has() -> None:
    graph = rewritten(with_tensor(small_model(), INPUT, name="a\nb\x1b[31m\u00e9"))
    assert graph.tensors[INPUT].name == "a\\nb\\x1b[31m\u00e9"


def test_int4_constants_stay_packed() -> None:
    packed = np.arange(96, dtype=np.uint8)
    packed.setflags(write=False)
    graph = rewritten(with_tensor(small_model(), MATRIX, dtype=DType.INT4, data=packed))
    data = graph.tensors[MATRIX].data
    assert data is not None
    assert (data.tolist(), data.dtype, graph.tensors[MATRIX].shape) == (packed.tolist(), np.uint8, (3, 64))


def test_a_variable_has_a_value_from_the_start() -> None:
    tensors = [computed("x", (4,)), computed("y", (4,)), replace(computed("state", (4,)), is_variable=True)]
    assert rewritten(graph_of(tensors, [node("svdf", (0, 2), (1,))])).tensors[2].is_variable


def test_options_of_another_operator_are_not_read() -> None:
    data = bytearray(write(small_model()))
    model: Any = tflite.Model.GetRootAs(data)
    data[position(model.Subgraphs(0).Operators(3), slot=10)] = tflite.BuiltinOptions.AddOptions
    graph = read_bytes(bytes(data), "small")
    assert not graph.nodes[3].options
    assert graph.source.warnings == ("operator 3 (softmax): has options of another operator, which are not read",)


def test_the_larger_operator_code_counts() -> None:
    data = bytearray(write(small_model()))
    model: Any = tflite.Model.GetRootAs(data)
    data[position(model.OperatorCodes(0), slot=4)] = tflite.BuiltinOperator.ADD
    assert read_bytes(bytes(data), "small").nodes[0].operator == "conv_2d"


def buffer_outside(offset: int, size: int) -> Any:
    builder = flatbuffers.Builder(0)
    builder.Finish(write_table(builder, "Buffer", {"Offset": offset, "Size": size}))
    return tflite.Buffer.GetRootAs(builder.Output())


def test_a_buffer_may_lie_behind_the_flatbuffer() -> None:
    buffers = Buffers(Tables(6), b"..abc.", [buffer_outside(2, 3)])
    found = buffers.read(0, "tensor 0")
    assert found is not None
    assert found.tobytes() == b"abc"
    assert buffers.constant_bytes == 3


@pytest.mark.parametrize(("offset", "size"), [(4, 3), (2**63, 1), (2, 2**63)])
def test_a_buffer_behind_the_end_of_the_file_is_refused(offset: int, size: int) -> None:
    with pytest.raises((ValueError, OverflowError)):
        Buffers(Tables(6), b"..abc.", [buffer_outside(offset, size)]).read(0, "tensor 0")


CONTRADICTIONS = {
    "negative dimension": (with_tensor(small_model(), INPUT, shape=(-1, 8, 8, 1)), "negative dimension"),
    "3 GiB": (with_tensor(small_model(), INPUT, shape=(3, 2**30)), "3,221,225,472 bytes, more than 2 GiB"),
    "33 dimensions": (with_tensor(small_model(), INPUT, shape=(1,) * 33), "33 dimensions"),
    "too little data": (with_tensor(small_model(), WEIGHTS, shape=(4, 3, 3, 2)), r"INT8 \[4, 3, 3, 2\] needs 72 bytes"),
    "data of another type": (with_tensor(small_model(), SHAPE, dtype=DType.INT64), "needs 16 bytes of data"),
    "scale not a number": (with_tensor(small_model(), FLAT, quantization=Quantization((math.nan,), (0,))), "scale"),
    "infinite scale": (with_tensor(small_model(), FLAT, quantization=Quantization((math.inf,), (0,))), "scale"),
    "negative scale": (with_tensor(small_model(), FLAT, quantization=Quantization((-1.0,), (0,))), "scale"),
    "two zero points": (
        with_tensor(small_model(), FLAT, quantization=Quantization((1.0,), (0, 1))),
        "1 scales but 2 zero points",
    ),
    "zero point out of range": (
        with_tensor(small_model(), FLAT, quantization=Quantization((1.0,), (128,))),
        r"outside of -128\.\.127",
    ),
    "axis out of range": (
        with_tensor(small_model(), WEIGHTS, quantization=Quantization((1.0,) * 4, (0,) * 4, 4)),
        "4 scales along dimension 4",
    ),
    "axis of another length": (
        with_tensor(small_model(), WEIGHTS, quantization=Quantization((1.0,) * 4, (0,) * 4, 1)),
        "4 scales along dimension 1",
    ),
    "unknown input": (with_node(small_model(), 0, inputs=(INPUT, 9)), "a tensor that does not exist"),
    "input -2": (with_node(small_model(), 0, inputs=(INPUT, -2)), "a tensor that does not exist"),
    "output -1": (with_node(small_model(), 0, outputs=(-1,)), "a tensor that does not exist"),
    "own output as input": (with_node(small_model(), 1, inputs=(FLAT,)), "tensor 5 is used before"),
    "wrong order": (
        replace(small_model(), nodes=tuple(reversed(small_model().nodes))),
        "tensor 7 is used before it has a value",
    ),
    "made twice": (with_node(small_model(), 1, outputs=(FEATURES,)), "tensor 3 gets its value a second time"),
    "constant computed": (with_node(small_model(), 1, outputs=(BIAS,)), "tensor 2 gets its value a second time"),
    "input computed": (replace(small_model(), inputs=(INPUT, SCORES)), "tensor 7 gets its value a second time"),
    "no output": (replace(small_model(), outputs=()), "no output"),
    "unknown output": (replace(small_model(), outputs=(9,)), "tensor 9 does not exist"),
    "output never computed": (
        replace(small_model(), nodes=small_model().nodes[:-1]),
        f"tensor {PROBABILITIES} is used before",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_model_that_contradicts_itself_is_refused_with_file_and_advice(name: str) -> None:
    graph, fact = CONTRADICTIONS[name]
    with pytest.raises(ModelError, match=fact) as caught:
        read_bytes(write(graph), "model.tflite")
    assert caught.value.where.startswith("model.tflite, ")
    assert caught.value.advice


def test_another_schema_version_is_unsupported() -> None:
    data = bytearray(write(small_model()))
    data[position(tflite.Model.GetRootAs(data), slot=4)] = 2
    with pytest.raises(UnsupportedError, match="schema version 2"):
        read_bytes(bytes(data), "old.tflite")


def one_tensor_listed_many_times(count: int, name_bytes: int) -> bytes:
    builder = flatbuffers.Builder(0)

    def vector(table: int, repeated: int = 1) -> int:
        builder.StartVector(4, repeated, 4)
        for _ in range(repeated):
            builder.PrependUOffsetTRelative(table)
        return builder.EndVector()

    tensor = write_table(builder, "Tensor", {"Name": builder.CreateString("x" * name_bytes)})
    subgraph = write_table(builder, "SubGraph", {"Tensors": vector(tensor, count)})
    buffers = vector(write_table(builder, "Buffer", {}))
    model = write_table(builder, "Model", {"Version": 3, "Subgraphs": vector(subgraph), "Buffers": buffers})
    builder.Finish(model, b"TFL3")
    return bytes(builder.Output())


def test_a_file_whose_tables_share_their_contents_to_cost_time_is_refused() -> None:
    with pytest.raises(ModelError, match="claims more than it holds"):
        read_bytes(one_tensor_listed_many_times(5_000, 100_000), "bomb.tflite")


def test_a_missing_file_is_the_caller_s_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        read(tmp_path / "model.tflite")


def test_a_directory_is_not_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="directory"):
        read(tmp_path)


def test_a_device_is_not_read_for_ever() -> None:
    with pytest.raises(ModelError, match="not a regular file"):
        read("/dev/zero")


def test_a_file_too_large_for_any_microcontroller_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    with path.open("wb") as file:
        file.truncate(2**30 + 1)
    with pytest.raises(ModelError, match="larger than 1 GiB"):
        read(path)


def test_a_path_that_is_too_long_is_reported() -> None:
    with pytest.raises(ModelError, match="cannot be read: File name too long"):
        read("x" * 5000)


def test_an_unreadable_file_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(write(small_model()))

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ModelError, match="Permission denied"):
        read(path)


@pytest.mark.parametrize(
    ("data", "fact"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04....", "a zip archive"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"\x7fELF\0\0\0\0\0", "not a .tflite model"),
        (b"hello", "not a .tflite model"),
        (b"\x1c\0\0\0TFL3", "damaged"),
    ],
)
def test_what_is_no_model_is_refused_with_the_file_s_name(data: bytes, fact: str, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=fact) as caught:
        read(path)
    assert caught.value.where == "file.bin"
    assert caught.value.advice


def test_a_constant_that_is_not_used_is_kept() -> None:
    graph = small_model()
    extra = constant("unused", np.ones(2, np.int16))
    assert rewritten(replace(graph, tensors=(*graph.tensors, extra))).tensors[-1].name == "unused"
