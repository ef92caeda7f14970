"""Shapes and strides -> the fewest nested loops: what broadcasting and data movement share.

A tensor is read or written in the order of the output's elements, each operand with a stride for every dimension; 0
repeats it. Dimensions that all operands pass as one become one loop at compile time.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

MOST_CALLS = 1024
"""Of a kernel for one node; a model that needs more is not meant for a microcontroller."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop of `size` rounds; in each, operand i moves by `strides[i]`."""

    size: int
    strides: tuple[int, ...]


def dense_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of a tensor whose elements lie in C order."""
    return tuple(math.prod(shape[dimension + 1 :]) for dimension in range(len(shape)))


def collapse(shape: Sequence[int], *strides: Sequence[int]) -> tuple[Loop, ...]:
    """The loops over `shape`, outermost first, without dimensions of 1 and with neighbours merged where possible.

    `strides` has one stride per dimension for each operand.
    """
    loops: list[Loop] = []
    for size, *own in zip(shape, *strides, strict=True):
        loop = Loop(size, tuple(own))
        if size == 1:
            continue
        if loops and loops[-1].strides == tuple(size * stride for stride in own):
            loop = Loop(loops.pop().size * size, loop.strides)
        loops.append(loop)
    return tuple(loops)


def unroll(loops: Sequence[Loop], depth: int) -> tuple[tuple[Loop, ...], tuple[tuple[int, ...], ...]]:
    """The innermost `depth` loops for a kernel, and where each operand starts in each call that it takes.

    The outer loops, where there are more, become one call for each of their rounds.
    """
    outer, inner = tuple(loops[:-depth]), tuple(loops[-depth:])
    operands = range(len(loops[0].strides)) if loops else ()
    rounds = itertools.product(*(range(loop.size) for loop in outer))
    starts = (
        tuple(
            sum(index * loop.strides[operand] for index, loop in zip(indices, outer, strict=True))
            for operand in operands
        )
        for indices in rounds
    )
    return inner, tuple(starts)


def calls_are_few(loops: Sequence[Loop], depth: int) -> bool:
    """Whether `unroll` makes at most 1,024 calls."""
    return math.prod(loop.size for loop in loops[:-depth]) <= MOST_CALLS


def sizes(loops: Sequence[Loop], depth: int) -> tuple[int, ...]:
    """The rounds of a kernel's `depth` loops; the outer ones that are not needed have one."""
    return (1,) * (depth - len(loops)) + tuple(loop.size for loop in loops)


def steps(loops: Sequence[Loop], depth: int, operand: int) -> tuple[int, ...]:
    """By how much an operand's index changes after each round of a kernel's loops, taking back the inner loops' sum."""
    inner = [*(loop.size * loop.strides[operand] for loop in loops[1:]), 0]
    own = (loop.strides[operand] - taken for loop, taken in zip(loops, inner, strict=False))
    return (0,) * (depth - len(loops)) + tuple(own)
