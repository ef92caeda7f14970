"""Small graphs with plans made by hand, or by the planner."""

from types import MappingProxyType

import numpy as np

from lilliput.ir import Graph
from lilliput.planning.plan import Buffer, Plan, Step
from tests.cases.builder import SAME, GraphBuilder


def plan_of(
    segments: tuple[tuple[int, ...], ...],
    steps: tuple[Step, ...],
    buffers: tuple[Buffer, ...],
    *,
    sums: dict[int, int] | None = None,
    progress_offset: int | None = None,
    input_by_rows: bool = False,
) -> Plan:
    """The plan with these buffers; the arena is as small as they allow."""
    arena_bytes = max(buffer.offset_bytes + buffer.size_bytes for buffer in buffers)
    return Plan(
        segments=segments,
        chains=(),
        steps=steps,
        buffers=buffers,
        offsets=MappingProxyType({index: buffer.offset_bytes for buffer in buffers for index in buffer.tensors}),
        rows_kept=MappingProxyType({}),
        pixels=MappingProxyType({}),
        sums=MappingProxyType(sums or {}),
        scratch=MappingProxyType({}),
        progress_offset=progress_offset,
        input_by_rows=input_by_rows,
        arena_bytes=arena_bytes,
        lower_bound_bytes=arena_bytes,
        alignment_bytes=4,
    )


def whole(tensor: int, offset_bytes: int, size_bytes: int, first_step: int, end_step: int) -> Buffer:
    """The buffer of one tensor that is not kept by rows."""
    return Buffer((tensor,), offset_bytes, size_bytes, 1, size_bytes, 1, first_step, end_step)


def convolve(builder: GraphBuilder, source: int) -> int:
    """A 3x3 convolution with SAME padding that keeps the shape [1, rows, columns, 1]."""
    weights = builder.constant(np.ones((1, 3, 3, 1), np.int8), 0.5)
    bias = builder.constant(np.zeros(1, np.int32), 0.25)
    output = builder.computed(builder.tensor(source).shape, scale=0.5)
    strides = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    return builder.node("conv_2d", (source, weights, bias), output, padding=SAME, **strides)


def two_convolutions(*, input_by_rows: bool = False) -> tuple[Graph, Plan]:
    """[1, 4, 8, 1] through two 3x3 convolutions in turns, 3 rows between them; pushed or given as a whole."""
    builder = GraphBuilder()
    image = builder.input((1, 4, 8, 1), scale=0.5)
    between = convolve(builder, image)
    result = convolve(builder, between)
    order = [(0, 0), (0, 1), (1, 0), (0, 2), (1, 1), (0, 3), (1, 2), (1, 3)]
    if input_by_rows:
        order = [(-1, 0), (-1, 1), (0, 0), (-1, 2), (0, 1), (1, 0), (-1, 3), (0, 2), (1, 1), (0, 3), (1, 2), (1, 3)]
    steps = tuple(Step(*each) for each in order)
    last = len(steps)
    buffers = (
        Buffer(
            (image,), 0, 24 if input_by_rows else 32, 1, 8, 3 if input_by_rows else 4, 0, 10 if input_by_rows else 6
        ),
        Buffer((between,), 32, 24, 1, 8, 3, 2 if input_by_rows else 0, last),
        Buffer((result,), 56, 32, 1, 8, 4, 5 if input_by_rows else 2, last + 1),
        Buffer((), 88, 6, 2, 6, 1, 0, last),
    )
    plan = plan_of(((0, 1),), steps, buffers, progress_offset=88, input_by_rows=input_by_rows)
    return builder.graph(), plan


def addition_in_place() -> tuple[Graph, Plan]:
    """[1, 2, 4, 1] + itself, row by row over itself, then flattened where it lies."""
    builder = GraphBuilder()
    image = builder.input((1, 2, 4, 1), scale=0.5)
    doubled = builder.node("add", (image, image), builder.computed((1, 2, 4, 1), scale=1.0))
    flat = builder.node("reshape", (doubled,), builder.computed((1, 8), scale=1.0))
    steps = (Step(0, 0), Step(0, 1), Step(1, -1))
    buffer = Buffer((image, doubled, flat), 16, 8, 1, 4, 2, 0, 4)
    return builder.graph(), plan_of(((0,), (1,)), steps, (buffer,))
