"""The rule of interleaved segments, and which nodes can follow it."""

import pytest

from lilliput.ir import Graph
from lilliput.planning.network import network
from lilliput.planning.order import orders
from lilliput.planning.schedule import PUSH, can_join, interleaved
from tests.planning.small_graphs import Description, graph, image, operator_of, slide, tensor


def sequence(graph: Graph, pushed_rows: int = 0) -> list[int]:
    """The node of each step when all nodes run in turns."""
    segment = interleaved(network(graph, operator_of), range(len(graph.nodes)), pushed_rows)
    found = {int(step): node for node, steps in segment.at.items() for step in steps}
    return [found[step] for step in range(segment.steps)]


TWO = graph([image(0, 4, 2), image(1, 4, 2), image(2, 4, 2)], [slide(0, 1), slide(1, 2)], (0,), (2,))


def test_the_last_ready_node_runs() -> None:
    assert sequence(TWO) == [0, 0, 1, 0, 1, 0, 1, 1]


def test_a_row_is_pushed_when_nothing_is_ready() -> None:
    assert sequence(TWO, pushed_rows=4) == [PUSH, PUSH, 0, PUSH, 0, 1, PUSH, 0, 1, 0, 1, 1]


def test_rows_of_padding_alone_need_no_push() -> None:
    padded = graph([image(0, 2, 2), image(1, 4, 2)], [slide(0, 1, top=1, extent=1)], (0,), (1,))
    assert sequence(padded, pushed_rows=2) == [0, PUSH, 0, PUSH, 0, 0]


def test_a_reduction_runs_once_for_each_row() -> None:
    pooled = graph([image(0, 3, 2), image(1, 3, 2), 2], [slide(0, 1), ("total", (1,), (2,))], (0,), (2,))
    assert sequence(pooled) == [0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        pytest.param(("layer", (1,), (3,)), "no rows", id="an operator that runs as a whole"),
        pytest.param(("stretch", (2,), (3,)), "other rows", id="the rows of a view"),
        pytest.param(("point", (4,), (3,)), "not there yet", id="the output of a reduction"),
    ],
)
def test_a_node_cannot_join_with(node: Description, reason: str) -> None:
    nodes: list[Description] = [slide(0, 1), ("reshape", (1,), (2,)), ("total", (1,), (4,)), node]
    tensors = [image(0, 4, 2), image(1, 4, 2), image(2, 2, 4), image(3, 2, 4), image(4, 2, 4)]
    net = network(graph(tensors, nodes, (0,), (3,)), operator_of)
    assert [can_join(net, range(position), position) for position in range(4)] == [True, True, True, False], reason


def test_a_view_of_what_is_complete_can_be_read_by_rows() -> None:
    nodes: list[Description] = [("reshape", (0,), (1,)), slide(1, 2), slide(2, 3)]
    net = network(graph([tensor(0, 8), image(1, 4, 2), image(2, 4, 2), image(3, 4, 2)], nodes, (0,), (3,)), operator_of)
    assert can_join(net, [1], 2)


def test_orders_put_the_shorter_or_the_longer_branch_first() -> None:
    nodes = [slide(0, 1), slide(1, 2), slide(2, 3), slide(1, 4), ("point", (3, 4), (5,))]
    branches = graph([image(index, 4, 2) for index in range(6)], nodes, (0,), (5,))
    assert orders(branches) == ((0, 1, 2, 3, 4), (0, 3, 1, 2, 4))


def test_a_graph_with_state_keeps_its_order() -> None:
    nodes: list[Description] = [("layer", (0,), (2,)), ("layer", (0,), (3,)), ("layer", (3, 2, 1), (4,))]
    stateful = graph([4, tensor(1, 4, variable=True), 4, 4, 4], nodes, (0,), (4,))
    assert orders(stateful) == ((0, 1, 2),)
