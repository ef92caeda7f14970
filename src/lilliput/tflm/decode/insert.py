"""Graph and encodings -> Graph in which `TFLM_DECODE` nodes make the encoded constants."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lilliput.ir import DType, Graph, Node, Origin, Tensor
from lilliput.tflm.decode.header import OPERATOR, Encoded


def insert(graph: Graph, encodings: Mapping[int, Encoded]) -> Graph:
    """Store the constants `encodings` (by index) encoded, and decode them before every node that reads them.

    Each reader has its own node, directly before it, and so its own decoded tensor: TFLM's alternate memory for decoded
    tensors is given away again after the next node. Graph outputs must not be among the constants.
    """
    tensors = list(graph.tensors)
    ancillaries: dict[int, int] = {}
    for index, encoded in encodings.items():
        tensors[index] = _stored(encoded.data, graph.tensors[index].origin)
        ancillaries[index] = len(tensors)
        tensors.append(_stored(encoded.ancillary, graph.tensors[index].origin))
    nodes: list[Node] = []
    for node in graph.nodes:
        read = [index for index in dict.fromkeys(node.inputs) if index in encodings]
        if not read:
            nodes.append(node)
            continue
        decoded = {index: len(tensors) + number for number, index in enumerate(read)}
        tensors += [decodable(graph.tensors[index]) for index in read]
        pairs = tuple(each for index in read for each in (index, ancillaries[index]))
        nodes.append(Node(OPERATOR, 1, pairs, tuple(decoded.values()), node.origin))
        nodes.append(replace(node, inputs=tuple(decoded.get(index, index) for index in node.inputs)))
    return replace(graph, tensors=tuple(tensors), nodes=tuple(nodes))


def _stored(content: bytes, origin: Origin) -> Tensor:
    """A constant of plain bytes, without a name: names take bytes."""
    values = np.frombuffer(content, np.uint8)
    return Tensor("", DType.UINT8, (len(content),), None, values, origin)


def decodable(tensor: Tensor) -> Tensor:
    """The tensor as a node makes it. The kernels refuse a dimension for a single scale, where it means nothing."""
    quantization = tensor.quantization
    if quantization is not None and quantization.per_tensor:
        quantization = replace(quantization, axis=0)
    return replace(tensor, data=None, quantization=quantization)
