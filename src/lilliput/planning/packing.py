"""Lifetimes -> offsets: buffers alive together never overlap, in the smallest arena found, with a proven lower bound.

Buffers are placed one after another, each at the lowest free offset. Several orders of placing are tried and each is
repaired where it peaks; nearly all networks reach the lower bound here. What is left goes to the solver in `exact.py`.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lilliput.planning.exact import improve
from lilliput.planning.lifetimes import Lifetime


@dataclass(frozen=True, slots=True)
class Packing:
    """An offset for each lifetime, the bytes that they span together, and a proven bound that none can go below."""

    offsets: tuple[int, ...]
    arena_bytes: int
    lower_bound_bytes: int


_PRIORITIES: tuple[Callable[[Lifetime], tuple[int, ...]], ...] = (
    lambda buffer: (-buffer.size_bytes, buffer.first_step),
    lambda buffer: (-buffer.size_bytes * (buffer.end_step - buffer.first_step), buffer.first_step),
    lambda buffer: (buffer.first_step - buffer.end_step, -buffer.size_bytes),
)
_REPAIRED_BUFFERS = 5_000
"""The limit of work for each priority, in buffers placed: about 50 ms."""


def pack(buffers: Sequence[Lifetime], seconds: float) -> Packing:
    """The smallest packing found; the solver gets `seconds`, and runs only where first fit leaves a gap."""
    lower_bound_bytes = peak_live_bytes(buffers)
    neighbours = _neighbours(buffers)
    packings: list[Packing] = []
    for priority in _PRIORITIES:
        order = sorted(range(len(buffers)), key=lambda index: priority(buffers[index]))
        packings.append(_first_fit(buffers, neighbours, order, lower_bound_bytes))
        if packings[-1].arena_bytes == lower_bound_bytes:
            return packings[-1]
    best = min(packings, key=lambda packing: packing.arena_bytes)
    offsets, lower_bound_bytes = improve(buffers, neighbours, best.offsets, lower_bound_bytes, seconds)
    return Packing(offsets, _arena_bytes(buffers, offsets), lower_bound_bytes)


def peak_live_bytes(buffers: Sequence[Lifetime]) -> int:
    """The largest sum of sizes alive at one step, which no packing can go below."""
    changes: defaultdict[int, int] = defaultdict(int)
    for buffer in buffers:
        changes[buffer.first_step] += buffer.size_bytes
        changes[buffer.end_step] -= buffer.size_bytes
    return max(accumulate(changes[step] for step in sorted(changes)), default=0)


def _neighbours(buffers: Sequence[Lifetime]) -> list[list[int]]:
    """For each buffer, those that are alive at one of its steps."""
    neighbours: list[list[int]] = [[] for _ in buffers]
    alive: list[int] = []
    for index in sorted(range(len(buffers)), key=lambda index: buffers[index].first_step):
        alive = [other for other in alive if buffers[other].end_step > buffers[index].first_step]
        for other in alive:
            neighbours[index].append(other)
            neighbours[other].append(index)
        alive.append(index)
    return neighbours


def _arena_bytes(buffers: Sequence[Lifetime], offsets: Sequence[int]) -> int:
    return max((offset + buffer.size_bytes for buffer, offset in zip(buffers, offsets, strict=True)), default=0)


def _first_fit(
    buffers: Sequence[Lifetime], neighbours: Sequence[Sequence[int]], order: Sequence[int], lower_bound_bytes: int
) -> Packing:
    """The best of a sequence of placings that starts with `order`; each next one first places what peaked before."""
    queue = list(order)
    best: Packing | None = None
    for _ in range(1 + _REPAIRED_BUFFERS // max(1, len(buffers))):
        offsets = _place(buffers, neighbours, queue)
        arena_bytes = _arena_bytes(buffers, offsets)
        if best is None or arena_bytes < best.arena_bytes:
            best = Packing(offsets, arena_bytes, lower_bound_bytes)
        if best.arena_bytes == lower_bound_bytes:
            break
        highest = next(i for i in reversed(queue) if offsets[i] + buffers[i].size_bytes == arena_bytes)
        queue.remove(highest)
        queue.insert(0, highest)
    assert best is not None
    return best


def _place(buffers: Sequence[Lifetime], neighbours: Sequence[Sequence[int]], queue: Sequence[int]) -> tuple[int, ...]:
    """Offsets when the buffers of `queue` are placed one by one, each at its lowest aligned offset that is free."""
    offsets: dict[int, int] = {}
    for index in queue:
        buffer = buffers[index]
        offset = 0
        taken = ((offsets[other], buffers[other].size_bytes) for other in neighbours[index] if other in offsets)
        for start, size_bytes in sorted(taken):
            if offset + buffer.size_bytes <= start:
                break
            units = -(-(start + size_bytes) // buffer.alignment_bytes)
            offset = max(offset, units * buffer.alignment_bytes)
        offsets[index] = offset
    return tuple(offsets[index] for index in range(len(buffers)))
