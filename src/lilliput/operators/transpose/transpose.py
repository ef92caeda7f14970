"""TRANSPOSE: the dimensions in another order."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators.data_movement import (
    DEPTH,
    byte_loops,
    constant_integers,
    copy,
    is_whole,
    outputs_are_movable,
)
from lilliput.operators.loops import Loop, calls_are_few, dense_strides
from lilliput.operators.operator import Call, Operator, Pointer, View


def order_is_constant(graph: Graph, node: Node) -> bool:
    """The permutation must be a constant int32 vector that has each of the input's dimensions once."""
    order = constant_integers(graph.input(node, 1))
    return order is not None and sorted(order) == list(range(len(graph.input(node).shape)))


def calls_suffice(graph: Graph, node: Node) -> bool:
    """Where more than four groups of dimensions change places, that must not take over 1,024 calls."""
    return not (order_is_constant(graph, node) and output_is_permuted(graph, node)) or calls_are_few(
        _loops(graph, node), DEPTH
    )


def output_is_permuted(graph: Graph, node: Node) -> bool:
    """The output must have the input's type and its shape in the new order."""
    source, target = graph.input(node), graph.output(node)
    return source.dtype is target.dtype and target.shape == tuple(source.shape[axis] for axis in _order(graph, node))


def _order(graph: Graph, node: Node) -> tuple[int, ...]:
    return constant_integers(graph.input(node, 1)) or ()


def _loops(graph: Graph, node: Node) -> tuple[Loop, ...]:
    source, target = graph.input(node), graph.output(node)
    strides = dense_strides(source.shape)
    permuted = [strides[axis] for axis in _order(graph, node)]
    return byte_loops(target.shape, permuted, dense_strides(target.shape), source.dtype.bits // 8)


class Transpose(Operator):
    """Dimensions that stay neighbours move as one."""

    name = "transpose"
    versions = range(1, 7)
    inputs = range(2, 3)
    rules = (outputs_are_movable, order_is_constant, calls_suffice)
    consistency = (output_is_permuted,)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One copy."""
        return copy(_loops(graph, node), Pointer(node.inputs[0]), Pointer(node.outputs[0]))

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        """The whole when only dimensions of 1 change places."""
        return (View(),) if is_whole(_loops(graph, node)) else ()

    def fold(self, graph: Graph, node: Node, values: Sequence[NDArray[Any] | None]) -> tuple[NDArray[Any], ...] | None:
        """The transposed constant."""
        return None if values[0] is None else (np.transpose(values[0], _order(graph, node)),)
