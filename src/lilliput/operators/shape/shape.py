"""SHAPE: a tensor's dimensions as a vector."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import InvariantError
from lilliput.ir import DType, Graph, Node
from lilliput.operators.operator import Call, Operator


def output_is_integer(graph: Graph, node: Node) -> bool:
    """The output must be int32 or int64."""
    return graph.output(node).dtype in (DType.INT32, DType.INT64)


def output_counts_dimensions(graph: Graph, node: Node) -> bool:
    """The output must have one element for each of the input's dimensions."""
    return graph.output(node).shape == (len(graph.input(node).shape),)


class Shape(Operator):
    """Shapes are known when a model is compiled, so this always becomes a constant."""

    name = "shape"
    versions = range(1, 2)
    inputs = range(1, 2)
    rules = (output_is_integer,)
    consistency = (output_counts_dimensions,)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """None: there is no kernel."""
        raise InvariantError("SHAPE has not been folded")

    def fold(self, graph: Graph, node: Node, values: Sequence[NDArray[Any] | None]) -> tuple[NDArray[Any], ...] | None:
        """The input's shape."""
        return (np.array(graph.input(node).shape, graph.output(node).dtype.numpy),)
