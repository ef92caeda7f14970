"""Steps -> lifetimes: what needs memory, which tensors share it, and from which step to which each row of it lives.

A view lies where its input lies. A node that works in place takes over the memory of an input where nothing needs the
rows that it overwrites any more. What is written and read by rows within one interleaved segment lies in a ring of as
few rows as are alive together.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np

from lilliput.planning.network import Access, Network, RowAccess, Steps
from lilliput.planning.schedule import PUSH, Segment

COUNTER_BYTES = 2
"""What counts the rows done of one tensor."""
_SUMS_ALIGNMENT_BYTES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Lifetime:
    """A buffer without a place. Unit u, `unit_bytes` in slot u % `slots`, is alive for steps [`first[u]`, `end[u]`).

    Without `tensors` it holds the sums of the reduction `node`, or if it is `scratch` what the chain `node` hands over
    inside of a step, or (`node` -1) the counters of rows done.
    """

    tensors: tuple[int, ...]
    unit_bytes: int
    slots: int
    alignment_bytes: int
    first: Steps
    end: Steps
    node: int = -1
    scratch: bool = False

    @property
    def size_bytes(self) -> int:
        """The bytes of the buffer."""
        return self.unit_bytes * self.slots


@dataclass(slots=True, eq=False)
class _Memory:
    """Memory under construction: the homes that share it, oldest first, with their units' first and last steps."""

    homes: list[int]
    unit_bytes: int
    first: Steps
    last: Steps

    def split(self, unit_bytes: int) -> None:
        """Count in smaller units."""
        if self.unit_bytes != unit_bytes:
            self.first = np.repeat(self.first, self.unit_bytes // unit_bytes)
            self.last = np.repeat(self.last, self.unit_bytes // unit_bytes)
            self.unit_bytes = unit_bytes


@dataclass(frozen=True, slots=True)
class Scope:
    """A stretch of the plan: `given` homes hold a value before its first step, `kept` homes are read after its last."""

    segments: Sequence[Segment]
    given: Collection[int]
    kept: Collection[int]


@dataclass(slots=True)
class _Timeline:
    """When each home is written and read."""

    network: Network
    steps: int
    memory: dict[int, _Memory] = field(default_factory=dict[int, _Memory])

    def write(self, home: int, steps: Steps | int) -> None:
        """A home gets its value, by rows or at one step."""
        shape = self.network.homes[home]
        first = np.empty(shape.units, np.int64)
        first[:] = steps if isinstance(steps, int) else np.repeat(steps, shape.units // len(steps))
        self.memory[home] = _Memory([home], shape.unit_bytes, first, first.copy())

    def read(self, home: int, step: int) -> None:
        """All of a home is read at a step."""
        memory = self.memory[home]
        np.maximum(memory.last, step, out=memory.last)

    def read_rows(self, home: int, steps: Steps, last_rows: Steps) -> None:
        """Unit u of a home is read for the last time by row step `last_rows[u]`."""
        memory = self.memory[home]
        np.maximum(memory.last, np.where(last_rows >= 0, steps[last_rows], -1), out=memory.last)


def lifetimes(network: Network, scope: Scope, *, apart: Collection[int] = ()) -> tuple[Lifetime, ...]:
    """The lifetimes of everything that the scope's nodes touch or that is `given`.

    Given homes are alive from step 0, kept ones up to and including the step after the last. Memory is taken over
    wherever that is possible, which raises the live bytes of no step, but not by the nodes that are kept `apart`.
    """
    starts = list(accumulate((segment.steps for segment in scope.segments), initial=0))
    timeline = _Timeline(network, starts[-1])
    for home in scope.given:
        timeline.write(home, 0)
    at: dict[int, Steps] = {}
    by_rows: set[int] = set()
    for start, segment in zip(starts, scope.segments, strict=False):
        at |= {node: steps + start for node, steps in segment.at.items()}
        by_rows |= segment.by_rows
    for node, steps in at.items():
        _use(timeline, node, steps, node in by_rows)
    for home in scope.kept:
        if home in timeline.memory:
            timeline.read(home, starts[-1])
    groups = dict(timeline.memory)
    for node, steps in at.items():
        if node != PUSH and node not in apart:
            _take_over(network.nodes[node], groups, steps, node in by_rows)
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
        timeline.write(timeline.network.graph.inputs[0], steps)
        return
    access = timeline.network.nodes[node]
    rows = access.rows if by_rows else None
    for home in access.writes:
        timeline.write(home, int(steps[-1]) if rows is None or rows.reduces else steps)
    if rows is None:
        for home in access.reads:
            timeline.read(home, int(steps[0]))
    else:
        for read in rows.reads:
            timeline.read_rows(read.home, steps, read.last_rows)


def _take_over(access: Access, groups: dict[int, _Memory], steps: Steps, by_rows: bool) -> None:
    """Let the first output of a node join the memory of an input that it may overwrite."""
    if not access.writes:
        return
    own = groups[access.writes[0]]
    for home in access.in_place:
        host = groups[home]
        others = (groups[other] for other in access.reads if other not in access.in_place)
        if by_rows and not _is_row_on_row(access.rows, home):
            continue
        if len(host.first) * host.unit_bytes != len(own.first) * own.unit_bytes or host in others:
            continue
        unit_bytes = int(np.gcd(host.unit_bytes, own.unit_bytes))
        if unit_bytes:
            host.split(unit_bytes)
            own.split(unit_bytes)
        written = np.repeat(steps, len(host.first) // len(steps)) if by_rows else steps
        if (host.last <= written).all():
            host.homes += own.homes
            host.last = np.maximum(host.last, own.last)
            for other in own.homes:
                groups[other] = host
            return


def _is_row_on_row(rows: RowAccess | None, home: int) -> bool:
    """Whether each step reads only that row of the home which it writes of its output."""
    return rows is not None and not rows.reduces and all(r.row_on_row for r in rows.reads if r.home == home)


def _rings(network: Network, scope: Scope) -> Mapping[int, int]:
    """Home -> the interleaved segment's position, for homes that only this segment touches, by rows."""
    position_of = {
        node: position for position, each in enumerate(scope.segments) if each.interleaved for node in each.nodes
    }
    rings: dict[int, int] = {}
    pushed = network.graph.inputs[0] if any(PUSH in each.at for each in scope.segments) else -1
    for index, home in network.homes.items():
        if not home.by_rows or home.lasts or (index in network.given and index != pushed):
            continue
        positions = {position_of.get(user, -1) for user in home.users}
        if len(positions) == 1 and -1 not in positions:
            rings[index] = positions.pop()
    return rings


def _lifetime(network: Network, memory: _Memory, rings: Mapping[int, int]) -> Lifetime:
    homes = [network.homes[home] for home in memory.homes]
    segments = {rings.get(home, -1) for home in memory.homes}
    slots = len(memory.first)
    end = memory.last + 1
    if len(segments) == 1 and -1 not in segments and all(home.unit_bytes == memory.unit_bytes for home in homes):
        slots = _ring(memory.first, end)
    return Lifetime(
        tensors=tuple(tensor for home in homes for tensor in home.tensors),
        unit_bytes=memory.unit_bytes,
        slots=slots,
        alignment_bytes=max(home.alignment_bytes for home in homes),
        first=memory.first,
        end=end,
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
    """What chains hand over: alive in each of their steps, but not between them."""
    found: list[Lifetime] = []
    for node in (node for segment in scope.segments for node in segment.by_rows if node != PUSH):
        rows = network.nodes[node].rows
        if rows is not None and rows.scratch_bytes:
            found.append(Lifetime((), rows.scratch_bytes, 1, 1, at[node], at[node] + 1, node, scratch=True))
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
