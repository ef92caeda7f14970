"""Chains: which nodes can hand over pixels, and what planning makes of them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from lilliput.errors import InvariantError, UsageError
from lilliput.ir import DType, Graph
from lilliput.planning import Plan, check_plan, plan
from lilliput.planning.fusion import edges, fused_network
from lilliput.planning.lifetimes import Scope, lifetimes
from lilliput.planning.schedule import interleaved
from tests.planning.forced import everything_fused
from tests.planning.random_graphs import row_graphs
from tests.planning.small_graphs import Description, cut, graph, image, operator_of, slide, tensor

IMAGES = [image(index, 4, 6) for index in range(6)]
PAIR = graph(IMAGES[:4], [slide(0, 1), slide(1, 2), ("point", (2,), (3,))], (0,), (3,))


def fused(graph: Graph) -> Plan:
    with everything_fused():
        return plan(graph, operator_of)


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        pytest.param([slide(0, 1), slide(1, 2)], (), id="a window needs more than a pixel"),
        pytest.param([slide(0, 1), slide(1, 2), ("point", (2,), (5,))], ((1, 2),), id="element by element"),
        pytest.param([("point", (0,), (1,)), ("point", (1,), (5,))], ((0, 1),), id="pixels from pixels"),
        pytest.param([slide(0, 1), slide(0, 2), ("point", (1, 2), (5,))], ((1, 2),), id="the later one of two"),
        pytest.param([slide(0, 1), slide(1, 2), ("point", (2, 2), (5,))], (), id="read twice"),
        pytest.param(
            [slide(0, 1), ("point", (1,), (2,)), slide(1, 3), ("point", (2, 3), (5,))],
            ((2, 3),),
            id="two readers",
        ),
        pytest.param([slide(0, 1), slide(1, 2), ("total", (2,), (5,))], ((1, 2),), id="a reduction"),
        pytest.param([slide(0, 1), slide(1, 5), ("point", (5,), (3,))], (), id="an output of the graph"),
        pytest.param([slide(0, 1), slide(1, 2), ("join", (2, 1), (5,))], (), id="a part of another tensor"),
        pytest.param(
            [slide(0, 1), slide(1, 2), ("point", (2, 0), (3,)), ("point", (3, 1), (5,))],
            ((1, 2),),
            id="a third operand",
        ),
        pytest.param([slide(0, 1), ("point", (1,), (5,))], (), id="a kernel of this node alone"),
        pytest.param([("stretch", (0,), (1,)), ("stretch", (1,), (2,)), ("point", (2,), (5,))], (), id="no pixels"),
    ],
)
def test_pixels_are_handed_over_where(nodes: list[Description], expected: tuple[tuple[int, int], ...]) -> None:
    assert edges(graph(IMAGES, nodes, (0,), (5,)), operator_of) == expected


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(tensor(2, (1, 4, 6, 1), DType.INT16), id="other types than int8"),
        pytest.param(tensor(2, (1, 4, 1, 6)), id="rows of one pixel"),
        pytest.param(tensor(2, (1, 4, 6, 1), variable=True), id="variables"),
    ],
)
def test_no_pixels_are_handed_over_of(between: object) -> None:
    tensors = [IMAGES[0], IMAGES[1], between, IMAGES[3]]
    nodes = [slide(0, 1), slide(1, 2), ("point", (2,), (3,))]
    assert edges(graph(tensors, nodes, (0,), (3,)), operator_of) == ()  # pyright: ignore[reportArgumentType]


def test_of_what_a_chain_hands_over_one_pixel_lives_in_each_of_its_steps() -> None:
    net = fused_network(PAIR, operator_of, {(1, 2)}, (0, 1, 2))
    assert net.members == ((0,), (1, 2))
    buffers = lifetimes(net, Scope([interleaved(net, range(2))], net.given, net.lasting))
    assert all(2 not in each.tensors for each in buffers)
    (scratch,) = (each for each in buffers if each.scratch)
    assert (scratch.size_bytes, scratch.first.tolist(), scratch.end.tolist()) == (1, [2, 4, 6, 7], [3, 5, 7, 8])


def test_the_steps_of_a_chain_are_those_of_its_last_node() -> None:
    found = fused(PAIR)
    assert found.chains == ((1, 2),)
    assert [step.row for step in found.steps if step.node == 2] == [0, 1, 2, 3]
    assert all(step.node != 1 for step in found.steps)
    assert 2 in found.pixels
    assert 2 not in found.offsets


def test_a_chain_over_a_view_hands_over_what_the_view_flattens() -> None:
    nodes: list[Description] = [slide(0, 1), slide(1, 2), ("reshape", (2,), (3,)), ("flat", (3,), (4,))]
    found = fused(graph([*IMAGES[:3], tensor(3, 24), 2], nodes, (0,), (4,)))
    assert found.chains == ((1, 2, 3),)
    assert found.sums.keys() == {3}


def test_chains_read_parts_of_other_tensors_and_what_they_make_becomes_a_part() -> None:
    nodes: list[Description] = [
        cut(0, (1, 2)),
        slide(1, 3),
        slide(3, 4),
        ("point", (4, 2), (5,)),
        ("join", (5, 3), (6,)),
    ]
    tensors = [image(0, 8, 6), *(image(index, 4, 6) for index in range(1, 6)), image(6, 8, 6)]
    found = fused(graph(tensors, nodes, (0,), (6,)))
    assert found.chains == ((2, 3),)
    assert found.pixels.keys() == {4}
    assert {index: found.offsets[index] - found.offsets[0] for index in (1, 2)} == {1: 0, 2: 24}
    assert {index: found.offsets[index] - found.offsets[6] for index in (5, 3)} == {5: 0, 3: 24}


def test_fusing_must_save_more_than_it_takes_of_the_stack() -> None:
    small = plan(PAIR, operator_of)
    assert small.chains == ()
    wide = [image(0, 8, 8), image(1, 8, 400), image(2, 8, 400), tensor(3, 2)]
    large = plan(graph(wide, [slide(0, 1), slide(1, 2), ("total", (2,), (3,))], (0,), (3,)), operator_of)
    assert large.chains == ((1, 2),)


def test_a_window_over_columns_is_not_overwritten_by_what_is_made_of_it() -> None:
    nodes: list[Description] = [slide(0, 1), slide(1, 2, top=0, extent=1), ("point", (2, 1), (3,))]
    found = fused(graph(IMAGES[:4], nodes, (0,), (3,)))
    assert found.chains == ((1, 2),)
    assert found.offsets[1] != found.offsets[3]


@settings(deadline=None, max_examples=60)
@given(row_graphs())
def test_any_plan_with_all_possible_chains_passes_the_checker(graph: Graph) -> None:
    found = fused(graph)
    check_plan(graph, operator_of, found)
    assert all(tensor not in found.offsets for tensor in found.pixels)


@settings(deadline=None, max_examples=60)
@given(row_graphs())
def test_chains_take_pushed_rows(graph: Graph) -> None:
    try:
        with everything_fused():
            check_plan(graph, operator_of, plan(graph, operator_of, input_by_rows=True))
    except UsageError:
        return


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        pytest.param(
            {"segments": ((0, 1, 2),), "chains": ((0, 1),)}, "does not hand over pixels", id="a window in a chain"
        ),
        pytest.param({"segments": ((0, 1), (2,))}, "is no part of a segment", id="a chain in two segments"),
        pytest.param({"chains": ()}, "does not follow the rule|in no buffer", id="a chain that is none"),
        pytest.param({"pixels": {}}, "in no buffer or in two", id="pixels without a place"),
    ],
)
def test_a_corrupted_chain_is_rejected(changes: dict[str, object], fact: str) -> None:
    with pytest.raises(InvariantError, match=fact):
        check_plan(PAIR, operator_of, replace(fused(PAIR), **changes))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("onto", [1, 3], ids=["the input", "the output"])
def test_a_pixel_that_lies_on_rows_of_its_chain_is_rejected(onto: int) -> None:
    found = fused(PAIR)
    place = found.offsets[onto]
    buffers = tuple(replace(each, offset_bytes=place) if 2 in each.tensors else each for each in found.buffers)
    with pytest.raises(InvariantError, match=r"writes tensor|is lost"):
        check_plan(PAIR, operator_of, replace(found, buffers=buffers, pixels={2: place}))
