from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tflite
from lilliput.errors import InvariantError, UnsupportedError
from lilliput.ir import DType, OptionValue
from lilliput.oracles import available, random_inputs, run
from lilliput.tflite import cut, read, read_bytes, write
from tests.tflite.small_model import (
    BIAS,
    MATRIX,
    computed,
    constant,
    described,
    graph_of,
    node,
    options_of,
    small_model,
    with_tensor,
)

SAME_BEHAVIOUR = ("kws", "resnet_ic", "micro_speech")
ORACLES = ("tflm", "litert")


def test_what_is_written_reads_back_the_same() -> None:
    graph = small_model()
    assert described(read_bytes(write(graph), "small")) == described(graph)


def test_options_that_were_set_read_back_and_the_others_have_the_schema_s_defaults() -> None:
    before, after = options_of(small_model()), options_of(read_bytes(write(small_model()), "small"))
    for written, found in zip(before, after, strict=True):
        assert written.items() <= found.items()
    assert after[2]["weights_format"] == 0


@pytest.mark.parametrize(
    ("operator", "options"),
    [
        ("reshape", {"new_shape": ()}),
        ("bucketize", {"boundaries": (0.5, 1.5)}),
        ("stablehlo_transpose", {"permutation": (1, 0, 2**40)}),
        ("stablehlo_custom_call", {"call_target_name": "target", "has_side_effect": True}),
        ("custom:Detect", {"custom_options": b"\x00\x01\xff"}),
        ("conv_3d", {"dilation_d_factor": 3}),
        ("reduce_max", {"keep_dims": True}),
        ("unknown:250", {}),
    ],
)
def test_options_of_any_type_survive(operator: str, options: dict[str, OptionValue]) -> None:
    graph = graph_of([computed("a", (1,)), computed("b", (1,))], [node(operator, (0,), (1,), 5, **options)])
    found = read_bytes(write(graph), "options").nodes[0]
    assert (found.operator, found.version) == (operator, 5)
    assert options.items() <= found.options.items()


def test_an_option_that_the_operator_does_not_have_is_a_bug() -> None:
    graph = graph_of([computed("a", (1,)), computed("b", (1,))], [node("softmax", (0,), (1,), stride=1)])
    with pytest.raises(InvariantError, match="SoftmaxOptions has no stride"):
        write(graph)


def test_a_type_that_the_schema_has_no_number_for_is_unsupported() -> None:
    with pytest.raises(UnsupportedError, match='tensor "bias" of type OTHER'):
        write(with_tensor(small_model(), BIAS, dtype=DType.OTHER))


def test_the_same_graph_gives_the_same_bytes() -> None:
    assert write(small_model()) == write(small_model())


def test_equal_constants_share_a_buffer_and_the_first_buffer_is_empty() -> None:
    values = np.arange(32, dtype=np.int8)
    tensors = [computed("x", (32,)), constant("a", values), constant("b", values), computed("y", (32,))]
    nodes = [node("add", (0, 1), (3,)), node("add", (3, 2), (4,))]
    model: Any = tflite.Model.GetRootAs(write(graph_of([*tensors, computed("z", (32,))], nodes, outputs=(4,))))
    subgraph = model.Subgraphs(0)
    assert [subgraph.Tensors(index).Buffer() for index in range(5)] == [0, 1, 1, 0, 0]
    assert model.Buffers(0).DataLength() == 0


def test_every_buffer_starts_at_a_multiple_of_16() -> None:
    data = write(small_model())
    for values in (small_model().tensors[index].data for index in (BIAS, MATRIX)):
        assert values is not None
        assert data.index(values.tobytes()) % 16 == 0


def test_a_constant_without_elements_stays_a_constant() -> None:
    tensors = [computed("x", (1,)), computed("y", ()), constant("no shape", np.zeros(0, np.int32))]
    graph = graph_of(tensors, [node("reshape", (0, 2), (1,))])
    assert described(read_bytes(write(graph), "scalar")) == described(graph)


def test_every_shared_model_survives_a_round_trip(shared_models: Path) -> None:
    for path in sorted(shared_models.glob("*.tflite")):
        graph = read(path)
        again = read_bytes(write(graph), path.name)
        assert described(again) == described(graph), path.name
        assert options_of(again) == options_of(graph), path.name


@pytest.mark.parametrize("name", SAME_BEHAVIOUR)
@pytest.mark.parametrize("oracle_name", ORACLES)
def test_a_rewritten_model_computes_the_same_in_the_interpreters(
    name: str, oracle_name: str, shared_models: Path
) -> None:
    oracles = {oracle.name: oracle for oracle in available()}
    if oracle_name not in oracles:
        pytest.skip(f"needs the oracle {oracle_name}")
    model = (shared_models / f"{name}.tflite").read_bytes()
    graph = read_bytes(model, name)
    inputs = random_inputs(graph, 3, seed=1)
    rewritten = write(graph)
    expected = run(oracles[oracle_name], model, graph, inputs)
    assert run(oracles[oracle_name], rewritten, read_bytes(rewritten, name), inputs) == expected


@pytest.mark.parametrize("oracle_name", ORACLES)
def test_a_model_made_from_nothing_runs_in_the_interpreters(oracle_name: str) -> None:
    oracles = {oracle.name: oracle for oracle in available()}
    if oracle_name not in oracles:
        pytest.skip(f"needs the oracle {oracle_name}")
    graph = small_model()
    for each in (graph, cut(graph, [graph.nodes[-1].inputs[0]])):
        outputs = run(oracles[oracle_name], write(each), each, random_inputs(each, 2, seed=1))
        assert [len(output[0]) for output in outputs] == [3, 3]
