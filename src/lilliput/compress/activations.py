"""int8 graph + samples -> the values of every activation, computed by the generated C on this machine."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lilliput.accuracy.evaluation import HOST_OPTIONS
from lilliput.errors import UsageError
from lilliput.ir import DType, Graph
from lilliput.operators import support
from lilliput.tracing import trace_all

Activations = Mapping[int, NDArray[np.int8]]
"""Tensor -> its values for all samples, (samples, *shape)."""

_MOST_BYTES = 1 << 31


def capture(graph: Graph, inputs: Sequence[Sequence[bytes]]) -> Activations:
    """The int8 activations of a graph that `compile` accepts; `inputs` are the raw bytes of each sample's inputs.

    Raises what compiling raises, and UsageError when the samples' activations take more than 2 GB.
    """
    support.check(graph)
    computed = sum(tensor.size_bytes for tensor in graph.tensors if not tensor.is_constant)
    if computed * len(inputs) > _MOST_BYTES:
        fact = f"the activations of {len(inputs)} samples take more than 2 GB"
        raise UsageError(fact, graph.source.name, "Calibrate with fewer samples.")
    found: dict[int, list[bytes]] = {}
    for sample, traced in zip(inputs, trace_all(graph, HOST_OPTIONS, inputs), strict=True):
        for tensor, data in (*zip(graph.inputs, sample, strict=True), *((each.tensor, each.data) for each in traced)):
            found.setdefault(tensor, []).append(data)
    return {tensor: _values(graph, tensor, data) for tensor, data in found.items() if _is_int8(graph, tensor)}


def _is_int8(graph: Graph, tensor: int) -> bool:
    return graph.tensors[tensor].dtype is DType.INT8


def _values(graph: Graph, tensor: int, data: Sequence[bytes]) -> NDArray[np.int8]:
    return np.frombuffer(b"".join(data), np.int8).reshape(len(data), *graph.tensors[tensor].shape)
