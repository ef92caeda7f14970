"""What operators share that move elements and compute nothing: rules, and copies with as few loops as possible."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from lilliput.ir import DType, Graph, Node, Tensor
from lilliput.operators.loops import Loop, collapse, dense_strides, sizes, steps, unroll
from lilliput.operators.operator import Call, Parameter, Pointer

MOVABLE = (DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32)
DEPTH = 4
"""The loops of runtime/strided_copy.c."""
_MOST_INTEGERS = 64
_LARGEST = 65535
"""runtime/copy_rows.c counts in uint16."""


def outputs_are_movable(graph: Graph, node: Node) -> bool:
    """Outputs must be int8, int16, int32 or float32."""
    return all(tensor.dtype in MOVABLE for tensor in graph.select(node.outputs))


def output_has_inputs_elements(graph: Graph, node: Node) -> bool:
    """The output must have the input's type and as many elements."""
    source, target = graph.input(node), graph.output(node)
    return source.dtype is target.dtype and source.elements == target.elements


def constant_integers(tensor: Tensor | None) -> tuple[int, ...] | None:
    """The values of a constant int32 tensor; None for any other, and for more values than any operator reads."""
    if tensor is None or tensor.data is None or tensor.dtype is not DType.INT32 or tensor.elements > _MOST_INTEGERS:
        return None
    return tuple(int(value) for value in tensor.data.ravel())


def byte_loops(
    shape: Sequence[int], source_strides: Sequence[int], target_strides: Sequence[int], element_bytes: int
) -> tuple[Loop, ...]:
    """The loops that copy a tensor of `shape` byte by byte; strides are in elements."""
    strides = ((*(step * element_bytes for step in each), 1) for each in (source_strides, target_strides))
    return collapse((*shape, element_bytes), *strides)


def is_whole(loops: Sequence[Loop]) -> bool:
    """Whether the loops copy consecutive bytes to consecutive bytes."""
    return not loops or (len(loops) == 1 and loops[0].strides == (1, 1))


def copy(loops: Sequence[Loop], source: Pointer, target: Pointer) -> tuple[Call, ...]:
    """The calls that copy; mostly one.

    Where there are more than two loops, or one runs backwards, the target must be filled in order without gaps.
    """
    is_run = bool(loops) and loops[-1].strides == (1, 1)
    run_bytes, outer = (loops[-1].size, loops[:-1]) if is_run else (1, loops)
    if len(outer) <= 1 and all(stride >= 0 for loop in outer for stride in loop.strides):
        return tuple(_rows(outer[0] if outer else Loop(1, (0, 0)), run_bytes, source, target))
    inner, starts = unroll(loops, DEPTH)
    fields = {"sizes": sizes(inner, DEPTH), "steps": steps(inner, DEPTH, 0)}
    return tuple(_call("strided_copy", fields, _at(source, start[0]), _at(target, start[1])) for start in starts)


def _at(pointer: Pointer, further_bytes: int) -> Pointer:
    return replace(pointer, offset_bytes=pointer.offset_bytes + further_bytes)


def copy_whole(graph: Graph, node: Node) -> tuple[Call, ...]:
    """The calls that copy input 0 to output 0."""
    size_bytes = graph.output(node).size_bytes
    return copy((Loop(size_bytes, (1, 1)),), Pointer(node.inputs[0]), Pointer(node.outputs[0]))


def part_loops(part: Tensor, axis: int, source_length: int, target_length: int) -> tuple[Loop, ...]:
    """The loops that copy `part` from or to tensors of its shape but for the lengths along `axis`."""

    def strides(length: int) -> tuple[int, ...]:
        return dense_strides((*part.shape[:axis], length, *part.shape[axis + 1 :]))

    return byte_loops(part.shape, strides(source_length), strides(target_length), part.dtype.bits // 8)


def _rows(rows: Loop, row_bytes: int, source: Pointer, target: Pointer) -> Iterator[Call]:
    """Calls of copy_rows, several only where a number does not fit into its structure."""

    def call(count: int, size: int, first: int, byte: int) -> Call:
        input_step, output_step = (stride if count > 1 else 0 for stride in rows.strides)
        places = (
            _at(pointer, first * stride + byte) for pointer, stride in zip((source, target), rows.strides, strict=True)
        )
        return _call("copy_rows", _row_fields(count, size, input_step, output_step), *places)

    if max(row_bytes, *rows.strides) <= _LARGEST:
        for first in range(0, rows.size, _LARGEST):
            yield call(min(_LARGEST, rows.size - first), row_bytes, first, 0)
        return
    for row in range(rows.size):
        for byte in range(0, row_bytes, _LARGEST):
            yield call(1, min(_LARGEST, row_bytes - byte), row, byte)


@cache
def _row_fields(rows: int, row_bytes: int, input_step: int, output_step: int) -> Mapping[str, Parameter]:
    """The fields of `struct copy_rows`; the same object for the same numbers, so that calls share one structure."""
    return {"rows": rows, "row_bytes": row_bytes, "input_step": input_step, "output_step": output_step}


def _call(kernel: str, fields: Mapping[str, Parameter], source: Pointer, target: Pointer) -> Call:
    return Call(
        source=f"runtime/{kernel}.c",
        kernel=kernel,
        structure=kernel,
        parameters=fields,
        inputs=(source,),
        outputs=(target,),
    )
