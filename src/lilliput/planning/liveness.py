"""Plan -> live bytes: what lies in memory at each step, for charts and for naming what costs most."""

from lilliput.ir import Graph
from lilliput.planning.plan import Plan


def live_bytes(graph: Graph, plan: Plan) -> tuple[int, ...]:
    """The bytes of the buffers alive at each step; the arena cannot be smaller than the largest."""
    live = [0] * len(graph.nodes)
    for buffer in plan.buffers:
        for step in range(buffer.first_step, min(buffer.end_step, len(live))):
            live[step] += buffer.size_bytes
    return tuple(live)


def contributors(graph: Graph, plan: Plan, step: int) -> tuple[int, ...]:
    """The tensors in memory once `step` has run, largest first; of those that share a buffer, the last one written."""
    written_at = {index: s for s, position in enumerate(plan.order) for index in graph.nodes[position].outputs}
    alive = [buffer for buffer in plan.buffers if buffer.first_step <= step < buffer.end_step]
    held = [[index for index in buffer.tensors if written_at.get(index, 0) <= step][-1] for buffer in alive]
    return tuple(sorted(held, key=lambda index: -graph.tensors[index].size_bytes))
