"""What PAD and PADV2 share: dimensions put together to rows, and the kernel that pads rows."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from lilliput.ir import Graph, Node
from lilliput.operators import by_rows
from lilliput.operators.data_movement import constant_integers
from lilliput.operators.loops import MOST_CALLS
from lilliput.operators.operator import Border, Call, Parameter, Pointer, RowCall, Rule, View, Window, one_call
from lilliput.operators.rules import input_is_int8, output_is_int8

_LARGEST = 65535
"""runtime/pad.c counts in uint16."""


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbouring dimensions as one: `size` elements, `before` and `after` them padding."""

    before: int
    size: int
    after: int

    @property
    def padded(self) -> int:
        """The output's size."""
        return self.before + self.size + self.after


def paddings_are_constant(graph: Graph, node: Node) -> bool:
    """The paddings must be constant int32, two for each of the input's dimensions."""
    paddings = constant_integers(graph.input(node, 1))
    return paddings is not None and len(paddings) == 2 * len(graph.input(node).shape)


def rows_fit(graph: Graph, node: Node) -> bool:
    """Padded rows must not exceed 65,535 in number or bytes; padding more dimensions must not take over 1,024 calls."""
    if not paddings_are_constant(graph, node):
        return True
    *outer, rows, row = _groups(graph, node)
    return max(rows.padded, row.padded) <= _LARGEST and math.prod(group.padded for group in outer) <= MOST_CALLS


def output_is_padded(graph: Graph, node: Node) -> bool:
    """Paddings must not be negative, and the output's shape must be the input's with them."""
    pairs = _paddings(graph, node)
    shape = tuple(before + size + after for size, (before, after) in zip(graph.input(node).shape, pairs, strict=True))
    return all(min(pair) >= 0 for pair in pairs) and graph.output(node).shape == shape


RULES: tuple[Rule, ...] = (input_is_int8, output_is_int8, paddings_are_constant, rows_fit)
CONSISTENCY: tuple[Rule, ...] = (output_is_padded,)


def _paddings(graph: Graph, node: Node) -> list[tuple[int, int]]:
    values = constant_integers(graph.input(node, 1)) or ()
    return list(zip(values[::2], values[1::2], strict=True))


def _groups(graph: Graph, node: Node) -> Sequence[Group]:
    """The dimensions in at least two groups: one without padding belongs to the one before it.

    Padded rows of an image stay rows, so that the output may grow over the rows of the input that are done.
    """
    groups = [Group(0, 1, 0)]
    shape = graph.input(node).shape
    for axis, (size, (before, after)) in enumerate(zip(shape, _paddings(graph, node), strict=True)):
        below_padded_rows = len(shape) == 4 and axis == 2 and (groups[-1].before or groups[-1].after)
        if before or after or below_padded_rows:
            groups.append(Group(before, size, after))
        else:
            last = groups.pop()
            groups.append(Group(last.before * size, last.size * size, last.after * size))
    if groups[0] == Group(0, 1, 0) and len(groups) > 2:
        del groups[0]
    return groups if len(groups) > 1 else [Group(0, 1, 0), *groups]


def calls(graph: Graph, node: Node, value: int) -> tuple[Call, ...]:
    """One call, or when more than two groups of dimensions are padded, one for each index into the outer groups."""
    *outer, rows, row = _groups(graph, node)
    inside = _fields(rows, row, value)
    outside: dict[str, Parameter] = {**inside, "input_height": 0}
    calls: list[Call] = []
    for number, indices in enumerate(itertools.product(*(range(group.padded) for group in outer))):
        place = 0
        for index, group in zip(indices, outer, strict=True):
            place = place * group.size + index - group.before
        within = all(0 <= i - group.before < group.size for i, group in zip(indices, outer, strict=True))
        source = Pointer(node.inputs[0], place * rows.size * row.size if within else 0)
        target = Pointer(node.outputs[0], number * rows.padded * row.padded)
        calls.append(Call("runtime/pad.c", "pad", "pad", inside if within else outside, (source,), (target,)))
    return tuple(calls)


def _fields(rows: Group, row: Group, value: int) -> dict[str, Parameter]:
    """The fields of `struct pad`."""
    return {
        "output_rows": rows.padded,
        "output_row_bytes": row.padded,
        "input_height": rows.size,
        "input_rows": rows.size,
        "input_row_bytes": row.size,
        "top": rows.before,
        "left": row.before,
        "value": value,
    }


def rows(graph: Graph, node: Node, value: int) -> RowCall | None:
    """By windows of one row, which read nothing in the padding; pixel by pixel where the channels are padded.

    None where the batch is padded, or the channels and the height.
    """
    source, target = graph.input(node), graph.output(node)
    if not (by_rows.has_rows(source) and by_rows.has_rows(target)):
        return None
    pairs = zip(source.shape, _paddings(graph, node), strict=True)
    _, height, width, channels = (Group(before, size, after) for size, (before, after) in pairs)

    def call(rows: Group, row: Group) -> Call:
        return one_call(node, "runtime/pad.c", _fields(rows, row, value))[0]

    if channels.size == channels.padded:
        row = Group(width.before * channels.size, width.size * channels.size, width.after * channels.size)
        return by_rows.window(graph, node, call(height, row), Window(first=-height.before))
    if 1 < height.size == height.padded:
        return by_rows.row_by_row(call(width, channels), height.size)
    return None


def border(graph: Graph, node: Node, value: int) -> Border | None:
    """Around the images, where batch and channels are not padded and the quantisation stays."""
    source, target = graph.input(node), graph.output(node)
    if len(source.shape) != 4 or source.quantization != target.quantization:
        return None
    batch, (top, bottom), (left, right), channels = _paddings(graph, node)
    return None if any((*batch, *channels)) else Border(top, bottom, left, right, value)


def views(graph: Graph, node: Node) -> tuple[View, ...]:
    """The whole when nothing is padded."""
    return () if any(constant_integers(graph.input(node, 1)) or ()) else (View(),)
