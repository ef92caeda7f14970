"""Several graphs as one: each computes what it did, with its own inputs and outputs, so that one image runs all."""

from collections.abc import Sequence
from dataclasses import replace

from lilliput.ir import Graph, Node, Origin, Source, Tensor


def side_by_side(graphs: Sequence[Graph]) -> Graph:
    """The union of `graphs`; inputs and outputs in their order."""
    tensors: list[Tensor] = []
    nodes: list[Node] = []
    inputs: list[int] = []
    outputs: list[int] = []
    for graph in graphs:
        first = len(tensors)
        tensors += [
            replace(tensor, name=f"t{first + index}", origin=Origin(first + index, f"t{first + index}"))
            for index, tensor in enumerate(graph.tensors)
        ]
        nodes += [_moved(node, first, position) for position, node in enumerate(graph.nodes, len(nodes))]
        inputs += [first + index for index in graph.inputs]
        outputs += [first + index for index in graph.outputs]
    source = Source("side_by_side.tflite", sha256="", file_bytes=0, constant_bytes=0)
    return Graph(source, tuple(tensors), tuple(nodes), tuple(inputs), tuple(outputs))


def _moved(node: Node, first: int, position: int) -> Node:
    return replace(
        node,
        inputs=tuple(index if index < 0 else first + index for index in node.inputs),
        outputs=tuple(first + index for index in node.outputs),
        origin=Origin(position, f"n{position}"),
    )
