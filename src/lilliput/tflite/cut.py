"""Graph -> the part of it that given tensors need."""

from collections.abc import Sequence
from dataclasses import replace

from lilliput.ir import Graph


def cut(graph: Graph, outputs: Sequence[int]) -> Graph:
    """The graph that computes the tensors `outputs` (indices) and nothing else.

    Tensors are renumbered, keeping their order; inputs that nothing needs any more are dropped. `Tensor.origin` and
    `Node.origin` still say where each came from.
    """
    needed = set(outputs)
    nodes = []
    for node in reversed(graph.nodes):
        if not needed.isdisjoint(node.outputs):
            nodes.append(node)
            needed.update(node.outputs, (index for index in node.inputs if index >= 0))
    number = {old: new for new, old in enumerate(sorted(needed))} | {-1: -1}

    def renumber(indices: Sequence[int]) -> tuple[int, ...]:
        return tuple(number[index] for index in indices)

    return Graph(
        graph.source,
        graph.select(sorted(needed)),
        tuple(replace(node, inputs=renumber(node.inputs), outputs=renumber(node.outputs)) for node in reversed(nodes)),
        renumber([index for index in graph.inputs if index in needed]),
        renumber(outputs),
    )
