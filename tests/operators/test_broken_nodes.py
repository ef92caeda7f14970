"""Rules answer for every node, however broken; a node that keeps them all can be compiled."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from numpy.random import Generator

from lilliput import operators
from lilliput.errors import ModelError, UnsupportedError
from lilliput.ir import DType, Graph, Node, OptionValue, Quantization, Tensor
from lilliput.operators import support
from lilliput.operators.operator import Operator
from tests.cases.random_cases import RANDOM_CASES, random_case

SEEDS = 60
DTYPES = (DType.INT8, DType.INT16, DType.INT32, DType.INT64, DType.FLOAT32, DType.UINT8, DType.STRING)
LENGTHS = (0, 1, 2, 3, 7, 300, 40_000, 1_000_000)


def _other_shape(rng: Generator, tensor: Tensor) -> Tensor:
    shape = list(tensor.shape)
    kind = rng.integers(0, 3)
    if kind == 0 and shape:
        shape[rng.integers(0, len(shape))] = int(rng.choice(LENGTHS))
    elif kind == 1 and shape:
        del shape[rng.integers(0, len(shape))]
    else:
        shape.insert(int(rng.integers(0, len(shape) + 1)), int(rng.choice(LENGTHS)))
    return replace(tensor, shape=tuple(shape), data=None)


def _other_data(rng: Generator, tensor: Tensor) -> Tensor:
    if tensor.data is None:
        return tensor
    if rng.random() < 0.3:
        return replace(tensor, data=None)
    low, high = (-3, 4) if rng.random() < 0.7 else (-128, 128)
    data = rng.integers(low, high, tensor.shape).astype(tensor.data.dtype)
    data.setflags(write=False)
    return replace(tensor, data=data)


def _other_type(rng: Generator, tensor: Tensor) -> Tensor:
    dtype = DTYPES[rng.integers(0, len(DTYPES))]
    if tensor.data is None or dtype is DType.STRING:
        return replace(tensor, dtype=dtype, data=None)
    return replace(tensor, dtype=dtype, data=tensor.data.astype(dtype.numpy))


def _other_quantization(rng: Generator, tensor: Tensor) -> Tensor:
    if rng.random() < 0.4:
        return replace(tensor, quantization=None)
    count = tensor.shape[0] if tensor.shape and 0 < tensor.shape[0] < 50 and rng.random() < 0.4 else 1
    scale = float(np.float32(10.0 ** rng.integers(-40, 38)))
    return replace(tensor, quantization=Quantization((scale,) * count, (int(rng.integers(-128, 128)),) * count))


def _other_options(rng: Generator, node: Node) -> Node:
    options: dict[str, OptionValue] = dict(node.options)
    if options:
        options[str(rng.choice(list(options)))] = int(rng.choice((-9, -1, 0, 1, 2, 3, 99)))
    return replace(node, options=MappingProxyType(options))


def _other_inputs(rng: Generator, graph: Graph, node: Node) -> Node:
    inputs = list(node.inputs)
    inputs[rng.integers(0, len(inputs))] = int(rng.integers(-1, len(graph.tensors)))
    return replace(node, inputs=tuple(inputs))


def broken(rng: Generator, graph: Graph) -> Graph:
    """The graph with one to three things about its last node changed."""
    for _ in range(rng.integers(1, 4)):
        node = graph.nodes[-1]
        kind = int(rng.integers(0, 6))
        if kind < 4:
            change = (_other_shape, _other_data, _other_type, _other_quantization)[kind]
            used = [index for index in (*node.inputs, *node.outputs) if index >= 0]
            tensors = list(graph.tensors)
            position = used[rng.integers(0, len(used))]
            tensors[position] = change(rng, tensors[position])
            graph = replace(graph, tensors=tuple(tensors))
        else:
            node = _other_options(rng, node) if kind == 4 else _other_inputs(rng, graph, node)
            graph = replace(graph, nodes=(*graph.nodes[:-1], node))
    return graph


def _compiles(operator: Operator, graph: Graph) -> bool:
    """Whether the graph is accepted; then ask all that is asked of a node."""
    node = graph.nodes[-1]
    try:
        support.check(graph)
    except (ModelError, UnsupportedError):
        return False
    operator.macs(graph, node)
    operator.views(graph, node)
    operator.in_place(graph, node)
    operator.fold(graph, node, [None if tensor is None else tensor.data for tensor in graph.input_tensors(node)])
    for call in operator.calls(graph, node):
        for pointer in (*call.inputs, *call.outputs):
            assert 0 <= pointer.offset_bytes <= graph.tensors[pointer.tensor].size_bytes
    return True


COMPILED: Mapping[str, Operator] = {operator.name: operator for operator in operators.ALL}


@pytest.mark.parametrize("name", sorted(RANDOM_CASES.keys() & COMPILED.keys()))
def test_a_broken_node_is_refused_by_an_error_or_compiles(name: str) -> None:
    rng = np.random.default_rng(1)
    verdicts = [_compiles(COMPILED[name], broken(rng, random_case(name, seed))) for seed in range(SEEDS)]
    assert not all(verdicts)
