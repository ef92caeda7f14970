"""Lifetimes: who needs memory, for how long, and who shares it."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings

from lilliput.ir import DType, Graph, Tensor
from lilliput.planning.lifetimes import Lifetime, Scope, lifetimes, peak_live_bytes
from lilliput.planning.network import network
from lilliput.planning.schedule import Segment, alone, interleaved
from tests.planning.random_graphs import graphs, row_graphs
from tests.planning.small_graphs import Description, graph, image, operator_of, slide, tensor


def buffers_of(graph: Graph, in_place: bool = True) -> tuple[Lifetime, ...]:
    """What needs memory when every node runs alone."""
    net = network(graph, operator_of)
    return _lifetimes(graph, [alone(net, node) for node in range(len(graph.nodes))], in_place)


def interleaved_buffers(graph: Graph, pushed_rows: int = 0) -> tuple[Lifetime, ...]:
    """What needs memory when all nodes run in turns."""
    net = network(graph, operator_of)
    return _lifetimes(graph, [interleaved(net, range(len(graph.nodes)), pushed_rows)], True, pushed_rows > 0)


def _lifetimes(graph: Graph, segments: Sequence[Segment], in_place: bool, pushed: bool = False) -> tuple[Lifetime, ...]:
    net = network(graph, operator_of)
    apart = () if in_place else range(len(graph.nodes))
    return lifetimes(net, Scope(segments, () if pushed else net.given, net.lasting), apart=apart)


def spans(buffers: Sequence[Lifetime]) -> dict[tuple[int, ...], tuple[int, int]]:
    """Tensors -> from the first step to the end of the last one."""
    return {buffer.tensors: (int(buffer.first.min()), int(buffer.end.max())) for buffer in buffers}


def rows(buffers: Sequence[Lifetime], tensor: int) -> tuple[int, list[tuple[int, int]]]:
    """The slots of a tensor's buffer, and each row's first and end step."""
    buffer = next(each for each in buffers if tensor in each.tensors)
    return buffer.slots, list(zip(buffer.first.tolist(), buffer.end.tolist(), strict=True))


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
    nodes: list[Description] = [
        ("reshape", (0,), (1,)),
        ("reshape", (1,), (2,)),
        ("layer", (2,), (3,)),
        ("layer", (0,), (4,)),
    ]
    views = graph([6, 6, 6, 1, 1], nodes, (0,), (3, 4))
    assert spans(buffers_of(views)) == {(0, 1, 2): (0, 4), (3,): (2, 5), (4,): (3, 5)}


def test_two_outputs_that_are_views_of_an_input_share_it_beyond_the_last_step() -> None:
    views = graph([6, 6, 6], [("reshape", (0,), (1,)), ("reshape", (0,), (2,))], (0,), (1, 2))
    assert spans(buffers_of(views)) == {(0, 1, 2): (0, 3)}


def test_no_view_is_made_of_a_constant() -> None:
    network = graph([tensor(0, 6, constant=True), 6], [("reshape", (0,), (1,))], (), (1,))
    assert (1,) in spans(buffers_of(network))


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
def test_memory_is_not_taken_over_when_it_is_needed_by(nodes: list[Description], outputs: tuple[int, ...]) -> None:
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


def test_rows_of_an_input_die_one_after_another_also_when_the_node_runs_alone() -> None:
    chain = graph([image(0, 4, 2), image(1, 4, 2)], [slide(0, 1)], (0,), (1,))
    buffers = buffers_of(chain)
    assert rows(buffers, 0) == (4, [(0, 2), (0, 3), (0, 4), (0, 4)])
    assert rows(buffers, 1) == (4, [(0, 5), (1, 5), (2, 5), (3, 5)])


def test_between_interleaved_nodes_lies_a_ring_of_as_many_rows_as_are_alive_together() -> None:
    chain = graph([image(0, 6, 2), image(1, 6, 2), image(2, 6, 2)], [slide(0, 1), slide(1, 2)], (0,), (2,))
    slots, lives = rows(interleaved_buffers(chain), 1)
    # 1 1 2 1 2 1 2 ...: the second node follows one row behind the first.
    assert (slots, lives[:3]) == (3, [(0, 5), (1, 7), (3, 9)])


def test_rows_that_wait_for_the_other_branch_make_a_longer_ring() -> None:
    nodes = [slide(0, 1), slide(1, 2), slide(2, 3), ("point", (1, 3), (4,)), slide(4, 5)]
    residual = graph([image(index, 9, 2) for index in range(6)], nodes, (0,), (5,))
    buffers = interleaved_buffers(residual)
    # Rows of tensor 1 wait for two more, and three rows of the sum lie where tensor 1 lay.
    assert rows(buffers, 1)[0] == 5
    assert (1, 4) in spans(buffers)
    assert rows(buffers, 3)[0] == 1


def test_a_tensor_that_somebody_else_reads_later_is_kept_whole() -> None:
    net_graph = graph(
        [image(index, 5, 2) for index in range(4)], [slide(0, 1), slide(1, 2), ("point", (1, 2), (3,))], (0,), (3, 1)
    )
    assert rows(interleaved_buffers(net_graph), 1)[0] == 5


def test_pushed_rows_lie_in_a_ring() -> None:
    chain = graph([image(0, 8, 2), image(1, 4, 2)], [slide(0, 1, stride=2, top=0)], (0,), (1,))
    slots, lives = rows(interleaved_buffers(chain, pushed_rows=8), 0)
    # Pushes at steps 0 1 2 4 5 7 8 10; two rows are for the last window alone.
    assert (slots, [first for first, _ in lives]) == (3, [0, 1, 2, 4, 5, 7, 8, 10])


def test_a_reduction_by_rows_has_sums_from_its_first_to_its_last_step() -> None:
    pooled = graph([image(0, 4, 2), image(1, 4, 2), (2)], [slide(0, 1), ("total", (1,), (2,))], (0,), (2,))
    (sums,) = [each for each in interleaved_buffers(pooled) if not each.tensors and each.node == 1]
    assert (sums.size_bytes, sums.alignment_bytes) == (8, 4)
    assert (sums.first.tolist(), sums.end.tolist()) == ([1], [8])


def test_counters_are_as_many_as_tensors_and_sums() -> None:
    pooled = graph([image(0, 4, 2), image(1, 4, 2), (2)], [slide(0, 1), ("total", (1,), (2,))], (0,), (2,))
    (counters,) = [each for each in interleaved_buffers(pooled) if not each.tensors and each.node < 0]
    assert (counters.size_bytes, counters.alignment_bytes) == (8, 2)


def test_a_view_has_the_rows_of_whoever_uses_it_by_rows() -> None:
    nodes: list[Description] = [("reshape", (0,), (1,)), slide(1, 2)]
    buffers = buffers_of(graph([tensor(0, (1, 12)), image(1, 4, 3), image(2, 4, 3)], nodes, (0,), (2,)))
    assert rows(buffers, 0) == (4, [(0, 3), (0, 4), (0, 5), (0, 5)])


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_taking_over_memory_never_raises_the_peak(graph: Graph) -> None:
    assert peak_live_bytes(buffers_of(graph)) <= peak_live_bytes(buffers_of(graph, in_place=False))


@settings(deadline=None, max_examples=60)
@given(row_graphs())
def test_taking_over_rows_never_raises_the_peak(graph: Graph) -> None:
    assert peak_live_bytes(buffers_of(graph)) <= peak_live_bytes(buffers_of(graph, in_place=False))
