"""Graphs whose layers all have encoded weights, whether that is worth it or not."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from lilliput import encodings
from lilliput.choice import Implementations
from lilliput.encodings import Encoding
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.operators.encoded import Encoded, can_be_encoded


def coarse(graph: Graph) -> Graph:
    """The graph with weights from -8 to 7, a third of them zeros: every encoding can store them."""
    weights = {node.inputs[1] for node in graph.nodes if node.operator in ("conv_2d", "fully_connected")}
    tensors = list(graph.tensors)
    for index in weights:
        data = np.asarray(tensors[index].data)
        small = (data // 16 * (np.arange(data.size).reshape(data.shape) % 3 > 0)).astype(np.int8)
        small.setflags(write=False)
        tensors[index] = replace(tensors[index], data=small)
    return replace(graph, tensors=tuple(tensors))


def encoded(graph: Graph, choice: Sequence[Encoding] = encodings.ALL, first: int = 0) -> Implementations:
    """Every layer that can be encoded in one of `choice` that can store it, in turns from number `first` on."""
    chosen: dict[tuple[int, ...], Encoded] = {}
    for node in graph.nodes:
        operator = support.operator_of(node)
        if can_be_encoded(operator, graph, node):
            weights = np.asarray(graph.input(node, 1).data)
            codes = [(each, code) for each in choice if (code := each.code([weights])) is not None]
            encoding, code = codes[(first + len(chosen)) % len(codes)]
            chosen[node.outputs] = Encoded(operator, encoding, code)
    return Implementations(MappingProxyType(chosen))
