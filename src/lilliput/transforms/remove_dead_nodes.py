"""Nodes and tensors that no output of the graph needs go; the rest is renumbered."""

from dataclasses import replace

from lilliput.ir import Graph, Node
from lilliput.ir.subgraph import subgraph
from lilliput.operators import support
from lilliput.transforms.transform import Transform


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
    if len(needed - {-1}) == len(graph.tensors) and tuple(kept[::-1]) == graph.nodes:
        return graph
    return subgraph(graph, needed - {-1}, kept[::-1], graph.inputs, graph.outputs)


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


REMOVE_DEAD_NODES = Transform(
    "remove_dead_nodes",
    "Nodes and constants that no output needs, and inputs that no kernel reads, go.",
    remove_dead_nodes,
)
