"""Plan -> live bytes: what lies in memory while each node runs, for charts and for naming what costs most."""

from lilliput.ir import Graph
from lilliput.planning.places import meet
from lilliput.planning.plan import Buffer, Plan


def live_bytes(graph: Graph, plan: Plan) -> tuple[int, ...]:
    """For each node of `plan.order`, the most bytes of the arena that buffers occupy at one of its steps.

    An address that two buffers share, each with rows of its own, counts once. A buffer counts from when the
    first of its tensors is written until the last one is read.
    """
    at_step = [_covered(_alive(plan, step)) for step in range(len(plan.steps))]
    return tuple(max((at_step[step] for step in steps), default=0) for steps in _steps_of_nodes(graph, plan))


def contributors(graph: Graph, plan: Plan, position: int) -> tuple[int, ...]:
    """The tensors in memory at the fullest step of node `plan.order[position]`, those with the most bytes kept first.

    Of tensors that share addresses, the last one written.
    """
    steps = _steps_of_nodes(graph, plan)[position]
    if not steps:
        return ()
    fullest = max(steps, key=lambda step: _covered(_alive(plan, step)))
    written_at = {index: s for s, node in enumerate(plan.order) for index in graph.nodes[node].outputs}
    offsets = {**plan.offsets, **plan.pixels}
    found: dict[int, int] = {}
    for buffer in _alive(plan, fullest):
        youngest_first = sorted(buffer.tensors, key=lambda index: -written_at.get(index, -1))
        taken: list[range] = []
        for index in (each for each in youngest_first if written_at.get(each, 0) <= position):
            size_bytes = min(graph.tensors[index].size_bytes, buffer.size_bytes)
            place = range(offsets[index], offsets[index] + size_bytes)
            if not any(meet(place, other) for other in taken):
                found[index] = size_bytes
                taken.append(place)
    return tuple(sorted(found, key=lambda index: -found[index]))


def _alive(plan: Plan, step: int) -> list[Buffer]:
    return [buffer for buffer in plan.buffers if buffer.first_step <= step < buffer.end_step]


def _covered(buffers: list[Buffer]) -> int:
    """The number of addresses that belong to at least one of the buffers."""
    total = end = 0
    for buffer in sorted(buffers, key=lambda each: each.offset_bytes):
        top = buffer.offset_bytes + buffer.size_bytes
        total += max(0, top - max(end, buffer.offset_bytes))
        end = max(end, top)
    return total


def _steps_of_nodes(graph: Graph, plan: Plan) -> list[list[int]]:
    """The steps of each node of `plan.order`; those of a chain are steps of all its nodes."""
    chains = {chain[-1]: chain for chain in plan.chains}
    found: list[list[int]] = [[] for _ in graph.nodes]
    for number, step in enumerate(plan.steps):
        if step.node >= 0:
            for node in chains.get(step.node, (step.node,)):
                found[node].append(number)
    return [found[node] for node in plan.order]
