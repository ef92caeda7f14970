"""Verification: exact code passes; wrong code is caught, and the first wrong byte is found where it is made."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lilliput import api, oracles, tflite, verification
from lilliput.codegen import Label, Part
from lilliput.ir import Graph, Node
from lilliput.operators.conv_2d import Conv2D
from lilliput.operators.depthwise_conv_2d import DepthwiseConv2D
from lilliput.operators.operator import Call, Operator
from lilliput.options import Options
from lilliput.oracles import differing
from lilliput.pipeline import Build, build, prepare
from lilliput.saturation import before_saturation
from lilliput.tracing import dump_tensors, trace
from tests.cases.builder import GraphBuilder
from tests.transforms.test_drop_channels import network as layers_with_constant_channels

DIGITS = Path(__file__).parents[1] / "examples" / "digits" / "digits.tflite"
HOST = Options(target="host")
WHOLE, CUT = "outputs", "before the final softmax or logistic"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo model without its softmax: there is no second build of a part of it."""
    graph = tflite.read(DIGITS)
    path = tmp_path_factory.mktemp("models") / "network.tflite"
    path.write_bytes(tflite.write(tflite.cut(graph, [graph.nodes[-1].inputs[0]])))
    return path


def break_calls(
    monkeypatch: pytest.MonkeyPatch, operator: type[Operator], index: int, change: Callable[[Call], Call]
) -> None:
    """Let one node of the model call its kernel with other parameters."""
    calls = operator.calls

    def broken(self: Operator, graph: Graph, node: Node) -> tuple[Call, ...]:
        right = calls(self, graph, node)
        return tuple(map(change, right)) if node.origin.index == index else right

    monkeypatch.setattr(operator, "calls", broken)


def with_other_zero_point(call: Call) -> Call:
    """The call with 40 added to the zero point of the output."""
    zero_point = call.parameters["output.output_zero_point"]
    assert isinstance(zero_point, int)
    return replace(call, parameters={**call.parameters, "output.output_zero_point": zero_point + 40})


def with_other_bound(call: Call) -> Call:
    """The call with an activation that ends earlier."""
    return replace(call, parameters={**call.parameters, "output.output_maximum": -100})


def test_exact_code_passes_as_a_whole_and_before_saturation() -> None:
    result = api.verify_model(DIGITS, HOST, inputs=4)
    assert [(each.what, each.where) for each in result.comparisons] == [(WHOLE, "host"), (CUT, "host")]
    assert [each.compared_bytes for each in result.comparisons] == [40, 40]
    assert (result.mismatched_bytes, result.first_mismatch, result.inputs, result.run) == (0, None, 4, None)


@pytest.mark.parametrize(
    ("operator", "index", "name", "change"),
    [(Conv2D, 2, "pointwise", with_other_zero_point), (DepthwiseConv2D, 1, "depthwise", with_other_bound)],
)
def test_a_wrong_parameter_is_found_at_its_node_and_byte(
    operator: type[Operator],
    index: int,
    name: str,
    change: Callable[[Call], Call],
    network: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_calls(monkeypatch, operator, index, change)
    result = api.verify_model(network, HOST, inputs=3)
    mismatch = result.first_mismatch
    assert mismatch is not None
    assert 0 < result.mismatched_bytes == sum(each.mismatched_bytes for each in result.comparisons)
    assert (mismatch.where, mismatch.node, mismatch.operator, mismatch.name) == ("host", index, operator.name, name)
    graph = tflite.read(network)
    inputs = oracles.random_inputs(graph, 3, seed=0)[mismatch.input_set]
    (tensor,) = graph.nodes[index].outputs
    right = oracles.tensors(result.oracle, network.read_bytes(), graph, inputs, [tensor])[tensor]
    wrong = next(each.data for each in trace(prepare(graph), HOST, inputs) if each.tensor == tensor)
    first = int(np.flatnonzero(np.frombuffer(right, np.int8) != np.frombuffer(wrong, np.int8))[0])
    assert (mismatch.index, mismatch.expected, mismatch.actual) == (first, right[first], wrong[first])


def test_a_wrong_node_is_found_where_channels_were_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = layers_with_constant_channels(1)
    assert any(tensor.origin.channels is not None for tensor in prepare(graph).tensors)
    wrong = max(index for index, node in enumerate(graph.nodes) if node.operator == "conv_2d")
    model = tmp_path / "model.tflite"
    model.write_bytes(tflite.write(graph))
    break_calls(monkeypatch, Conv2D, wrong, with_other_bound)
    mismatch = api.verify_model(model, HOST, inputs=2).first_mismatch
    assert mismatch is not None
    assert (mismatch.where, mismatch.node) == ("host", wrong)


def test_what_is_wrong_on_the_target_alone_is_reported_for_the_target(
    network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_flipped_bias(graph: Graph, options: Options, directory: Path, **_: object) -> Build:
        built = build(graph, options, directory)
        binary = bytearray(built.image.binary)
        for item in built.footprint.ranges:
            if item.label == Label(Part.WEIGHTS, "bias", 5):
                binary[item.start + 3] ^= 0x7F
        return replace(built, image=replace(built.image, binary=bytes(binary)))

    monkeypatch.setattr(verification, "build", with_flipped_bias)
    result = api.verify_model(network, Options("cortex-m4"), inputs=2)
    assert [(each.where, each.mismatched_bytes) for each in result.comparisons] == [("host", 0), ("cortex-m4", 2)]
    mismatch = result.first_mismatch
    assert mismatch is not None
    assert mismatch.where == "cortex-m4"
    assert mismatch.node in (None, 5)
    assert mismatch.expected != mismatch.actual


def only_litert(package: str) -> str | None:
    return None if package == "tflite-micro" else "1.0"


def test_without_tflm_the_oracle_is_litert_and_a_note_says_so(network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lilliput.oracles.oracle.package_version", only_litert)
    result = api.verify_model(network, HOST, inputs=1)
    assert (result.oracle.name, result.oracle.contract) == ("litert", "litert")
    (note,) = result.notes
    assert "tflite-micro" in note
    assert "the oracle is LiteRT" in note
    assert result.disagreements == ()


@pytest.mark.slow
def test_a_model_on_which_the_oracles_part_says_how_much_and_where(shared_models: Path) -> None:
    result = api.verify_model(shared_models / "anomaly_ad01.tflite", HOST, inputs=3)
    assert result.mismatched_bytes == 0
    (found,) = result.disagreements
    assert found.oracle.name == "litert"
    assert 0 < found.differing_bytes < found.compared_bytes == 3 * 640
    assert found.first_node in range(len(result.build.graph.nodes))


@pytest.mark.slow
def test_an_oracle_that_refuses_the_model_becomes_a_note(shared_models: Path) -> None:
    result = api.verify_model(shared_models / "person_detect.tflite", HOST, inputs=1)
    assert (result.mismatched_bytes, result.disagreements) == (0, ())
    assert any(note.startswith("LiteRT (BUILTIN_REF) refuses the model") for note in result.notes)


def test_a_dump_has_every_tensor_of_the_oracle(network: Path, tmp_path: Path) -> None:
    result = api.verify_model(network, HOST, inputs=2, seed=5, dump=tmp_path / "new" / "tensors.npz")
    graph = tflite.read(network)
    inputs = oracles.random_inputs(graph, 2, seed=5)[0]
    made = {f"{index:03d} {graph.output(node).name}": node.outputs[0] for index, node in enumerate(graph.nodes)}
    right = oracles.tensors(result.oracle, network.read_bytes(), graph, inputs, made.values())
    with np.load(tmp_path / "new" / "tensors.npz") as dumped:
        assert set(dumped.files) == set(made)
        for name, tensor in made.items():
            assert dumped[name].shape == graph.tensors[tensor].shape
            assert dumped[name].tobytes() == right[tensor]


def test_a_dump_tells_outputs_of_one_name_apart(tmp_path: Path) -> None:
    builder = GraphBuilder()
    source = builder.input((2, 4), scale=0.5)
    halves = [builder.computed((2, 2), scale=0.5) for _ in range(2)]
    builder.node("split", [builder.constant(1), source], halves, num_splits=2)
    graph = builder.graph(*halves)
    named = replace(graph, tensors=tuple(replace(tensor, name="a/half\0") for tensor in graph.tensors))
    dump_tensors(tmp_path / "halves.npz", prepare(named), replace(HOST, name="net"), [bytes(range(8))])
    with np.load(tmp_path / "halves.npz") as dumped:
        halves_of = {name: dumped[name].tolist() for name in dumped.files}
    assert halves_of == {"000 a_half_": [[0, 1], [4, 5]], "000.1 a_half_": [[2, 3], [6, 7]]}


def test_a_dump_shows_a_view_as_it_was_although_nobody_needs_its_bytes_any_more(tmp_path: Path) -> None:
    builder = GraphBuilder()
    whole, other = builder.input((2, 4), scale=0.5), builder.input((1, 4), scale=0.5)
    softened = [builder.computed((1, 4), scale=1 / 256, zero_point=-128) for _ in range(2)]
    builder.node("softmax", [other], softened[0], beta=1.0)
    builder.node("softmax", softened[:1], softened[1], beta=1.0)
    halves = [builder.computed((1, 4), scale=0.5) for _ in range(2)]
    builder.node("split", [builder.constant(0), whole], halves, num_splits=2)
    graph = builder.graph(halves[1], *softened, other)
    dump_tensors(tmp_path / "t.npz", prepare(graph), replace(HOST, name="net"), [bytes(range(8)), bytes(4)])
    with np.load(tmp_path / "t.npz") as dumped:
        assert dumped[f"002 t{halves[0]}"].tolist() == [[0, 1, 2, 3]]
        assert dumped[f"002.1 t{halves[1]}"].tolist() == [[4, 5, 6, 7]]


def test_differing_bytes_are_counted_over_all_samples_and_outputs() -> None:
    assert differing([[b"ab", b"c"], [b"de", b"f"]], [[b"ab", b"x"], [b"xx", b"f"]]) == 3


def classifier(*last: str) -> tuple[GraphBuilder, list[int]]:
    """A model with one output for each of `last`, made from its own RELU of the input by that operator."""
    builder = GraphBuilder()
    source = builder.input((1, 4), scale=0.5)
    outputs: list[int] = []
    for operator in last:
        hidden = builder.node("relu", [source], builder.computed((1, 4), scale=0.5))
        result = builder.computed((1, 4), scale=1 / 256, zero_point=-128)
        outputs.append(builder.node(operator, [hidden], result, beta=1.0))
    return builder, outputs


def test_saturating_ends_are_cut_also_behind_views() -> None:
    builder, (result,) = classifier("softmax")
    flat = builder.computed((4,), scale=1 / 256, zero_point=-128)
    builder.node("reshape", [result, builder.constant([4])], flat, new_shape=(4,))
    part = before_saturation(builder.graph(flat))
    assert part is not None
    assert [node.operator for node in part.nodes] == ["relu"]


def test_only_the_saturating_ends_are_cut() -> None:
    builder, outputs = classifier("logistic", "relu6")
    part = before_saturation(builder.graph(*outputs))
    assert part is not None
    assert [node.operator for node in part.nodes] == ["relu", "relu", "relu6"]
    assert len(part.outputs) == 2


def test_a_model_without_a_saturating_end_is_not_cut() -> None:
    builder, outputs = classifier("relu6")
    assert before_saturation(builder.graph(*outputs)) is None


def test_a_model_that_is_nothing_but_its_end_is_not_cut() -> None:
    builder = GraphBuilder()
    source = builder.input((1, 4), scale=0.5)
    result = builder.computed((1, 4), scale=1 / 256, zero_point=-128)
    assert before_saturation(builder.graph(builder.node("logistic", [source], result))) is None
