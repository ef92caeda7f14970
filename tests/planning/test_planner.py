"""Plans of whole graphs: checked, between the bound and the sum of all tensors, deterministic."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from lilliput.errors import DoesNotFitError
from lilliput.ir import DType, Graph
from lilliput.planning import Plan, check_plan, contributors, live_bytes, plan
from lilliput.planning.lifetimes import lifetimes
from lilliput.planning.packing import pack
from lilliput.tflite import read
from tests.planning.random_graphs import graphs
from tests.planning.small_graphs import graph, operator_of, tensor

_WHOLE_LAYER_BYTES = {
    "anomaly_ad01": 768,
    "fomo_face": 225_840,
    "hello_world_int8": 32,
    "kws": 16_000,
    "mcunet_vww": 161_472,
    "micro_speech": 5_960,
    "mobilenet96_1000": 55_296,
    "person_detect": 55_296,
    "resnet_ic": 49_152,
    "strww": 6_656,
    "tinyengine_detection": 337_024,
    "vww_96": 55_296,
}


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_any_plan_passes_the_checker_and_is_not_below_the_lower_bound(graph: Graph) -> None:
    found = plan(graph, operator_of, seconds=0.1)
    check_plan(graph, operator_of, found)
    live = live_bytes(graph, found)
    assert max(live, default=0) <= found.lower_bound_bytes <= found.arena_bytes
    assert found.arena_bytes <= sum(buffer.size_bytes + buffer.alignment_bytes for buffer in found.buffers)
    assert found.order == tuple(range(len(graph.nodes)))


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_taking_over_memory_never_makes_the_arena_larger(graph: Graph) -> None:
    separate = pack(lifetimes(graph, range(len(graph.nodes)), operator_of, in_place=False), seconds=0.05)
    assert plan(graph, operator_of, seconds=0.1).arena_bytes <= separate.arena_bytes


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_what_contributes_to_a_step_adds_up_to_its_live_bytes(graph: Graph) -> None:
    found = plan(graph, operator_of, seconds=0.1)
    for step, live in enumerate(live_bytes(graph, found)):
        sizes = [graph.tensors[index].size_bytes for index in contributors(graph, found, step)]
        assert sum(sizes) == live
        assert sizes == sorted(sizes, reverse=True)


def test_contributors_are_named_by_what_their_memory_holds_at_that_step() -> None:
    network = graph([4, 4, 4, 9], [("layer", (0,), (1,)), ("first", (1,), (2,)), ("layer", (2,), (3,))], (0,), (3,))
    found = plan(network, operator_of)
    assert [contributors(network, found, step) for step in range(3)] == [(0, 1), (2,), (3, 2)]
    assert live_bytes(network, found) == (8, 4, 13)


def in_place_in_the_way() -> Graph:
    """At most six bytes are alive, but they only fit into six when tensor 8 does not lie where tensor 1 lies."""
    nodes = [
        ("layer", (), (0, 1)),
        ("layer", (0,), ()),
        ("layer", (), (2, 3)),
        ("first", (1,), (8,)),
        ("layer", (8,), (4, 5)),
        ("layer", (3,), (6,)),
        ("layer", (5,), (7,)),
    ]
    return graph([4, 2, 3, 1, 1, 2, 3, 4, 2], nodes, (), ())


def test_an_in_place_output_that_prevents_a_tight_packing_gets_memory_of_its_own() -> None:
    network = in_place_in_the_way()
    steps = range(len(network.nodes))
    assert pack(lifetimes(network, steps, operator_of, in_place=True), seconds=1).arena_bytes == 7
    found = plan(network, operator_of)
    assert (found.arena_bytes, found.lower_bound_bytes) == (6, 6)


def test_a_graph_without_nodes_keeps_its_input() -> None:
    found = plan(graph([3], [], (0,), (0,)), operator_of)
    assert (found.arena_bytes, dict(found.offsets), found.order) == (3, {0: 0}, ())


def test_the_arena_is_aligned_for_its_strictest_tensor() -> None:
    mixed = graph([3, tensor(1, 2, DType.FLOAT32), 1], [("layer", (0,), (1,)), ("layer", (1,), (2,))], (0,), (2,))
    found = plan(mixed, operator_of)
    assert found.alignment_bytes == 4
    assert found.offsets[1] % 4 == 0


def test_a_tensor_larger_than_any_memory_ends_in_an_error() -> None:
    with pytest.raises(DoesNotFitError, match="1,073,741,825 bytes"):
        plan(graph([1, 1 << 30], [("layer", (0,), (1,))], (0,), (1,)), operator_of)


def plan_of_model(folder: Path, name: str) -> tuple[Graph, Plan]:
    """A real model with the layers' own behaviour where it matters: reshapes are views, additions work in place."""
    network = read(folder / f"{name}.tflite")
    return network, plan(network, operator_of)


@pytest.mark.parametrize("name", _WHOLE_LAYER_BYTES)
def test_real_models_are_planned_optimally(name: str, shared_models: Path) -> None:
    network, found = plan_of_model(shared_models, name)
    assert found.arena_bytes == _WHOLE_LAYER_BYTES[name]
    assert found.lower_bound_bytes == max(live_bytes(network, found)) == found.arena_bytes


def test_the_plan_of_a_model_that_needs_the_solver_is_the_same_every_time(shared_models: Path) -> None:
    _, first = plan_of_model(shared_models, "wakeword_okay_nabu_v2")
    _, second = plan_of_model(shared_models, "wakeword_okay_nabu_v2")
    assert first == second
    assert first.arena_bytes == first.lower_bound_bytes
