"""What ADD, SUB and MUL share: two int8 tensors, element by element, the smaller one repeated (broadcast)."""

from collections.abc import Mapping, Sequence

from lilliput.ir import DType, Graph, Node
from lilliput.operators.fixed_point import activation_range, quantization
from lilliput.operators.loops import Loop, collapse, dense_strides, sizes, steps
from lilliput.operators.operator import Parameter, Rule
from lilliput.operators.rules import activation_is_supported, output_is_int8

_DEPTH = 4
"""The loops of runtime/broadcast.h."""


def inputs_are_int8(graph: Graph, node: Node) -> bool:
    """Both inputs must be int8 with one scale and zero point."""
    return all(
        tensor.dtype is DType.INT8 and tensor.quantization is not None and tensor.quantization.per_tensor
        for tensor in (graph.input(node, 0), graph.input(node, 1))
    )


def shapes_broadcast(graph: Graph, node: Node) -> bool:
    """The input shapes must be equal, or 1 or absent where they differ, and together make the output's shape."""
    first, second = graph.input(node, 0).shape, graph.input(node, 1).shape
    rank = max(len(first), len(second))
    pairs = list(zip(_extend(first, rank), _extend(second, rank), strict=True))
    wanted = tuple(b if a == 1 else a for a, b in pairs)
    return all(a == b or 1 in (a, b) for a, b in pairs) and graph.output(node).shape == wanted


def loops_suffice(graph: Graph, node: Node) -> bool:
    """The inputs must not take turns at being repeated in more than four groups of dimensions."""
    return not shapes_broadcast(graph, node) or len(loops(graph, node)) <= _DEPTH


RULES: tuple[Rule, ...] = (inputs_are_int8, output_is_int8, activation_is_supported, loops_suffice)
CONSISTENCY: tuple[Rule, ...] = (shapes_broadcast,)


def _extend(shape: Sequence[int], rank: int) -> tuple[int, ...]:
    return (1,) * (rank - len(shape)) + tuple(shape)


def loops(graph: Graph, node: Node) -> tuple[Loop, ...]:
    """The loops over the output's elements, with the strides of both inputs."""
    shape = graph.output(node).shape

    def strides(position: int) -> list[int]:
        own = _extend(graph.input(node, position).shape, len(shape))
        return [0 if size == 1 else stride for size, stride in zip(own, dense_strides(own), strict=True)]

    return collapse(shape, strides(0), strides(1))


def is_flat(graph: Graph, node: Node) -> bool:
    """Whether no input is repeated."""
    return all(graph.input(node, position).elements == graph.output(node).elements for position in (0, 1))


def broadcast_fields(graph: Graph, node: Node, order: Sequence[int] = (0, 1)) -> Mapping[str, Parameter]:
    """The fields of `struct broadcast loops` for a kernel that takes the inputs in the given order."""
    nest = loops(graph, node)
    return {
        "loops.sizes": sizes(nest, _DEPTH),
        "loops.first_steps": steps(nest, _DEPTH, order[0]),
        "loops.second_steps": steps(nest, _DEPTH, order[1]),
    }


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
