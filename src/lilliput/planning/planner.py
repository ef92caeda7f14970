"""Graph -> Plan: which nodes are interleaved, and where everything lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType

import numpy as np

from lilliput.errors import DoesNotFitError, UsageError
from lilliput.ir import Graph
from lilliput.planning.bounds import lower_bound_bytes
from lilliput.planning.checker import check_plan
from lilliput.planning.lifetimes import Lifetime, Scope, lifetimes, peak_live_bytes
from lilliput.planning.network import Network, OperatorOf, network
from lilliput.planning.packing import Packing, pack
from lilliput.planning.partition import Cut, Partitions
from lilliput.planning.plan import Buffer, Plan, Step
from lilliput.planning.schedule import PUSH, Segment, alone

_LARGEST_ARENA_BYTES = 1 << 23
"""More than the memory of any microcontroller; what a damaged file asks for must not be allocated by the checker."""
_EFFORT_PER_SECOND = 10_000
"""Buffers placed in about a second."""


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A packed partition."""

    segments: tuple[Segment, ...]
    buffers: tuple[Lifetime, ...]
    packing: Packing

    @property
    def interleaved_nodes(self) -> int:
        return sum(len(segment.nodes) for segment in self.segments if segment.interleaved)


def plan(
    graph: Graph,
    operator_of: OperatorOf,
    *,
    seconds: float = 3.0,
    rows: bool = True,
    input_by_rows: bool = False,
    ram_bytes: int | None = None,
) -> Plan:
    """The smallest plan found, checked. `seconds` limits the search, deterministically: same graph, same plan."""
    net = network(graph, operator_of)
    pushed_rows = _pushed_rows(net) if input_by_rows else 0
    whole = tuple(alone(net, node) for node in range(len(graph.nodes)))
    effort = int(seconds * _EFFORT_PER_SECOND)
    live_bytes = peak_live_bytes(lifetimes(net, _whole_scope(net, whole, pushed=False)))
    if live_bytes > _LARGEST_ARENA_BYTES:
        raise DoesNotFitError(
            f"the model keeps {live_bytes:,} bytes of tensors alive at once, more than any microcontroller has",
            graph.source.name,
            "Make the model's input or its largest layers smaller.",
        )
    candidates = [] if pushed_rows else [_packed(net, whole, effort)]
    if rows:
        candidates.append(_interleaved(net, pushed_rows, effort))
    best = min(candidates, key=lambda candidate: candidate.packing.arena_bytes)
    result = _plan(net, best, input_by_rows)
    check_plan(graph, operator_of, result)
    return result


def _pushed_rows(net: Network) -> int:
    graph = net.graph
    return graph.tensors[graph.inputs[0]].shape[1]


def _whole_scope(net: Network, segments: Sequence[Segment], *, pushed: bool) -> Scope:
    given = [home for home in net.given if not (pushed and home == net.graph.inputs[0])]
    return Scope(segments, given, [index for index, home in net.homes.items() if home.lasts])


def _packed(net: Network, segments: Sequence[Segment], effort: int) -> _Candidate:
    pushed = any(PUSH in segment.at for segment in segments)
    scope = _whole_scope(net, segments, pushed=pushed)
    buffers = lifetimes(net, scope)
    packing = pack(buffers, effort)
    return _Candidate(tuple(segments), buffers, packing)


def _interleaved(net: Network, pushed_rows: int, effort: int) -> _Candidate:
    partitions = Partitions(net, pushed_rows)
    partitions.explore()
    while True:
        found = partitions.best()
        assert found is not None
        _, cuts = found
        if not any([partitions.settle(cut) for cut in cuts]):
            break
    return _packed(net, [partitions.segment(cut) for cut in cuts], effort)


def _plan(net: Network, found: _Candidate, input_by_rows: bool) -> Plan:
    """The plan as others see it."""
    starts = list(accumulate((segment.steps for segment in found.segments), initial=0))
    steps = [Step(PUSH, 0)] * starts[-1]
    for start, segment in zip(starts, found.segments, strict=False):
        for node, at in segment.at.items():
            for row, step in enumerate(at.tolist()):
                steps[start + step] = Step(node, row if node in segment.by_rows else -1)
    placed = list(zip(found.buffers, found.packing.offsets, strict=True))
    buffers = tuple(_buffer(lifetime, offset) for lifetime, offset in placed)
    tensors = {index: (lifetime, offset) for lifetime, offset in placed for index in lifetime.tensors}
    return Plan(
        segments=tuple(segment.nodes for segment in found.segments),
        steps=tuple(steps),
        buffers=buffers,
        offsets=MappingProxyType({index: offset for index, (_, offset) in tensors.items()}),
        rows_kept=MappingProxyType({i: each.slots for i, (each, _) in tensors.items() if each.slots < len(each.first)}),
        sums=MappingProxyType({each.node: offset for each, offset in placed if not each.tensors and each.node >= 0}),
        progress_offset=next((offset for each, offset in placed if not each.tensors and each.node < 0), None),
        input_by_rows=input_by_rows,
        arena_bytes=found.packing.arena_bytes,
        lower_bound_bytes=lower_bound_bytes(net, pushed=input_by_rows),
        alignment_bytes=max((buffer.alignment_bytes for buffer in buffers), default=1),
    )


def _buffer(lifetime: Lifetime, offset_bytes: int) -> Buffer:
    return Buffer(
        tensors=lifetime.tensors,
        offset_bytes=offset_bytes,
        size_bytes=lifetime.size_bytes,
        alignment_bytes=lifetime.alignment_bytes,
        row_bytes=lifetime.unit_bytes,
        rows_kept=lifetime.slots,
        first_step=int(np.min(lifetime.first, initial=1 << 30)),
        end_step=int(np.max(lifetime.end, initial=0)),
    )
