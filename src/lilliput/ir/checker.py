"""The graph checker: what every graph between two stages keeps. It shares no code with what makes graphs."""

from collections.abc import Sequence

import numpy as np

from lilliput.errors import InvariantError
from lilliput.ir.graph import Graph
from lilliput.ir.tensor import Tensor


def check(graph: Graph) -> None:
    """Raise InvariantError unless the graph is sound.

    Indices are in range (-1 only as an absent input), every tensor gets its value once and before it is used (from its
    data, as a variable, as a graph input or from an earlier node), and constants have read-only data that match.
    """
    for index, tensor in enumerate(graph.tensors):
        _check_tensor(index, tensor)
    known = {index for index, tensor in enumerate(graph.tensors) if tensor.data is not None or tensor.is_variable}
    _define(graph, known, graph.inputs, "the graph's inputs")
    for index, node in enumerate(graph.nodes):
        where = f"node {index} ({node.operator})"
        _use(graph, known, [tensor for tensor in node.inputs if tensor != -1], where)
        _define(graph, known, node.outputs, where)
    if not graph.outputs:
        raise InvariantError("the graph has no output")
    _use(graph, known, graph.outputs, "the graph's outputs")


def _check_tensor(index: int, tensor: Tensor) -> None:
    where = f'tensor {index} "{tensor.name}"'
    if any(size < 0 for size in tensor.shape):
        raise InvariantError(f"{where} has the shape {tensor.shape}")
    _check_quantization(tensor, where)
    if tensor.data is None:
        return
    try:
        dtype, shape = tensor.dtype.numpy, tensor.shape
    except KeyError:
        dtype, shape = np.dtype(np.uint8), (tensor.data.size,)
    if tensor.data.dtype != dtype or tensor.data.shape != shape:
        raise InvariantError(f"{where} is {dtype} {shape} but its data are {tensor.data.dtype} {tensor.data.shape}")
    if tensor.data.flags.writeable:
        raise InvariantError(f"{where} has data that can be written")


def _check_quantization(tensor: Tensor, where: str) -> None:
    quantization = tensor.quantization
    if quantization is None:
        return
    count = len(quantization.scales)
    if count != len(quantization.zero_points):
        raise InvariantError(f"{where} has {count} scales but {len(quantization.zero_points)} zero points")
    if count != 1 and count != dict(enumerate(tensor.shape)).get(quantization.axis):
        raise InvariantError(f"{where} has {count} scales along dimension {quantization.axis} of {tensor.shape}")


def _define(graph: Graph, known: set[int], tensors: Sequence[int], where: str) -> None:
    for tensor in tensors:
        _check_index(graph, tensor, where)
        if tensor in known:
            raise InvariantError(f"{where}: tensor {tensor} already has a value")
        known.add(tensor)


def _use(graph: Graph, known: set[int], tensors: Sequence[int], where: str) -> None:
    for tensor in tensors:
        _check_index(graph, tensor, where)
        if tensor not in known:
            raise InvariantError(f"{where}: tensor {tensor} has no value yet")


def _check_index(graph: Graph, tensor: int, where: str) -> None:
    if not 0 <= tensor < len(graph.tensors):
        raise InvariantError(f"{where}: there is no tensor {tensor}")
