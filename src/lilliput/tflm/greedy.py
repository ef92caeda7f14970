"""TFLM's GreedyMemoryPlanner: the largest buffer first, each in the lowest gap among those alive with it.

Source: tensorflow/lite/micro/memory_planner/greedy_memory_planner.cc of TFLM 90b983c. Buffers of equal size are placed
in the order that its stable sort gives: the last added first.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Requirement:
    """A buffer alive from step `first` to step `last`, both included; `offset` is given by an offline plan or None."""

    size_bytes: int
    first: int
    last: int
    offset: int | None = None


def place(buffers: Sequence[Requirement]) -> tuple[int, ...]:
    """The offset of each buffer."""
    fixed = [index for index, buffer in enumerate(buffers) if buffer.offset is not None]
    free = [index for index in reversed(range(len(buffers))) if buffers[index].offset is None]
    free.sort(key=lambda index: -buffers[index].size_bytes)
    offsets = {index: buffers[index].offset or 0 for index in fixed}
    by_offset = sorted(fixed, key=lambda index: offsets[index])
    for index in free:
        offsets[index] = _lowest_gap(buffers, offsets, by_offset, buffers[index])
        position = next((i for i, other in enumerate(by_offset) if offsets[other] > offsets[index]), len(by_offset))
        by_offset.insert(position, index)
    return tuple(offsets[index] for index in range(len(buffers)))


def height(buffers: Sequence[Requirement], offsets: Sequence[int]) -> int:
    """The bytes that the placed buffers reach up to."""
    return max((offset + buffer.size_bytes for buffer, offset in zip(buffers, offsets, strict=True)), default=0)


def _lowest_gap(
    buffers: Sequence[Requirement], offsets: dict[int, int], by_offset: Sequence[int], wanted: Requirement
) -> int:
    candidate = 0
    for index in by_offset:
        other = buffers[index]
        if other.first <= wanted.last and wanted.first <= other.last:
            if offsets[index] - candidate >= wanted.size_bytes:
                break
            candidate = max(candidate, offsets[index] + other.size_bytes)
    return candidate
