"""STRIDED_SLICE: every n-th element from a begin to an end, along each dimension."""

from collections.abc import Sequence
from typing import Any

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


def bounds_are_constant(graph: Graph, node: Node) -> bool:
    """Begin, end and strides must be constant int32 with a value for each of the input's dimensions, strides not 0."""
    bounds = _bounds(graph, node)
    rank = len(graph.input(node).shape)
    return all(values is not None and len(values) == rank for values in bounds) and 0 not in (bounds[2] or ())


def masks_are_supported(_: Graph, node: Node) -> bool:
    """An ellipsis mask, a new-axis mask and ends that count from the begin are not supported."""
    return not any(node.option(name) for name in ("ellipsis_mask", "new_axis_mask", "offset"))


def calls_suffice(graph: Graph, node: Node) -> bool:
    """Where more than four groups of dimensions are sliced, that must not take over 1,024 calls."""
    return not bounds_are_constant(graph, node) or calls_are_few(_loops(graph, node), DEPTH)


def removed_dimensions_have_an_element(graph: Graph, node: Node) -> bool:
    """A dimension that is removed must begin inside the input and have a positive stride."""
    begins, _, strides = (values or () for values in _bounds(graph, node))
    return all(
        stride > 0 and (_bit(node, "begin_mask", axis) or -size <= begin < size) and size > 0
        for axis, (size, begin, stride) in enumerate(zip(graph.input(node).shape, begins, strides, strict=True))
        if _bit(node, "shrink_axis_mask", axis)
    )


def output_is_the_slice(graph: Graph, node: Node) -> bool:
    """The output must have the input's type and the slice's shape."""
    shape = tuple(
        len(indices) for axis, indices in enumerate(_ranges(graph, node)) if not _bit(node, "shrink_axis_mask", axis)
    )
    return graph.input(node).dtype is graph.output(node).dtype and graph.output(node).shape == shape


def _bounds(graph: Graph, node: Node) -> tuple[tuple[int, ...] | None, ...]:
    return tuple(constant_integers(graph.input(node, position)) for position in (1, 2, 3))


def _bit(node: Node, mask: str, axis: int) -> bool:
    return bool(node.option(mask) >> axis & 1)


def _ranges(graph: Graph, node: Node) -> tuple[range, ...]:
    """The input's indices along each dimension. Python's slices follow the same rules as TFLM's for begin and end."""
    begins, ends, strides = (values or () for values in _bounds(graph, node))
    ranges: list[range] = []
    for axis, size in enumerate(graph.input(node).shape):
        begin = None if _bit(node, "begin_mask", axis) else begins[axis]
        end = None if _bit(node, "end_mask", axis) else ends[axis]
        indices = slice(begin, end, strides[axis]).indices(size)
        if _bit(node, "shrink_axis_mask", axis):
            indices = (indices[0], indices[0] + 1, 1)
        ranges.append(range(*indices))
    return tuple(ranges)


def _slice(indices: range) -> slice:
    """The slice with these indices; a negative end would count from the back."""
    if not indices:
        return slice(0, 0)
    return slice(indices.start, indices.stop if indices.stop >= 0 else None, indices.step)


def _loops(graph: Graph, node: Node) -> tuple[Loop, ...]:
    source = graph.input(node)
    ranges = _ranges(graph, node)
    shape = [len(indices) for indices in ranges]
    strides = [stride * indices.step for stride, indices in zip(dense_strides(source.shape), ranges, strict=True)]
    return byte_loops(shape, strides, dense_strides(shape), source.dtype.bits // 8)


def _first_byte(graph: Graph, node: Node) -> int:
    """Where in the input the slice begins."""
    source = graph.input(node)
    strides = dense_strides(source.shape)
    first = sum(indices.start * stride for indices, stride in zip(_ranges(graph, node), strides, strict=True))
    return first * source.dtype.bits // 8


class StridedSlice(Operator):
    """Inputs are the tensor, begin, end and strides."""

    name = "strided_slice"
    versions = range(1, 9)
    inputs = range(4, 5)
    rules = (outputs_are_movable, bounds_are_constant, masks_are_supported, calls_suffice)
    consistency = (removed_dimensions_have_an_element, output_is_the_slice)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One copy from the slice's first element."""
        if graph.output(node).elements == 0:
            return ()
        first = Pointer(node.inputs[0], _first_byte(graph, node))
        return copy(_loops(graph, node), first, Pointer(node.outputs[0]))

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        """The slice, where its elements are neighbours."""
        if graph.output(node).elements == 0 or not is_whole(_loops(graph, node)):
            return ()
        return (View(offset_bytes=_first_byte(graph, node)),)

    def fold(self, graph: Graph, node: Node, values: Sequence[NDArray[Any] | None]) -> tuple[NDArray[Any], ...] | None:
        """The slice of the constant."""
        if values[0] is None:
            return None
        sliced = values[0][tuple(_slice(indices) for indices in _ranges(graph, node))]
        return (sliced.reshape(graph.output(node).shape),)
