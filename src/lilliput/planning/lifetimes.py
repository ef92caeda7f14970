"""Steps -> lifetimes: what needs memory, which tensors share it, and from which step to which each row of it lives.

A node that works in place takes over the memory of an input where nothing needs the rows that it overwrites any more.
What is written and read by rows within one interleaved segment lies in a ring of as few rows as are alive together.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np

from lilliput.operators.operator import SCRATCH_ALIGNMENT_BYTES
from lilliput.planning.network import Access, Network, RowAccess, Steps
from lilliput.planning.places import Span, meet
from lilliput.planning.schedule import PUSH, Segment

COUNTER_BYTES = 2
"""What counts the rows done of one tensor."""
_SUMS_ALIGNMENT_BYTES = 4
_NEVER = np.iinfo(np.int64).max
"""The first step of what holds no value."""


@dataclass(frozen=True, slots=True, eq=False)
class Lifetime:
    """A buffer without a place. Unit u, `unit_bytes` in slot u % `slots`, is alive for steps [`first[u]`, `end[u]`).

    Without `tensors` it holds the sums of the reduction `node`, or if it is `scratch` what `node` needs inside of a
    step (a chain: what it hands over), or (`node` -1) the counters of rows done. Tensors begin at `starts_bytes` from
    the buffer's start.
    """

    tensors: tuple[int, ...]
    unit_bytes: int
    slots: int
    alignment_bytes: int
    first: Steps
    end: Steps
    node: int = -1
    starts_bytes: tuple[int, ...] = ()
    scratch: bool = False

    @property
    def size_bytes(self) -> int:
        """The bytes of the buffer."""
        return self.unit_bytes * self.slots


@dataclass(slots=True, eq=False)
class _Memory:
    """Memory under construction: where the homes that share it begin, oldest first, and units' first and last steps."""

    homes: dict[int, int]
    unit_bytes: int
    first: Steps
    last: Steps

    @property
    def size_bytes(self) -> int:
        """The bytes of the memory."""
        return self.unit_bytes * len(self.first)

    def start_bytes(self, span: Span) -> int:
        """Where bytes of a home begin."""
        return self.homes[span.home] + span.start_bytes

    def units(self, span: Span) -> slice:
        """The units of bytes of a home; an empty home has one of no bytes."""
        first = self.start_bytes(span) // max(1, self.unit_bytes)
        return slice(first, first + max(1, span.size_bytes // max(1, self.unit_bytes)))

    def split(self, unit_bytes: int) -> None:
        """Count in smaller units."""
        if self.unit_bytes != unit_bytes:
            self.first = np.repeat(self.first, self.unit_bytes // unit_bytes)
            self.last = np.repeat(self.last, self.unit_bytes // unit_bytes)
            self.unit_bytes = unit_bytes

    def join(self, other: "_Memory", shift_bytes: int) -> None:
        """Add the homes of another memory, so many bytes behind this one's start."""
        unit_bytes = math.gcd(self.unit_bytes, other.unit_bytes, shift_bytes)
        self.split(unit_bytes)
        other.split(unit_bytes)
        start_bytes = min(0, shift_bytes)
        units = (max(self.size_bytes, shift_bytes + other.size_bytes) - start_bytes) // unit_bytes
        first, last = np.full(units, _NEVER), np.full(units, -1)
        for memory, at_bytes in ((self, -start_bytes), (other, shift_bytes - start_bytes)):
            part = slice(at_bytes // unit_bytes, (at_bytes + memory.size_bytes) // unit_bytes)
            np.minimum(first[part], memory.first, out=first[part])
            np.maximum(last[part], memory.last, out=last[part])
        self.homes = {home: at - start_bytes for home, at in self.homes.items()}
        self.homes |= {home: at + shift_bytes - start_bytes for home, at in other.homes.items()}
        self.first, self.last = first, last


@dataclass(frozen=True, slots=True)
class Scope:
    """A stretch of the plan: what is `given` holds a value before its first step, and `kept` is read after its last."""

    segments: Sequence[Segment]
    given: Collection[Span]
    kept: Collection[Span]


@dataclass(slots=True)
class _Timeline:
    """When each home is written and read."""

    network: Network
    steps: int
    memory: dict[int, _Memory] = field(default_factory=dict[int, _Memory])

    def write(self, span: Span, steps: Steps | int) -> None:
        """Bytes get their value, by rows or at one step."""
        shape = self.network.homes[span.home]
        if span.home not in self.memory:
            first, last = np.full(shape.units, _NEVER), np.full(shape.units, -1)
            self.memory[span.home] = _Memory({span.home: 0}, shape.unit_bytes, first, last)
        memory = self.memory[span.home]
        units = memory.units(span)
        written = steps if isinstance(steps, int) else np.repeat(steps, (units.stop - units.start) // len(steps))
        memory.first[units] = memory.last[units] = written

    def read(self, span: Span, step: int) -> None:
        """Bytes are read at a step."""
        memory = self.memory[span.home]
        last = memory.last[memory.units(span)]
        np.maximum(last, step, out=last)

    def read_rows(self, span: Span, steps: Steps, last_rows: Steps) -> None:
        """Unit u of a span is read for the last time by row step `last_rows[u]`."""
        memory = self.memory[span.home]
        last = memory.last[memory.units(span)]
        np.maximum(last, np.where(last_rows >= 0, steps[last_rows], -1), out=last)


def lifetimes(network: Network, scope: Scope, *, apart: Collection[int] = ()) -> tuple[Lifetime, ...]:
    """The lifetimes of everything that the scope's nodes touch or that is `given`.

    What is given is alive from step 0, what is kept up to and including the step after the last. Memory is taken over
    wherever that is possible, which raises the live bytes of no step, but not by the nodes that are kept `apart`.
    """
    starts = list(accumulate((segment.steps for segment in scope.segments), initial=0))
    timeline = _Timeline(network, starts[-1])
    for span in scope.given:
        timeline.write(span, 0)
    at: dict[int, Steps] = {}
    by_rows: set[int] = set()
    for start, segment in zip(starts, scope.segments, strict=False):
        at |= {node: steps + start for node, steps in segment.at.items()}
        by_rows |= segment.by_rows
    for node, steps in at.items():
        _use(timeline, node, steps, node in by_rows)
    for span in scope.kept:
        timeline.read(span, starts[-1])
    groups = dict(timeline.memory)
    for node in at:
        if node != PUSH and node not in apart:
            _take_over(network.nodes[node], groups, node in by_rows)
    rings = _rings(network, scope)
    distinct = {id(memory): memory for memory in groups.values()}.values()
    tensors = [_lifetime(network, memory, rings) for memory in distinct]
    return (*tensors, *_sums(network, scope, at), *_scratch(network, scope, at), *_counters(network, scope, starts))


def peak_live_bytes(buffers: Sequence[Lifetime]) -> int:
    """The largest sum of bytes alive at one step, which no packing can go below."""
    return int(live_bytes(buffers).max(initial=0))


def live_bytes(buffers: Sequence[Lifetime]) -> Steps:
    """The sum of bytes alive at each step."""
    steps = max((int(buffer.end.max(initial=0)) for buffer in buffers), default=0)
    change = np.zeros(steps + 1, np.int64)
    for buffer in buffers:
        np.add.at(change, buffer.first, buffer.unit_bytes)
        np.subtract.at(change, np.maximum(buffer.first, buffer.end), buffer.unit_bytes)
    return np.cumsum(change)


def _use(timeline: _Timeline, node: int, steps: Steps, by_rows: bool) -> None:
    """Enter what a node writes and reads."""
    if node == PUSH:
        pushed = timeline.network.graph.inputs[0]
        timeline.write(Span(pushed, 0, timeline.network.homes[pushed].size_bytes), steps)
        return
    access = timeline.network.nodes[node]
    rows = access.rows if by_rows else None
    for span in access.writes:
        timeline.write(span, int(steps[-1]) if rows is None or rows.reduces else steps)
    if rows is None:
        for span in access.reads:
            timeline.read(span, int(steps[0]))
    else:
        for read in rows.reads:
            timeline.read_rows(read.span, steps, read.last_rows)


def _take_over(access: Access, groups: dict[int, _Memory], by_rows: bool) -> None:
    """Let the first output of a node join the memory of an input that it may overwrite."""
    if not access.in_place:
        return
    target = access.writes[0]
    own = groups[target.home]
    for source in access.in_place:
        host = groups[source.home]
        fits = source.size_bytes == target.size_bytes and (not by_rows or _is_row_on_row(access.rows, source))
        if fits and _is_free(access, groups, source, target):
            host.join(own, host.start_bytes(source) - own.start_bytes(target))
            groups |= dict.fromkeys(own.homes, host)
            return


def _is_free(access: Access, groups: Mapping[int, _Memory], source: Span, target: Span) -> bool:
    """Whether nobody needs the source's bytes any more when the target is written there, and nothing else meets."""
    host, own = groups[source.home], groups[target.home]
    start, shift = host.start_bytes(source), host.start_bytes(source) - own.start_bytes(target)
    shared = range(start, start + source.size_bytes)
    if host is own or not shared or shared != range(max(0, shift), min(host.size_bytes, shift + own.size_bytes)):
        return False
    for other in (span for span in access.reads if groups[span.home] is host):
        others = range(host.start_bytes(other), host.start_bytes(other) + other.size_bytes)
        if meet(shared, others) and (shared != others or other not in access.in_place):
            return False
    unit_bytes = math.gcd(host.unit_bytes, own.unit_bytes)
    last = np.repeat(host.last[host.units(source)], host.unit_bytes // unit_bytes)
    return bool((last <= np.repeat(own.first[own.units(target)], own.unit_bytes // unit_bytes)).all())


def _is_row_on_row(rows: RowAccess | None, source: Span) -> bool:
    """Whether each step reads only that row of the source which it writes of its output."""
    return rows is not None and not rows.reduces and all(r.row_on_row for r in rows.reads if r.span.meets(source))


def _rings(network: Network, scope: Scope) -> Mapping[int, int]:
    """Home -> the interleaved segment's position, for homes that only this segment touches, by rows."""
    position_of = {
        node: position for position, each in enumerate(scope.segments) if each.interleaved for node in each.nodes
    }
    rings: dict[int, int] = {}
    pushed = network.graph.inputs[0] if any(PUSH in each.at for each in scope.segments) else -1
    given = {span.home for span in network.given}
    for index, home in network.homes.items():
        if not home.by_rows or home.lasts or (index in given and index != pushed):
            continue
        positions = {position_of.get(user, -1) for user in home.users}
        if len(positions) == 1 and -1 not in positions:
            rings[index] = positions.pop()
    return rings


def _lifetime(network: Network, memory: _Memory, rings: Mapping[int, int]) -> Lifetime:
    homes = [network.homes[home] for home in memory.homes]
    segments = {rings.get(home, -1) for home in memory.homes}
    slots = len(memory.first)
    first, end = np.where(memory.last >= 0, (memory.first, memory.last + 1), memory.first.min())
    if len(segments) == 1 and -1 not in segments and all(home.unit_bytes == memory.unit_bytes for home in homes):
        slots = _ring(first, end)
    starts_bytes = {
        tensor: at + start for home, at in memory.homes.items() for tensor, start in network.homes[home].tensors.items()
    }
    return Lifetime(
        tensors=tuple(starts_bytes),
        unit_bytes=memory.unit_bytes,
        slots=slots,
        alignment_bytes=max(home.alignment_bytes for home in homes),
        first=first,
        end=end,
        starts_bytes=tuple(starts_bytes.values()),
    )


def _ring(first: Steps, end: Steps) -> int:
    """The fewest slots such that each row is dead when the next one is written into its slot."""
    rows = len(first)
    # Rows alive when the last of them is written: no fewer can do.
    slots = max(1, int((np.arange(rows) + 1 - np.searchsorted(np.maximum.accumulate(end), first, "right")).max()))
    while slots < rows and (first[slots:] < end[:-slots]).any():
        slots += 1
    return slots


def _sums(network: Network, scope: Scope, at: Mapping[int, Steps]) -> list[Lifetime]:
    """The sums of the reductions that run by rows."""
    found: list[Lifetime] = []
    for node in (node for segment in scope.segments for node in segment.by_rows if node != PUSH):
        rows = network.nodes[node].rows
        if rows is not None and rows.reduces and rows.sums_bytes:
            first, end = at[node][:1], at[node][-1:] + 1
            found.append(Lifetime((), rows.sums_bytes, 1, _SUMS_ALIGNMENT_BYTES, first, end, node))
    return found


def _scratch(network: Network, scope: Scope, at: Mapping[int, Steps]) -> list[Lifetime]:
    """What nodes need inside of their steps: alive in each of them, but not between them."""
    found: list[Lifetime] = []
    for node in (node for segment in scope.segments for node in segment.at if node != PUSH):
        size_bytes = network.nodes[node].scratch_bytes
        if size_bytes:
            alignment_bytes = 1 if len(network.members[node]) > 1 else SCRATCH_ALIGNMENT_BYTES
            found.append(Lifetime((), size_bytes, 1, alignment_bytes, at[node], at[node] + 1, node, scratch=True))
    return found


def _counters(network: Network, scope: Scope, starts: Sequence[int]) -> list[Lifetime]:
    """The array of counters: of all interleaved segments, alive while each of them runs."""
    pairs = [(s, segment) for s, segment in zip(starts, scope.segments, strict=False) if segment.interleaved]
    if not pairs:
        return []
    size_bytes = COUNTER_BYTES * _counted(network, [segment for _, segment in pairs])
    first = np.array([start for start, _ in pairs])
    end = np.array([start + segment.steps for start, segment in pairs])
    # Its rectangles follow one another in one slot.
    return [Lifetime((), size_bytes, 1, COUNTER_BYTES, first, end)]


def _counted(network: Network, segments: Sequence[Segment]) -> int:
    """How many counters code generation has: one for each node, its sums, and each tensor from outside."""
    accesses = [network.nodes[node].rows for each in segments for node in each.by_rows if node != PUSH]
    nodes = [rows for rows in accesses if rows is not None]
    made = {rows.tensor for rows in nodes if not rows.reduces}
    outside = {read.tensor for rows in nodes for read in rows.reads} - made
    return len(nodes) + len(outside) + sum(1 for rows in nodes if rows.reduces and rows.sums_bytes)
