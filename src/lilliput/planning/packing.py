"""Lifetimes -> offsets: no live byte lies on another one, in the smallest arena found.

A buffer is a set of rectangles, addresses by steps. From the rectangles of two buffers follows by how much the one must
not be displaced against the other; after that rectangles do not matter any more. Buffers are placed one after another,
each at its lowest free offset, in several orders, and each order is repaired again and again where the arena peaks.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.planning.exact import Conflicts, Intervals, improve
from lilliput.planning.lifetimes import Lifetime, peak_live_bytes


@dataclass(frozen=True, slots=True)
class Packing:
    """An offset for each lifetime, and the bytes that they span together."""

    offsets: tuple[int, ...]
    arena_bytes: int


_PRIORITIES: tuple[Callable[[Lifetime], tuple[int, ...]], ...] = (
    lambda buffer: (-buffer.size_bytes, int(buffer.first.min(initial=0))),
    lambda buffer: (-buffer.size_bytes * _duration(buffer), int(buffer.first.min(initial=0))),
    lambda buffer: (-_duration(buffer), -buffer.size_bytes),
    lambda buffer: (-int(buffer.first.min(initial=0)), -buffer.size_bytes),
    lambda buffer: (int(buffer.first.min(initial=0)), -buffer.size_bytes),
    lambda buffer: (-int(buffer.end.max(initial=0)), -buffer.size_bytes),
)


def pack(buffers: Sequence[Lifetime], effort: int, work: float = 0.0) -> Packing:
    """The smallest packing found by placing about `effort` buffers, then with `work` for the solver where that helps.

    Both limits are deterministic; see `improve` for the solver's.
    """
    conflicts = _conflicts(buffers)
    enough_bytes = peak_live_bytes(buffers)
    best: Packing | None = None
    tries = max(1, effort // max(1, len(buffers)) // len(_PRIORITIES))
    for seed, priority in enumerate(_PRIORITIES):
        queue = sorted(range(len(buffers)), key=lambda index: priority(buffers[index]))
        found = _repair(buffers, conflicts, queue, tries, enough_bytes, random.Random(seed))
        if best is None or found.arena_bytes < best.arena_bytes:
            best = found
        if best.arena_bytes <= enough_bytes:
            return best
    assert best is not None
    sizes, alignments = [each.size_bytes for each in buffers], [each.alignment_bytes for each in buffers]
    offsets = improve(sizes, alignments, conflicts, best.offsets, enough_bytes, work)
    return Packing(offsets, max(offset + size for offset, size in zip(offsets, sizes, strict=True)))


def _duration(buffer: Lifetime) -> int:
    return int(buffer.end.max(initial=0) - buffer.first.min(initial=0))


def _rectangles(buffer: Lifetime) -> NDArray[np.int64]:
    """The buffer's rectangles: columns start, end of address, first, end of step; neighbours alike are one."""
    slots = np.arange(len(buffer.first)) % buffer.slots
    table = np.stack([slots, slots + 1, buffer.first, buffer.end], axis=1)
    table = table[buffer.first < buffer.end]
    if len(table) > 1:
        joins = (table[1:, 0] == table[:-1, 1]) & (table[1:, 2:] == table[:-1, 2:]).all(axis=1)
        starts = np.flatnonzero(np.concatenate([[True], ~joins]))
        ends = np.concatenate([starts[1:], [len(table)]]) - 1
        table = np.stack([table[starts, 0], table[ends, 1], table[starts, 2], table[starts, 3]], axis=1)
    table[:, :2] *= buffer.unit_bytes
    return table


def _conflicts(buffers: Sequence[Lifetime]) -> Conflicts:
    """By how much no buffer may be displaced against another one."""
    tables = [_rectangles(buffer) for buffer in buffers]
    spans = [
        (int(table[:, 2].min()), int(table[:, 3].max())) if len(table) and buffer.size_bytes else (0, 0)
        for table, buffer in zip(tables, buffers, strict=True)
    ]
    forbidden: list[list[tuple[int, Intervals]]] = [[] for _ in buffers]
    for index, (first, end) in enumerate(spans):
        for other in range(index):
            if max(first, spans[other][0]) < min(end, spans[other][1]):
                intervals = _forbidden(tables[index], tables[other])
                if intervals:
                    forbidden[index].append((other, intervals))
                    mirrored = tuple((-high, -low) for low, high in reversed(intervals))
                    forbidden[other].append((index, mirrored))
    return forbidden


def _forbidden(table: NDArray[np.int64], other: NDArray[np.int64]) -> Intervals:
    """The displacements of `table` against `other` at which two of their rectangles meet."""
    together = (table[:, None, 2] < other[None, :, 3]) & (other[None, :, 2] < table[:, None, 3])
    low = (other[None, :, 0] - table[:, None, 1])[together]
    high = (other[None, :, 1] - table[:, None, 0])[together]
    if not len(low):
        return ()
    order = np.argsort(low, kind="stable")
    low, high = low[order], np.maximum.accumulate(high[order])
    # Open intervals that only touch leave the displacement between them free.
    starts = np.flatnonzero(np.concatenate([[True], low[1:] >= high[:-1]]))
    ends = np.concatenate([starts[1:], [len(low)]]) - 1
    return tuple(zip(low[starts].tolist(), high[ends].tolist(), strict=True))


def _repair(
    buffers: Sequence[Lifetime],
    conflicts: Conflicts,
    order: Sequence[int],
    tries: int,
    enough_bytes: int,
    choice: random.Random,
) -> Packing:
    """The best of a sequence of placings that starts with `order`; each next one first places what peaked before."""
    queue = list(order)
    best: Packing | None = None
    best_queue = queue
    for number in range(tries):
        packing = _place(buffers, conflicts, queue)
        if best is None or packing.arena_bytes <= best.arena_bytes:
            best, best_queue = packing, list(queue)
        if best.arena_bytes <= enough_bytes:
            break
        if number % 2:
            queue = list(best_queue)
            for _ in range(1 + number % 3):
                queue.insert(choice.randrange(len(queue)), queue.pop(choice.randrange(len(queue))))
        else:
            peak = packing.arena_bytes
            highest = next(i for i in reversed(queue) if packing.offsets[i] + buffers[i].size_bytes == peak)
            queue.remove(highest)
            queue.insert(0, highest)
    assert best is not None
    return best


def _place(buffers: Sequence[Lifetime], conflicts: Conflicts, queue: Sequence[int]) -> Packing:
    """Offsets when the buffers of `queue` are placed one by one, each at its lowest aligned offset that is free."""
    offsets: list[int] = [-1] * len(buffers)
    arena_bytes = 0
    for index in queue:
        buffer = buffers[index]
        alignment = buffer.alignment_bytes
        offset = 0
        taken: list[tuple[int, int]] = []
        for other, intervals in conflicts[index]:
            place = offsets[other]
            if place >= 0:
                for low, high in intervals:
                    taken.append((place + low, place + high))
        taken.sort()
        for low, high in taken:
            if offset <= low:
                break
            if high > offset:
                offset = -(-high // alignment) * alignment
        offsets[index] = offset
        arena_bytes = max(arena_bytes, offset + buffer.size_bytes)
    return Packing(tuple(offsets), arena_bytes)
