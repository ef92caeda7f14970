"""SPLIT: a tensor in equal parts along an axis."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators.data_movement import constant_integers, copy, outputs_are_movable, part_loops
from lilliput.operators.loops import dense_strides
from lilliput.operators.operator import Call, Operator, Pointer, View


def axis_is_constant(graph: Graph, node: Node) -> bool:
    """The axis must be a constant int32 with one value."""
    axis = constant_integers(graph.input(node, 0))
    return axis is not None and len(axis) == 1


def axis_exists(graph: Graph, node: Node) -> bool:
    """The axis must be one of the input's dimensions."""
    rank = len(graph.input(node, 1).shape)
    return rank > 0 and -rank <= (constant_integers(graph.input(node, 0)) or (rank,))[0] < rank


def outputs_share_the_input(graph: Graph, node: Node) -> bool:
    """All outputs must have the input's type and an equal part of it along the axis."""
    whole, axis = graph.input(node, 1), _axis(graph, node)
    count = len(node.outputs)
    part = (*whole.shape[:axis], whole.shape[axis] // count, *whole.shape[axis + 1 :])
    return whole.shape[axis] % count == 0 and all(
        tensor.dtype is whole.dtype and tensor.shape == part for tensor in graph.select(node.outputs)
    )


def _axis(graph: Graph, node: Node) -> int:
    (axis,) = constant_integers(graph.input(node, 0)) or (0,)
    return axis % len(graph.input(node, 1).shape)


class Split(Operator):
    """Inputs are the axis and the tensor."""

    name = "split"
    versions = range(1, 5)
    inputs = range(2, 3)
    outputs = range(1, 1024)
    rules = (outputs_are_movable, axis_is_constant)
    consistency = (axis_exists, outputs_share_the_input)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One copy for each output."""
        whole, part, axis = graph.input(node, 1), graph.output(node), _axis(graph, node)
        length = part.shape[axis]
        loops = part_loops(part, axis, whole.shape[axis], length)
        step_bytes = length * dense_strides(whole.shape)[axis] * whole.dtype.bits // 8
        calls: list[Call] = []
        for position, index in enumerate(node.outputs):
            calls += copy(loops, Pointer(node.inputs[1], position * step_bytes), Pointer(index))
        return tuple(calls)

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        """Every output, where the input has them one after the other."""
        if len(node.outputs) > 1 and math.prod(graph.input(node, 1).shape[: _axis(graph, node)]) != 1:
            return ()
        part_bytes = graph.output(node).size_bytes
        return tuple(View(1, position, position * part_bytes) for position in range(len(node.outputs)))

    def fold(self, graph: Graph, node: Node, values: Sequence[NDArray[Any] | None]) -> tuple[NDArray[Any], ...] | None:
        """The parts of the constant."""
        return None if values[1] is None else tuple(np.split(values[1], len(node.outputs), _axis(graph, node)))
