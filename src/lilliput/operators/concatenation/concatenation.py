"""CONCATENATION: several tensors one after the other along an axis."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators.data_movement import copy, outputs_are_movable, part_loops
from lilliput.operators.loops import dense_strides
from lilliput.operators.operator import Call, Operator, Pointer, View


def inputs_are_present(_: Graph, node: Node) -> bool:
    """No input may be left out."""
    return min(node.inputs) >= 0


def activation_is_none(_: Graph, node: Node) -> bool:
    """A fused activation is not supported."""
    return node.option("fused_activation_function") == 0


def axis_exists(graph: Graph, node: Node) -> bool:
    """The axis must be one of the output's dimensions."""
    rank = len(graph.output(node).shape)
    return -rank <= node.option("axis") < rank


def inputs_make_the_output(graph: Graph, node: Node) -> bool:
    """Inputs must have the output's type and its shape but along the axis, where their lengths must add up."""
    target, parts = graph.output(node), graph.select(node.inputs)
    axis = _axis(graph, node)

    def fits(shape: tuple[int, ...]) -> bool:
        return len(shape) == len(target.shape) and (*shape[:axis], *shape[axis + 1 :]) == others

    others = (*target.shape[:axis], *target.shape[axis + 1 :])
    return (
        all(part.dtype is target.dtype and fits(part.shape) for part in parts)
        and sum(part.shape[axis] for part in parts) == target.shape[axis]
    )


def _axis(graph: Graph, node: Node) -> int:
    return node.option("axis") % len(graph.output(node).shape)


class Concatenation(Operator):
    """Elements are copied as they are, as TFLM does, whatever the inputs' scales."""

    name = "concatenation"
    versions = range(1, 5)
    inputs = range(1, 1024)
    rules = (inputs_are_present, outputs_are_movable, activation_is_none)
    consistency = (axis_exists, inputs_make_the_output)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One copy for each input."""
        target, axis = graph.output(node), _axis(graph, node)
        step_bytes = dense_strides(target.shape)[axis] * target.dtype.bits // 8
        calls: list[Call] = []
        position = 0
        for index in node.inputs:
            part = graph.tensors[index]
            length = part.shape[axis]
            loops = part_loops(part, axis, length, target.shape[axis])
            calls += copy(loops, Pointer(index), Pointer(node.outputs[0], position * step_bytes))
            position += length
        return tuple(calls)

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        """Every input, where the output has them one after the other."""
        target, axis = graph.output(node), _axis(graph, node)
        if len(node.inputs) > 1 and math.prod(target.shape[:axis]) != 1:
            return ()
        sizes_bytes = (part.size_bytes for part in graph.select(node.inputs[:-1]))
        starts_bytes = itertools.accumulate(sizes_bytes, initial=0)
        return tuple(View(position, 0, -start_bytes) for position, start_bytes in enumerate(starts_bytes))

    def fold(self, graph: Graph, node: Node, values: Sequence[NDArray[Any] | None]) -> tuple[NDArray[Any], ...] | None:
        """The constants one after the other."""
        parts = [value for value in values if value is not None]
        return (np.concatenate(parts, _axis(graph, node)),) if len(parts) == len(values) else None
