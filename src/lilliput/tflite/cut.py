"""Graph -> the part of it that given tensors need."""

from collections.abc import Sequence

from lilliput.ir import Graph, Node
from lilliput.ir.subgraph import subgraph


def cut(graph: Graph, outputs: Sequence[int]) -> Graph:
    """The graph that computes the tensors `outputs` (indices) and nothing else.

    Tensors are renumbered, keeping their order; inputs that nothing needs any more are dropped. `Tensor.origin` and
    `Node.origin` still say where each came from.
    """
    needed = set(outputs)
    nodes: list[Node] = []
    for node in reversed(graph.nodes):
        if not needed.isdisjoint(node.outputs):
            nodes.append(node)
            needed.update(node.outputs, (index for index in node.inputs if index >= 0))
    return subgraph(graph, needed, nodes[::-1], [index for index in graph.inputs if index in needed], outputs)
