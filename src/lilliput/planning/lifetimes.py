"""Graph + order -> lifetimes: which tensors need memory, which of them share it, and for which steps.

A view lies where its input lies. A node that works in place takes over the memory of an input that nothing needs any
more. Every other tensor gets memory of its own; constants and tensors that no node touches get none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lilliput.ir import Graph, Node
from lilliput.operators.operator import Operator

OperatorOf = Callable[[Node], Operator | None]
"""The operator whose rules a node keeps. None where there is none: the node is then no view and not in place."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A buffer that has no place yet: the fields of `planning.plan.Buffer` without the offset."""

    tensors: tuple[int, ...]
    size_bytes: int
    alignment_bytes: int
    first_step: int
    end_step: int


def lifetimes(graph: Graph, order: Sequence[int], operator_of: OperatorOf, in_place: bool) -> tuple[Lifetime, ...]:
    """The lifetimes of everything in memory when the nodes run in `order`, by first step.

    Graph inputs are alive from step 0, graph outputs until the caller's step `len(order)`, variables always. With
    `in_place`, memory is taken over wherever that is possible: it raises the live bytes of no step.
    """
    last_use = _last_uses(graph, order)
    first_step = {index: 0 for index in last_use if index in graph.inputs or graph.tensors[index].is_variable}
    sharers = {index: [index] for index in first_step}
    for step, position in enumerate(order):
        node = graph.nodes[position]
        host = _host(graph, node, operator_of(node), sharers, last_use, step if in_place else -1)
        for index in node.outputs:
            first_step[index] = step
            sharers[index] = sharers[host] if host is not None and index == node.outputs[0] else []
            sharers[index].append(index)
    return tuple(
        Lifetime(
            tensors=tuple(group),
            size_bytes=graph.tensors[first].size_bytes,
            alignment_bytes=max(max(1, graph.tensors[index].dtype.bits // 8) for index in group),
            first_step=first_step[first],
            end_step=1 + max(last_use[index] for index in group),
        )
        for first, group in sharers.items()
        if group[0] == first
    )


def _last_uses(graph: Graph, order: Sequence[int]) -> dict[int, int]:
    """The last step that needs each tensor that needs memory."""
    last_use = dict.fromkeys(graph.inputs, 0)
    for step, position in enumerate(order):
        node = graph.nodes[position]
        last_use |= dict.fromkeys((*node.inputs, *node.outputs), step)
    last_use |= dict.fromkeys(graph.outputs, len(order))
    return {
        index: len(order) if graph.tensors[index].is_variable else step
        for index, step in last_use.items()
        if index >= 0 and not graph.tensors[index].is_constant
    }


def _host(
    graph: Graph,
    node: Node,
    operator: Operator | None,
    sharers: Mapping[int, Sequence[int]],
    last_use: Mapping[int, int],
    step: int,
) -> int | None:
    """The input whose memory output 0 shares, or None. What is used after `step` is not taken over in place."""
    if operator is None or not node.outputs:
        return None
    size_bytes = graph.output(node).size_bytes
    if operator.view(graph, node) and node.inputs[0] in sharers and graph.input(node).size_bytes == size_bytes:
        return node.inputs[0]
    permitted = operator.in_place(graph, node)
    for host in (node.inputs[position] for position in permitted):
        group = sharers.get(host, ())
        if group and graph.tensors[host].size_bytes == size_bytes and all(last_use[index] <= step for index in group):
            # Another input may be a view of the same memory: it must stand being overwritten, too.
            read_at = {position for position, index in enumerate(node.inputs) if index in group}
            if read_at.issubset(permitted):
                return host
    return None
