"""Random models of the operators that move values and change shapes but compute nothing."""

import math

import numpy as np
from numpy.random import Generator

from lilliput.ir import DType, Graph
from tests.cases.builder import GraphBuilder
from tests.cases.draw import between, chance, int8, pick, quantization, shape


def _pad(rng: Generator, operator: str) -> Graph:
    """TFLM takes up to 5 dimensions and constant int32 paddings."""
    builder = GraphBuilder()
    same = quantization(rng)
    in_shape = shape(rng, 1, 5, 300)
    paddings = [[between(rng, 0, 3) if chance(rng, 0.5) else 0 for _ in range(2)] for _ in in_shape]
    operands = [builder.input(in_shape, **same), builder.constant(paddings)]
    if operator == "padv2":
        value = int8(rng, pick(rng, ((), (1,))))
        operands.append(builder.constant(value, same["scale"], same["zero_point"]))
    out_shape = [before + length + after for length, (before, after) in zip(in_shape, paddings, strict=True)]
    builder.node(operator, operands, builder.computed(out_shape, **same))
    return builder.graph()


def pad(rng: Generator) -> Graph:
    return _pad(rng, "pad")


def padv2(rng: Generator) -> Graph:
    """TFLM wants the value in the output's quantisation."""
    return _pad(rng, "padv2")


def _factors(rng: Generator, elements: int) -> list[int]:
    """A random shape of so many elements."""
    lengths: list[int] = []
    while elements > 1 and len(lengths) < 3:
        lengths.append(pick(rng, [length for length in range(1, elements + 1) if elements % length == 0]))
        elements //= lengths[-1]
    return [*lengths, elements]


def reshape(rng: Generator) -> Graph:
    builder = GraphBuilder()
    same = quantization(rng)
    in_shape = shape(rng, 1, 4)
    out_shape = _factors(rng, math.prod(in_shape))
    asked = list(out_shape)
    if chance(rng, 0.3):
        asked[between(rng, 0, len(asked) - 1)] = -1
    operands = [builder.input(in_shape, **same)]
    if chance(rng, 0.7):
        operands.append(builder.constant(asked))
    builder.node("reshape", operands, builder.computed(out_shape, **same), new_shape=tuple(asked))
    return builder.graph()


def squeeze(rng: Generator) -> Graph:
    builder = GraphBuilder()
    same = quantization(rng)
    in_shape = [1 if chance(rng, 0.4) else length for length in shape(rng, 2, 4)]
    ones = [axis for axis, length in enumerate(in_shape) if length == 1]
    gone = [axis for axis in ones if chance(rng, 0.5)]
    out_shape = [length for axis, length in enumerate(in_shape) if axis not in (gone or ones)]
    x = builder.input(in_shape, **same)
    asked = tuple(axis - len(in_shape) if chance(rng, 0.3) else axis for axis in gone)
    builder.node("squeeze", [x], builder.computed(out_shape, **same), squeeze_dims=asked)
    return builder.graph()


def expand_dims(rng: Generator) -> Graph:
    builder = GraphBuilder()
    same = quantization(rng)
    in_shape = shape(rng, 1, 4)
    axis = between(rng, 0, len(in_shape))
    out_shape = (*in_shape[:axis], 1, *in_shape[axis:])
    stored = axis - len(out_shape) if chance(rng, 0.3) else axis
    operands = [builder.input(in_shape, **same), builder.constant(stored if chance(rng, 0.5) else [stored])]
    builder.node("expand_dims", operands, builder.computed(out_shape, **same))
    return builder.graph()


def transpose(rng: Generator) -> Graph:
    """TFLM takes up to 5 dimensions and no negative ones in the permutation."""
    builder = GraphBuilder()
    same = quantization(rng)
    in_shape = shape(rng, 1, 5)
    order = rng.permutation(len(in_shape)).tolist()
    operands = [builder.input(in_shape, **same), builder.constant(order)]
    builder.node("transpose", operands, builder.computed([in_shape[axis] for axis in order], **same))
    return builder.graph()


def concatenation(rng: Generator) -> Graph:
    """TFLM takes up to 10 inputs of up to 6 dimensions, no activation, and copies: one quantisation for all."""
    builder = GraphBuilder()
    same = quantization(rng)
    in_shape = shape(rng, 1, 5, 300)
    axis = between(rng, 0, len(in_shape) - 1)
    operands: list[int] = []
    total = 0
    for position in range(pick(rng, (1, 2, 2, 2, 3, 4, 10))):
        length = between(rng, 1, 6)
        part = (*in_shape[:axis], length, *in_shape[axis + 1 :])
        total += length
        if position and chance(rng, 0.1):
            operands.append(pick(rng, operands))
            total += builder.tensor(operands[-1]).shape[axis] - length
        elif position and chance(rng, 0.15):
            operands.append(builder.constant(int8(rng, part), same["scale"], same["zero_point"]))
        else:
            operands.append(builder.input(part, **same))
    out = builder.computed((*in_shape[:axis], total, *in_shape[axis + 1 :]), **same)
    stored = axis - len(in_shape) if chance(rng, 0.3) else axis
    builder.node("concatenation", operands, out, axis=stored, fused_activation_function=0)
    return builder.graph()


def pack(rng: Generator) -> Graph:
    """TFLM takes inputs of up to 4 dimensions and copies: one quantisation for all."""
    builder = GraphBuilder()
    same = quantization(rng)
    part = shape(rng, 1, 4, 300)
    axis, count = between(rng, 0, len(part)), between(rng, 1, 5)
    operands = [builder.input(part, **same)]
    for _ in range(count - 1):
        if chance(rng, 0.2):
            operands.append(builder.constant(int8(rng, part), same["scale"], same["zero_point"]))
        else:
            operands.append(builder.input(part, **same))
    out_shape = (*part[:axis], count, *part[axis:])
    stored = axis - len(out_shape) if chance(rng, 0.3) else axis
    builder.node("pack", operands, builder.computed(out_shape, **same), values_count=count, axis=stored)
    return builder.graph()


def split(rng: Generator) -> Graph:
    builder = GraphBuilder()
    same = quantization(rng)
    part = shape(rng, 1, 5, 300)
    axis, count = between(rng, 0, len(part) - 1), between(rng, 1, 5)
    whole = (*part[:axis], part[axis] * count, *part[axis + 1 :])
    operands = [builder.constant(axis - len(part) if chance(rng, 0.3) else axis), builder.input(whole, **same)]
    outputs = [builder.computed(part, **same) for _ in range(count)]
    builder.node("split", operands, outputs, num_splits=count)
    return builder.graph()


def _slice(rng: Generator, length: int) -> tuple[int, int, int]:
    """(begin, end, stride) of a slice along a dimension, possibly negative or out of range, possibly empty."""
    stride = pick(rng, (1, 1, 1, 2, 3, -1, -2))
    return between(rng, -length - 1, length + 1), between(rng, -length - 1, length + 1), stride


def strided_slice(rng: Generator) -> Graph:
    """TFLM takes up to 4 dimensions, begin, end and stride for each of them; it ignores ellipsis and new-axis masks."""
    while True:
        in_shape = shape(rng, 1, 4)
        begins, ends, strides = zip(*(_slice(rng, length) for length in in_shape), strict=True)
        masks = [sum(chance(rng, likely) << axis for axis in range(len(in_shape))) for likely in (0.3, 0.3, 0.15)]
        slices = [
            slice(None if masks[0] >> axis & 1 else begin, None if masks[1] >> axis & 1 else end, stride)
            for axis, (begin, end, stride) in enumerate(zip(begins, ends, strides, strict=True))
        ]
        shrunk = [axis for axis in range(len(in_shape)) if masks[2] >> axis & 1]
        inside = all(-in_shape[axis] <= begins[axis] < in_shape[axis] and strides[axis] > 0 for axis in shrunk)
        lengths = [
            1 if axis in shrunk else len(range(length)[part])
            for axis, (length, part) in enumerate(zip(in_shape, slices, strict=True))
        ]
        if inside and min(lengths) > 0 and not any(masks[0] >> axis & 1 for axis in shrunk):
            break
    builder = GraphBuilder()
    same = quantization(rng)
    operands = [
        builder.input(in_shape, **same),
        *(builder.constant(list(each)) for each in (begins, ends, strides)),
    ]
    out_shape = [length for axis, length in enumerate(lengths) if axis not in shrunk]
    out = builder.computed(out_shape, **same)
    builder.node("strided_slice", operands, out, begin_mask=masks[0], end_mask=masks[1], shrink_axis_mask=masks[2])
    return builder.graph()


def resize_nearest_neighbor(rng: Generator) -> Graph:
    """TFLM takes 4 dimensions and a constant size."""
    builder = GraphBuilder()
    same = quantization(rng)
    batches, height, width, depth = shape(rng, 4, 4, 400)
    size = [between(rng, 1, 3 * height), between(rng, 1, 3 * width)]
    operands = [builder.input((batches, height, width, depth), **same), builder.constant(size)]
    out = builder.computed((batches, *size, depth), **same)
    align_corners, half_pixel_centers = pick(rng, ((False, False), (True, False), (False, True)))
    options = {"align_corners": align_corners, "half_pixel_centers": half_pixel_centers}
    builder.node("resize_nearest_neighbor", operands, out, **options)
    return builder.graph()


def shape_chain(rng: Generator) -> Graph:
    """SHAPE, STRIDED_SLICE and PACK that compute a RESHAPE's shape, as Keras models with a dynamic batch have them."""
    builder = GraphBuilder()
    same = quantization(rng)
    in_shape = shape(rng, 2, 4)
    x = builder.input(in_shape, **same)
    lengths = builder.node("shape", [x], builder.computed((len(in_shape),), DType.INT32), out_type=2)
    bounds = [builder.constant(np.array([value], np.int32)) for value in (0, 1, 1)]
    first = builder.node(
        "strided_slice", [lengths, *bounds], builder.computed((), DType.INT32), shrink_axis_mask=1, begin_mask=0
    )
    rest = _factors(rng, math.prod(in_shape[1:]))
    asked = list(rest)
    if chance(rng, 0.5):
        asked[0] = -1
    parts = [first, *(builder.constant(np.array(length, np.int32)) for length in asked)]
    packed = builder.node("pack", parts, builder.computed((len(parts),), DType.INT32), values_count=len(parts), axis=0)
    builder.node("reshape", [x, packed], builder.computed((in_shape[0], *rest), **same))
    return builder.graph()
