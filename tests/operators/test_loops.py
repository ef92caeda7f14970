"""Collapsed and unrolled loops visit the same elements in the same order as the shape's own dimensions."""

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from lilliput.operators.loops import collapse, dense_strides, sizes, steps, unroll

SHAPES = st.lists(st.integers(1, 4), max_size=6)


def visited(shape: Sequence[int], strides: Sequence[int]) -> list[int]:
    """The addresses of a tensor's elements in C order."""
    indices = itertools.product(*(range(size) for size in shape))
    return [sum(i * stride for i, stride in zip(index, strides, strict=True)) for index in indices]


def kernel(rounds: Sequence[int], moves: Sequence[int], start: int) -> list[int]:
    """What nested loops like runtime/strided_copy.c visit: after each round of a loop its step is added."""
    addresses: list[int] = []
    place = start

    def loop(depth: int) -> None:
        nonlocal place
        if depth == len(rounds):
            addresses.append(place)
            return
        for _ in range(rounds[depth]):
            loop(depth + 1)
            place += moves[depth]

    loop(0)
    return addresses


@given(SHAPES, st.data())
def test_kernels_visit_every_operand_as_its_strides_say(shape: list[int], data: st.DataObject) -> None:
    some = st.integers(-20, 20)
    operands = [data.draw(st.lists(some, min_size=len(shape), max_size=len(shape))), dense_strides(shape)]
    depth = data.draw(st.integers(1, 4))
    inner, starts = unroll(collapse(shape, *operands), depth)
    for position, strides in enumerate(operands):
        rounds, moves = sizes(inner, depth), steps(inner, depth, position)
        calls = [kernel(rounds, moves, start[position] if start else 0) for start in starts]
        assert list(itertools.chain(*calls)) == visited(shape, strides)


@given(SHAPES)
def test_a_dense_tensor_is_one_loop(shape: list[int]) -> None:
    assert len(collapse(shape, dense_strides(shape))) <= 1


def test_channels_that_repeat_over_an_image_are_two_loops() -> None:
    loops = collapse((1, 8, 8, 16), dense_strides((1, 8, 8, 16)), (0, 0, 0, 1))
    assert [(loop.size, loop.strides) for loop in loops] == [(64, (16, 0)), (16, (1, 1))]
