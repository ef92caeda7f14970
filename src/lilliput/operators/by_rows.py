"""Whole-layer calls -> row calls: what operators share that can work on one row of [1, rows, ...] at a time."""

from collections.abc import Mapping
from dataclasses import replace

from lilliput.errors import InvariantError
from lilliput.ir import Graph, Node, Tensor
from lilliput.operators.operator import Call, Parameter, RowCall, RowStyle, Window
from lilliput.operators.rules import LARGEST_DIMENSION

_ONE_PIXEL = {"input_height": 1, "input_width": 1, "output_height": 1, "output_width": 1}
RING_ROWS = "input_rows"
"""The parameter that windows leave to code generation: how many rows the ring has."""


def has_rows(tensor: Tensor) -> bool:
    """Whether the tensor is computed and is one image, [1, height, width, channels]."""
    return not tensor.is_constant and len(tensor.shape) == 4 and tensor.shape[0] == 1 and tensor.elements > 0


def window(
    graph: Graph, node: Node, call: Call, reads: Window, *, one_by_one: bool = False, column_stride: int = 0
) -> RowCall | None:
    """The kernel's function for one row of output 0, which finds the rows of input 0 that it `reads`.

    `one_by_one`: each pixel depends on the pixel in its place only. None where there is no more than one row.
    """
    source, target = graph.input(node), graph.output(node)
    if not (has_rows(source) and has_rows(target)) or source.shape[1] == target.shape[1] == 1:
        return None
    parameters = {name: value for name, value in call.parameters.items() if name != RING_ROWS}
    return RowCall(
        style=RowStyle.WINDOW,
        source=call.source,
        kernel=f"{call.kernel}_row",
        structure=call.structure,
        parameters=parameters,
        inputs=node.inputs[:1],
        windows=(reads,),
        output=node.outputs[0],
        steps=target.shape[1],
        pixel=_ONE_PIXEL if one_by_one else None,
        column_stride=column_stride,
    )


def pointwise(graph: Graph, call: Call, count: str) -> RowCall | None:
    """The same kernel on one row of each input; `count` is the parameter that says how much it computes.

    None where inputs and output are not of one shape with several rows.
    """
    inputs, output = tuple(pointer.tensor for pointer in call.inputs), call.outputs[0].tensor
    target = graph.tensors[output]
    steps = target.shape[1] if has_rows(target) else 1
    if steps == 1 or not all(has_rows(each) and each.shape == target.shape for each in graph.select(inputs)):
        return None
    whole = call.parameters[count]
    if not isinstance(whole, int):
        raise InvariantError(f"{call.kernel} counts {count} with something else than a number")
    row = row_by_row(replace(call, parameters={**call.parameters, count: whole // steps}), steps)
    return replace(row, pixel={count: whole // steps // target.shape[2]})


def row_by_row(call: Call, steps: int) -> RowCall:
    """A call on one row of each input that makes one row of the output, `steps` times."""
    inputs = tuple(pointer.tensor for pointer in call.inputs)
    return RowCall(
        style=RowStyle.POINTWISE,
        source=call.source,
        kernel=call.kernel,
        structure=call.structure,
        parameters=call.parameters,
        inputs=inputs,
        windows=(Window(),) * len(inputs),
        output=call.outputs[0].tensor,
        steps=steps,
    )


def reduction(graph: Graph, call: Call, sums: int, pixel: Mapping[str, Parameter]) -> RowCall | None:
    """The call's kernel, which adds the rows of its input to `sums` int32 sums. None where there is only one row.

    `pixel` are its parameters for an input of as many rows as there are pixels.
    """
    (source,), (target,) = call.inputs, call.outputs
    tensor = graph.tensors[source.tensor]
    if not has_rows(tensor) or tensor.shape[1] == 1:
        return None
    return RowCall(
        style=RowStyle.REDUCTION,
        source=call.source,
        kernel=call.kernel,
        structure=call.structure,
        parameters=call.parameters,
        inputs=(source.tensor,),
        windows=(Window(),),
        output=target.tensor,
        steps=tensor.shape[1],
        sums_bytes=4 * sums,
        pixel=pixel if tensor.shape[1] * tensor.shape[2] <= LARGEST_DIMENSION else None,
    )
