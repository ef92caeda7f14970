"""The plan checker: accepts what is right, and names each way to be wrong."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lilliput.errors import InvariantError
from lilliput.ir import DType, Graph
from lilliput.planning import Buffer, Plan, check_plan, plan
from tests.planning.random_graphs import graphs
from tests.planning.small_graphs import graph, operator_of, tensor


def plan_of(order: tuple[int, ...], arena_bytes: int, alignment_bytes: int, *buffers: Buffer) -> Plan:
    offsets = {index: buffer.offset_bytes for buffer in buffers for index in buffer.tensors}
    return Plan(order, buffers, offsets, arena_bytes, 0, alignment_bytes)


def moved(plan: Plan, tensor: int, **changes: int) -> Plan:
    """The plan with another buffer for one tensor."""
    buffers = [replace(buffer, **changes) if tensor in buffer.tensors else buffer for buffer in plan.buffers]
    return plan_of(plan.order, plan.arena_bytes, plan.alignment_bytes, *buffers)


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
    Buffer((0,), 0, 4, 1, 0, 3),
    Buffer((1,), 4, 8, 4, 0, 2),
    Buffer((2, 3), 12, 4, 1, 1, 4),
)


def rejects(graph: Graph, plan: Plan, fact: str) -> None:
    with pytest.raises(InvariantError, match=fact):
        check_plan(graph, operator_of, plan)


def test_a_right_plan_is_accepted() -> None:
    check_plan(CHAIN, operator_of, CHAIN_PLAN)


@pytest.mark.parametrize(
    ("plan", "fact"),
    [
        (replace(CHAIN_PLAN, order=(0, 1)), "the order is no permutation"),
        (replace(CHAIN_PLAN, order=(0, 1, 1)), "the order is no permutation"),
        (replace(CHAIN_PLAN, order=(0, 2, 1)), "step 1: tensor 2 is lost|reads tensor 2 before it is written"),
        (replace(CHAIN_PLAN, arena_bytes=15), "tensor 2 is outside of the arena"),
        (replace(CHAIN_PLAN, lower_bound_bytes=17), "smaller than its lower bound"),
        (replace(CHAIN_PLAN, alignment_bytes=2), "tensor 1 is not aligned to 4 bytes"),
        (replace(CHAIN_PLAN, buffers=CHAIN_PLAN.buffers[1:]), "a tensor lies in no buffer or in two"),
        (replace(CHAIN_PLAN, offsets={**CHAIN_PLAN.offsets, 1: 8}), "tensor 1 has two offsets"),
        (plan_of((0, 1, 2), 16, 4, *CHAIN_PLAN.buffers[1:]), "step 0: tensor 0 is not in memory"),
        (plan_of((0, 1, 2), 16, 4, *CHAIN_PLAN.buffers[:2]), "step 1: tensor 2 is not in memory"),
        (plan_of((0, 1, 2), 16, 4, *CHAIN_PLAN.buffers, CHAIN_PLAN.buffers[0]), "in no buffer or in two"),
        (moved(CHAIN_PLAN, 0, offset_bytes=-4), "tensor 0 is outside of the arena"),
        (moved(CHAIN_PLAN, 0, offset_bytes=13), "tensor 0 is outside of the arena"),
        (moved(CHAIN_PLAN, 0, size_bytes=3), "tensor 0 has another size"),
        (moved(CHAIN_PLAN, 1, offset_bytes=5), "tensor 1 is not aligned to 4 bytes"),
        (moved(CHAIN_PLAN, 0, end_step=2), "step 2: tensor 0 is not in memory"),
        (moved(CHAIN_PLAN, 3, end_step=3), "step 3: tensor 3 is not in memory"),
        (moved(CHAIN_PLAN, 1, first_step=1), "step 0: tensor 1 is not in memory"),
        (moved(CHAIN_PLAN, 0, offset_bytes=4), "layer writes tensor 1 over input 0"),
        (moved(CHAIN_PLAN, 2, offset_bytes=0), "step 2: tensor 0 is lost"),
        (moved(CHAIN_PLAN, 2, offset_bytes=8), "layer writes tensor 2 over input 0"),
    ],
)
def test_a_corrupted_plan_is_rejected(plan: Plan, fact: str) -> None:
    rejects(CHAIN, plan, fact)


def test_taking_over_memory_needs_the_operators_permission() -> None:
    def shares(operator: str, reads: tuple[int, ...]) -> tuple[Graph, Plan]:
        network = graph([4, 4, 4], [(operator, reads, (2,))], (0, 1), (2,))
        return network, plan_of((0,), 8, 1, Buffer((0, 2), 0, 4, 1, 0, 2), Buffer((1,), 4, 4, 1, 0, 1))

    for operator, reads in (("add", (0, 1)), ("add", (1, 0)), ("first", (0, 1)), ("add", (0, 0))):
        check_plan(shares(operator, reads)[0], operator_of, shares(operator, reads)[1])
    for operator, reads in (("layer", (0, 1)), ("first", (1, 0)), ("first", (0, 0)), ("unknown", (0, 1))):
        rejects(*shares(operator, reads), "writes tensor 2 over input")


def test_an_in_place_output_must_lie_exactly_on_its_input() -> None:
    network = graph([4, 4], [("first", (0,), (1,))], (0,), (1,))
    rejects(network, plan_of((0,), 5, 1, Buffer((0,), 0, 4, 1, 0, 1), Buffer((1,), 1, 4, 1, 0, 2)), "over input 0")


def test_only_the_first_output_may_take_over_memory() -> None:
    network = graph([4, 4, 4], [("add", (0, 0), (1, 2))], (0,), (1, 2))
    rejects(network, plan_of((0,), 8, 1, Buffer((1,), 4, 4, 1, 0, 2), Buffer((0, 2), 0, 4, 1, 0, 2)), "over input 0")


def test_memory_that_is_read_later_cannot_be_taken_over() -> None:
    network = graph([4, 4, 4], [("first", (0,), (1,)), ("layer", (0, 1), (2,))], (0,), (2,))
    wrong = plan_of((0, 1), 8, 1, Buffer((0, 1), 0, 4, 1, 0, 2), Buffer((2,), 4, 4, 1, 1, 3))
    rejects(network, wrong, "step 1: tensor 0 is lost")


def test_a_view_sees_the_bytes_of_its_source_wherever_it_lies() -> None:
    network = graph([4, 4, 4], [("reshape", (0,), (1,)), ("layer", (0, 1), (2,))], (0,), (2,))
    shared = plan_of((0, 1), 8, 1, Buffer((0, 1), 0, 4, 1, 0, 2), Buffer((2,), 4, 4, 1, 1, 3))
    copied = plan_of(
        (0, 1), 12, 1, Buffer((0,), 0, 4, 1, 0, 2), Buffer((1,), 8, 4, 1, 0, 2), Buffer((2,), 4, 4, 1, 1, 3)
    )
    check_plan(network, operator_of, shared)
    check_plan(network, operator_of, copied)
    rejects(network, moved(copied, 1, offset_bytes=2), "step 1: tensor 0 is lost|over input 0")


def test_inputs_and_outputs_are_kept_apart_at_the_ends() -> None:
    network = graph([4, 4, 4, 4], [("layer", (0,), (2,)), ("layer", (0,), (3,))], (0, 1), (2, 3))
    right = plan_of(
        (0, 1), 12, 1, Buffer((0,), 0, 4, 1, 0, 2), Buffer((1,), 4, 4, 1, 0, 1), Buffer((2,), 4, 4, 1, 0, 3),
        Buffer((3,), 8, 4, 1, 1, 3),
    )  # fmt: skip
    check_plan(network, operator_of, right)
    rejects(network, moved(right, 1, offset_bytes=2), "step 0: tensor [01] is lost")
    rejects(network, moved(right, 3, offset_bytes=6), "step 2: tensor 2 is lost")


def test_an_input_that_nobody_reads_cannot_lie_on_another_one() -> None:
    network = graph([4, 4, 4], [("layer", (1,), (2,))], (0, 1), (2,))
    wrong = plan_of((0,), 8, 1, Buffer((0,), 0, 4, 1, 0, 1), Buffer((1,), 0, 4, 1, 0, 1), Buffer((2,), 4, 4, 1, 0, 2))
    rejects(network, wrong, "step 0: tensor 0 is lost")


def test_a_variable_is_kept_until_the_next_run() -> None:
    network = graph(
        [4, tensor(1, 4, variable=True), 4, 4], [("layer", (0, 1), (2,)), ("layer", (2,), (3,))], (0,), (3,)
    )
    right = plan_of(
        (0, 1), 12, 1, Buffer((0,), 0, 4, 1, 0, 1), Buffer((1,), 4, 4, 1, 0, 3), Buffer((2,), 8, 4, 1, 0, 2),
        Buffer((3,), 0, 4, 1, 1, 3),
    )  # fmt: skip
    check_plan(network, operator_of, right)
    rejects(network, moved(right, 3, offset_bytes=4), "step 2: tensor 1 is lost")


def test_two_outputs_of_a_node_cannot_share_memory() -> None:
    network = graph([4, 4, 4], [("layer", (0,), (1, 2))], (0,), (1,))
    wrong = plan_of((0,), 8, 1, Buffer((0,), 0, 4, 1, 0, 1), Buffer((1,), 4, 4, 1, 0, 2), Buffer((2,), 4, 4, 1, 0, 1))
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
