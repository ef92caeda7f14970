"""MEAN: averages along some axes."""

import math
from itertools import groupby

from lilliput.ir import DType, Graph, Node
from lilliput.operators import by_rows
from lilliput.operators.fixed_point import quantization, quantize_multiplier
from lilliput.operators.operator import Call, Operator, Parameter, RowCall, one_call
from lilliput.operators.rules import input_is_int8, output_is_int8

_LARGEST_COUNT = (1 << 23) - 1


def axes(graph: Graph, node: Node) -> frozenset[int]:
    """The axes to average along, from 0; others than those that the input has when the node is wrong."""
    rank, data = len(graph.input(node).shape), graph.input(node, 1).data
    numbers = [] if data is None else [int(number) for number in data.ravel()]
    return frozenset(number + rank if number < 0 else number for number in numbers)


def axes_are_constant(graph: Graph, node: Node) -> bool:
    """The axes must be constant int32 and exist."""
    tensor, rank = graph.input(node, 1), len(graph.input(node).shape)
    return tensor.is_constant and tensor.dtype is DType.INT32 and axes(graph, node) <= set(range(rank))


def groups(graph: Graph, node: Node) -> list[tuple[bool, int]]:
    """The input's shape as (whether it is averaged, size), neighbours of a kind merged and sizes of 1 left out."""
    averaged = axes(graph, node)
    sizes = [(axis in averaged, size) for axis, size in enumerate(graph.input(node).shape) if size != 1]
    merged = groupby(sizes, key=lambda each: each[0])
    return [(kind, math.prod(size for _, size in members)) for kind, members in merged]


def axes_form_two_groups(graph: Graph, node: Node) -> bool:
    """The axes must form at most two groups of neighbours."""
    return sum(averaged for averaged, _ in groups(graph, node)) <= 2


def sum_fits(graph: Graph, node: Node) -> bool:
    """From 1 to 8,388,607 values must go into a mean."""
    return 1 <= math.prod(size for averaged, size in groups(graph, node) if averaged) <= _LARGEST_COUNT


def output_follows_from_input(graph: Graph, node: Node) -> bool:
    """The output must have the input's shape without the axes, or with 1 in their place."""
    averaged, kept = axes(graph, node), node.option("keep_dims") != 0
    shape = enumerate(graph.input(node).shape)
    expected = (1 if axis in averaged else size for axis, size in shape if kept or axis not in averaged)
    return graph.output(node).shape == tuple(expected)


class Mean(Operator):
    """The sum is scaled by a multiplier that contains the number of values."""

    name = "mean"
    versions = range(1, 4)
    inputs = range(2, 3)
    rules = (input_is_int8, output_is_int8, axes_are_constant, axes_form_two_groups, sum_fits)
    consistency = (output_follows_from_input,)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call, with the kernel for neighbouring axes where that is enough."""
        parts = groups(graph, node)
        if not parts or parts[0][0]:
            parts = [(False, 1), *parts]
        sizes = [size for _, size in parts] + [1] * 4
        if len(parts) > 3:
            names = ("outer", "count_1", "middle", "count_2", "inner")
            return _calls(graph, node, "mean_two_axes", dict(zip(names, sizes, strict=False)))
        return _calls(graph, node, "mean", dict(zip(("outer", "count", "inner"), sizes, strict=False)))

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """By sums, over the height and width of one image."""
        shape = graph.input(node).shape
        if len(shape) != 4 or axes(graph, node) - {0} != frozenset((1, 2)):
            return None
        (call,) = _calls(graph, node, "mean_sum", {"rows": shape[1], "columns": shape[2], "channels": shape[3]})
        return by_rows.reduction(graph, call, shape[3], {"rows": shape[1] * shape[2], "columns": 1})


def _calls(graph: Graph, node: Node, kernel: str, sizes: dict[str, int]) -> tuple[Call, ...]:
    """TFLM's QuantizedMeanOrSum: the count goes into the multiplier, as far as no precision is lost."""
    source, target = quantization(graph.input(node)), quantization(graph.output(node))
    count = math.prod(size for averaged, size in groups(graph, node) if averaged)
    multiplier, shift = quantize_multiplier(source.scale / target.scale)
    extra = min(count.bit_length() - 1, 31 + shift)
    fields: dict[str, Parameter] = {
        **sizes,
        "multiplier": (multiplier << extra) // count,
        "offset": -count * source.zero_point,
        "shift": shift - extra,
        "output_zero_point": target.zero_point,
    }
    return one_call(node, f"operators/mean/{kernel}.c", fields)
