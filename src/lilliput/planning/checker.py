"""Graph + Plan -> nothing, or InvariantError: simulates a plan byte by byte.

It knows nothing of how plans are found and shares no code with what finds them. Every byte of every value has a number
of its own; the simulated arena holds numbers, and each read must find the numbers of the rows that it expects.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

import numpy as np

from lilliput.errors import InvariantError
from lilliput.ir import Graph, Node
from lilliput.operators.operator import Operator, RowCall, RowStyle, View, Window
from lilliput.planning.plan import Plan, Step

_COUNTER_BYTES = 2
_SUM_BYTES = 4


def check_plan(graph: Graph, operator_of: Callable[[Node], Operator | None], plan: Plan) -> None:
    """Raise InvariantError unless running the plan's steps at the plan's places computes the graph."""
    _require(sorted(plan.order) == list(range(len(graph.nodes))), "the order is no permutation of the nodes")
    _require(plan.lower_bound_bytes <= plan.arena_bytes, "the arena is smaller than its lower bound")
    operators = [operator_of(node) for node in graph.nodes]
    own = {i: call for i, node in enumerate(graph.nodes) if (call := _row_call(graph, node, operators[i], plan))}
    calls = _merged(plan, own)
    _check_buffers(graph, plan)
    _check_counters(plan, calls)
    simulation = _Simulation(graph, operators, own, calls, plan)
    simulation.start()
    end = 0
    for position, segment in enumerate(plan.segments):
        interleaved = _is_interleaved(plan, position)
        steps = list(_steps(graph, plan, calls, segment, position))
        first, end = end, end + len(steps)
        _require(list(plan.steps[first:end]) == steps, f"segment {position} does not follow the rule")
        if interleaved:
            simulation.reset_counters()
        for number, step in enumerate(steps, first):
            simulation.run(number, step)
            if interleaved:
                simulation.check_counters(number)
    _require(len(plan.steps) == end, "there are more steps than the segments have")
    simulation.finish()


def _require(condition: bool, fact: str) -> None:
    if not condition:
        raise InvariantError(f"bad plan: {fact}")


def _row_call(graph: Graph, node: Node, operator: Operator | None, plan: Plan) -> RowCall | None:
    """How the node works by rows; a view whose output is its input in memory, or is not in memory, does nothing."""
    if operator is None:
        return None
    views = operator.views(graph, node)
    is_idle = bool(views) and (plan.offsets.keys().isdisjoint(node.outputs) or bool(_shared(graph, node, views, plan)))
    return None if is_idle else operator.rows(graph, node)


def _shared(graph: Graph, node: Node, views: Sequence[View], plan: Plan) -> list[View]:
    """The views whose output lies where the input has its bytes; of rings, only those of the whole."""
    return [
        view
        for view in views
        if (source := node.inputs[view.input]) in plan.offsets
        and (target := node.outputs[view.output]) in plan.offsets
        and plan.offsets[source] + view.offset_bytes == plan.offsets[target]
        and (
            graph.tensors[source].size_bytes == graph.tensors[target].size_bytes
            or plan.rows_kept.keys().isdisjoint((source, target))
        )
    ]


def _common(graph: Graph, node: Node, view: View) -> slice:
    """The bytes of the output that are the input's."""
    source, target = graph.input(node, view.input), graph.output(node, view.output)
    return slice(max(0, -view.offset_bytes), min(target.size_bytes, source.size_bytes - view.offset_bytes))


def _merged(plan: Plan, own: Mapping[int, RowCall]) -> Mapping[int, RowCall]:
    """The calls of all nodes that have steps: those of a chain as one call of its last node."""
    found = dict(own)
    for chain in plan.chains:
        _require(any(set(chain) <= set(segment) for segment in plan.segments), f"chain {chain} is no part of a segment")
        calls = [found.pop(node) for node in chain if node in found]
        _require(len(calls) > 1 and chain[-1] in own, f"chain {chain} has too few nodes")
        reads = list(zip(calls[0].inputs, calls[0].windows, strict=True))
        _require(bool(calls[0].column_stride) or _is_pixelwise(calls[0]), f"chain {chain} does not begin with pixels")
        for before, call in pairwise(calls):
            takes = before.output in call.inputs and _is_pixelwise(call) and before.steps == call.steps
            _require(takes and before.style is not RowStyle.REDUCTION, f"chain {chain} does not hand over pixels")
            others = zip(call.inputs, call.windows, strict=True)
            reads += [(tensor, window) for tensor, window in others if tensor != before.output]
        found[chain[-1]] = replace(calls[-1], inputs=tuple(t for t, _ in reads), windows=tuple(w for _, w in reads))
    return found


def _is_pixelwise(call: RowCall) -> bool:
    """Whether a pixel of the output needs the pixels in its place only."""
    return call.pixel is not None and all(window == Window() for window in call.windows)


def _is_interleaved(plan: Plan, position: int) -> bool:
    return len(plan.segments[position]) > 1


def _height(graph: Graph, tensor: int) -> int:
    """The rows of a tensor [1, rows, ...]."""
    return max(1, (*graph.tensors[tensor].shape, 1, 1)[1])


def _steps(
    graph: Graph, plan: Plan, calls: Mapping[int, RowCall], segment: Sequence[int], position: int
) -> Iterator[Step]:
    """The steps of a segment as they must be."""
    if not _is_interleaved(plan, position):
        (node,) = segment
        call = calls.get(node)
        by_rows = call is not None and call.style is not RowStyle.REDUCTION
        yield from (Step(node, row) for row in range(call.steps)) if call and by_rows else (Step(node, -1),)
        return
    nodes = [node for node in segment if node in calls]
    done = {calls[node].output: 0 for node in nodes}
    pushed = graph.inputs[0] if plan.input_by_rows and position == 0 else -1
    rows_to_push = _height(graph, pushed) if pushed >= 0 else 0
    done |= {pushed: 0}
    while True:
        ready = next((node for node in reversed(nodes) if _is_ready(graph, calls[node], done)), None)
        if ready is not None:
            yield Step(ready, done[calls[ready].output])
            done[calls[ready].output] += 1
        elif done[pushed] < rows_to_push:
            yield Step(-1, done[pushed])
            done[pushed] += 1
        else:
            break


def _is_ready(graph: Graph, call: RowCall, done: Mapping[int, int]) -> bool:
    """Whether the node has a step left whose input rows have all been computed."""
    step = done[call.output]
    if step == call.steps:
        return False
    for tensor, window in zip(call.inputs, call.windows, strict=True):
        needed = step * window.stride // window.divisor + window.first + window.extent
        if tensor in done and done[tensor] < min(needed, _height(graph, tensor)):
            return False
    return True


class _Simulation:
    """The simulated bytes. `numbers[t]` are the numbers of the bytes of tensor t; views have their sources'."""

    def __init__(
        self,
        graph: Graph,
        operators: Sequence[Operator | None],
        own: Mapping[int, RowCall],
        calls: Mapping[int, RowCall],
        plan: Plan,
    ) -> None:
        self.graph, self.operators, self.own, self.calls, self.plan = graph, operators, own, calls, plan
        self.chains = {chain[-1]: [node for node in chain if node in own] for chain in plan.chains}
        self.lives = {i: range(buffer.first_step, buffer.end_step) for buffer in plan.buffers for i in buffer.tensors}
        ends = tuple(accumulate((tensor.size_bytes for tensor in graph.tensors), initial=0))
        all_numbers = np.arange(ends[-1])
        self.numbers = [all_numbers[start:end] for start, end in pairwise(ends)]
        self.bytes = np.full(plan.arena_bytes, -1, np.int64)
        self.shared: dict[int, list[View]] = {}
        for index in plan.order:
            node, operator = graph.nodes[index], operators[index]
            views = () if operator is None else operator.views(graph, node)
            for view in views:
                self._name(node, view)
            self.shared[index] = _shared(graph, node, views, plan)

    def _name(self, node: Node, view: View) -> None:
        """Give an output the numbers that its bytes have in the input."""
        source, target = self.numbers[node.inputs[view.input]], node.outputs[view.output]
        common = _common(self.graph, node, view)
        seen = source[common.start + view.offset_bytes : common.stop + view.offset_bytes]
        if len(seen) < len(self.numbers[target]):
            numbers = self.numbers[target].copy()
            numbers[common] = seen
            seen = numbers
        self.numbers[target] = seen

    def start(self) -> None:
        """The caller writes the inputs; variables have their values."""
        for index in self._given():
            self._write(0, self._whole(index))
        for index in self._given():
            self._read(0, self._whole(index))

    def finish(self) -> None:
        """The caller reads the outputs; variables keep their values."""
        variables = {index for index in self.plan.offsets if self.graph.tensors[index].is_variable}
        for index in variables.union(self.graph.outputs):
            self._read(len(self.plan.steps), self._whole(index))

    def run(self, number: int, step: Step) -> None:
        """Read what a step reads, write what it writes, and see that the one does not destroy the other."""
        if step.node < 0:
            self._write(number, self._rows(self.graph.inputs[0], step.row, step.row + 1))
            return
        sums = self._sums(step) if step.row >= 0 else None
        for position, (node, reads, writes) in enumerate(self._accesses(step)):
            for _, pieces in reads:
                self._read(number, pieces)
            for index, pieces in writes:
                for source, read in reads:
                    self._check_overlap(self.graph.nodes[node], self.operators[node], (source, read), (index, pieces))
                self._write(number, pieces)
            for _, pieces in writes:
                self._read(number, pieces)
            if sums:
                touched = [piece for _, pieces in (*reads, *writes) for piece in pieces]
                apart = all(_apart(piece[1], piece[1] + piece[3], *sums) for piece in touched)
                _require(apart, f"step {number}: the sums of node {step.node} are not apart")
                if step.row == position == 0:
                    self.bytes[slice(*sums)] = -2 - step.node
        if sums:
            _require(bool((self.bytes[slice(*sums)] == -2 - step.node).all()), f"step {number}: sums are lost")

    def reset_counters(self) -> None:
        """An interleaved segment begins."""
        self.bytes[self._counters()] = np.iinfo(np.int64).min

    def check_counters(self, number: int) -> None:
        """The counters must be untouched."""
        intact = (self.bytes[self._counters()] == np.iinfo(np.int64).min).all()
        _require(bool(intact), f"step {number} writes over the counters of rows")

    def _counters(self) -> slice:
        start = self.plan.progress_offset or 0
        return slice(start, start + _COUNTER_BYTES * _counters(self.plan, self.calls))

    def _given(self) -> list[int]:
        pushed = self.graph.inputs[:1] if self.plan.input_by_rows else ()
        inputs = [index for index in self.graph.inputs if index not in pushed]
        return inputs + [i for i in self.plan.offsets if self.graph.tensors[i].is_variable and i not in inputs]

    def _sums(self, step: Step) -> tuple[int, int] | None:
        call = self.calls[step.node]
        if not call.sums_bytes:
            return None
        _require(step.node in self.plan.sums, f"the sums of node {step.node} are not in memory")
        return self.plan.sums[step.node], self.plan.sums[step.node] + call.sums_bytes

    def _accesses(self, step: Step) -> Iterator[tuple[int, "_Accesses", "_Accesses"]]:
        """What a step reads and writes, node after node, each of a chain once for every pixel."""
        if step.row < 0:
            node = self.graph.nodes[step.node]
            writes = [(index, self._missing(step.node, position)) for position, index in enumerate(node.outputs)]
            if not self.shared[step.node] or any(pieces for _, pieces in writes):
                yield step.node, [(index, self._whole(index)) for index in self._read_inputs(step.node)], writes
            return
        if step.node not in self.chains:
            call = self.calls[step.node]
            yield step.node, self._rows_read(call, step.row), self._written(call, step.row)
            return
        first, *others = self.chains[step.node]
        columns = self.graph.tensors[self.own[first].output].shape[2]
        for column in range(columns):
            yield from self._pixel_accesses(first, others, step.row, column)

    def _pixel_accesses(
        self, first: int, others: Sequence[int], row: int, column: int
    ) -> Iterator[tuple[int, "_Accesses", "_Accesses"]]:
        """The same for one pixel of a chain: the first node may read a window, the others read pixels."""
        for node in (first, *others):
            call = self.own[node]
            reads = [(tensor, self._pixel(tensor, row, column)) for tensor in call.inputs]
            if node == first and not _is_pixelwise(call):
                reads = self._rows_read(call, row)
            if call.style is not RowStyle.REDUCTION:
                yield node, reads, [(call.output, self._pixel(call.output, row, column))]
            else:
                ends = column == self.graph.tensors[call.inputs[0]].shape[2] - 1
                yield node, reads, self._written(call, row) if ends else []

    def _rows_read(self, call: RowCall, row: int) -> "_Accesses":
        reads: list[tuple[int, list[_Piece]]] = []
        for tensor, window in zip(call.inputs, call.windows, strict=True):
            start = row * window.stride // window.divisor + window.first
            end = min(start + window.extent, _height(self.graph, tensor))
            reads.append((tensor, self._rows(tensor, max(start, 0), end)))
        return reads

    def _written(self, call: RowCall, row: int) -> "_Accesses":
        if call.style is not RowStyle.REDUCTION:
            return [(call.output, self._rows(call.output, row, row + 1))]
        return [(call.output, self._whole(call.output))] if row == call.steps - 1 else []

    def _pixel(self, tensor: int, row: int, column: int) -> list["_Piece"]:
        """One pixel of [1, rows, columns, channels], in its row or alone where only one is kept."""
        _, rows, columns, _ = self.graph.tensors[tensor].shape
        pixel_bytes = self.graph.tensors[tensor].size_bytes // (rows * columns)
        if tensor in self.plan.pixels:
            first = (row * columns + column) * pixel_bytes
            return [(tensor, self.plan.pixels[tensor], first, pixel_bytes)]
        ((_, offset, first, _),) = self._rows(tensor, row, row + 1)
        return [(tensor, offset + column * pixel_bytes, first + column * pixel_bytes, pixel_bytes)]

    def _read_inputs(self, index: int) -> Iterable[int]:
        """The inputs that a node as a whole reads: not those whose bytes all outputs that need them share."""
        node, operator, shared = self.graph.nodes[index], self.operators[index], self.shared[index]
        views = () if operator is None else operator.views(self.graph, node)
        needed = {view.input for view in views if view not in shared}
        unread = {view.input for view in shared} - needed
        return dict.fromkeys(each for position, each in enumerate(node.inputs) if position not in unread)

    def _missing(self, index: int, position: int) -> list["_Piece"]:
        """The bytes of an output that are not there before the node runs."""
        node, tensor = self.graph.nodes[index], self.graph.nodes[index].outputs[position]
        views = [view for view in self.shared[index] if view.output == position]
        if not views:
            return self._whole(tensor)
        missing = np.ones(self.graph.tensors[tensor].size_bytes + 2, np.int8)
        missing[[0, -1]] = 0
        for view in views:
            missing[1:-1][_common(self.graph, node, view)] = 0
        ends = np.flatnonzero(np.diff(missing)).tolist()
        offset = self.plan.offsets[tensor]
        return [(tensor, offset + start, start, end - start) for start, end in zip(ends[::2], ends[1::2], strict=True)]

    def _whole(self, tensor: int) -> list["_Piece"]:
        if tensor < 0 or self.graph.tensors[tensor].is_constant:
            return []
        _require(tensor in self.plan.offsets, f"tensor {tensor} is not in memory")
        _require(tensor not in self.plan.rows_kept, f"tensor {tensor} is used as a whole but lies in a ring")
        size_bytes = self.graph.tensors[tensor].size_bytes
        return [(tensor, self.plan.offsets[tensor], 0, size_bytes)]

    def _rows(self, tensor: int, start: int, end: int) -> list["_Piece"]:
        """Rows [start, end) of a tensor, each where it lies in its ring."""
        if tensor not in self.plan.rows_kept and start < end:
            ((_, offset, _, size_bytes),) = self._whole(tensor)
            row_bytes = size_bytes // _height(self.graph, tensor)
            return [(tensor, offset + start * row_bytes, start * row_bytes, (end - start) * row_bytes)]
        row_bytes = self.graph.tensors[tensor].size_bytes // _height(self.graph, tensor)
        kept, offset = self.plan.rows_kept.get(tensor, 1), self.plan.offsets[tensor]
        return [(tensor, offset + row % kept * row_bytes, row * row_bytes, row_bytes) for row in range(start, end)]

    def _write(self, number: int, pieces: Iterable["_Piece"]) -> None:
        for tensor, offset, first, size_bytes in pieces:
            self._check_alive(number, tensor)
            self.bytes[offset : offset + size_bytes] = self.numbers[tensor][first : first + size_bytes]

    def _read(self, number: int, pieces: Iterable["_Piece"]) -> None:
        for tensor, offset, first, size_bytes in pieces:
            self._check_alive(number, tensor)
            value = self.numbers[tensor][first : first + size_bytes]
            if not np.array_equal(self.bytes[offset : offset + size_bytes], value):
                raise InvariantError(f"bad plan: step {number}: tensor {tensor} is lost")

    def _check_alive(self, number: int, tensor: int) -> None:
        if number not in self.lives.get(tensor, ()):
            raise InvariantError(f"bad plan: step {number}: tensor {tensor} is not in memory")

    def _check_overlap(
        self,
        node: Node,
        operator: Operator | None,
        read: tuple[int, list["_Piece"]],
        written: tuple[int, list["_Piece"]],
    ) -> None:
        """No output may touch an input, but output 0 those that the operator works on in place, row on row."""
        (source, read_pieces), (output, written_pieces) = read, written
        for _, read_start, _, read_bytes in read_pieces:
            for _, start, _, size_bytes in written_pieces:
                if _apart(start, start + size_bytes, read_start, read_start + read_bytes):
                    continue
                permitted = operator.in_place(self.graph, node) if operator is not None else ()
                positions = [position for position, index in enumerate(node.inputs) if index == source]
                in_place = output == node.outputs[0] and all(position in permitted for position in positions)
                exact = (start, size_bytes) == (read_start, read_bytes)
                _require(in_place and exact, f"{node.operator} writes tensor {output} over tensor {source}")


_Piece = tuple[int, int, int, int]
"""Bytes of a tensor: the tensor, their offset in the arena, which of the tensor's is the first, how many."""
_Accesses = list[tuple[int, list[_Piece]]]
"""Tensors, each with the bytes of it that are read or written."""


def _apart(start: int, end: int, other_start: int, other_end: int) -> bool:
    return max(start, other_start) >= min(end, other_end)


def _counters(plan: Plan, calls: Mapping[int, RowCall]) -> int:
    """How many tensors and sums the interleaved segments have."""
    nodes = [i for p, segment in enumerate(plan.segments) if _is_interleaved(plan, p) for i in segment if i in calls]
    tensors = {index for node in nodes for index in (*calls[node].inputs, calls[node].output)}
    return len(tensors) + sum(1 for node in nodes if calls[node].sums_bytes)


def _check_counters(plan: Plan, calls: Mapping[int, RowCall]) -> None:
    """The counters and sums must lie in the arena, aligned."""
    count = _counters(plan, calls)
    places = [(plan.sums[node], calls[node].sums_bytes, _SUM_BYTES) for node in plan.sums]
    if count:
        _require(plan.progress_offset is not None, "there are no counters of rows")
        places.append((plan.progress_offset or 0, _COUNTER_BYTES * count, _COUNTER_BYTES))
    for offset, size_bytes, alignment_bytes in places:
        aligned = offset % alignment_bytes == plan.alignment_bytes % alignment_bytes == 0
        _require(aligned, f"counters or sums are not aligned to {alignment_bytes} bytes")
        _require(0 <= offset <= plan.arena_bytes - size_bytes, "counters or sums are outside of the arena")


def _check_buffers(graph: Graph, plan: Plan) -> None:
    """Buffers must lie in the arena, be aligned, and agree with the tensors, the offsets and the rings."""
    pairs = [(index, buffer) for buffer in plan.buffers for index in buffer.tensors]
    _require(len(pairs) == len(plan.offsets) + len(plan.pixels), "a tensor lies in no buffer or in two")
    for index, buffer in pairs:
        tensor, kept = graph.tensors[index], plan.rows_kept.get(index)
        if kept is None and not plan.rows_kept.keys().isdisjoint(buffer.tensors):
            # The view of a ring as a whole has no bytes of its own, which the simulation would see somebody read.
            continue
        size_bytes, element_bytes = tensor.size_bytes, max(1, tensor.dtype.bits // 8)
        if kept is not None:
            rows = _height(graph, index)
            _require(size_bytes % rows == 0 < kept, f"tensor {index} has no rows")
            _require(
                (buffer.row_bytes, buffer.rows_kept) == (size_bytes // rows, kept), f"tensor {index} has two rings"
            )
            size_bytes = size_bytes // rows * kept
        if index in plan.pixels:
            size_bytes //= math.prod(tensor.shape[1:3])
        sizes = {buffer.size_bytes, buffer.row_bytes * buffer.rows_kept}
        if kept is not None:
            _require(sizes == {size_bytes}, f"tensor {index} has another size than its ring")
            _require(plan.offsets.get(index) == buffer.offset_bytes, f"tensor {index} has two offsets")
        offset = plan.offsets.get(index, plan.pixels.get(index, -1))
        end = buffer.offset_bytes + buffer.size_bytes
        inside = len(sizes) == 1 and buffer.offset_bytes <= offset <= end - size_bytes
        _require(inside, f"tensor {index} is outside of its buffer")
        _require(0 <= offset <= plan.arena_bytes - size_bytes, f"tensor {index} is outside of the arena")
        aligned = offset % element_bytes == plan.alignment_bytes % element_bytes == 0
        _require(aligned, f"tensor {index} is not aligned to {element_bytes} bytes")
