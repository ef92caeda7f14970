"""What inspect says about a model adds up, agrees with what others measured, and is said of any model."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lilliput import tflite
from lilliput.errors import LilliputError
from lilliput.inspection import Inspection, inspect_graph, operator_title
from lilliput.ir import DType, Graph, Tensor
from lilliput.reports.inspect_json import inspect_report
from lilliput.reports.inspect_terminal import inspection_text
from tests.tflite.small_model import (
    FEATURES,
    INPUT,
    SCORES,
    WEIGHTS,
    computed,
    constant,
    graph_of,
    node,
    small_model,
    with_node,
    with_tensor,
)
from tests.tflite.test_mutations import mutated

DIGITS = Path(__file__).parents[1] / "examples" / "digits" / "digits.tflite"
MUTATIONS = 250
COMPILED = {
    "anomaly_ad01", "fomo_face", "gearbox_fault", "hello_world_int8", "kws", "magic_wand", "mcunet_vww", "micro_speech",
    "mobilenet96_1000", "person_detect", "resnet_ic", "strww", "tinyengine_detection", "vww_96",
}  # fmt: skip
UNCOUNTED = {"keyword_svdf", "mnist_lstm_int8"}
"""Models with an operator that Lilliput does not know, in which multiplications are."""
ARENA_BYTES = {
    "micro_speech": 5_960, "kws": 16_000, "strww": 6_656, "resnet_ic": 49_152, "person_detect": 55_296,
    "vww_96": 55_296, "fomo_face": 225_840, "mcunet_vww": 161_472,
}  # fmt: skip
"""What tensors need that are kept as a whole, found by exhaustive search outside of this project."""


def reread(graph: Graph) -> Graph:
    """The graph as it comes back from a file."""
    return tflite.read_bytes(tflite.write(graph), "test.tflite")


def inspect_all(folder: Path) -> dict[str, Inspection]:
    return {path.stem: inspect_graph(tflite.read(path)) for path in sorted(folder.glob("*.tflite"))}


@pytest.fixture(scope="module")
def shared(shared_models: Path) -> dict[str, Inspection]:
    return inspect_all(shared_models)


def check_that_it_adds_up(inspection: Inspection) -> None:
    source = inspection.graph.source
    assert source.constant_bytes + inspection.metadata_bytes == source.file_bytes
    weights = sum(cost.weight_bytes for cost in inspection.nodes)
    assert weights + inspection.unused_constant_bytes == source.constant_bytes
    assert inspection.unused_constant_bytes >= 0
    memory = inspection.memory
    assert memory is not None
    assert sum(memory.contributors.values()) == memory.peak_bytes
    assert all(alive <= memory.graph.tensors[index].size_bytes for index, alive in memory.contributors.items())
    assert max(memory.live_bytes) == memory.peak_bytes <= memory.plan.arena_bytes
    assert memory.plan.lower_bound_bytes <= memory.plan.arena_bytes


def test_constants_metadata_and_memory_add_up() -> None:
    inspection = inspect_graph(tflite.read(DIGITS))
    check_that_it_adds_up(inspection)
    assert inspection.unused_constant_bytes == 0
    assert inspection.graph.source.file_bytes == DIGITS.stat().st_size


def test_every_shared_model_adds_up(shared: dict[str, Inspection]) -> None:
    for inspection in shared.values():
        check_that_it_adds_up(inspection)


def test_the_macs_are_those_that_others_counted(shared: dict[str, Inspection], shared_models: Path) -> None:
    manifest = json.loads((shared_models / "manifest.json").read_text())
    expected = {Path(model["file"]).stem: model["macs"] for model in manifest if model.get("macs") is not None}
    found = {name: inspection.macs for name, inspection in shared.items() if name in expected}
    assert {name for name, macs in expected.items() if found[name] != macs} == UNCOUNTED
    assert all(any(cost.macs is None for cost in shared[name].nodes) for name in UNCOUNTED)


def test_layer_by_layer_the_arena_is_no_larger_than_whole_tensors_need(shared: dict[str, Inspection]) -> None:
    arenas = {name: memory.plan.arena_bytes for name in ARENA_BYTES if (memory := shared[name].memory) is not None}
    assert arenas.keys() == ARENA_BYTES.keys()
    assert all(arenas[name] <= most for name, most in ARENA_BYTES.items())


def test_the_supported_models_are_those_that_compile(shared: dict[str, Inspection]) -> None:
    assert {name for name, inspection in shared.items() if not inspection.problems} == COMPILED


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_every_shared_model_can_be_shown_at_any_width(shared: dict[str, Inspection], width: int) -> None:
    for inspection in shared.values():
        lines = inspection_text(inspection, width).splitlines()
        assert max(map(len, lines)) <= width
        for cost in inspection.nodes:
            assert any(line.split()[:1] == [str(cost.node.origin.index)] for line in lines)


def test_a_constant_that_two_nodes_use_counts_once_for_the_first() -> None:
    matrix = constant("matrix", np.ones((4, 4), np.int8))
    tensors = [computed("a", (1, 4)), computed("b", (1, 4)), computed("c", (1, 4)), matrix]
    nodes = [node("fully_connected", (0, 3, -1), (1,)), node("fully_connected", (1, 3, -1), (2,))]
    inspection = inspect_graph(graph_of(tensors, nodes, (0,), (2,)))
    assert [cost.weight_bytes for cost in inspection.nodes] == [16, 0]


def test_two_tensors_of_one_buffer_count_once() -> None:
    matrix = constant("matrix", np.ones((4, 4), np.int8))
    assert matrix.data is not None
    view = matrix.data.view()
    view.setflags(write=False)
    tensors = [computed("a", (1, 4)), computed("b", (1, 4)), computed("c", (1, 4)), matrix, replace(matrix, data=view)]
    nodes = [node("fully_connected", (0, 3, -1), (1,)), node("fully_connected", (1, 4, -1), (2,))]
    inspection = inspect_graph(graph_of(tensors, nodes, (0,), (2,)))
    assert [cost.weight_bytes for cost in inspection.nodes] == [16, 0]


def test_constants_that_no_node_uses_are_counted_apart() -> None:
    graph = small_model()
    unused = constant("unused", np.ones(100, np.int8))
    inspection = inspect_graph(reread(replace(graph, tensors=(*graph.tensors, unused))))
    assert inspection.unused_constant_bytes == 100
    assert "No operator uses 100 bytes of the constants." in inspection_text(inspection, 80)


def test_the_costs_of_a_node_are_those_of_its_tensors() -> None:
    convolution, reshape, matrix, _ = inspect_graph(reread(small_model())).nodes
    assert (convolution.macs, convolution.weight_bytes, convolution.activation_bytes) == (16 * 4 * 9, 36 + 16, 64)
    assert (reshape.macs, reshape.weight_bytes, reshape.activation_bytes) == (0, 8, 64)
    assert (matrix.macs, matrix.weight_bytes, matrix.activation_bytes) == (3 * 64, 3 * 64, 3)


def test_nodes_that_the_rewrites_remove_are_marked() -> None:
    shape = Tensor("shape", DType.INT32, (4,), None, None, computed("shape", ()).origin)
    tensors = [computed("image", (1, 2, 2, 1)), shape, computed("flat", (1, 2, 2, 1))]
    nodes = [node("shape", (0,), (1,), out_type=2), node("reshape", (0, 1), (2,))]
    inspection = inspect_graph(reread(graph_of(tensors, nodes, (0,), (2,))))
    assert [cost.removed for cost in inspection.nodes] == [True, False]
    assert "SHAPE (removed)" in inspection_text(inspection, 80)


def test_an_unknown_operator_is_shown_with_its_name_and_without_macs() -> None:
    custom = node("custom:FancyDetect", (0,), (1,))
    inspection = inspect_graph(graph_of([computed("a", (1, 4)), computed("b", (1, 4))], [custom]))
    (cost,) = inspection.nodes
    assert cost.macs is None
    assert cost.problems
    assert operator_title(cost.node) == "CUSTOM:FancyDetect"
    text = inspection_text(inspection, 80)
    assert "CUSTOM:FancyDetect !" in text
    assert "this operator is not supported: CUSTOM:FancyDetect 0" in text


def test_all_problems_of_all_nodes_are_listed_once() -> None:
    graph = with_tensor(with_node(small_model(), 3, operator="cast", options={}), FEATURES, dtype=DType.FLOAT32)
    inspection = inspect_graph(reread(graph))
    assert [len(cost.problems) > 0 for cost in inspection.nodes][0::3] == [True, True]
    assert set(inspection.problems) >= {problem for cost in inspection.nodes for problem in cost.problems}
    assert len(set(inspection.problems)) == len(inspection.problems)


@pytest.mark.parametrize("shape", [(), (0, 3, 3, 1), (0,), (4,)])
def test_weights_of_a_senseless_shape_do_no_harm(shape: tuple[int, ...]) -> None:
    values = np.zeros(shape, np.int8)
    values.setflags(write=False)
    graph = with_tensor(small_model(), WEIGHTS, shape=shape, data=values, quantization=None)
    inspection = inspect_graph(graph)
    assert inspection.nodes[0].problems
    assert inspection_text(inspection, 80)


def test_a_node_without_the_operands_that_it_needs_has_no_macs_but_a_problem() -> None:
    inspection = inspect_graph(with_node(small_model(), 0, inputs=(INPUT,)))
    assert inspection.nodes[0].macs is None
    assert "CONV_2D has 1 inputs" in inspection.problems[0]


def test_a_problem_of_one_node_does_not_hide_those_of_others() -> None:
    graph = reread(with_node(with_node(small_model(), 0, inputs=(INPUT,)), 3, inputs=(SCORES, SCORES)))
    assert [bool(cost.problems) for cost in inspect_graph(graph).nodes] == [True, False, False, True]


def test_a_model_that_no_microcontroller_holds_is_shown_without_a_plan() -> None:
    tensors = [computed("a", (1, 1 << 26)), computed("b", (1, 1 << 26))]
    inspection = inspect_graph(graph_of(tensors, [node("reshape", (0,), (1,))]))
    assert inspection.memory is None
    assert any("more than any microcontroller has" in problem for problem in inspection.problems)
    assert "1x67108864" in inspection_text(inspection, 80)


def test_a_model_without_nodes_is_shown() -> None:
    inspection = inspect_graph(graph_of([computed("a", (1, 4))], [], (0,), (0,)))
    assert inspection.memory is None
    assert "0 nodes" in inspection_text(inspection, 80)
    assert inspect_report(inspection)["memory"] is None


def test_damaged_files_that_can_be_read_can_be_inspected() -> None:
    original = tflite.write(small_model())
    inspected = 0
    for seed in range(MUTATIONS):
        try:
            graph = tflite.read_bytes(mutated(original, seed), "mutated")
        except LilliputError:
            continue
        inspection = inspect_graph(graph)
        assert inspection_text(inspection, 80)
        assert json.dumps(inspect_report(inspection))
        inspected += 1
    assert inspected > MUTATIONS // 20
