"""The rectangles of a plan are the rows that are alive, from the step that writes them to the last that reads them."""

from itertools import combinations
from pathlib import Path

import pytest

from lilliput import tflite
from lilliput.ir import Graph
from lilliput.occupancy import Occupant, Rectangle, occupants
from lilliput.operators import support
from lilliput.pipeline import prepare
from lilliput.planning import Plan, plan
from lilliput.planning.network import network
from lilliput.planning.plan import Step
from tests.cases.builder import GraphBuilder
from tests.cases.random_graphs import random_graph
from tests.plans import addition_in_place, plan_of, two_convolutions, whole

DIGITS = Path(__file__).parents[1] / "examples" / "digits" / "digits.tflite"
MODELS = ("kws", "person_detect", "resnet_ic", "strww")


def rows(occupant: Occupant) -> list[tuple[int, int, int, int]]:
    """(row, offset, first step, end step) of each rectangle."""
    return [(each.row, each.offset_bytes, each.first_step, each.end_step) for each in occupant.rectangles]


def check_rectangles(graph: Graph, placed: Plan) -> None:
    """They lie in the arena and apart from each other, and each buffer is alive from the first to the last of them."""
    found = occupants(graph, placed)
    rectangles = [each for occupant in found for each in occupant.rectangles]
    assert all(0 <= each.offset_bytes < each.end_bytes <= placed.arena_bytes for each in rectangles)
    assert all(0 <= each.first_step < each.end_step <= len(placed.steps) + 1 for each in rectangles)
    for one, other in combinations(sorted(rectangles, key=lambda each: each.first_step), 2):
        if other.first_step < one.end_step:
            assert one.end_bytes <= other.offset_bytes or other.end_bytes <= one.offset_bytes, (one, other)
    of_tensor = {occupant.tensor: occupant.rectangles for occupant in found}
    for buffer in placed.buffers:
        lives = [each for tensor in buffer.tensors for each in of_tensor.get(tensor, ())]
        if lives:
            assert min(each.first_step for each in lives) == buffer.first_step
            assert max(each.end_step for each in lives) == buffer.end_step


def test_rows_live_from_the_step_that_writes_them_to_the_last_that_reads_them() -> None:
    image, between, counters, result = occupants(*two_convolutions())
    assert rows(image) == [(0, 0, 0, 2), (1, 8, 0, 4), (2, 16, 0, 6), (3, 24, 0, 6)]
    assert rows(between) == [(0, 32, 0, 5), (1, 40, 1, 7), (2, 48, 3, 8), (3, 32, 5, 8)]
    assert rows(result) == [(0, 56, 2, 9), (1, 64, 4, 9), (2, 72, 6, 9), (3, 80, 7, 9)]
    assert rows(counters) == [(-1, 88, 0, 8)]
    assert [(each.rows, each.rows_kept, each.node) for each in (image, between)] == [(4, 4, None), (4, 3, 0)]


def test_pushed_rows_live_from_their_push_in_a_ring() -> None:
    image, *_ = occupants(*two_convolutions(input_by_rows=True))
    assert rows(image) == [(0, 0, 0, 5), (1, 8, 1, 8), (2, 16, 3, 10), (3, 0, 6, 10)]


@pytest.mark.parametrize("input_by_rows", [False, True])
def test_rectangles_of_plans_by_hand_never_overlap(input_by_rows: bool) -> None:
    check_rectangles(*two_convolutions(input_by_rows=input_by_rows))
    check_rectangles(*addition_in_place())


def test_a_row_written_in_place_ends_the_row_below_it_and_a_view_is_no_new_tensor() -> None:
    image, doubled = occupants(*addition_in_place())
    assert rows(image) == [(1, 20, 0, 1)]
    assert rows(doubled) == [(0, 16, 0, 4), (1, 20, 1, 4)]


def test_a_tensor_that_runs_as_a_whole_is_one_rectangle() -> None:
    builder = GraphBuilder()
    flat = builder.input((1, 8), scale=0.5)
    result = builder.node("softmax", (flat,), builder.computed((1, 8), scale=1 / 256, zero_point=-128))
    placed = plan_of(((0,),), (Step(0, -1),), (whole(flat, 0, 8, 0, 1), whole(result, 8, 8, 0, 2)))
    first, second = occupants(builder.graph(), placed)
    assert first.rectangles == (Rectangle(-1, 0, 8, 0, 1),)
    assert second.rectangles == (Rectangle(-1, 8, 16, 0, 2),)
    assert [second.bytes_at(step) for step in range(3)] == [8, 8, 0]


@pytest.mark.parametrize("by_rows", [False, True])
def test_the_rectangles_of_the_demo_model_never_overlap(by_rows: bool) -> None:
    graph = prepare(tflite.read(DIGITS))
    check_rectangles(graph, plan(graph, support.operator_of, rows=by_rows))


@pytest.mark.slow
@pytest.mark.parametrize("input_by_rows", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_the_rectangles_of_real_models_never_overlap(shared_models: Path, name: str, input_by_rows: bool) -> None:
    graph = prepare(tflite.read(shared_models / f"{name}.tflite"))
    check_rectangles(graph, plan(graph, support.operator_of, seconds=0.5, input_by_rows=input_by_rows))


def test_parts_are_the_tensors_that_were_written_and_views_are_not_there() -> None:
    builder = GraphBuilder()
    left, right = builder.input((1, 8), scale=0.5), builder.input((1, 4), scale=0.5)
    halves = [builder.computed((1, 4), scale=0.5) for _ in range(2)]
    builder.node("split", [builder.constant(1), left], halves, num_splits=2)
    joined = builder.computed((1, 8), scale=0.5)
    builder.node("concatenation", [halves[1], right], joined, axis=1, fused_activation_function=0)
    graph = builder.graph(joined)
    found = {occupant.tensor: rows(occupant) for occupant in occupants(graph, plan(graph, support.operator_of))}
    assert found == {left: [(-1, 0, 0, 1), (-1, 4, 0, 3)], right: [(-1, 8, 0, 3)]}


@pytest.mark.parametrize("by_rows", [False, True])
def test_the_rectangles_of_networks_that_stack_and_slice_never_overlap(by_rows: bool) -> None:
    graphs = [prepare(random_graph(seed)) for seed in range(60)]
    with_parts = [graph for graph in graphs if network(graph, support.operator_of).has_parts]
    assert with_parts
    for graph in with_parts:
        check_rectangles(graph, plan(graph, support.operator_of, seconds=0.1, rows=by_rows))
