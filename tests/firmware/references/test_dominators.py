import random
from collections.abc import Sequence

import pytest

from lilliput.firmware.references.dominators import immediate_dominators, leaves_first
from lilliput.firmware.references.reachability import missing_starts, reach


@pytest.mark.parametrize("seed", range(300))
def test_dominators_are_what_removing_each_node_shows(seed: int) -> None:
    chance = random.Random(seed)
    count = chance.randint(1, 12)
    successors = [[chance.randrange(count) for _ in range(chance.randint(0, 3))] for _ in range(count)]
    dominators = immediate_dominators(successors, 0)
    reached = _reached(successors, without=-1)
    for node in range(count):
        if node not in reached:
            assert dominators[node] == -1
        else:
            necessary = {each for each in reached - {node} if node not in _reached(successors, without=each)}
            assert set(_above(dominators, node)) == necessary


def test_a_chain_of_a_hundred_thousand_needs_no_recursion() -> None:
    successors = [[node + 1] for node in range(100_000)] + [[]]
    assert immediate_dominators(successors, 0) == [0, *range(100_000)]


def test_leaves_come_before_what_dominates_them() -> None:
    dominators = immediate_dominators([[1, 4], [2, 3], [], [2], [], [0]], 0)
    order = list(leaves_first(dominators, 0))
    assert sorted(order) == [1, 2, 3, 4]
    assert order.index(2) < order.index(1)
    assert order.index(3) < order.index(1)


def test_what_nothing_leads_to_starts_by_itself_and_a_cycle_with_its_first_node() -> None:
    successors = [[1], [], [1], [4], [3], [6], []]
    assert list(missing_starts(successors, range(7), [0])) == [2, 5, 3]


def _reached(successors: Sequence[Sequence[int]], without: int) -> set[int]:
    reached = {without}
    reach(successors, [0], reached)
    return reached - {without}


def _above(dominators: Sequence[int], node: int) -> list[int]:
    found: list[int] = []
    while dominators[node] != node:
        node = dominators[node]
        found.append(node)
    return found
