"""Tensors and nodes as the file has them -> the same, with every value made once and before it is used."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lilliput.errors import ModelError
from lilliput.ir import Node, Tensor
from lilliput.tflite.tables import BAD_FILE
from lilliput.tflite.tensors import shape_data

_SUBGRAPH = "subgraph 0"


def fill_empty_constants(tensors: Sequence[Tensor], nodes: Sequence[Node], inputs: Sequence[int]) -> list[Tensor]:
    """Give constants without elements, which the file cannot tell from computed tensors, their empty array."""
    computed = {*inputs, *(tensor for node in nodes for tensor in node.outputs)}
    return [
        replace(tensor, data=shape_data(np.zeros(0, np.uint8), tensor.shape, tensor.dtype, tensor.name))
        if tensor.elements == 0 and tensor.data is None and not tensor.is_variable and index not in computed
        else tensor
        for index, tensor in enumerate(tensors)
    ]


def check_flow(tensors: Sequence[Tensor], nodes: Sequence[Node], inputs: Sequence[int], outputs: Sequence[int]) -> None:
    """Raise ModelError unless every value is made once, before it is used, and the model has an output."""
    for tensor in (*inputs, *outputs):
        if not 0 <= tensor < len(tensors):
            raise ModelError(f"tensor {tensor} does not exist (there are {len(tensors)})", _SUBGRAPH, BAD_FILE)
    if not outputs:
        raise ModelError("the model has no output", _SUBGRAPH, BAD_FILE)
    known = {index for index, tensor in enumerate(tensors) if tensor.data is not None or tensor.is_variable}
    _define(known, inputs, _SUBGRAPH)
    for index, node in enumerate(nodes):
        where = f"operator {index} ({node.operator})"
        _use(known, [tensor for tensor in node.inputs if tensor != -1], where)
        _define(known, node.outputs, where)
    _use(known, outputs, _SUBGRAPH)


def _define(known: set[int], tensors: Sequence[int], where: str) -> None:
    for tensor in tensors:
        if tensor in known:
            raise ModelError(f"tensor {tensor} gets its value a second time", where, BAD_FILE)
        known.add(tensor)


def _use(known: set[int], tensors: Sequence[int], where: str) -> None:
    for tensor in tensors:
        if tensor not in known:
            raise ModelError(f"tensor {tensor} is used before it has a value", where, BAD_FILE)
