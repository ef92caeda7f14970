from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tflite
from lilliput.errors import InvariantError, UnsupportedError
from lilliput.ir import DType, OptionValue, Quantization
from lilliput.oracles import available, random_inputs, run
from lilliput.tflite import cut, read, read_bytes, write
from lilliput.tflite.builder import SharingBuilder
from lilliput.tflite.signatures import Signature, read_signatures
from tests.cases.random_cases import RANDOM_CASES, random_case
from tests.cases.random_graphs import random_graph
from tests.tflite.small_model import (
    BIAS,
    FEATURES,
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
    for seed in range(10):
        graph = random_graph(seed)
        data = write(graph)
        for values in (tensor.data for tensor in graph.tensors if tensor.data is not None and tensor.data.nbytes > 16):
            assert data.index(values.tobytes()) % 16 == 0


def test_equal_vectors_and_tables_are_written_once() -> None:
    scales = Quantization(tuple((number + 1) / 256 for number in range(200)), (0,) * 200, 1)
    shared = [replace(computed(name, (1, 200)), quantization=scales) for name in "xyz"]
    graph = graph_of(shared, [node("relu", (0,), (1,)), node("relu", (1,), (2,))], outputs=(2,))
    vectors_bytes = 200 * (4 + 8)
    assert vectors_bytes < len(write(graph)) < 2 * vectors_bytes
    assert described(read_bytes(write(graph), "shared")) == described(graph)


def test_zeros_of_either_sign_are_not_the_same_vector() -> None:
    builder = SharingBuilder()
    plus, minus, again = (builder.numbers((zero,), "<f4") for zero in (0.0, -0.0, 0.0))
    assert plus == again != minus


def test_tensors_without_a_name_take_no_bytes_for_it() -> None:
    nameless = replace(small_model(), tensors=tuple(replace(each, name="") for each in small_model().tensors))
    names_bytes = sum(len(tensor.name) for tensor in small_model().tensors)
    assert len(write(nameless)) + names_bytes < len(write(small_model()))
    assert {tensor.name for tensor in read_bytes(write(nameless), "nameless").tensors} == {""}


def test_contents_are_no_further_apart_than_their_alignment_asks_for() -> None:
    sizes = (16, 88, 4, 300, 128, 5, 12)
    values = [constant(str(size), np.full(size, size % 100, np.int8)) for size in sizes]
    tensors = [computed("x", (1,)), computed("y", (1,)), *values]
    data = write(graph_of(tensors, [node("custom:Take", (0, *range(2, 2 + len(sizes))), (1,))]))
    starts = sorted(data.index(each.data.tobytes()) for each in values if each.data is not None)
    assert starts[-1] - starts[0] <= sum(size + 4 + 15 for size in sizes[1:])


@pytest.mark.parametrize("seed", range(40))
def test_random_networks_survive_a_round_trip(seed: int) -> None:
    graph = random_graph(seed)
    again = read_bytes(write(graph), "random")
    assert described(again) == described(graph)
    for written, found in zip(options_of(graph), options_of(again), strict=True):
        assert written.items() <= found.items()


@pytest.mark.parametrize("operator", sorted(RANDOM_CASES))
def test_random_operators_survive_a_round_trip(operator: str) -> None:
    graph = random_case(operator, 1)
    assert described(read_bytes(write(graph), "random")) == described(graph)


def test_signatures_name_the_same_inputs_and_outputs_as_before() -> None:
    graph = small_model()
    signatures = (Signature("serving", (("picture", 0),), (("probability", 0),)), Signature("other", (), ()))
    data = write(graph, signatures)
    assert read_signatures(data, read_bytes(data, "signed")) == signatures
    assert described(read_bytes(data, "signed")) == described(graph)


def test_signatures_of_what_is_no_end_of_the_graph_are_left_out() -> None:
    graph = small_model()
    data = write(graph, [Signature("serving", (("picture", 0),), ())])
    assert read_signatures(data, replace(graph, inputs=(FEATURES,))) == ()


def test_the_interpreter_finds_a_written_signature() -> None:
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    data = write(small_model(), [Signature("serving", (("picture", 0),), (("probability", 0),))])
    interpreter = litert.Interpreter(model_content=data)
    assert interpreter.get_signature_list() == {"serving": {"inputs": ["picture"], "outputs": ["probability"]}}


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
