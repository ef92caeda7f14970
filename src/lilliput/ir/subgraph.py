"""Graph -> a part of it, its tensors renumbered."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from lilliput.ir.graph import Graph
from lilliput.ir.node import Node


def subgraph(
    graph: Graph, tensors: Collection[int], nodes: Iterable[Node], inputs: Iterable[int], outputs: Sequence[int]
) -> Graph:
    """The graph of `nodes` alone, with only the tensors at the indices `tensors`, in their order.

    `nodes`, `inputs` and `outputs` have the graph's indices and use no other tensors.
    """
    kept = sorted(tensors)
    numbers = {index: number for number, index in enumerate(kept)} | {-1: -1}

    def renumber(indices: Iterable[int]) -> tuple[int, ...]:
        return tuple(numbers[index] for index in indices)

    return replace(
        graph,
        tensors=graph.select(kept),
        nodes=tuple(replace(node, inputs=renumber(node.inputs), outputs=renumber(node.outputs)) for node in nodes),
        inputs=renumber(inputs),
        outputs=renumber(outputs),
    )
