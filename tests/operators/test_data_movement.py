"""Copies whose numbers do not fit into a kernel's structure, followed in Python; small ones are compared with TFLM."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.operators.operator import Call
from tests.cases.builder import GraphBuilder

Memory = Mapping[int, NDArray[np.int8]]


def copy_rows(call: Call, memory: Memory) -> None:
    """What runtime/copy_rows.c does, with its uint16 fields."""
    fields = {name: value for name, value in call.parameters.items() if isinstance(value, int)}
    assert all(0 <= value <= 65535 for value in fields.values())
    (source,), (target,) = call.inputs, call.outputs
    for row in range(fields["rows"]):
        start = source.offset_bytes + row * fields["input_step"]
        place = target.offset_bytes + row * fields["output_step"]
        memory[target.tensor][place : place + fields["row_bytes"]] = memory[source.tensor][
            start : start + fields["row_bytes"]
        ]


def run(graph: Graph) -> list[NDArray[np.int8]]:
    """The outputs of a graph with one node that copies rows; input i is filled from seed i."""
    memory: dict[int, NDArray[np.int8]] = {
        index: np.zeros(tensor.elements, np.int8) for index, tensor in enumerate(graph.tensors)
    }
    for index in graph.inputs:
        memory[index] = values(index, graph.tensors[index].shape).ravel()
    (node,) = graph.nodes
    support.check(graph)
    for call in support.operator_of(node).calls(graph, node):
        assert call.kernel == "copy_rows"
        copy_rows(call, memory)
    return [memory[index].reshape(graph.tensors[index].shape) for index in graph.outputs]


def values(seed: int, shape: Sequence[int]) -> NDArray[np.int8]:
    return np.random.default_rng(seed).integers(-128, 128, shape, np.int8)


@pytest.mark.parametrize(
    ("first", "second", "axis"),
    [
        ((2, 70_000), (2, 10), 1),
        ((300, 300, 1), (300, 300, 2), 2),
        ((200_000,), (3,), 0),
        ((1, 3, 40_000), (1, 2, 40_000), 1),
    ],
    ids=["long rows", "many rows", "one long row", "whole images"],
)
def test_large_tensors_are_joined(first: tuple[int, ...], second: tuple[int, ...], axis: int) -> None:
    builder = GraphBuilder()
    inputs = [builder.input(first), builder.input(second)]
    expected = np.concatenate([values(inputs[0], first), values(inputs[1], second)], axis)
    builder.node("concatenation", inputs, builder.computed(expected.shape), axis=axis)
    assert np.array_equal(run(builder.graph())[0], expected)


def test_large_tensors_are_split() -> None:
    builder = GraphBuilder()
    axis, whole = builder.constant(1), builder.input((3, 140_002))
    parts = [builder.computed((3, 70_001)) for _ in range(2)]
    builder.node("split", [axis, whole], parts, num_splits=2)
    expected = np.split(values(whole, (3, 140_002)), 2, 1)
    actual = run(builder.graph(*parts))
    assert all(np.array_equal(a, b) for a, b in zip(actual, expected, strict=True))


def test_equal_parts_share_one_structure() -> None:
    builder = GraphBuilder()
    axis, whole = builder.constant(-1), builder.input((3, 8))
    builder.node("split", [axis, whole], [builder.computed((3, 2)) for _ in range(4)], num_splits=4)
    graph = builder.graph()
    calls = support.operator_of(graph.nodes[0]).calls(graph, graph.nodes[0])
    assert len({id(call.parameters) for call in calls}) == 1


def test_a_transpose_that_moves_only_ones_is_a_view() -> None:
    builder = GraphBuilder()
    order = builder.constant([0, 3, 1, 2])
    builder.node("transpose", [builder.input((1, 1, 1, 5)), order], builder.computed((1, 5, 1, 1)))
    graph = builder.graph()
    assert support.operator_of(graph.nodes[0]).views(graph, graph.nodes[0])


@pytest.mark.parametrize(
    ("shape", "order", "loops"),
    [((1, 13, 16), (0, 2, 1), 2), ((1, 8, 2, 8, 2, 3), (0, 1, 3, 2, 4, 5), 4)],
    ids=["matrix", "pixel shuffle"],
)
def test_dimensions_that_stay_together_move_as_one(shape: tuple[int, ...], order: tuple[int, ...], loops: int) -> None:
    builder = GraphBuilder()
    source = builder.input(shape)
    builder.node("transpose", [source, builder.constant(order)], builder.computed([shape[axis] for axis in order]))
    graph = builder.graph()
    (call,) = support.operator_of(graph.nodes[0]).calls(graph, graph.nodes[0])
    sizes = call.parameters["sizes"]
    assert isinstance(sizes, tuple)
    assert sum(size != 1 for size in sizes) == loops
    assert math.prod(sizes) == math.prod(shape)
