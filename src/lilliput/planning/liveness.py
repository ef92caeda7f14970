"""Plan -> live bytes: what lies in memory while each node runs, for charts and for naming what costs most."""

from lilliput.ir import Graph
from lilliput.planning.plan import Buffer, Plan


def live_bytes(graph: Graph, plan: Plan) -> tuple[int, ...]:
    """For each node of `plan.order`, the most bytes of the arena that buffers occupy at one of its steps.

    An address that two buffers share, each with rows of its own, counts once.
    """
    at_step = [_covered(_alive(plan, step)) for step in range(len(plan.steps))]
    return tuple(max((at_step[step] for step in steps), default=0) for steps in _steps_of_nodes(graph, plan))


def contributors(graph: Graph, plan: Plan, position: int) -> tuple[int, ...]:
    """The tensors in memory at the fullest step of node `plan.order[position]`, those with the most bytes kept first.

    Of tensors that share a buffer, the last one written.
    """
    steps = _steps_of_nodes(graph, plan)[position]
    if not steps:
        return ()
    fullest = max(steps, key=lambda step: _covered(_alive(plan, step)))
    written_at = {index: s for s, node in enumerate(plan.order) for index in graph.nodes[node].outputs}
    alive = sorted((buffer for buffer in _alive(plan, fullest) if buffer.tensors), key=lambda each: -each.size_bytes)
    return tuple(
        [i for i in buffer.tensors if written_at.get(i, 0) <= position or i == buffer.tensors[0]][-1]
        for buffer in alive
    )


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
