"""Graph -> None or an error: what keeps all rules of its operators and yet cannot be written in C."""

from collections.abc import Iterator

import numpy as np

from lilliput.errors import UnsupportedError
from lilliput.ir import DType, Graph, Tensor


def check(graph: Graph) -> None:
    """Raise UnsupportedError with every input, output and constant that C cannot hold."""
    problems = [*_interface_problems(graph), *_constant_problems(graph)]
    if problems:
        raise UnsupportedError(problems, graph.source.name, "Convert the model without these tensors.")


def has_c_type(dtype: DType) -> bool:
    """Whether C has a type of the same layout."""
    try:
        return bool(dtype.c_name)
    except KeyError:
        return False


def _interface_problems(graph: Graph) -> Iterator[str]:
    for role, indices in (("input", graph.inputs), ("output", graph.outputs)):
        for tensor in dict.fromkeys(graph.select(indices)):
            if not has_c_type(tensor.dtype):
                yield f'{role} "{tensor.name}" is {tensor.dtype.value}, for which C has no type'
            elif tensor.elements == 0:
                yield f'{role} "{tensor.name}" has no elements'


def _constant_problems(graph: Graph) -> Iterator[str]:
    used = {*graph.outputs, *(index for node in graph.nodes for index in node.inputs if index >= 0)}
    for tensor in graph.select(sorted(used)):
        if not _is_finite(tensor):
            yield f'constant "{tensor.name}" has values that are not finite'


def _is_finite(tensor: Tensor) -> bool:
    return tensor.data is None or tensor.data.dtype.kind != "f" or bool(np.isfinite(tensor.data).all())
