"""Graphs of a few nodes, and operators that only say what the planner asks of them."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from lilliput.ir import DType, Graph, Node, Origin, Source, Tensor
from lilliput.operators.operator import Call, Operator


class Layer(Operator):
    """Needs all of its inputs while it writes its outputs, like a convolution."""

    name: ClassVar[str] = "layer"

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        raise NotImplementedError


class Add(Layer):
    """Element-wise: may write over either input."""

    name: ClassVar[str] = "add"

    def in_place(self, graph: Graph, node: Node) -> tuple[int, ...]:
        size_bytes = graph.output(node).size_bytes
        return tuple(
            p for p, tensor in enumerate(graph.input_tensors(node)) if tensor and tensor.size_bytes == size_bytes
        )


class First(Layer):
    """May write over its first input only."""

    name: ClassVar[str] = "first"

    def in_place(self, graph: Graph, node: Node) -> tuple[int, ...]:
        return (0,)


class Reshape(Layer):
    """A view."""

    name: ClassVar[str] = "reshape"

    def view(self, graph: Graph, node: Node) -> bool:
        return True


_OPERATORS: dict[str, Operator] = {operator.name: operator for operator in (Layer(), Add(), First(), Reshape())}


def operator_of(node: Node) -> Operator | None:
    """The stub for the node; None for every other name."""
    return _OPERATORS.get(node.operator)


def tensor(index: int, size: int, dtype: DType = DType.INT8, constant: bool = False, variable: bool = False) -> Tensor:
    """A tensor of `size` elements."""
    data = np.zeros(size, dtype.numpy) if constant else None
    return Tensor(f"t{index}", dtype, (size,), None, data, Origin(index, f"t{index}"), variable)


def graph(
    sizes: Sequence[int | Tensor],
    nodes: Sequence[tuple[str, tuple[int, ...], tuple[int, ...]]],
    inputs: tuple[int, ...],
    outputs: tuple[int, ...],
) -> Graph:
    """A graph of int8 tensors with these sizes (or of the given tensors) and nodes (operator, inputs, outputs)."""
    return Graph(
        source=Source("test.tflite", "", 0, 0),
        tensors=tuple(size if isinstance(size, Tensor) else tensor(index, size) for index, size in enumerate(sizes)),
        nodes=tuple(
            Node(operator, 1, reads, writes, Origin(index, f"{operator}{index}"))
            for index, (operator, reads, writes) in enumerate(nodes)
        ),
        inputs=inputs,
        outputs=outputs,
    )
