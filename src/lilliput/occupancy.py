"""Graph + Plan -> rectangles: which bytes of the arena hold which row of which tensor, from which step to which.

Everything follows from the plan's steps and from what operators say about their rows; nothing is asked of the planner.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from lilliput.ir import Graph, Node
from lilliput.operators import support
from lilliput.operators.operator import RowCall, RowStyle
from lilliput.operators.views import are_all, read, written
from lilliput.planning import Plan
from lilliput.planning.fusion import chain_of
from lilliput.planning.plan import Buffer


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Bytes [`offset_bytes`, `end_bytes`) of the arena during steps [`first_step`, `end_step`).

    They hold row `row` of a tensor; `row` is -1 for what is no row.
    """

    row: int
    offset_bytes: int
    end_bytes: int
    first_step: int
    end_step: int

    @property
    def size_bytes(self) -> int:
        """Its height."""
        return self.end_bytes - self.offset_bytes


@dataclass(frozen=True, slots=True)
class Occupant:
    """What lies in the arena under one name, with all of its rectangles, none of them empty.

    It is a tensor; or, with `tensor` None, the sums of the reduction `node`, or (both None) the rows that interleaved
    segments have done of each tensor. `node` is the maker of a tensor, None for inputs and variables. `rows_kept` of
    `rows` rows have a place at the same time; both are 1 for what is not kept by rows, and for a tensor of which a
    chain hands over one pixel at a time.
    """

    tensor: int | None
    node: int | None
    rows: int
    rows_kept: int
    rectangles: tuple[Rectangle, ...]

    def bytes_at(self, step: int) -> int:
        """The bytes that it needs while a step runs."""
        return sum(each.size_bytes for each in self.rectangles if each.first_step <= step < each.end_step)


def occupants(graph: Graph, plan: Plan) -> tuple[Occupant, ...]:
    """All that lies in the arena, in the order of the first steps. A view counts as the tensors whose bytes it has."""
    calls = row_calls(graph, plan)
    ledger = _Ledger(graph, plan)
    for step, (node, row) in enumerate((each.node, each.row) for each in plan.steps):
        if node < 0:
            ledger.push(step, row)
        elif row < 0:
            _run_whole(ledger, step, graph, plan, graph.nodes[node])
        else:
            _run_row(ledger, step, calls[node], row)
    ledger.keep(plan.offsets.keys() & graph.outputs)
    makers = {index: position for position, node in enumerate(graph.nodes) for index in node.outputs}
    found = (*ledger.tensors(makers), *_pixels(plan, makers), *_sums(plan, calls), *_progress(plan))
    return tuple(sorted(found, key=_first))


def live_bytes(plan: Plan, found: Sequence[Occupant]) -> tuple[int, ...]:
    """The bytes that all occupants need at each step; the last entry is the caller's step."""
    changes = [0] * (len(plan.steps) + 2)
    for rectangle in (each for occupant in found for each in occupant.rectangles):
        changes[rectangle.first_step] += rectangle.size_bytes
        changes[rectangle.end_step] -= rectangle.size_bytes
    return tuple(accumulate(changes))[:-1]


def _first(occupant: Occupant) -> tuple[int, bool, int]:
    """The first step; of those that begin together, inputs first and counters last."""
    node = -1 if occupant.node is None else occupant.node
    return min(each.first_step for each in occupant.rectangles), occupant.tensor is None, node


def row_calls(graph: Graph, plan: Plan) -> Mapping[int, RowCall]:
    """Node -> how it works by rows, for all nodes that the plan runs by rows; the last one of a chain stands for it."""
    chains = {chain[-1]: chain_of(graph, support.operator_of, chain) for chain in plan.chains}
    nodes = {step.node for step in plan.steps if step.node >= 0 and step.row >= 0} - chains.keys()
    calls = {node: support.operator_of(graph.nodes[node]).rows(graph, graph.nodes[node]) for node in nodes}
    alone = {node: call for node, call in calls.items() if call is not None}
    return alone | {node: chain.call for node, chain in chains.items()}


@dataclass(slots=True)
class _Life:
    """One row of one tensor, from the step that writes it to the end of the last step that reads it."""

    tensor: int
    first_step: int
    end_step: int


@dataclass(slots=True)
class _Buffer:
    """A buffer of the plan with the lives of its rows, oldest first; a buffer without rows is one row.

    In one with `parts`, tensors lie beside one another.
    """

    buffer: Buffer
    parts: bool
    rows: list[list[_Life]] = field(default_factory=list[list[_Life]])

    def rectangle(self, row: int, life: _Life) -> Rectangle:
        size_bytes = self.buffer.row_bytes
        start = self.buffer.offset_bytes + row % self.buffer.rows_kept * size_bytes
        number = -1 if self.parts or len(self.rows) == 1 else row
        return Rectangle(number, start, start + size_bytes, life.first_step, life.end_step)


class _Ledger:
    """Who wrote and who read each row of each buffer."""

    def __init__(self, graph: Graph, plan: Plan) -> None:
        self._graph, self._plan = graph, plan
        self._buffers: dict[int, _Buffer] = {}
        for buffer in (each for each in plan.buffers if plan.pixels.keys().isdisjoint(each.tensors)):
            sizes = [graph.tensors[index].size_bytes for index in buffer.tensors]
            kept = _Buffer(buffer, parts=any(size < buffer.size_bytes for size in sizes))
            largest = max((buffer.size_bytes, *sizes))
            kept.rows.extend([] for _ in range(-(-largest // max(1, buffer.row_bytes))))
            self._buffers.update(dict.fromkeys(buffer.tensors, kept))
        pushed = graph.inputs[:1] if plan.input_by_rows else ()
        for index in plan.offsets:
            if (index in graph.inputs and index not in pushed) or graph.tensors[index].is_variable:
                self.write(0, index)
        self.keep(index for index in plan.offsets if graph.tensors[index].is_variable)

    def push(self, step: int, row: int) -> None:
        """The caller writes a row of the first input."""
        index = self._graph.inputs[0]
        row_bytes = self._buffers[index].buffer.row_bytes
        self.write(step, index, row * row_bytes, (row + 1) * row_bytes)

    def write(self, step: int, index: int, start: int = 0, end: int | None = None) -> None:
        """Bytes [start, end) of a tensor get a value; what lay there until now ends, at the latest, here."""
        for lives in self._rows(index, start, end):
            if lives and lives[-1].tensor == index:
                lives[-1].end_step = max(lives[-1].end_step, step + 1)
                continue
            if lives:
                lives[-1].end_step = min(lives[-1].end_step, step)
            lives.append(_Life(index, step, step + 1))

    def read(self, step: int, index: int, start: int = 0, end: int | None = None) -> None:
        """Bytes [start, end) of a tensor are needed in a step, whichever tensor of the buffer wrote them."""
        for lives in self._rows(index, start, end):
            if lives:
                lives[-1].end_step = max(lives[-1].end_step, step + 1)

    def keep(self, indices: Iterable[int]) -> None:
        """The tensors are needed up to and including the caller's step."""
        for index in indices:
            self.read(len(self._plan.steps), index)

    def size_bytes(self, index: int) -> int:
        """The size of a tensor."""
        return self._graph.tensors[index].size_bytes

    def rows(self, index: int) -> int:
        """The rows of a tensor [1, rows, ...]."""
        return max(1, (*self._graph.tensors[index].shape, 1, 1)[1])

    def tensors(self, makers: Mapping[int, int]) -> Iterable[Occupant]:
        """An occupant for each tensor that has rows somewhere."""
        found: dict[int, list[Rectangle]] = {}
        for kept in {id(each): each for each in self._buffers.values()}.values():
            for row, lives in enumerate(kept.rows):
                for life in lives:
                    if life.end_step > life.first_step and kept.buffer.row_bytes:
                        found.setdefault(life.tensor, []).append(kept.rectangle(row, life))
        for index, rectangles in found.items():
            kept = self._buffers[index]
            if kept.parts:
                yield Occupant(index, makers.get(index), 1, 1, tuple(_joined(rectangles)))
            else:
                yield Occupant(index, makers.get(index), len(kept.rows), kept.buffer.rows_kept, tuple(rectangles))

    def _rows(self, index: int, start: int, end: int | None) -> Iterable[list[_Life]]:
        """The rows that bytes [start, end) of a tensor touch; none when the tensor is not in the arena."""
        kept = self._buffers.get(index)
        if kept is None or not kept.buffer.row_bytes:
            return ()
        row_bytes = kept.buffer.row_bytes
        base = self._plan.offsets[index] - kept.buffer.offset_bytes
        size_bytes = self.size_bytes(index)
        start = max(0, start)
        end = max(start, min(size_bytes if end is None else end, size_bytes))
        return kept.rows[(base + start) // row_bytes : -(-(base + end) // row_bytes)]


def _pixels(plan: Plan, makers: Mapping[int, int]) -> Iterable[Occupant]:
    """What chains hand over, while each of their steps runs."""
    chains = {node: chain[-1] for chain in plan.chains for node in chain}
    for buffer in plan.buffers:
        for index in plan.pixels.keys() & buffer.tensors:
            start, end = buffer.offset_bytes, buffer.offset_bytes + buffer.size_bytes
            steps = [number for number, step in enumerate(plan.steps) if step.node == chains[makers[index]]]
            rectangles = tuple(Rectangle(-1, start, end, step, step + 1) for step in steps)
            yield Occupant(index, makers[index], 1, 1, rectangles)


def _joined(rectangles: Iterable[Rectangle]) -> list[Rectangle]:
    """Neighbours at the same steps as one."""
    joined: list[Rectangle] = []
    for each in rectangles:
        last = joined[-1] if joined else each
        if (last.end_bytes, last.first_step, last.end_step) == (each.offset_bytes, each.first_step, each.end_step):
            joined[-1] = replace(last, end_bytes=each.end_bytes)
        else:
            joined.append(each)
    return joined


def _sums(plan: Plan, calls: Mapping[int, RowCall]) -> Iterable[Occupant]:
    """The sums of each reduction, from its first step to its last."""
    for node, offset in plan.sums.items():
        steps = [step for step, each in enumerate(plan.steps) if each.node == node]
        if node in calls and steps:
            rectangle = Rectangle(-1, offset, offset + calls[node].sums_bytes, steps[0], steps[-1] + 1)
            yield Occupant(None, node, 1, 1, (rectangle,))


def _progress(plan: Plan) -> Iterable[Occupant]:
    """The counters of rows, which have a buffer without tensors."""
    for buffer in plan.buffers:
        sums = any(offset == buffer.offset_bytes for offset in plan.sums.values())
        if not buffer.tensors and buffer.offset_bytes == plan.progress_offset and not sums:
            start, end = buffer.offset_bytes, buffer.offset_bytes + buffer.size_bytes
            yield Occupant(None, None, 1, 1, (Rectangle(-1, start, end, buffer.first_step, buffer.end_step),))


def _run_whole(ledger: _Ledger, step: int, graph: Graph, plan: Plan, node: Node) -> None:
    operator = support.find(node)
    views = operator.views(graph, node) if operator is not None and support.is_sound(operator, graph, node) else ()
    shared = plan.shared(node, views)
    if are_all(graph, node, shared):
        return
    for index in read(node, views, shared):
        if index is not None:
            ledger.read(step, index)
    for position, index in enumerate(node.outputs):
        for part in written(graph, node, position, shared):
            ledger.write(step, index, part.start, part.stop)


def _run_row(ledger: _Ledger, step: int, call: RowCall, row: int) -> None:
    reduction = call.style is RowStyle.REDUCTION
    for index, window in zip(call.inputs, call.windows, strict=True):
        row_bytes = ledger.size_bytes(index) // ledger.rows(index)
        first = row * window.stride // window.divisor + window.first
        ledger.read(step, index, first * row_bytes, (first + window.extent) * row_bytes)
    if not reduction:
        row_bytes = ledger.size_bytes(call.output) // call.steps
        ledger.write(step, call.output, row * row_bytes, (row + 1) * row_bytes)
    elif row == call.steps - 1:
        ledger.write(step, call.output)
