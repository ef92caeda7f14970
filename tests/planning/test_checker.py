"""The plan checker: accepts what is right, and names each way to be wrong."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lilliput.errors import InvariantError
from lilliput.ir import DType, Graph
from lilliput.planning import Buffer, Plan, Step, check_plan, plan
from tests.planning.random_graphs import graphs, row_graphs
from tests.planning.small_graphs import Description, cut, graph, image, operator_of, slide, tensor


def buffer(tensors: tuple[int, ...], offset: int, size: int, alignment: int, first: int, end: int) -> Buffer:
    """A buffer that is not used by rows."""
    return Buffer(tensors, offset, size, alignment, size, 1, first, end)


def plan_of(order: tuple[int, ...], arena_bytes: int, alignment_bytes: int, *buffers: Buffer) -> Plan:
    """A plan in which every node runs as a whole."""
    return Plan(
        segments=tuple((node,) for node in order),
        chains=(),
        steps=tuple(Step(node, -1) for node in order),
        buffers=buffers,
        offsets={index: each.offset_bytes for each in buffers for index in each.tensors},
        rows_kept={},
        pixels={},
        sums={},
        scratch={},
        progress_offset=None,
        input_by_rows=False,
        arena_bytes=arena_bytes,
        lower_bound_bytes=0,
        alignment_bytes=alignment_bytes,
    )


def moved(plan: Plan, tensor: int, **changes: int) -> Plan:
    """The plan with another buffer for one tensor."""
    buffers = [replace(each, **changes) if tensor in each.tensors else each for each in plan.buffers]
    offsets = {index: each.offset_bytes for each in buffers for index in each.tensors}
    rows_kept = {index: each.rows_kept for each in buffers for index in each.tensors if index in plan.rows_kept}
    return replace(plan, buffers=tuple(buffers), offsets=offsets, rows_kept=rows_kept)


CHAIN = graph(
    [4, tensor(1, 2, DType.INT32), 4, 4],
    [("layer", (0,), (1,)), ("layer", (1,), (2,)), ("add", (2, 0), (3,))],
    (0,),
    (3,),
)
CHAIN_PLAN = plan_of(
    (0, 1, 2),
    16,
    4,
    buffer((0,), 0, 4, 1, 0, 3),
    buffer((1,), 4, 8, 4, 0, 2),
    buffer((2, 3), 12, 4, 1, 1, 4),
)


def rejects(graph: Graph, plan: Plan, fact: str) -> None:
    with pytest.raises(InvariantError, match=fact):
        check_plan(graph, operator_of, plan)


def test_a_right_plan_is_accepted() -> None:
    check_plan(CHAIN, operator_of, CHAIN_PLAN)


@pytest.mark.parametrize(
    ("plan", "fact"),
    [
        (replace(CHAIN_PLAN, segments=((0,), (1,))), "the order is no permutation"),
        (replace(CHAIN_PLAN, segments=((0,), (1,), (1,))), "the order is no permutation"),
        (replace(CHAIN_PLAN, segments=((0,), (2,), (1,))), "segment 1 does not follow the rule"),
        (plan_of((0, 2, 1), 16, 4, *CHAIN_PLAN.buffers), "step 1: tensor 2 is lost"),
        (replace(CHAIN_PLAN, steps=CHAIN_PLAN.steps[:2]), "segment 2 does not follow the rule"),
        (replace(CHAIN_PLAN, steps=(*CHAIN_PLAN.steps, Step(2, -1))), "more steps than the segments have"),
        (replace(CHAIN_PLAN, arena_bytes=15), "tensor 2 is outside of the arena"),
        (replace(CHAIN_PLAN, lower_bound_bytes=17), "smaller than its lower bound"),
        (replace(CHAIN_PLAN, alignment_bytes=2), "tensor 1 is not aligned to 4 bytes"),
        (replace(CHAIN_PLAN, buffers=CHAIN_PLAN.buffers[1:]), "a tensor lies in no buffer or in two"),
        (replace(CHAIN_PLAN, offsets={**CHAIN_PLAN.offsets, 1: 8}), "tensor 1 is outside of its buffer"),
        (plan_of((0, 1, 2), 16, 4, *CHAIN_PLAN.buffers[1:]), "tensor 0 is not in memory"),
        (plan_of((0, 1, 2), 16, 4, *CHAIN_PLAN.buffers[:2]), "tensor 2 is not in memory"),
        (plan_of((0, 1, 2), 16, 4, *CHAIN_PLAN.buffers, CHAIN_PLAN.buffers[0]), "in no buffer or in two"),
        (moved(CHAIN_PLAN, 0, offset_bytes=-4), "tensor 0 is outside of the arena"),
        (moved(CHAIN_PLAN, 0, offset_bytes=13), "tensor 0 is outside of the arena"),
        (moved(CHAIN_PLAN, 0, size_bytes=3), "tensor 0 is outside of its buffer"),
        (moved(CHAIN_PLAN, 0, row_bytes=3), "tensor 0 is outside of its buffer"),
        (moved(CHAIN_PLAN, 1, offset_bytes=5), "tensor 1 is not aligned to 4 bytes"),
        (moved(CHAIN_PLAN, 0, end_step=2), "step 2: tensor 0 is not in memory"),
        (moved(CHAIN_PLAN, 3, end_step=3), "step 3: tensor 3 is not in memory"),
        (moved(CHAIN_PLAN, 1, first_step=1), "step 0: tensor 1 is not in memory"),
        (moved(CHAIN_PLAN, 0, offset_bytes=4), "layer writes tensor 1 over tensor 0"),
        (moved(CHAIN_PLAN, 2, offset_bytes=0), "step 2: tensor 0 is lost"),
        (moved(CHAIN_PLAN, 2, offset_bytes=8), "layer writes tensor 2 over tensor 1"),
    ],
)
def test_a_corrupted_plan_is_rejected(plan: Plan, fact: str) -> None:
    rejects(CHAIN, plan, fact)


def test_taking_over_memory_needs_the_operators_permission() -> None:
    def shares(operator: str, reads: tuple[int, ...]) -> tuple[Graph, Plan]:
        network = graph([4, 4, 4], [(operator, reads, (2,))], (0, 1), (2,))
        return network, plan_of((0,), 8, 1, buffer((0, 2), 0, 4, 1, 0, 2), buffer((1,), 4, 4, 1, 0, 1))

    for operator, reads in (("add", (0, 1)), ("add", (1, 0)), ("first", (0, 1)), ("add", (0, 0))):
        check_plan(shares(operator, reads)[0], operator_of, shares(operator, reads)[1])
    for operator, reads in (("layer", (0, 1)), ("first", (1, 0)), ("first", (0, 0)), ("unknown", (0, 1))):
        rejects(*shares(operator, reads), "writes tensor 2 over tensor")


def test_an_in_place_output_must_lie_exactly_on_its_input() -> None:
    network = graph([4, 4], [("first", (0,), (1,))], (0,), (1,))
    rejects(network, plan_of((0,), 5, 1, buffer((0,), 0, 4, 1, 0, 1), buffer((1,), 1, 4, 1, 0, 2)), "over tensor 0")


def test_only_the_first_output_may_take_over_memory() -> None:
    network = graph([4, 4, 4], [("add", (0, 0), (1, 2))], (0,), (1, 2))
    rejects(network, plan_of((0,), 8, 1, buffer((1,), 4, 4, 1, 0, 2), buffer((0, 2), 0, 4, 1, 0, 2)), "over tensor 0")


def test_memory_that_is_read_later_cannot_be_taken_over() -> None:
    network = graph([4, 4, 4], [("first", (0,), (1,)), ("layer", (0, 1), (2,))], (0,), (2,))
    wrong = plan_of((0, 1), 8, 1, buffer((0, 1), 0, 4, 1, 0, 2), buffer((2,), 4, 4, 1, 1, 3))
    rejects(network, wrong, "step 1: tensor 0 is lost")


def test_a_view_sees_the_bytes_of_its_source_wherever_it_lies() -> None:
    network = graph([4, 4, 4], [("reshape", (0,), (1,)), ("layer", (0, 1), (2,))], (0,), (2,))
    shared = plan_of((0, 1), 8, 1, buffer((0, 1), 0, 4, 1, 0, 2), buffer((2,), 4, 4, 1, 1, 3))
    copied = plan_of(
        (0, 1), 12, 1, buffer((0,), 0, 4, 1, 0, 2), buffer((1,), 8, 4, 1, 0, 2), buffer((2,), 4, 4, 1, 1, 3)
    )
    check_plan(network, operator_of, shared)
    check_plan(network, operator_of, copied)
    rejects(network, moved(copied, 1, offset_bytes=2), "step 1: tensor 0 is lost|over tensor 0")


PARTS = graph(
    [2, 2, 3, 5, 2, 1, 1],
    [("layer", (0,), (1, 2)), ("join", (1, 2), (3,)), cut(3, (4, 5), 1), ("layer", (4, 5), (6,))],
    (0,),
    (6,),
)
PARTS_PLAN = replace(
    plan_of(
        (0, 1, 2, 3),
        8,
        1,
        buffer((0,), 0, 2, 1, 0, 1),
        buffer((1, 2, 3, 4, 5), 2, 5, 1, 0, 4),
        buffer((6,), 7, 1, 1, 3, 5),
    ),
    offsets={0: 0, 1: 2, 2: 4, 3: 2, 4: 3, 5: 5, 6: 7},
)
"""Two outputs joined, and two slices of the whole, all in one buffer."""


def test_parts_see_the_bytes_that_lie_where_they_lie() -> None:
    check_plan(PARTS, operator_of, PARTS_PLAN)


@pytest.mark.parametrize(
    ("places", "fact"),
    [
        ({2: 3}, "tensor 1 is lost|over tensor"),
        ({2: 2}, "tensor 1 is lost|over tensor"),
        ({1: 4, 2: 2}, "step 0: tensor 1 is lost"),
        ({5: 4}, "cut writes tensor 5 over tensor 3"),
        ({5: 6}, "cut writes tensor 5 over tensor 3"),
        ({6: 6}, "tensor 6 is outside of its buffer"),
        ({4: 6}, "tensor 4 is outside of its buffer"),
    ],
)
def test_parts_that_lie_elsewhere_are_rejected(places: dict[int, int], fact: str) -> None:
    rejects(PARTS, replace(PARTS_PLAN, offsets={**PARTS_PLAN.offsets, **places}), fact)


def test_a_part_that_is_overwritten_before_it_is_read_is_rejected() -> None:
    nodes: list[Description] = [("layer", (), (0,)), ("layer", (), (1,)), ("join", (0, 1), (2,)), ("layer", (2,), (3,))]
    network = graph([2, 2, 4, 1], nodes, (), (3,))
    places = {0: 0, 1: 2, 2: 0, 3: 4}
    right = replace(
        plan_of((0, 1, 2, 3), 5, 1, buffer((0, 1, 2), 0, 4, 1, 0, 4), buffer((3,), 4, 1, 1, 3, 5)), offsets=places
    )
    check_plan(network, operator_of, right)
    rejects(network, replace(right, offsets={**places, 1: 1}), "step 2: tensor 0 is lost|over tensor")
    early = plan_of((0, 1, 2, 3), 5, 1, buffer((0, 1, 2), 0, 4, 1, 1, 4), buffer((3,), 4, 1, 1, 3, 5))
    rejects(network, replace(early, offsets=places), "step 0: tensor 0 is not in memory")


def test_a_slice_that_was_copied_must_not_lie_on_what_is_still_needed() -> None:
    network = graph([4, 2, 1], [cut(0, (1,), 2), ("layer", (0, 1), (2,))], (0,), (2,))
    copied = plan_of(
        (0, 1), 7, 1, buffer((0,), 0, 4, 1, 0, 2), buffer((1,), 4, 2, 1, 0, 2), buffer((2,), 6, 1, 1, 1, 3)
    )
    check_plan(network, operator_of, copied)
    rejects(network, moved(copied, 1, offset_bytes=1), "cut writes tensor 1 over tensor 0")


def test_inputs_and_outputs_are_kept_apart_at_the_ends() -> None:
    network = graph([4, 4, 4, 4], [("layer", (0,), (2,)), ("layer", (0,), (3,))], (0, 1), (2, 3))
    right = plan_of(
        (0, 1), 12, 1, buffer((0,), 0, 4, 1, 0, 2), buffer((1,), 4, 4, 1, 0, 1), buffer((2,), 4, 4, 1, 0, 3),
        buffer((3,), 8, 4, 1, 1, 3),
    )  # fmt: skip
    check_plan(network, operator_of, right)
    rejects(network, moved(right, 1, offset_bytes=2), "step 0: tensor [01] is lost")
    rejects(network, moved(right, 3, offset_bytes=6), "step 2: tensor 2 is lost")


def test_an_input_that_nobody_reads_cannot_lie_on_another_one() -> None:
    network = graph([4, 4, 4], [("layer", (1,), (2,))], (0, 1), (2,))
    wrong = plan_of((0,), 8, 1, buffer((0,), 0, 4, 1, 0, 1), buffer((1,), 0, 4, 1, 0, 1), buffer((2,), 4, 4, 1, 0, 2))
    rejects(network, wrong, "step 0: tensor 0 is lost")


def test_a_variable_is_kept_until_the_next_run() -> None:
    network = graph(
        [4, tensor(1, 4, variable=True), 4, 4], [("layer", (0, 1), (2,)), ("layer", (2,), (3,))], (0,), (3,)
    )
    right = plan_of(
        (0, 1), 12, 1, buffer((0,), 0, 4, 1, 0, 1), buffer((1,), 4, 4, 1, 0, 3), buffer((2,), 8, 4, 1, 0, 2),
        buffer((3,), 0, 4, 1, 1, 3),
    )  # fmt: skip
    check_plan(network, operator_of, right)
    rejects(network, moved(right, 3, offset_bytes=4), "step 2: tensor 1 is lost")


def test_two_outputs_of_a_node_cannot_share_memory() -> None:
    network = graph([4, 4, 4], [("layer", (0,), (1, 2))], (0,), (1,))
    wrong = plan_of((0,), 8, 1, buffer((0,), 0, 4, 1, 0, 1), buffer((1,), 4, 4, 1, 0, 2), buffer((2,), 4, 4, 1, 0, 1))
    rejects(network, wrong, "step 0: tensor 1 is lost")


@settings(deadline=None, max_examples=60)
@given(graphs(), st.data())
def test_any_plan_in_a_smaller_arena_is_rejected(graph: Graph, data: st.DataObject) -> None:
    found = plan(graph, operator_of, seconds=0.1)
    if found.arena_bytes:
        arena_bytes = data.draw(st.integers(0, found.arena_bytes - 1))
        rejects(graph, replace(found, arena_bytes=arena_bytes, lower_bound_bytes=0), "outside of the arena")


@settings(deadline=None, max_examples=60)
@given(graphs(), st.data())
def test_a_buffer_moved_onto_one_that_is_alive_for_longer_is_rejected(graph: Graph, data: st.DataObject) -> None:
    found = plan(graph, operator_of, seconds=0.1)
    pairs = [
        (one, other)
        for one in found.buffers
        for other in found.buffers
        if one is not other
        # At a single common step, one may be written where the other was read for the last time.
        and min(one.end_step, other.end_step) - max(one.first_step, other.first_step) >= 2
    ]
    if pairs:
        one, other = data.draw(st.sampled_from(pairs))
        with pytest.raises(InvariantError):
            check_plan(graph, operator_of, moved(found, one.tensors[0], offset_bytes=other.offset_bytes))


ROWS = graph(
    [image(0, 12, 8), image(1, 12, 16), image(2, 12, 16), image(3, 12, 16), 4],
    [slide(0, 1), slide(1, 2), ("point", (1, 2), (3,)), ("total", (3,), (4,))],
    (0,),
    (4,),
)
"""Two convolutions, an addition of their outputs and a sum over all rows."""
ROWS_PLAN = plan(ROWS, operator_of)
PUSHED_PLAN = plan(ROWS, operator_of, input_by_rows=True)


def with_steps(plan: Plan, *steps: Step) -> Plan:
    return replace(plan, steps=steps)


def test_rows_are_interleaved_in_rings() -> None:
    assert ROWS_PLAN.segments == ((0, 1, 2, 3),)
    assert ROWS_PLAN.rows_kept == {1: 3, 2: 1, 3: 1}
    assert PUSHED_PLAN.rows_kept == {0: 3, 1: 3, 2: 1, 3: 1}
    check_plan(ROWS, operator_of, ROWS_PLAN)
    check_plan(ROWS, operator_of, PUSHED_PLAN)


@pytest.mark.parametrize(
    ("plan", "fact"),
    [
        (with_steps(ROWS_PLAN, *ROWS_PLAN.steps[:-1]), "segment 0 does not follow the rule"),
        (with_steps(ROWS_PLAN, *ROWS_PLAN.steps, ROWS_PLAN.steps[-1]), "more steps than the segments have"),
        (with_steps(ROWS_PLAN, *sorted(ROWS_PLAN.steps, key=lambda step: step.node)), "does not follow the rule"),
        (with_steps(PUSHED_PLAN, *sorted(PUSHED_PLAN.steps, key=lambda step: step.node)), "does not follow the rule"),
        (replace(ROWS_PLAN, segments=((0,), (1, 2, 3))), "segment 0 does not follow the rule"),
        (replace(ROWS_PLAN, input_by_rows=True), "segment 0 does not follow the rule"),
        (replace(ROWS_PLAN, progress_offset=None), "no counters"),
        (replace(ROWS_PLAN, progress_offset=-2), "outside of the arena"),
        (replace(ROWS_PLAN, progress_offset=ROWS_PLAN.arena_bytes), "outside of the arena"),
        (replace(ROWS_PLAN, progress_offset=1 + (ROWS_PLAN.progress_offset or 0)), "not aligned to 2 bytes"),
        (replace(ROWS_PLAN, progress_offset=ROWS_PLAN.offsets[1]), "counters of rows|is lost"),
        (replace(ROWS_PLAN, progress_offset=ROWS_PLAN.offsets[0]), "counters of rows|is lost"),
        (replace(ROWS_PLAN, sums={}), "sums of node 3 are not in memory"),
        (replace(ROWS_PLAN, sums={3: ROWS_PLAN.sums[3] + 1}), "not aligned to 4 bytes"),
        (replace(ROWS_PLAN, sums={3: ROWS_PLAN.arena_bytes // 4 * 4}), "outside of the arena"),
        (replace(ROWS_PLAN, sums={3: ROWS_PLAN.offsets[3]}), "sums of node 3 are not apart"),
        (replace(ROWS_PLAN, rows_kept={2: 1, 3: 1}), "tensor 1 is outside of its buffer"),
        (replace(ROWS_PLAN, rows_kept={1: 2, 2: 1, 3: 1}), "tensor 1 has two rings"),
        (moved(ROWS_PLAN, 1, rows_kept=2, size_bytes=32), "is lost|over tensor"),
        (moved(ROWS_PLAN, 1, first_step=1), "step 0: tensor 1 is not in memory"),
    ],
)
def test_a_corrupted_plan_by_rows_is_rejected(plan: Plan, fact: str) -> None:
    rejects(ROWS, plan, fact)


def test_a_row_of_an_input_must_not_be_overwritten_before_it_is_read() -> None:
    network = graph([image(0, 4, 4), image(1, 4, 4)], [slide(0, 1)], (0,), (1,))

    def displaced(rows: int) -> Plan:
        """The output lies that many rows below the input."""
        return Plan(
            segments=((0,),),
            chains=(),
            steps=tuple(Step(0, row) for row in range(4)),
            buffers=(Buffer((0,), 4 * rows, 16, 1, 4, 4, 0, 4), Buffer((1,), 0, 16, 1, 4, 4, 0, 5)),
            offsets={0: 4 * rows, 1: 0},
            rows_kept={},
            pixels={},
            sums={},
            scratch={},
            progress_offset=None,
            input_by_rows=False,
            arena_bytes=16 + 4 * rows,
            lower_bound_bytes=0,
            alignment_bytes=1,
        )

    check_plan(network, operator_of, displaced(2))
    rejects(network, displaced(1), "slide writes tensor 1 over tensor 0")


def test_rows_may_lie_on_rows_only_where_the_operator_works_in_place() -> None:
    nodes: list[Description] = [("point", (0,), (1,)), ("stretch", (1,), (2,))]
    network = graph([image(index, 4, 4) for index in range(3)], nodes, (0,), (2,))
    in_place = plan(network, operator_of, rows=False)
    assert in_place.offsets[0] == in_place.offsets[1]
    together = replace(in_place.buffers[0], tensors=(0, 1, 2), end_step=9)
    wrong = replace(in_place, buffers=(together,), offsets=dict.fromkeys(range(3), together.offset_bytes))
    rejects(network, replace(wrong, lower_bound_bytes=0), "stretch writes tensor 2 over tensor 1")


@settings(deadline=None, max_examples=60)
@given(row_graphs(), st.data())
def test_a_buffer_moved_onto_another_row_that_is_alive_is_rejected(graph: Graph, data: st.DataObject) -> None:
    found = plan(graph, operator_of, seconds=0.0)
    longest = [each for each in found.buffers if each.tensors and each.end_step > len(found.steps)]
    if len(longest) >= 2:
        one, other = data.draw(st.permutations(longest))[:2]
        with pytest.raises(InvariantError):
            check_plan(graph, operator_of, moved(found, one.tensors[0], offset_bytes=other.offset_bytes))
