"""Graphs of a few nodes, and operators that only say what the planner asks of them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import ClassVar

import numpy as np

from lilliput.ir import DType, Graph, Node, Origin, Source, Tensor
from lilliput.operators.operator import Call, Operator, RowCall, RowStyle, View, Window


class Layer(Operator):
    """Needs all of its inputs while it writes its outputs."""

    name: ClassVar[str] = "layer"

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        return ()


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

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        return (View(),)


class Join(Layer):
    """Its inputs one after the other."""

    name: ClassVar[str] = "join"

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        starts = accumulate((part.size_bytes for part in graph.select(node.inputs[:-1])), initial=0)
        return tuple(View(position, 0, -start) for position, start in enumerate(starts))


class Cut(Layer):
    """Outputs are the bytes of its input one after the other, from the option `first` on."""

    name: ClassVar[str] = "cut"

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        sizes = (part.size_bytes for part in graph.select(node.outputs[:-1]))
        starts = accumulate(sizes, initial=node.option("first"))
        return tuple(View(0, position, start) for position, start in enumerate(starts))


def row_call(node: Node, style: RowStyle, windows: tuple[Window, ...], steps: int, sums_bytes: int = 0) -> RowCall:
    """Windows can compute single columns, all others single pixels."""
    call = RowCall(style, "", node.operator, "", {}, node.inputs, windows, node.outputs[0], steps, sums_bytes)
    return replace(call, column_stride=1) if style is RowStyle.WINDOW else replace(call, pixel={})


class Slide(Layer):
    """Like a convolution; options `stride`, `top` (rows of padding) and `extent`."""

    name: ClassVar[str] = "slide"

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        window = Window(node.option("stride"), 1, -node.option("top"), node.option("extent"))
        return row_call(node, RowStyle.WINDOW, (window,), graph.output(node).shape[1])


class Point(Add):
    """Element-wise on inputs of one shape, row by row."""

    name: ClassVar[str] = "point"

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        return row_call(node, RowStyle.POINTWISE, (Window(),) * len(node.inputs), graph.output(node).shape[1])


class Gather(Slide):
    """A convolution that needs `scratch` bytes in each step."""

    name: ClassVar[str] = "gather"

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        call = super().rows(graph, node)
        return None if call is None else replace(call, scratch_bytes=node.option("scratch"))


class Stretch(Layer):
    """Repeats rows: the output may have any number of them."""

    name: ClassVar[str] = "stretch"

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        rows, steps = graph.input(node).shape[1], graph.output(node).shape[1]
        return replace(row_call(node, RowStyle.WINDOW, (Window(rows, steps),), steps), column_stride=0)


class Total(Layer):
    """Adds all rows to a sum for each of the output's elements."""

    name: ClassVar[str] = "total"

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        steps = graph.input(node).shape[1]
        return row_call(node, RowStyle.REDUCTION, (Window(),), steps, 4 * graph.output(node).elements)


class Flat(Layer):
    """Like `Total`, but reads the flattened view of an image, whose rows it sums."""

    name: ClassVar[str] = "flat"

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        source = next(before.inputs[0] for before in graph.nodes if node.inputs[0] in before.outputs)
        steps, sums_bytes = graph.tensors[source].shape[1], 4 * graph.output(node).elements
        call = row_call(node, RowStyle.REDUCTION, (Window(),), steps, sums_bytes)
        return replace(call, inputs=(source,))


_OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for operator in (
        Layer(),
        Add(),
        First(),
        Reshape(),
        Join(),
        Cut(),
        Slide(),
        Gather(),
        Point(),
        Stretch(),
        Total(),
        Flat(),
    )
}


def operator_of(node: Node) -> Operator | None:
    """The stub for the node; None for every other name."""
    return _OPERATORS.get(node.operator)


def tensor(
    index: int,
    size: int | tuple[int, ...],
    dtype: DType = DType.INT8,
    constant: bool = False,
    variable: bool = False,
) -> Tensor:
    """A tensor of `size` elements, or of that shape."""
    shape = (size,) if isinstance(size, int) else size
    data = np.zeros(shape, dtype.numpy) if constant else None
    return Tensor(f"t{index}", dtype, shape, None, data, Origin(index, f"t{index}"), variable)


def image(index: int, rows: int, row_bytes: int) -> Tensor:
    """A tensor of that many rows."""
    return tensor(index, (1, rows, row_bytes, 1))


Operands = tuple[int, ...]
Description = tuple[str, Operands, Operands] | tuple[str, Operands, Operands, dict[str, int]]
"""A node: operator, inputs, outputs, options."""


def slide(source: int, target: int, stride: int = 1, top: int = 1, extent: int = 3) -> Description:
    return "slide", (source,), (target,), {"stride": stride, "top": top, "extent": extent}


def gather(source: int, target: int, scratch: int) -> Description:
    return "gather", (source,), (target,), {"stride": 1, "top": 1, "extent": 3, "scratch": scratch}


def cut(source: int, targets: Operands, first: int = 0) -> Description:
    return "cut", (source,), targets, {"first": first}


def graph(
    sizes: Sequence[int | Tensor], nodes: Sequence[Description], inputs: tuple[int, ...], outputs: tuple[int, ...]
) -> Graph:
    """A graph of int8 tensors with these sizes (or of the given tensors)."""
    return Graph(
        source=Source("test.tflite", "", 0, 0),
        tensors=tuple(size if isinstance(size, Tensor) else tensor(index, size) for index, size in enumerate(sizes)),
        nodes=tuple(_node(index, each) for index, each in enumerate(nodes)),
        inputs=inputs,
        outputs=outputs,
    )


def _node(index: int, description: Description) -> Node:
    operator, reads, writes = description[:3]
    options = description[3] if len(description) == 4 else {}
    return Node(operator, 1, reads, writes, Origin(index, f"{operator}{index}"), options)
