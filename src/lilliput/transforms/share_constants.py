"""Constants that are equal in every respect but their name become one tensor."""

from dataclasses import replace

from lilliput.ir import Graph, Tensor
from lilliput.transforms.rewiring import renamed
from lilliput.transforms.transform import Transform


def share_constants(graph: Graph) -> Graph:
    """Let all nodes read the first of equal constants."""
    first: dict[object, int] = {}
    same: dict[int, int] = {}
    for index, tensor in enumerate(graph.tensors):
        if tensor.is_constant and not tensor.is_variable and index not in graph.outputs:
            same[index] = first.setdefault(_content(tensor), index)
    again = {index: kept for index, kept in same.items() if index != kept}
    if not any(index in again for node in graph.nodes for index in node.inputs):
        return graph
    return replace(graph, nodes=tuple(renamed(node, again) for node in graph.nodes))


def _content(tensor: Tensor) -> object:
    data = b"" if tensor.data is None else tensor.data.tobytes()
    return tensor.dtype, tensor.shape, tensor.quantization, data


SHARE_CONSTANTS = Transform("share_constants", "Equal constants become one.", share_constants)
