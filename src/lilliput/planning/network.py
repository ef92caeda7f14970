"""Graph -> network: which bytes of memory each node reads and writes, row by row where its operator can do so.

A home is memory that tensors lie in, named by the first of them. Constants and tensors that no node touches have none.
The memory of a home is divided into units: the largest ranges of equal size in which all that lie in it, or use it by
rows, can count.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators.operator import Operator, RowCall, RowStyle, View, Window
from lilliput.operators.views import are_all, read, written
from lilliput.planning.places import Span, places

OperatorOf = Callable[[Node], Operator | None]
"""The operator whose rules a node keeps. None where there is none: the node then runs as a whole, with own outputs."""
Steps = NDArray[np.int64]
"""Indices of steps."""


_MOST_UNITS = 1 << 13
"""In a home whose tensors do not all begin together: planning takes time and memory for each unit."""


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What the row steps of a node read of `tensor`, which lies in `span`.

    Step r reads rows [`first_rows[r]`, `needed_rows[r]`); unit u of the span is read for the last time by row step
    `last_rows[u]` (-1: never). `row_on_row`: step r reads row r only.
    """

    tensor: int
    span: Span
    row_bytes: int
    first_rows: Sequence[int]
    needed_rows: Sequence[int]
    last_rows: Steps
    row_on_row: bool


@dataclass(frozen=True, slots=True, eq=False)
class RowAccess:
    """How a node works row by row: a step writes `row_bytes` of `tensor`, a reduction all of it in the last one.

    The sums of a reduction lie in memory from the first step to the last.
    """

    steps: int
    reads: tuple[Read, ...]
    tensor: int
    span: Span
    row_bytes: int
    reduces: bool
    sums_bytes: int


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """What a node does with memory when it runs as a whole, and by rows where it can.

    A view does nothing; `has_steps` tells whether an interleaved segment would run it all the same. `copies`: with
    other places for its tensors the node might write less. `in_place` are those of the `reads` that its first output
    may take over. Each step needs `scratch_bytes` that lie in memory while it runs.
    """

    is_view: bool
    has_steps: bool
    copies: bool
    reads: tuple[Span, ...]
    writes: tuple[Span, ...]
    in_place: tuple[Span, ...]
    rows: RowAccess | None
    scratch_bytes: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Home:
    """Memory that tensors lie in: where each of them begins, in the order in which they are written, and who uses it.

    `by_rows`: every node that touches it can do so by rows of `unit_bytes`, and all tensors begin and end together.
    `lasts`: the caller, or the next run, reads some of it.
    """

    tensors: Mapping[int, int]
    size_bytes: int
    alignment_bytes: int
    unit_bytes: int
    units: int
    users: tuple[int, ...]
    by_rows: bool
    lasts: bool


@dataclass(frozen=True, slots=True)
class Value:
    """Bytes that one node makes (-1: they are given before the first runs) and that node `last` is the last to read.

    `last` is the number of nodes for what the caller, or the next run, reads, and `made` for what nobody reads.
    """

    span: Span
    made: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A graph as planning sees it: its nodes in the `order` in which they run, by which they are counted from here on.

    `members` are the nodes of the model that each of them stands for: itself, or the nodes of a chain. `values` are
    all bytes in memory, once each. `has_parts`: there are tensors that are parts of others.
    """

    graph: Graph
    order: tuple[int, ...]
    members: tuple[tuple[int, ...], ...]
    nodes: tuple[Access, ...]
    homes: Mapping[int, Home]
    values: tuple[Value, ...]
    has_parts: bool

    @property
    def given(self) -> tuple[Span, ...]:
        """What holds a value before the first node runs."""
        return tuple(value.span for value in self.values if value.made < 0)

    @property
    def lasting(self) -> tuple[Span, ...]:
        """What the caller, or the next run, reads."""
        return tuple(value.span for value in self.values if value.last == len(self.nodes))


def network(
    graph: Graph, operator_of: OperatorOf, order: Sequence[int] | None = None, *, parts: bool = True
) -> Network:
    """What each node of the graph does with memory; `order` is the file's unless given.

    Without `parts` no tensor is a part of another; nor where that would take very many units.
    """
    order = range(len(graph.nodes)) if order is None else order
    graph_nodes = [graph.nodes[index] for index in order]
    operators = [operator_of(node) for node in graph_nodes]
    found = places(graph, graph_nodes, operators, parts=parts)
    calls = [
        None if operator is None or are_all(graph, node, views) else operator.rows(graph, node)
        for node, operator, views in zip(graph_nodes, operators, found.views, strict=True)
    ]
    size_bytes = _sizes(found.spans)
    unit_bytes = _units(graph, found.spans, size_bytes, calls)
    composite = {span.home for span in found.spans.values() if span.size_bytes != size_bytes[span.home]}
    if any(size_bytes[home] > unit_bytes[home] * _MOST_UNITS for home in composite):
        return network(graph, operator_of, order, parts=False)
    nodes = tuple(
        _access(graph, node, operator, call, views, found.spans, unit_bytes)
        for node, operator, call, views in zip(graph_nodes, operators, calls, found.views, strict=True)
    )
    values = tuple(_values(graph, nodes, found.spans))
    homes = _homes(graph, nodes, found.spans, size_bytes, unit_bytes)
    members = tuple((index,) for index in order)
    return Network(graph, tuple(order), members, nodes, homes, values, bool(composite))


def row_bytes(graph: Graph, tensor: int) -> int:
    """The bytes of one index of the second dimension."""
    shape = graph.tensors[tensor].shape
    return graph.tensors[tensor].size_bytes // max(1, shape[1] if len(shape) > 1 else 1)


def _sizes(spans: Mapping[int, Span]) -> dict[int, int]:
    """Home -> its size in bytes."""
    sizes: dict[int, int] = {}
    for span in spans.values():
        sizes[span.home] = max(sizes.get(span.home, 0), span.end_bytes)
    return sizes


def _units(
    graph: Graph, spans: Mapping[int, Span], size_bytes: Mapping[int, int], calls: Sequence[RowCall | None]
) -> dict[int, int]:
    """Home -> bytes of a unit."""
    unit_bytes = dict(size_bytes)
    for span in spans.values():
        unit_bytes[span.home] = math.gcd(unit_bytes[span.home], span.start_bytes, span.end_bytes)
    for call in calls:
        if call is not None:
            outputs = () if call.style is RowStyle.REDUCTION else (call.output,)
            for index in (*call.inputs, *outputs):
                home = spans[index].home
                unit_bytes[home] = math.gcd(unit_bytes[home], row_bytes(graph, index))
    return unit_bytes


def _access(
    graph: Graph,
    node: Node,
    operator: Operator | None,
    call: RowCall | None,
    views: Sequence[View],
    spans: Mapping[int, Span],
    unit_bytes: Mapping[int, int],
) -> Access:
    if are_all(graph, node, views):
        return Access(True, operator is not None and operator.rows(graph, node) is not None, False, (), (), (), None)
    wanted = () if operator is None else operator.views(graph, node)
    readers = [None if index is None else spans.get(index) for index in read(node, wanted, views)]
    reads = tuple(dict.fromkeys(span for span in readers if span is not None))
    permitted = () if operator is None else operator.in_place(graph, node)
    # The memory of one input may be read by another one, too: it must be the same bytes, and stand being overwritten.
    forbidden = [span for position, span in enumerate(readers) if span is not None and position not in permitted]
    may = [span for p in permitted if (span := readers[p]) is not None and not any(map(span.meets, forbidden))]
    return Access(
        is_view=False,
        has_steps=call is not None,
        copies=bool(wanted),
        reads=reads,
        writes=tuple(_writes(graph, node, views, spans)),
        in_place=tuple(dict.fromkeys(s for s in may if all(s == other or not s.meets(other) for other in reads))),
        rows=None if call is None else _row_access(graph, call, spans, unit_bytes),
        scratch_bytes=_scratch_bytes(graph, node, operator, call),
    )


def _scratch_bytes(graph: Graph, node: Node, operator: Operator | None, call: RowCall | None) -> int:
    """What each step needs, whether the node runs by rows or as a whole."""
    if call is not None:
        return call.scratch_bytes
    return 0 if operator is None else max((each.scratch_bytes for each in operator.calls(graph, node)), default=0)


def _writes(graph: Graph, node: Node, views: Sequence[View], spans: Mapping[int, Span]) -> Iterator[Span]:
    """What a node writes, output by output."""
    for position, index in enumerate(node.outputs):
        home, start = spans[index].home, spans[index].start_bytes
        if not spans[index].size_bytes:
            yield spans[index]
        for part in written(graph, node, position, views):
            yield Span(home, start + part.start, start + part.stop)


def _row_access(graph: Graph, call: RowCall, spans: Mapping[int, Span], unit_bytes: Mapping[int, int]) -> RowAccess:
    return RowAccess(
        steps=call.steps,
        reads=tuple(
            _read(graph, call.steps, index, window, spans[index], unit_bytes[spans[index].home])
            for index, window in zip(call.inputs, call.windows, strict=True)
        ),
        tensor=call.output,
        span=spans[call.output],
        row_bytes=row_bytes(graph, call.output),
        reduces=call.style is RowStyle.REDUCTION,
        sums_bytes=call.sums_bytes,
    )


def _read(graph: Graph, steps: int, tensor: int, window: Window, span: Span, unit_bytes: int) -> Read:
    bytes_of_row = row_bytes(graph, tensor)
    rows = span.size_bytes // max(1, bytes_of_row)
    first_rows: list[int] = []
    needed_rows: list[int] = []
    last_rows = np.full(rows, -1, np.int64)
    for step in range(steps):
        start = step * window.stride // window.divisor + window.first
        first, end = max(0, start), min(rows, start + window.extent)
        first_rows.append(first if first < end else 0)
        needed_rows.append(end if first < end else 0)
        last_rows[first : max(first, end)] = step
    last_rows = np.repeat(last_rows, bytes_of_row // max(1, unit_bytes))
    return Read(tensor, span, bytes_of_row, first_rows, needed_rows, last_rows, window == Window())


def _values(graph: Graph, nodes: Sequence[Access], spans: Mapping[int, Span]) -> Iterator[Value]:
    """All bytes in memory, home by home."""
    writes = [(span, index) for index, node in enumerate(nodes) for span in node.writes]
    reads = [(span, index) for index, node in enumerate(nodes) for span in node.reads]
    lasting = {*graph.outputs, *(index for index in spans if graph.tensors[index].is_variable)}
    reads += [(span, len(nodes)) for index, span in spans.items() if index in lasting]
    borders: dict[int, set[int]] = {}
    for span in (*spans.values(), *(span for span, _ in writes)):
        borders.setdefault(span.home, set()).update((span.start_bytes, span.end_bytes))
    bounds = {home: np.array(sorted(each)) for home, each in borders.items()}
    made = {home: np.full(max(1, len(each) - 1), -1) for home, each in bounds.items()}
    last = {home: each.copy() for home, each in made.items()}
    for found, events in ((made, writes), (last, writes), (last, reads)):
        for span, node in events:
            first, end = np.searchsorted(bounds[span.home], (span.start_bytes, span.end_bytes)).tolist()
            part = found[span.home][first : max(first + 1, end)]
            np.maximum(part, node, out=part)
    for home, each in bounds.items():
        joints = np.flatnonzero((np.diff(made[home]) != 0) | (np.diff(last[home]) != 0)) + 1
        starts = [0, *joints.tolist()]
        for first, end in zip(starts, [*starts[1:], len(each) - 1], strict=True):
            yield Value(Span(home, int(each[first]), int(each[end])), int(made[home][first]), int(last[home][first]))


def _homes(
    graph: Graph,
    nodes: Sequence[Access],
    spans: Mapping[int, Span],
    size_bytes: Mapping[int, int],
    unit_bytes: Mapping[int, int],
) -> dict[int, Home]:
    tensors: dict[int, dict[int, int]] = {home: {} for home in size_bytes}
    users: dict[int, dict[int, None]] = {home: {} for home in size_bytes}
    for index, span in spans.items():
        tensors[span.home][index] = span.start_bytes
    for number, node in enumerate(nodes):
        for span in (*node.reads, *node.writes):
            users[span.home][number] = None
    homes: dict[int, Home] = {}
    for home, size in size_bytes.items():
        unit, own = unit_bytes[home], [graph.tensors[index] for index in tensors[home]]
        variable = any(tensor.is_variable for tensor in own)
        together = all(tensor.size_bytes == size for tensor in own)
        homes[home] = Home(
            tensors=tensors[home],
            size_bytes=size,
            alignment_bytes=max(max(1, tensor.dtype.bits // 8) for tensor in own),
            unit_bytes=unit,
            units=size // unit if unit else 1,
            users=tuple(users[home]),
            by_rows=together and not variable and all(_uses_rows(nodes[user], home, unit) for user in users[home]),
            lasts=variable or not tensors[home].keys().isdisjoint(graph.outputs),
        )
    return homes


def _uses_rows(node: Access, home: int, unit_bytes: int) -> bool:
    """Whether the node reads or writes all that it uses of the home in rows of `unit_bytes`."""
    rows = node.rows
    if rows is None or (rows.span.home == home and (rows.reduces or rows.row_bytes != unit_bytes)):
        return False
    return all(read.row_bytes == unit_bytes for read in rows.reads if read.span.home == home)
