"""Nodes whose results are known at compile time become constants: SHAPE, and what depends on constants only."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import InvariantError
from lilliput.ir import Graph, Node, Tensor
from lilliput.operators import support
from lilliput.transforms.transform import Transform

_NAME = "fold_constants"
_ROUNDS = 64
"""Longer chains of foldable nodes keep their ends: a file could chain any number."""
_FREE_BYTES = 1024
_MOST_BYTES = 64 << 20
"""Constants above _FREE_BYTES may have so many bytes together: a small file could ask for any number."""


def fold_constants(graph: Graph) -> Graph:
    """Replace the outputs of foldable nodes by constants and drop the nodes."""
    budget_bytes = _MOST_BYTES - sum(map(_folded_bytes, graph.tensors))
    for _ in range(_ROUNDS):
        folded, budget_bytes = _round(graph, budget_bytes)
        if folded is graph:
            break
        graph = folded
    return graph


def _round(graph: Graph, budget_bytes: int) -> tuple[Graph, int]:
    """Fold the nodes that read no other node; returns the same graph when there are none, and the budget left."""
    tensors = list(graph.tensors)
    nodes: list[Node] = []
    for node in graph.nodes:
        size_bytes = sum(graph.tensors[index].size_bytes for index in node.outputs)
        cost_bytes = size_bytes if size_bytes > _FREE_BYTES else 0
        values = _fold(graph, node) if cost_bytes <= budget_bytes else None
        if values is None:
            nodes.append(node)
            continue
        budget_bytes -= cost_bytes
        for index, value in zip(node.outputs, values, strict=True):
            tensors[index] = _constant(tensors[index], value)
    if len(nodes) == len(graph.nodes):
        return graph, budget_bytes
    return replace(graph, tensors=tuple(tensors), nodes=tuple(nodes)), budget_bytes


def _fold(graph: Graph, node: Node) -> tuple[NDArray[Any], ...] | None:
    operator = support.find(node)
    if operator is None or not support.is_sound(operator, graph, node):
        return None
    values = [None if tensor is None else tensor.data for tensor in graph.input_tensors(node)]
    return operator.fold(graph, node, values)


def _folded_bytes(tensor: Tensor) -> int:
    """What an earlier run has spent of the budget."""
    is_folded = _NAME in tensor.origin.transforms and tensor.size_bytes > _FREE_BYTES
    return tensor.size_bytes if is_folded else 0


def _constant(tensor: Tensor, value: NDArray[Any]) -> Tensor:
    data = np.array(value, order="C")
    if data.dtype != tensor.dtype.numpy or data.shape != tensor.shape:
        raise InvariantError(f"{tensor.name} is {tensor.dtype} {tensor.shape}, folded to {data.dtype} {data.shape}")
    data.setflags(write=False)
    origin = replace(tensor.origin, transforms=(*tensor.origin.transforms, _NAME))
    return replace(tensor, data=data, origin=origin)


FOLD_CONSTANTS = Transform(_NAME, "Nodes whose results are known at compile time become constants.", fold_constants)
