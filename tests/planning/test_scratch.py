"""Memory that kernels need inside of a step: nothing that is alive lies there."""

from dataclasses import replace

import pytest

from lilliput.errors import InvariantError
from lilliput.ir import Graph
from lilliput.planning import check_plan, plan
from tests.planning.small_graphs import gather, graph, image, operator_of, slide

SCRATCH_BYTES = 20


def two_layers(rows: int) -> Graph:
    return graph(
        [image(0, rows, 8), image(1, rows, 16), image(2, rows, 16)],
        [slide(0, 1), gather(1, 2, SCRATCH_BYTES)],
        (0,),
        (2,),
    )


@pytest.mark.parametrize("rows", [True, False])
@pytest.mark.parametrize("height", [1, 12])
def test_scratch_memory_has_an_aligned_place_in_the_arena(height: int, rows: bool) -> None:
    found = plan(two_layers(height), operator_of, rows=rows)
    assert found.scratch.keys() == {1}
    assert found.scratch[1] % 4 == found.alignment_bytes % 4 == 0
    assert found.scratch[1] + SCRATCH_BYTES <= found.arena_bytes


def test_scratch_memory_lies_where_nothing_is_alive() -> None:
    small = graph([image(0, 1, 64), image(1, 1, 8), image(2, 1, 8)], [slide(0, 1), gather(1, 2, 40)], (0,), (2,))
    assert plan(small, operator_of).arena_bytes == 72


@pytest.mark.parametrize("rows", [True, False])
def test_scratch_memory_on_a_live_tensor_is_found(rows: bool) -> None:
    network = two_layers(12)
    found = plan(network, operator_of, rows=rows)
    for tensor in (1, 2):
        place = found.offsets[tensor] // 4 * 4
        with pytest.raises(InvariantError, match=f"tensor {tensor} is lost"):
            check_plan(network, operator_of, replace(found, scratch={1: place}))


@pytest.mark.parametrize(
    ("scratch", "fact"),
    [({}, "is not in the arena"), ({1: 2}, "is not aligned"), ({1: 1 << 20}, "is outside"), ({1: -4}, "is outside")],
)
def test_scratch_memory_without_a_proper_place_is_found(scratch: dict[int, int], fact: str) -> None:
    network = two_layers(12)
    with pytest.raises(InvariantError, match=f"scratch memory of node 1 {fact}"):
        check_plan(network, operator_of, replace(plan(network, operator_of), scratch=scratch))
