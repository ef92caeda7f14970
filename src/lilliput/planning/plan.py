"""The plan, made by `planning` and read by codegen: where every tensor lies and in which order nodes run."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Buffer:
    """A range of the arena, `offset_bytes` from its start, alive for steps [`first_step`, `end_step`).

    Step s runs node `Plan.order[s]`; step `len(Plan.order)` is the caller's, who reads the graph outputs. A graph input
    is alive from step 0, a graph output up to and including the caller's step. `tensors` share the range (views and
    in-place outputs), in the order in which they are written.
    """

    tensors: tuple[int, ...]
    offset_bytes: int
    size_bytes: int
    alignment_bytes: int
    first_step: int
    end_step: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Every non-constant tensor's offset in the arena, and the order of nodes (indices into `Graph.nodes`).

    `lower_bound_bytes` is proven: no packing of these lifetimes needs less. `arena_bytes` equal to it is optimal. The
    arena must start at a multiple of `alignment_bytes`.
    """

    order: tuple[int, ...]
    buffers: tuple[Buffer, ...]
    offsets: Mapping[int, int]
    arena_bytes: int
    lower_bound_bytes: int
    alignment_bytes: int
