"""Nodes and tensors that no output of the graph needs go; the rest is renumbered."""

from dataclasses import replace

from lilliput.ir import Graph, Node
from lilliput.operators import support


def remove_dead_nodes(graph: Graph) -> Graph:
    """Keep the graph's inputs and outputs, what the outputs are computed from, and nodes without outputs.

    A node does not need the inputs that its operator never reads.
    """
    needed = set(graph.outputs)
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if node.outputs and needed.isdisjoint(node.outputs):
            continue
        trimmed = _without_unread_inputs(node)
        needed.update(trimmed.inputs)
        kept.append(trimmed)
    needed.update(*(node.outputs for node in kept), graph.inputs)
    return _renumbered(graph, kept[::-1], sorted(needed - {-1}))


def _without_unread_inputs(node: Node) -> Node:
    operator = support.find(node)
    unread = operator.unread_inputs if operator else ()
    inputs = [-1 if position in unread else index for position, index in enumerate(node.inputs)]
    while inputs and inputs[-1] == -1 and len(inputs) - 1 in unread:
        inputs.pop()
    if tuple(inputs) == node.inputs:
        return node
    origin = replace(node.origin, transforms=(*node.origin.transforms, "remove_dead_nodes"))
    return replace(node, inputs=tuple(inputs), origin=origin)


def _renumbered(graph: Graph, nodes: list[Node], kept: list[int]) -> Graph:
    """The graph with these nodes and with only the tensors `kept`, in their order."""
    numbers = {index: number for number, index in enumerate(kept)} | {-1: -1}

    def renumber(indices: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(numbers[index] for index in indices)

    return replace(
        graph,
        tensors=graph.select(kept),
        nodes=tuple(replace(node, inputs=renumber(node.inputs), outputs=renumber(node.outputs)) for node in nodes),
        inputs=renumber(graph.inputs),
        outputs=renumber(graph.outputs),
    )
