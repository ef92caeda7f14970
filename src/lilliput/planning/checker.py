"""Graph + Plan -> nothing, or InvariantError: simulates a plan byte by byte.

It knows nothing of how plans are found and shares no code with what finds them. Every byte of every value has a number
of its own; the simulated arena holds numbers, and each read must find the numbers of the value that it expects.
"""

from collections.abc import Callable, Iterable
from itertools import accumulate

import numpy as np

from lilliput.errors import InvariantError
from lilliput.ir import Graph, Node
from lilliput.operators.operator import Operator
from lilliput.planning.plan import Plan


def check_plan(graph: Graph, operator_of: Callable[[Node], Operator | None], plan: Plan) -> None:
    """Raise InvariantError unless running the nodes in the plan's order at the plan's offsets computes the graph."""
    _require(sorted(plan.order) == list(range(len(graph.nodes))), "the order is no permutation of the nodes")
    _require(plan.lower_bound_bytes <= plan.arena_bytes, "the arena is smaller than its lower bound")
    _check_buffers(graph, plan)
    arena = _Arena(graph, plan)
    variables = {index for index in plan.offsets if graph.tensors[index].is_variable}
    arena.write(0, variables.union(graph.inputs))
    arena.read(0, variables.union(graph.inputs))
    for step, position in enumerate(plan.order):
        node = graph.nodes[position]
        operator = operator_of(node)
        view = operator is not None and operator.view(graph, node) and node.inputs[0] in plan.offsets
        arena.read(step, node.inputs)
        arena.write(step, node.outputs, node.inputs[0] if view else None)
        arena.read(step, node.outputs)
        arena.check_overlaps(node, operator.in_place(graph, node) if operator is not None else ())
    arena.read(len(plan.order), variables.union(graph.outputs))


class _Arena:
    """The simulated bytes, and for each tensor written so far the number of its value's first byte."""

    def __init__(self, graph: Graph, plan: Plan) -> None:
        self.tensors = graph.tensors
        self.lifetimes = {
            i: range(buffer.first_step, buffer.end_step) for buffer in plan.buffers for i in buffer.tensors
        }
        self.places = {i: slice(at, at + graph.tensors[i].size_bytes) for i, at in plan.offsets.items()}
        self.numbers = tuple(accumulate((tensor.size_bytes for tensor in graph.tensors), initial=0))
        self.values: dict[int, int] = {}
        self.bytes = np.full(plan.arena_bytes, -1, np.int64)

    def write(self, step: int, indices: Iterable[int], source: int | None = None) -> None:
        """Put a new value into each tensor, but into the first one the value of `source` where there is one."""
        for index in self._stored(step, indices):
            self.values[index] = first = self.numbers[index] if source is None else self.values[source]
            self.bytes[self.places[index]] = np.arange(first, first + self.tensors[index].size_bytes)
            source = None

    def read(self, step: int, indices: Iterable[int]) -> None:
        """Find each tensor's value untouched in its place."""
        for index in self._stored(step, indices):
            first = self.values.get(index, -1)
            _require(first >= 0, f"step {step} reads tensor {index} before it is written")
            value = np.arange(first, first + self.tensors[index].size_bytes)
            _require(np.array_equal(self.bytes[self.places[index]], value), f"step {step}: tensor {index} is lost")

    def check_overlaps(self, node: Node, permitted: Iterable[int]) -> None:
        """No output may touch an input, but a view its source, and output 0 the inputs at the `permitted` positions."""
        for output in node.outputs:
            for position, index in enumerate(node.inputs):
                read, written = self.places.get(index, slice(0, 0)), self.places[output]
                apart = max(read.start, written.start) >= min(read.stop, written.stop)
                unchanged = self.values.get(index) == self.values[output]
                shared = read == written and (unchanged or (output == node.outputs[0] and position in permitted))
                _require(apart or shared, f"{node.operator} writes tensor {output} over input {position}")

    def _stored(self, step: int, indices: Iterable[int]) -> Iterable[int]:
        """Those of `indices` that must be in memory, each of them alive."""
        for index in indices:
            if index >= 0 and not self.tensors[index].is_constant:
                _require(step in self.lifetimes.get(index, ()), f"step {step}: tensor {index} is not in memory")
                yield index


def _check_buffers(graph: Graph, plan: Plan) -> None:
    """Buffers must lie in the arena, be aligned, and agree with the tensors and the offsets."""
    pairs = [(index, buffer) for buffer in plan.buffers for index in buffer.tensors]
    _require(len(pairs) == len(plan.offsets), "a tensor lies in no buffer or in two")
    for index, buffer in pairs:
        size_bytes, element_bytes = graph.tensors[index].size_bytes, max(1, graph.tensors[index].dtype.bits // 8)
        _require(0 <= buffer.offset_bytes <= plan.arena_bytes - size_bytes, f"tensor {index} is outside of the arena")
        _require(buffer.size_bytes == size_bytes, f"tensor {index} has another size")
        _require(plan.offsets.get(index) == buffer.offset_bytes, f"tensor {index} has two offsets")
        aligned = buffer.offset_bytes % element_bytes == plan.alignment_bytes % element_bytes == 0
        _require(aligned, f"tensor {index} is not aligned to {element_bytes} bytes")


def _require(condition: bool, fact: str) -> None:
    if not condition:
        raise InvariantError(f"bad plan: {fact}")
