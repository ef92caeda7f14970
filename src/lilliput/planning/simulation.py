"""Graph + Plan -> the bytes of a pretended arena, step by step: the part of the plan checker that runs a plan.

Like the checker it shares no code with what finds plans.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise

import numpy as np

from lilliput.errors import InvariantError
from lilliput.ir import Graph, Node
from lilliput.operators.operator import SCRATCH_ALIGNMENT_BYTES, Operator, RowCall, RowStyle, View, Window
from lilliput.planning.plan import Plan, Step

_Piece = tuple[int, int, int, int]
"""Bytes of a tensor: the tensor, their offset in the arena, which of the tensor's is the first, how many."""
_SCRATCH = np.iinfo(np.int64).min + 1
"""The number of bytes that nobody may read."""
_Accesses = list[tuple[int, list[_Piece]]]
"""Tensors, each with the bytes of it that are read or written."""


class Simulation:
    """The simulated bytes. `numbers[t]` are the numbers of the bytes of tensor t; views have their sources'.

    `own` are the row calls of nodes, `calls` those that have steps: of a chain one, of its last node. The counters of
    rows lie at `counters`.
    """

    def __init__(
        self,
        graph: Graph,
        operators: Sequence[Operator | None],
        own: Mapping[int, RowCall],
        calls: Mapping[int, RowCall],
        plan: Plan,
        counters: range,
    ) -> None:
        self.graph, self.operators, self.own, self.calls, self.plan = graph, operators, own, calls, plan
        self.counters = slice(counters.start, counters.stop)
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
            self.shared[index] = shared_views(graph, node, views, plan)
        self.scratch = {index: self._scratch(index) for index in plan.order}

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
        scratch = self.scratch[step.node]
        for position, (node, reads, writes) in enumerate(self._accesses(step)):
            self.bytes[scratch] = _SCRATCH
            for _, pieces in reads:
                self._read(number, pieces)
            for index, pieces in writes:
                for source, read in reads:
                    self._check_overlap(self.graph.nodes[node], self.operators[node], (source, read), (index, pieces))
                self._write(number, pieces)
            self.bytes[scratch] = _SCRATCH
            for _, pieces in writes:
                self._read(number, pieces)
            if sums:
                touched = [piece for _, pieces in (*reads, *writes) for piece in pieces]
                apart = all(_apart(piece[1], piece[1] + piece[3], *sums) for piece in touched)
                require(apart, f"step {number}: the sums of node {step.node} are not apart")
                if step.row == position == 0:
                    self.bytes[slice(*sums)] = -2 - step.node
        if sums:
            require(bool((self.bytes[slice(*sums)] == -2 - step.node).all()), f"step {number}: sums are lost")

    def reset_counters(self) -> None:
        """An interleaved segment begins."""
        self.bytes[self.counters] = np.iinfo(np.int64).min

    def check_counters(self, number: int) -> None:
        """The counters must be untouched."""
        intact = (self.bytes[self.counters] == np.iinfo(np.int64).min).all()
        require(bool(intact), f"step {number} writes over the counters of rows")

    def _given(self) -> list[int]:
        pushed = self.graph.inputs[:1] if self.plan.input_by_rows else ()
        inputs = [index for index in self.graph.inputs if index not in pushed]
        return inputs + [i for i in self.plan.offsets if self.graph.tensors[i].is_variable and i not in inputs]

    def _sums(self, step: Step) -> tuple[int, int] | None:
        call = self.calls[step.node]
        if not call.sums_bytes:
            return None
        require(step.node in self.plan.sums, f"the sums of node {step.node} are not in memory")
        return self.plan.sums[step.node], self.plan.sums[step.node] + call.sums_bytes

    def _scratch(self, index: int) -> slice:
        """The bytes that a node's steps leave in any state."""
        node, operator = self.graph.nodes[index], self.operators[index]
        if operator is None or index in self.chains or operator.views(self.graph, node):
            return slice(0)
        row_bytes = self.own[index].scratch_bytes if index in self.own else 0
        size_bytes = max((row_bytes, *(call.scratch_bytes for call in operator.calls(self.graph, node))))
        if not size_bytes:
            return slice(0)
        require(index in self.plan.scratch, f"the scratch memory of node {index} is not in the arena")
        start = self.plan.scratch[index]
        aligned = start % SCRATCH_ALIGNMENT_BYTES == self.plan.alignment_bytes % SCRATCH_ALIGNMENT_BYTES == 0
        require(aligned, f"the scratch memory of node {index} is not aligned")
        require(0 <= start <= self.plan.arena_bytes - size_bytes, f"the scratch memory of node {index} is outside")
        return slice(start, start + size_bytes)

    def _accesses(self, step: Step) -> Iterator[tuple[int, _Accesses, _Accesses]]:
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
    ) -> Iterator[tuple[int, _Accesses, _Accesses]]:
        """The same for one pixel of a chain: the first node may read a window, the others read pixels."""
        for node in (first, *others):
            call = self.own[node]
            reads = [(tensor, self._pixel(tensor, row, column)) for tensor in call.inputs]
            if node == first and not is_pixelwise(call):
                reads = self._rows_read(call, row)
            if call.style is not RowStyle.REDUCTION:
                yield node, reads, [(call.output, self._pixel(call.output, row, column))]
            else:
                ends = column == self.graph.tensors[call.inputs[0]].shape[2] - 1
                yield node, reads, self._written(call, row) if ends else []

    def _rows_read(self, call: RowCall, row: int) -> _Accesses:
        reads: list[tuple[int, list[_Piece]]] = []
        for tensor, window in zip(call.inputs, call.windows, strict=True):
            start = row * window.stride // window.divisor + window.first
            end = min(start + window.extent, height(self.graph, tensor))
            reads.append((tensor, self._rows(tensor, max(start, 0), end)))
        return reads

    def _written(self, call: RowCall, row: int) -> _Accesses:
        if call.style is not RowStyle.REDUCTION:
            return [(call.output, self._rows(call.output, row, row + 1))]
        return [(call.output, self._whole(call.output))] if row == call.steps - 1 else []

    def _pixel(self, tensor: int, row: int, column: int) -> list[_Piece]:
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

    def _missing(self, index: int, position: int) -> list[_Piece]:
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

    def _whole(self, tensor: int) -> list[_Piece]:
        if tensor < 0 or self.graph.tensors[tensor].is_constant:
            return []
        require(tensor in self.plan.offsets, f"tensor {tensor} is not in memory")
        require(tensor not in self.plan.rows_kept, f"tensor {tensor} is used as a whole but lies in a ring")
        size_bytes = self.graph.tensors[tensor].size_bytes
        return [(tensor, self.plan.offsets[tensor], 0, size_bytes)]

    def _rows(self, tensor: int, start: int, end: int) -> list[_Piece]:
        """Rows [start, end) of a tensor, each where it lies in its ring."""
        if tensor not in self.plan.rows_kept and start < end:
            ((_, offset, _, size_bytes),) = self._whole(tensor)
            row_bytes = size_bytes // height(self.graph, tensor)
            return [(tensor, offset + start * row_bytes, start * row_bytes, (end - start) * row_bytes)]
        row_bytes = self.graph.tensors[tensor].size_bytes // height(self.graph, tensor)
        kept, offset = self.plan.rows_kept.get(tensor, 1), self.plan.offsets[tensor]
        return [(tensor, offset + row % kept * row_bytes, row * row_bytes, row_bytes) for row in range(start, end)]

    def _write(self, number: int, pieces: Iterable[_Piece]) -> None:
        for tensor, offset, first, size_bytes in pieces:
            self._check_alive(number, tensor)
            self.bytes[offset : offset + size_bytes] = self.numbers[tensor][first : first + size_bytes]

    def _read(self, number: int, pieces: Iterable[_Piece]) -> None:
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
        read: tuple[int, list[_Piece]],
        written: tuple[int, list[_Piece]],
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
                require(in_place and exact, f"{node.operator} writes tensor {output} over tensor {source}")


def _apart(start: int, end: int, other_start: int, other_end: int) -> bool:
    return max(start, other_start) >= min(end, other_end)


def _common(graph: Graph, node: Node, view: View) -> slice:
    """The bytes of the output that are the input's."""
    source, target = graph.input(node, view.input), graph.output(node, view.output)
    return slice(max(0, -view.offset_bytes), min(target.size_bytes, source.size_bytes - view.offset_bytes))


def shared_views(graph: Graph, node: Node, views: Sequence[View], plan: Plan) -> list[View]:
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


def is_pixelwise(call: RowCall) -> bool:
    """Whether a pixel of the output needs the pixels in its place only."""
    return call.pixel is not None and all(window == Window() for window in call.windows)


def height(graph: Graph, tensor: int) -> int:
    """The rows of a tensor [1, rows, ...]."""
    return max(1, (*graph.tensors[tensor].shape, 1, 1)[1])


def require(condition: bool, fact: str) -> None:
    """Raise InvariantError with the fact unless the condition holds."""
    if not condition:
        raise InvariantError(f"bad plan: {fact}")
