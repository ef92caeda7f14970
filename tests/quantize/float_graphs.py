"""Random float networks: the random networks of integers with every tensor as the real numbers that it stands for."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import numpy as np

from lilliput.accuracy import Samples
from lilliput.ir import DType, Graph, Node, Tensor
from lilliput.quantize.scales import dequantize_values
from tests.cases.random_graphs import random_graph

_COPIES = ("quantize", "dequantize")
_LAYERS = ("conv_2d", "depthwise_conv_2d", "fully_connected")


def float_graph(seed: int) -> Graph | None:
    """The network number `seed` in float; None where it has several inputs, or a layer without bias."""
    graph = random_graph(seed)
    if len(graph.inputs) != 1 or any(len(node.inputs) < 3 for node in graph.nodes if node.operator in _LAYERS):
        return None
    names = _through_copies(graph)
    nodes = tuple(
        replace(node, version=1, inputs=tuple(names.get(index, index) for index in node.inputs))
        for node in graph.nodes
        if node.operator not in _COPIES
    )
    outputs = tuple(dict.fromkeys(names.get(index, index) for index in graph.outputs))
    tensors = tuple(_real(tensor) for tensor in graph.tensors)
    return replace(graph, tensors=tensors, nodes=nodes, outputs=outputs)


def float_graphs() -> Iterator[tuple[int, Graph]]:
    """All of them, with their seeds."""
    for seed in count():
        graph = float_graph(seed)
        if graph is not None and graph.nodes and graph.outputs[0] not in graph.inputs:
            yield seed, graph


def samples_for(graph: Graph, number: int, seed: int = 0) -> Samples:
    """Random inputs between -1 and 1."""
    shape = graph.tensors[graph.inputs[0]].shape
    values = np.random.default_rng(seed).uniform(-1, 1, (number, *shape)).astype(np.float32)
    return Samples(values, np.zeros(number, np.int64), (), "random")


def _through_copies(graph: Graph) -> dict[int, int]:
    """What a QUANTIZE or DEQUANTIZE writes is, in real numbers, what it reads."""
    names: dict[int, int] = {}
    for node in graph.nodes:
        if node.operator in _COPIES:
            names[node.outputs[0]] = names.get(node.inputs[0], node.inputs[0])
    return names


def _real(tensor: Tensor) -> Tensor:
    if tensor.quantization is None:
        return tensor
    data = None
    if tensor.data is not None:
        data = dequantize_values(tensor.data, tensor.quantization).astype(np.float32)
        data.setflags(write=False)
    return replace(tensor, dtype=DType.FLOAT32, quantization=None, data=data)


def nodes_of(graph: Graph, *operators: str) -> list[Node]:
    """The nodes of these operators."""
    return [node for node in graph.nodes if node.operator in operators]
