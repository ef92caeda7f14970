"""Graph with `TFLM_DECODE` nodes -> Graph with their outputs as constants, so that everything else may ignore them."""

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from lilliput.errors import ModelError
from lilliput.ir import Graph, Node, Tensor
from lilliput.tflite.tables import BAD_FILE
from lilliput.tflm.decode import huffman, lut, pruning
from lilliput.tflm.decode.header import OPERATOR, Format, read_header

_MOST_ELEMENTS_PER_BYTE = 8
"""No format has less than one bit for an element, and an honest file decodes each encoded tensor to one value."""


def decode(data: bytes, ancillary: bytes, tensor: Tensor) -> NDArray[Any]:
    """What TFLM's kernel writes to `tensor`, of which only type, shape and quantisation are used; read-only.

    Raises ModelError for an encoding that the kernel refuses, or for which it would read memory that is not there.
    """
    form, parameters = read_header(ancillary)
    if form is Format.PRUNING:
        values = pruning.decode(data, ancillary, tensor)
    else:
        of_format = lut if form is Format.LUT else huffman
        values = of_format.decode(data, ancillary, parameters, tensor)
    values = values.reshape(tensor.shape)
    values.setflags(write=False)
    return values


def unpack(graph: Graph) -> Graph:
    """Decode every `TFLM_DECODE` node. Left as they are: nodes whose inputs are no pairs of constants.

    Raises ModelError for damaged encodings, and for more decoded values than the file can honestly hold.
    """
    tensors = list(graph.tensors)
    left_elements = _MOST_ELEMENTS_PER_BYTE * graph.source.file_bytes
    known: dict[tuple[object, ...], NDArray[Any]] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        inputs = [tensors[index].data if index >= 0 else None for index in node.inputs]
        if node.operator != OPERATOR or len(inputs) != 2 * len(node.outputs) or any(each is None for each in inputs):
            nodes.append(node)
            continue
        for position, output in enumerate(node.outputs):
            tensor = tensors[output]
            pair = node.inputs[2 * position : 2 * position + 2]
            key = (*pair, tensor.dtype, tensor.shape, tensor.quantization)
            if key not in known:
                left_elements -= tensor.elements
                known[key] = _decoded(graph, node, pair, tensor, left_elements)
            tensors[output] = replace(tensor, data=known[key])
    return replace(graph, tensors=tuple(tensors), nodes=tuple(nodes))


def _decoded(graph: Graph, node: Node, pair: tuple[int, ...], tensor: Tensor, left_elements: int) -> NDArray[Any]:
    where = f"{graph.source.name}, operator {node.origin.index} (TFLM_DECODE)"
    if left_elements < 0:
        raise ModelError("more values are decoded than the file can hold", where, BAD_FILE)
    data, ancillary = (each.data.tobytes() for each in graph.select(pair) if each.data is not None)
    try:
        return decode(data, ancillary, tensor)
    except ModelError as error:
        raise ModelError(error.fact, where, error.advice) from error
