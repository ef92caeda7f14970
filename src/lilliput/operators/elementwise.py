"""What ADD, SUB and MUL share: two int8 tensors, element by element, the smaller one repeated (broadcast)."""

from collections.abc import Mapping, Sequence

from lilliput.ir import Graph, Node
from lilliput.operators import by_rows
from lilliput.operators.fixed_point import activation_range, quantization
from lilliput.operators.loops import Loop, calls_are_few, collapse, dense_strides, sizes, steps, unroll
from lilliput.operators.operator import Call, Parameter, Pointer, RowCall, Rule
from lilliput.operators.rules import activation_is_supported, is_int8, output_is_int8

_DEPTH = 3
"""The loops of runtime/broadcast.h."""


def inputs_are_int8(graph: Graph, node: Node) -> bool:
    """Both inputs must be int8 with one scale and zero point."""
    return all(is_int8(graph.input(node, position)) for position in (0, 1))


def shapes_broadcast(graph: Graph, node: Node) -> bool:
    """The input shapes must be equal, or 1 or absent where they differ, and together make the output's shape."""
    first, second = graph.input(node, 0).shape, graph.input(node, 1).shape
    rank = max(len(first), len(second))
    pairs = list(zip(_extend(first, rank), _extend(second, rank), strict=True))
    wanted = tuple(b if a == 1 else a for a, b in pairs)
    return all(a == b or 1 in (a, b) for a, b in pairs) and graph.output(node).shape == wanted


def calls_suffice(graph: Graph, node: Node) -> bool:
    """Where the inputs take turns at being repeated more than three times, that must not take over 1,024 calls."""
    return not shapes_broadcast(graph, node) or calls_are_few(_loops(graph, node), _DEPTH)


RULES: tuple[Rule, ...] = (inputs_are_int8, output_is_int8, activation_is_supported, calls_suffice)
CONSISTENCY: tuple[Rule, ...] = (shapes_broadcast,)


def _extend(shape: Sequence[int], rank: int) -> tuple[int, ...]:
    return (1,) * (rank - len(shape)) + tuple(shape)


def _loops(graph: Graph, node: Node) -> tuple[Loop, ...]:
    """The loops over the output's elements, with the strides of both inputs."""
    shape = graph.output(node).shape

    def strides(position: int) -> list[int]:
        own = _extend(graph.input(node, position).shape, len(shape))
        return [0 if size == 1 else stride for size, stride in zip(own, dense_strides(own), strict=True)]

    return collapse(shape, strides(0), strides(1))


def calls(
    graph: Graph, node: Node, folder: str, kernel: str, fields: Mapping[str, Parameter], order: tuple[int, int]
) -> tuple[Call, ...]:
    """One call of a kernel that takes the inputs in the given order; several where inputs are repeated in many ways.

    `fields` are those that `kernel` and its variant with nested loops, `kernel`_broadcast, have in common.
    """
    first, second = (node.inputs[position] for position in order)
    elements = graph.output(node).elements
    if len(replaceable_inputs(graph, node)) == 2:
        fields = {**fields, "size": elements}
        inputs = (Pointer(first), Pointer(second))
        return (Call(f"{folder}/{kernel}.c", kernel, kernel, fields, inputs, (Pointer(node.outputs[0]),)),)
    kernel += "_broadcast"
    nest, starts = unroll(_loops(graph, node), _DEPTH)
    fields = {
        **fields,
        "loops.sizes": sizes(nest, _DEPTH),
        "loops.first_steps": steps(nest, _DEPTH, order[0]),
        "loops.second_steps": steps(nest, _DEPTH, order[1]),
    }
    return tuple(
        Call(
            source=f"{folder}/{kernel}.c",
            kernel=kernel,
            structure=kernel,
            parameters=fields,
            inputs=(Pointer(first, start[order[0]]), Pointer(second, start[order[1]])),
            outputs=(Pointer(node.outputs[0], number * elements // len(starts)),),
        )
        for number, start in enumerate(starts)
    )


def rows(graph: Graph, calls: Sequence[Call]) -> RowCall | None:
    """The rows of whole-layer `calls`, where no input is repeated or constant."""
    return by_rows.pointwise(graph, calls[0], "size") if "size" in calls[0].parameters else None


def output_fields(graph: Graph, node: Node) -> Mapping[str, int]:
    """Zero point and limits of the output."""
    output = graph.output(node)
    low, high = activation_range(node.option("fused_activation_function"), output)
    return {
        "output_zero_point": quantization(output).zero_point,
        "output_minimum": low,
        "output_maximum": high,
    }


def replaceable_inputs(graph: Graph, node: Node) -> tuple[int, ...]:
    """The inputs that are not repeated: their elements are read just before the output's are written."""
    elements = graph.output(node).elements
    return tuple(position for position in (0, 1) if graph.input(node, position).elements == elements)
