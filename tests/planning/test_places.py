"""Which tensors lie inside of others: what is joined and cut, wherever no two values come to lie on the same bytes."""

import pytest

from lilliput.ir import Graph, Tensor
from lilliput.planning.lifetimes import Scope, lifetimes, live_bytes
from lilliput.planning.network import Network, network
from lilliput.planning.places import places
from lilliput.planning.schedule import alone, can_join
from tests.planning.small_graphs import Description, cut, graph, image, operator_of, slide, tensor


def where(graph: Graph, *, parts: bool = True) -> dict[int, tuple[int, int]]:
    """Tensor -> home and the first byte in it."""
    found = places(graph, graph.nodes, [operator_of(node) for node in graph.nodes], parts=parts)
    return {index: (span.home, span.start_bytes) for index, span in found.spans.items()}


def views(graph: Graph) -> list[int]:
    """The nodes that do nothing."""
    return [index for index, access in enumerate(network(graph, operator_of).nodes) if access.is_view]


JOIN: Description = ("join", (0, 1), (2,))


def test_inputs_of_a_join_lie_one_after_the_other_in_its_output() -> None:
    joined = graph([2, 3, 5], [JOIN], (0, 1), (2,))
    assert where(joined) == {0: (0, 0), 1: (0, 2), 2: (0, 0)}
    assert views(joined) == [0]
    assert where(joined, parts=False) == {0: (0, 0), 1: (1, 0), 2: (2, 0)}


def test_slices_lie_in_what_they_are_cut_from() -> None:
    sliced = graph([10, 3, 4, 2], [cut(0, (1, 2), 2), cut(2, (3,), 1)], (0,), (1, 3))
    assert where(sliced) == {0: (0, 0), 1: (0, 2), 2: (0, 5), 3: (0, 6)}
    assert views(sliced) == [0, 1]


def test_joins_of_joins_have_one_home() -> None:
    joined = graph([2, 3, 5, 1, 6], [JOIN, ("join", (3, 2), (4,))], (0, 1, 3), (4,))
    assert where(joined) == {0: (0, 1), 1: (0, 3), 3: (0, 0), 2: (0, 1), 4: (0, 0)}


def test_slices_that_are_joined_as_they_lay_are_still_views() -> None:
    assert views(graph([6, 2, 4, 6], [cut(0, (1, 2)), ("join", (1, 2), (3,))], (0,), (3,))) == [0, 1]


def test_what_is_joined_behind_the_end_of_a_slice_extends_its_home() -> None:
    shifted = graph([6, 4, 3, 7], [cut(0, (1,), 2), ("join", (1, 2), (3,))], (0, 2), (3,))
    assert where(shifted) == {0: (0, 0), 2: (0, 6), 1: (0, 2), 3: (0, 2)}


@pytest.mark.parametrize(
    ("sizes", "nodes", "inputs", "node"),
    [
        pytest.param([2, 2, 4], [("join", (0, 0), (2,))], (0, 1), 0, id="the same tensor twice"),
        pytest.param([2, tensor(1, 2, constant=True), 4], [JOIN], (0,), 0, id="a constant"),
        pytest.param([2, tensor(1, 2, variable=True), 4], [JOIN], (0,), 0, id="a variable"),
        pytest.param([2, 0, 2, 2, 4], [JOIN, ("join", (2, 2), (4,))], (0, 1), 1, id="an empty tensor and one twice"),
        pytest.param([2, 3, 5, 1, 3], [JOIN, ("join", (0, 3), (4,))], (0, 1, 3), 1, id="a part of another join"),
        pytest.param([6, 2, 3, 5], [cut(0, (1,), 2), ("join", (1, 2), (3,))], (0, 2), 1, id="a slice from the middle"),
        pytest.param([6, 2, 4, 6], [cut(0, (1, 2)), ("join", (2, 1), (3,))], (0,), 1, id="slices in another order"),
    ],
)
def test_bytes_are_copied_of(
    sizes: list[int | Tensor], nodes: list[Description], inputs: tuple[int], node: int
) -> None:
    network_graph = graph(sizes, nodes, inputs, (len(sizes) - 1,))
    assert node not in views(network_graph)


def test_only_what_does_not_lie_there_is_copied() -> None:
    (access,) = network(graph([2, 4], [("join", (0, 0), (1,))], (0,), (1,)), operator_of).nodes
    assert [(span.start_bytes, span.end_bytes) for span in access.reads] == [(0, 2)]
    assert [(span.start_bytes, span.end_bytes) for span in access.writes] == [(2, 4)]


def live(net: Network) -> list[int]:
    """The bytes alive at each step when every node runs alone."""
    segments = [alone(net, node) for node in range(len(net.nodes))]
    return live_bytes(lifetimes(net, Scope(segments, net.given, net.lasting))).tolist()


def test_parts_live_from_when_they_are_written_until_they_are_read_for_the_last_time() -> None:
    nodes: list[Description] = [
        ("layer", (0,), (1,)),
        ("layer", (0,), (2,)),
        ("join", (1, 2), (3,)),
        cut(3, (4, 5)),
        ("layer", (5,), (6,)),
        ("layer", (4,), (7,)),
    ]
    halves = network(graph([1, 20, 10, 30, 10, 20, 1, 1], nodes, (0,), (6, 7)), operator_of)
    assert live(halves) == [21, 31, 30, 30, 31, 12, 2, 0]


def test_an_element_wise_node_works_in_place_on_a_part() -> None:
    nodes: list[Description] = [("first", (0,), (1,)), ("join", (1, 2), (3,)), cut(3, (4, 5)), ("first", (5,), (6,))]
    net = network(graph([4, 4, 2, 6, 3, 3, 3], nodes, (0, 2), (4, 6)), operator_of)
    (buffer,) = lifetimes(net, Scope([alone(net, node) for node in range(4)], net.given, net.lasting))
    assert dict(zip(buffer.tensors, buffer.starts_bytes, strict=True)) == {0: 0, 1: 0, 2: 4, 3: 0, 4: 0, 5: 3, 6: 3}


def test_a_part_is_not_overwritten_while_a_slice_that_meets_it_is_needed() -> None:
    nodes: list[Description] = [cut(0, (1,)), cut(0, (2,), 2), ("first", (1,), (3,)), ("layer", (2,), (4,))]
    net = network(graph([6, 4, 4, 4, 1], nodes, (0,), (3, 4)), operator_of)
    buffers = lifetimes(net, Scope([alone(net, node) for node in range(4)], net.given, net.lasting))
    assert [buffer.tensors for buffer in buffers] == [(0, 1, 2), (3,), (4,)]


def test_in_turns_a_node_reads_rows_of_a_neighbour_but_not_of_what_is_joined() -> None:
    nodes = [slide(0, 2), slide(1, 3), ("join", (2, 3), (4,)), slide(2, 5), slide(4, 6)]
    tensors = [*(image(index, 4, 2) for index in range(4)), image(4, 8, 2), image(5, 4, 2), image(6, 8, 2)]
    net = network(graph(tensors, nodes, (0, 1), (5, 6)), operator_of)
    assert [can_join(net, range(node), node) for node in range(5)] == [True, True, True, True, False]


def test_a_home_that_would_have_very_many_units_is_not_shared() -> None:
    assert network(graph([9001, 1], [cut(0, (1,), 10)], (0,), (1,)), operator_of).has_parts is False
