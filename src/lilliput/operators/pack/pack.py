"""PACK: several tensors of one shape stacked along a new axis."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators.concatenation.concatenation import axis_exists, inputs_are_present
from lilliput.operators.data_movement import byte_loops, copy, outputs_are_movable
from lilliput.operators.loops import dense_strides
from lilliput.operators.operator import Call, Operator, Pointer, View


def inputs_make_the_output(graph: Graph, node: Node) -> bool:
    """Inputs must have the output's type and its shape without the axis, which counts them."""
    target, parts = graph.output(node), graph.select(node.inputs)
    axis = _axis(graph, node)
    shape = (*target.shape[:axis], *target.shape[axis + 1 :])
    return target.shape[axis] == node.option("values_count") == len(parts) and all(
        part.dtype is target.dtype and part.shape == shape for part in parts
    )


def _axis(graph: Graph, node: Node) -> int:
    return node.option("axis") % len(graph.output(node).shape)


class Pack(Operator):
    """Elements are copied as they are, as TFLM does, whatever the inputs' scales."""

    name = "pack"
    versions = range(1, 5)
    inputs = range(1, 1024)
    rules = (inputs_are_present, outputs_are_movable)
    consistency = (axis_exists, inputs_make_the_output)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One copy for each input."""
        target, axis = graph.output(node), _axis(graph, node)
        part = graph.input(node)
        element_bytes = target.dtype.bits // 8
        strides = dense_strides(target.shape)
        others = (*strides[:axis], *strides[axis + 1 :])
        loops = byte_loops(part.shape, dense_strides(part.shape), others, element_bytes)
        calls: list[Call] = []
        for position, index in enumerate(node.inputs):
            place = Pointer(node.outputs[0], position * strides[axis] * element_bytes)
            calls += copy(loops, Pointer(index), place)
        return tuple(calls)

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        """The whole with one input."""
        return (View(),) if len(node.inputs) == 1 else ()

    def fold(self, graph: Graph, node: Node, values: Sequence[NDArray[Any] | None]) -> tuple[NDArray[Any], ...] | None:
        """The constants stacked."""
        parts = [value for value in values if value is not None]
        return (np.stack(parts, _axis(graph, node)),) if len(parts) == len(values) else None
