"""Depths of calls on made-up functions, against a search of all paths."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from lilliput.firmware.ram.bounds import bounds
from lilliput.firmware.ram.functions import FunctionStack, Reason
from lilliput.firmware.ram.recursion import call_groups

Calls = dict[int, dict[int, int]]
"""For each function the depth of the call of each callee."""

calls = st.integers(1, 7).flatmap(
    lambda count: st.lists(
        st.dictionaries(st.integers(0, count - 1), st.integers(0, 40), max_size=count), min_size=count, max_size=count
    )
)


def functions(graph: list[dict[int, int]]) -> dict[int, FunctionStack]:
    """Functions with frames of 50 bytes and more."""
    return {each: FunctionStack(f"f{each}", 50 + each, callees) for each, callees in enumerate(graph)}


def deepest_path(stacks: Mapping[int, FunctionStack], start: int, active: frozenset[int] = frozenset()) -> int:
    """The deepest stack of all chains of calls from `start` on which no function stands twice."""
    deepest = stacks[start].frame_bytes
    for callee, depth in stacks[start].calls.items():
        if callee not in active | {start}:
            deepest = max(deepest, depth + deepest_path(stacks, callee, active | {start}))
    return deepest


def reachable(graph: list[dict[int, int]], start: int) -> set[int]:
    found: set[int] = set()
    waiting = [start]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting.extend(graph[each])
    return found


@settings(deadline=None)
@given(graph=calls)
def test_without_recursion_the_bound_is_the_deepest_path(graph: list[dict[int, int]]) -> None:
    ordered = [{callee: depth for callee, depth in row.items() if callee > each} for each, row in enumerate(graph)]
    stacks = functions(ordered)
    result = bounds(stacks, [0])[0]
    assert result.stack_bytes == deepest_path(stacks, 0)
    assert result.unknowns == ()
    assert result.chain[0] == "f0"
    assert set(result.frames) == {f"f{each}" for each in reachable(ordered, 0)}


@settings(deadline=None)
@given(graph=calls)
def test_with_recursion_no_path_that_enters_a_function_once_goes_deeper(graph: list[dict[int, int]]) -> None:
    stacks = functions(graph)
    for start, result in bounds(stacks, range(len(graph))).items():
        assert result.stack_bytes >= deepest_path(stacks, start)
        inside = {each for each in reachable(graph, start) if any(each in reachable(graph, c) for c in graph[each])}
        named = {name for unknown in result.unknowns for name in (unknown.function, *unknown.others)}
        assert named == {f"f{each}" for each in inside}
        assert all(unknown.reason is Reason.RECURSION for unknown in result.unknowns)


@settings(deadline=None)
@given(graph=calls)
def test_groups_come_after_those_that_they_call_and_hold_every_function_once(graph: list[dict[int, int]]) -> None:
    groups = call_groups(dict(enumerate(graph)), [0])
    place = {function: position for position, group in enumerate(groups) for function in group}
    assert sorted(place) == sorted(reachable(graph, 0)) == sorted(each for group in groups for each in group)
    for caller in place:
        for callee in graph[caller]:
            assert place[callee] <= place[caller]
            assert (place[callee] == place[caller]) == (caller in reachable(graph, callee))


def test_a_chain_of_fifty_thousand_functions_takes_no_more_than_its_length() -> None:
    chain = [{each + 1: 1} for each in range(50_000)] + [{}]
    result = bounds(functions(chain), [0])[0]
    assert result.stack_bytes == 50_000 + 50 + 50_000
    assert len(result.chain) == 50_001
