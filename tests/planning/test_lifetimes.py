"""Lifetimes: who needs memory, for how long, and who shares it."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings

from lilliput.ir import DType, Graph, Tensor
from lilliput.planning.lifetimes import Lifetime, lifetimes
from lilliput.planning.packing import peak_live_bytes
from tests.planning.random_graphs import graphs
from tests.planning.small_graphs import graph, operator_of, tensor


def buffers_of(graph: Graph, in_place: bool = True) -> tuple[Lifetime, ...]:
    return lifetimes(graph, range(len(graph.nodes)), operator_of, in_place)


def spans(buffers: Sequence[Lifetime]) -> dict[tuple[int, ...], tuple[int, int]]:
    return {buffer.tensors: (buffer.first_step, buffer.end_step) for buffer in buffers}


def test_a_tensor_lives_from_its_producer_to_its_last_reader() -> None:
    chain = graph([1, 2, 3, 4], [("layer", (0,), (1,)), ("layer", (1,), (2,)), ("layer", (2, 1), (3,))], (0,), (3,))
    assert spans(buffers_of(chain)) == {(0,): (0, 1), (1,): (0, 3), (2,): (1, 3), (3,): (2, 4)}


def test_inputs_live_from_the_first_step_and_outputs_beyond_the_last() -> None:
    late = graph([1, 1, 1, 1], [("layer", (0,), (2,)), ("layer", (1,), (3,))], (0, 1), (2, 3))
    assert spans(buffers_of(late)) == {(0,): (0, 1), (1,): (0, 2), (2,): (0, 3), (3,): (1, 3)}


def test_an_unread_output_lives_while_its_node_runs_and_an_unread_input_at_the_first_step() -> None:
    lonely = graph([1, 1, 1, 1], [("layer", (0,), (2, 3))], (0, 1), (2,))
    assert spans(buffers_of(lonely)) == {(0,): (0, 1), (1,): (0, 1), (2,): (0, 2), (3,): (0, 1)}


def test_constants_and_untouched_tensors_get_no_memory() -> None:
    weights = graph([1, tensor(1, 9, constant=True), 5, 1], [("layer", (0, 1, -1), (3,))], (0,), (3, 1))
    assert spans(buffers_of(weights)) == {(0,): (0, 1), (3,): (0, 2)}


def test_a_variable_always_lives() -> None:
    stateful = graph([1, tensor(1, 9, variable=True), 1], [("layer", (0, 1), (2,))], (0,), (2,))
    assert spans(buffers_of(stateful))[(1,)] == (0, 2)


def test_an_input_that_is_also_an_output_lives_throughout() -> None:
    assert spans(buffers_of(graph([3], [], (0,), (0,)))) == {(0,): (0, 1)}
    through = graph([3, 3, 3], [("first", (0,), (1,)), ("layer", (1,), (2,))], (0,), (0, 2))
    assert spans(buffers_of(through)) == {(0,): (0, 3), (1,): (0, 2), (2,): (1, 3)}


def test_views_of_views_share_their_source_until_the_last_of_them_is_read() -> None:
    nodes = [("reshape", (0,), (1,)), ("reshape", (1,), (2,)), ("layer", (2,), (3,)), ("layer", (0,), (4,))]
    views = graph([6, 6, 6, 1, 1], nodes, (0,), (3, 4))
    assert spans(buffers_of(views)) == {(0, 1, 2): (0, 4), (3,): (2, 5), (4,): (3, 5)}


def test_two_outputs_that_are_views_of_an_input_share_it_beyond_the_last_step() -> None:
    views = graph([6, 6, 6], [("reshape", (0,), (1,)), ("reshape", (0,), (2,))], (0,), (1, 2))
    assert spans(buffers_of(views)) == {(0, 1, 2): (0, 3)}


@pytest.mark.parametrize("source", [tensor(0, 6, constant=True), tensor(0, 7)], ids=["a constant", "another size"])
def test_no_view_is_made_of(source: Tensor) -> None:
    assert (1,) in spans(buffers_of(graph([source, 6], [("reshape", (0,), (1,))], (0,), (1,))))


def test_the_last_reader_takes_over_the_memory() -> None:
    chain = graph([4, 4, 4], [("add", (0, 0), (1,)), ("first", (1,), (2,))], (0,), (2,))
    assert spans(buffers_of(chain)) == {(0, 1, 2): (0, 3)}
    assert spans(buffers_of(chain, in_place=False)) == {(0,): (0, 1), (1,): (0, 2), (2,): (1, 3)}


def test_memory_is_taken_over_from_the_input_that_nobody_needs_later() -> None:
    residual = graph([4, 4, 4, 4], [("layer", (0,), (1,)), ("add", (0, 1), (2,)), ("layer", (2, 0), (3,))], (0,), (3,))
    assert spans(buffers_of(residual)) == {(0,): (0, 3), (1, 2): (0, 3), (3,): (2, 4)}


@pytest.mark.parametrize(
    ("nodes", "outputs"),
    [
        pytest.param([("first", (0,), (2,)), ("layer", (0,), (3,))], (3,), id="a later reader"),
        pytest.param([("reshape", (0,), (1,)), ("first", (0,), (2,)), ("layer", (1,), (3,))], (3,), id="a view"),
        pytest.param([("first", (0,), (2,))], (0, 2), id="a graph output"),
        pytest.param([("reshape", (0,), (1,)), ("first", (0,), (2,))], (1, 2), id="a view that is a graph output"),
        pytest.param([("first", (0, 0), (2,))], (2,), id="the same tensor at another input"),
        pytest.param([("reshape", (0,), (1,)), ("first", (0, 1), (2,))], (2,), id="a view at another input"),
        pytest.param([("unknown", (0,), (2,))], (2,), id="an unknown operator"),
    ],
)
def test_memory_is_not_taken_over_when_it_is_needed_by(
    nodes: list[tuple[str, tuple[int, ...], tuple[int, ...]]], outputs: tuple[int, ...]
) -> None:
    needed = graph([4, 4, 4, 4], nodes, (0,), outputs)
    assert (2,) in spans(buffers_of(needed))


@pytest.mark.parametrize(
    "source",
    [tensor(0, 5), tensor(0, 4, constant=True), tensor(0, 4, variable=True)],
    ids=["another size", "a constant", "a variable"],
)
def test_memory_is_not_taken_over_from(source: Tensor) -> None:
    assert (1,) in spans(buffers_of(graph([source, 4], [("first", (0,), (1,))], (0,), (1,))))


def test_a_shared_buffer_has_the_strictest_alignment() -> None:
    mixed = graph([tensor(0, 8), tensor(1, 2, DType.INT32)], [("reshape", (0,), (1,))], (0,), (1,))
    (buffer,) = buffers_of(mixed)
    assert (buffer.size_bytes, buffer.alignment_bytes) == (8, 4)


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_taking_over_memory_never_raises_the_peak(graph: Graph) -> None:
    assert peak_live_bytes(buffers_of(graph)) <= peak_live_bytes(buffers_of(graph, in_place=False))
