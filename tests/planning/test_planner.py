"""Plans of whole graphs: checked, between the bound and the sum of all tensors, deterministic."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from lilliput.errors import DoesNotFitError, UsageError
from lilliput.ir import DType, Graph, Node
from lilliput.operators import support
from lilliput.operators.operator import Operator
from lilliput.pipeline import prepare
from lilliput.planning import ArenaDoesNotFitError, Plan, check_plan, contributors, live_bytes, plan
from lilliput.tflite import read
from tests.planning.random_graphs import graphs, row_graphs
from tests.planning.small_graphs import Description, graph, image, operator_of, slide, tensor

_ARENA_BYTES = {
    "anomaly_ad01": (768, 768, None),
    "fomo_face": (116_736, 29_228, 16_794),
    "gearbox_fault": (130, 130, None),
    "hello_world_int8": (32, 32, None),
    "kws": (11_840, 4_586, 4_276),
    "magic_wand": (5_696, 5_696, None),
    "mcunet_vww": (85_856, 77_040, 19_266),
    "micro_speech": (4_200, 2_144, None),
    "mobilenet96_1000": (37_632, 28_032, 12_812),
    "person_detect": (37_632, 12_724, 12_288),
    "resnet_ic": (33_792, 12_382, 11_326),
    "strww": (4_008, 3_722, 3_726),
    "tinyengine_detection": (246_240, 246_240, 30_600),
    "vww_96": (37_632, 28_032, 12_812),
}
"""Model -> arena with whole layers, by rows, and with the input by rows (None: it cannot be)."""
_HARDEST = ("mcunet_vww", "tinyengine_detection")


def interleaved_nodes(plan: Plan) -> int:
    return sum(len(segment) for segment in plan.segments if len(segment) > 1)


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_any_plan_passes_the_checker_and_is_not_below_the_lower_bound(graph: Graph) -> None:
    found = plan(graph, operator_of, seconds=0.05)
    check_plan(graph, operator_of, found)
    assert max(found.lower_bound_bytes, *live_bytes(graph, found), 0) <= found.arena_bytes
    assert found.arena_bytes <= sum(buffer.size_bytes + buffer.alignment_bytes for buffer in found.buffers)


@settings(deadline=None, max_examples=60)
@given(row_graphs())
def test_a_plan_by_rows_passes_the_checker_and_is_never_larger_than_whole_layers(graph: Graph) -> None:
    whole = plan(graph, operator_of, seconds=0.05, rows=False)
    found = plan(graph, operator_of, seconds=0.05)
    assert found.lower_bound_bytes <= found.arena_bytes <= whole.arena_bytes
    assert whole.lower_bound_bytes <= whole.arena_bytes
    assert interleaved_nodes(whole) == 0


@settings(deadline=None, max_examples=60)
@given(row_graphs())
def test_an_input_that_can_be_pushed_never_lies_in_memory_as_a_whole_unless_it_must(graph: Graph) -> None:
    try:
        found = plan(graph, operator_of, seconds=0.05, input_by_rows=True)
    except UsageError:
        return
    assert [step.row for step in found.steps if step.node < 0] == list(range(graph.tensors[0].shape[1]))
    assert found.lower_bound_bytes <= found.arena_bytes


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_views_of_parts_never_make_a_plan_larger(graph: Graph) -> None:
    def copying(node: Node) -> Operator | None:
        """The operator of the node; joins and cuts copy."""
        return None if node.operator in ("join", "cut") else operator_of(node)

    assert plan(graph, operator_of, seconds=0.05).arena_bytes <= plan(graph, copying, seconds=0.05).arena_bytes


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_what_contributes_covers_the_live_bytes(graph: Graph) -> None:
    found = plan(graph, operator_of, seconds=0.05)
    for position, live in enumerate(live_bytes(graph, found)):
        sizes = [graph.tensors[index].size_bytes for index in contributors(graph, found, position)]
        # Parts of a buffer that are not there yet, or not needed any more, leave room for others.
        beside = any(graph.tensors[i].size_bytes < each.size_bytes for each in found.buffers for i in each.tensors)
        assert beside or sum(sizes) == live
        assert sizes == sorted(sizes, reverse=True)


def test_contributors_are_named_by_what_their_memory_holds_at_that_step() -> None:
    network = graph([4, 4, 4, 9], [("layer", (0,), (1,)), ("first", (1,), (2,)), ("layer", (2,), (3,))], (0,), (3,))
    found = plan(network, operator_of)
    assert [contributors(network, found, step) for step in range(3)] == [(0, 1), (2,), (3, 2)]
    assert live_bytes(network, found) == (8, 4, 13)


def in_place_in_the_way() -> Graph:
    """At most six bytes are alive, but they only fit into six when tensor 8 does not lie where tensor 1 lies."""
    nodes: list[Description] = [
        ("layer", (), (0, 1)),
        ("layer", (0,), ()),
        ("layer", (), (2, 3)),
        ("first", (1,), (8,)),
        ("layer", (8,), (4, 5)),
        ("layer", (3,), (6,)),
        ("layer", (5,), (7,)),
        # What is kept in this order, because a state is read.
        ("layer", (9,), ()),
    ]
    return graph([4, 2, 3, 1, 1, 2, 3, 4, 2, tensor(9, 1, variable=True)], nodes, (), ())


def test_an_in_place_output_that_prevents_a_tight_packing_gets_memory_of_its_own() -> None:
    found = plan(in_place_in_the_way(), operator_of)
    assert found.arena_bytes == 7
    assert found.offsets[8] != found.offsets[1]


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


CHAIN = graph(
    [image(0, 16, 8), image(1, 16, 16), image(2, 16, 16), image(3, 16, 1)],
    [slide(0, 1), slide(1, 2), slide(2, 3)],
    (0,),
    (3,),
)
"""256 bytes in the middle, where three rows of 16 are enough."""


def test_rows_kept_are_named_with_their_ring() -> None:
    found = plan(CHAIN, operator_of)
    assert dict(found.rows_kept) == {1: 3, 2: 3}
    assert found.progress_offset is not None
    assert found.arena_bytes < 16 * 8 + 2 * 3 * 16 + 16 + 10


def test_a_reduction_of_a_flattened_view_takes_rows_as_they_come() -> None:
    nodes: list[Description] = [slide(0, 1), ("reshape", (1,), (2,)), ("flat", (2,), (3,))]
    network = graph([image(0, 30, 8), image(1, 30, 16), tensor(2, (1, 480)), 4], nodes, (0,), (3,))
    found = plan(network, operator_of)
    assert found.segments == ((0, 1, 2),)
    assert found.rows_kept[1] == 1
    # The input, a row, the sums, and counters for three tensors and the sums.
    assert found.arena_bytes == 30 * 8 + 16 + 4 * 4 + 2 * 4


def test_a_budget_is_kept_with_as_few_interleaved_nodes_as_possible() -> None:
    smallest = plan(CHAIN, operator_of)
    whole = plan(CHAIN, operator_of, rows=False)
    budgets = range(smallest.arena_bytes, whole.arena_bytes + 1, 8)
    plans = [plan(CHAIN, operator_of, ram_bytes=budget) for budget in budgets]
    assert all(found.arena_bytes <= budget for found, budget in zip(plans, budgets, strict=True))
    counts = [interleaved_nodes(found) for found in plans]
    assert counts == sorted(counts, reverse=True)
    assert interleaved_nodes(plan(CHAIN, operator_of, ram_bytes=whole.arena_bytes)) == 0


def test_a_budget_that_is_too_small_says_what_is_needed_and_where() -> None:
    smallest = plan(CHAIN, operator_of)
    with pytest.raises(
        ArenaDoesNotFitError, match=f"needs {smallest.arena_bytes} bytes, but only 100 are.*'t0'"
    ) as info:
        plan(CHAIN, operator_of, ram_bytes=100)
    assert info.value.plan == smallest


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        pytest.param(graph([4, 4, 4], [("add", (0, 1), (2,))], (0, 1), (2,)), "has 2 inputs", id="two inputs"),
        pytest.param(graph([4, 4], [("layer", (0,), (1,))], (0,), (1,)), r"shape is \[4\]", id="no image"),
        pytest.param(
            graph([image(index, 4, 2) for index in range(3)], [slide(0, 1), ("point", (0, 1), (2,))], (0,), (2,)),
            "not only the first node",
            id="two readers",
        ),
        pytest.param(
            graph([image(0, 4, 2), image(1, 4, 2), 4], [slide(0, 1), ("layer", (1,), (2,))], (0,), (2,)),
            "first two nodes",
            id="nothing to interleave",
        ),
    ],
)
def test_an_input_cannot_be_pushed_with(network: Graph, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        plan(network, operator_of, input_by_rows=True)


def test_an_input_cannot_be_pushed_to_whole_layers() -> None:
    with pytest.raises(UsageError, match="needs interleaved nodes"):
        plan(CHAIN, operator_of, input_by_rows=True, rows=False)


def planned(folder: Path, name: str, **options: Any) -> Plan:
    return plan(prepare(read(folder / f"{name}.tflite")), support.operator_of, **options)


@pytest.mark.parametrize("name", sorted(_ARENA_BYTES.keys() - set(_HARDEST)))
def test_real_models_need_no_more_than_they_did(name: str, shared_models: Path) -> None:
    whole, by_rows, pushed = _ARENA_BYTES[name]
    assert planned(shared_models, name, rows=False).arena_bytes <= whole
    assert planned(shared_models, name).arena_bytes <= by_rows
    if pushed is not None:
        assert planned(shared_models, name, input_by_rows=True).arena_bytes <= pushed


@pytest.mark.slow
@pytest.mark.parametrize("name", _HARDEST)
def test_large_models_need_no_more_than_they_did(name: str, shared_models: Path) -> None:
    test_real_models_need_no_more_than_they_did(name, shared_models)


def test_an_input_of_which_nothing_can_be_dropped_early_is_the_bound(shared_models: Path) -> None:
    found = planned(shared_models, "vww_96")
    assert found.arena_bytes == found.lower_bound_bytes == 27_648 + 384


def test_the_plan_of_a_model_that_needs_the_solver_is_the_same_every_time(shared_models: Path) -> None:
    assert planned(shared_models, "person_detect") == planned(shared_models, "person_detect")
