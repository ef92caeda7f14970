"""Graph + Plan -> nothing, or InvariantError: simulates a plan byte by byte.

It knows nothing of how plans are found and shares no code with what finds them. Every byte of every value has a number
of its own; the simulated arena holds numbers, and each read must find the numbers of the rows that it expects.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from lilliput.ir import Graph, Node
from lilliput.operators.operator import Operator, RowCall, RowStyle
from lilliput.planning.plan import Plan, Step
from lilliput.planning.simulation import Simulation, height, is_pixelwise, require, shared_views

_COUNTER_BYTES = 2
_SUM_BYTES = 4


def check_plan(graph: Graph, operator_of: Callable[[Node], Operator | None], plan: Plan) -> None:
    """Raise InvariantError unless running the plan's steps at the plan's places computes the graph."""
    require(sorted(plan.order) == list(range(len(graph.nodes))), "the order is no permutation of the nodes")
    require(plan.lower_bound_bytes <= plan.arena_bytes, "the arena is smaller than its lower bound")
    operators = [operator_of(node) for node in graph.nodes]
    own = {i: call for i, node in enumerate(graph.nodes) if (call := _row_call(graph, node, operators[i], plan))}
    calls = _merged(plan, own)
    _check_buffers(graph, plan)
    _check_counters(plan, calls)
    simulation = Simulation(graph, operators, own, calls, plan, _counters(plan, calls))
    simulation.start()
    end = 0
    for position, segment in enumerate(plan.segments):
        interleaved = _is_interleaved(plan, position)
        steps = list(_steps(graph, plan, calls, segment, position))
        first, end = end, end + len(steps)
        require(list(plan.steps[first:end]) == steps, f"segment {position} does not follow the rule")
        if interleaved:
            simulation.reset_counters()
        for number, step in enumerate(steps, first):
            simulation.run(number, step)
            if interleaved:
                simulation.check_counters(number)
    require(len(plan.steps) == end, "there are more steps than the segments have")
    simulation.finish()


def _row_call(graph: Graph, node: Node, operator: Operator | None, plan: Plan) -> RowCall | None:
    """How the node works by rows; a view whose output is its input in memory, or is not in memory, does nothing."""
    if operator is None:
        return None
    views = operator.views(graph, node)
    is_idle = bool(views) and (
        plan.offsets.keys().isdisjoint(node.outputs) or bool(shared_views(graph, node, views, plan))
    )
    return None if is_idle else operator.rows(graph, node)


def _merged(plan: Plan, own: Mapping[int, RowCall]) -> Mapping[int, RowCall]:
    """The calls of all nodes that have steps: those of a chain as one call of its last node."""
    found = dict(own)
    for chain in plan.chains:
        require(any(set(chain) <= set(segment) for segment in plan.segments), f"chain {chain} is no part of a segment")
        calls = [found.pop(node) for node in chain if node in found]
        require(len(calls) > 1 and chain[-1] in own, f"chain {chain} has too few nodes")
        reads = list(zip(calls[0].inputs, calls[0].windows, strict=True))
        require(bool(calls[0].column_stride) or is_pixelwise(calls[0]), f"chain {chain} does not begin with pixels")
        for before, call in pairwise(calls):
            takes = before.output in call.inputs and is_pixelwise(call) and before.steps == call.steps
            require(takes and before.style is not RowStyle.REDUCTION, f"chain {chain} does not hand over pixels")
            others = zip(call.inputs, call.windows, strict=True)
            reads += [(tensor, window) for tensor, window in others if tensor != before.output]
        found[chain[-1]] = replace(calls[-1], inputs=tuple(t for t, _ in reads), windows=tuple(w for _, w in reads))
    return found


def _is_interleaved(plan: Plan, position: int) -> bool:
    return len(plan.segments[position]) > 1


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
    rows_to_push = height(graph, pushed) if pushed >= 0 else 0
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
        if tensor in done and done[tensor] < min(needed, height(graph, tensor)):
            return False
    return True


def _counters(plan: Plan, calls: Mapping[int, RowCall]) -> range:
    """The bytes of the counters: one for each of the tensors and sums that the interleaved segments have."""
    nodes = [i for p, segment in enumerate(plan.segments) if _is_interleaved(plan, p) for i in segment if i in calls]
    tensors = {index for node in nodes for index in (*calls[node].inputs, calls[node].output)}
    count = len(tensors) + sum(1 for node in nodes if calls[node].sums_bytes)
    start = plan.progress_offset or 0
    return range(start, start + _COUNTER_BYTES * count)


def _check_counters(plan: Plan, calls: Mapping[int, RowCall]) -> None:
    """The counters and sums must lie in the arena, aligned."""
    places = [(plan.sums[node], calls[node].sums_bytes, _SUM_BYTES) for node in plan.sums]
    if counters := _counters(plan, calls):
        require(plan.progress_offset is not None, "there are no counters of rows")
        places.append((counters.start, len(counters), _COUNTER_BYTES))
    for offset, size_bytes, alignment_bytes in places:
        aligned = offset % alignment_bytes == plan.alignment_bytes % alignment_bytes == 0
        require(aligned, f"counters or sums are not aligned to {alignment_bytes} bytes")
        require(0 <= offset <= plan.arena_bytes - size_bytes, "counters or sums are outside of the arena")


def _check_buffers(graph: Graph, plan: Plan) -> None:
    """Buffers must lie in the arena, be aligned, and agree with the tensors, the offsets and the rings."""
    pairs = [(index, buffer) for buffer in plan.buffers for index in buffer.tensors]
    require(len(pairs) == len(plan.offsets) + len(plan.pixels), "a tensor lies in no buffer or in two")
    for index, buffer in pairs:
        tensor, kept = graph.tensors[index], plan.rows_kept.get(index)
        if kept is None and not plan.rows_kept.keys().isdisjoint(buffer.tensors):
            # The view of a ring as a whole has no bytes of its own, which the simulation would see somebody read.
            continue
        size_bytes, element_bytes = tensor.size_bytes, max(1, tensor.dtype.bits // 8)
        if kept is not None:
            rows = height(graph, index)
            require(size_bytes % rows == 0 < kept, f"tensor {index} has no rows")
            require((buffer.row_bytes, buffer.rows_kept) == (size_bytes // rows, kept), f"tensor {index} has two rings")
            size_bytes = size_bytes // rows * kept
        if index in plan.pixels:
            size_bytes //= math.prod(tensor.shape[1:3])
        sizes = {buffer.size_bytes, buffer.row_bytes * buffer.rows_kept}
        if kept is not None:
            require(sizes == {size_bytes}, f"tensor {index} has another size than its ring")
            require(plan.offsets.get(index) == buffer.offset_bytes, f"tensor {index} has two offsets")
        offset = plan.offsets.get(index, plan.pixels.get(index, -1))
        end = buffer.offset_bytes + buffer.size_bytes
        inside = len(sizes) == 1 and buffer.offset_bytes <= offset <= end - size_bytes
        require(inside, f"tensor {index} is outside of its buffer")
        require(0 <= offset <= plan.arena_bytes - size_bytes, f"tensor {index} is outside of the arena")
        aligned = offset % element_bytes == plan.alignment_bytes % element_bytes == 0
        require(aligned, f"tensor {index} is not aligned to {element_bytes} bytes")
