"""Random models of the operators that slide a window or sum: convolutions, fully connected, pooling, mean."""

import math
from typing import Any

from numpy.random import Generator

from lilliput.ir import Graph
from tests.cases.builder import NONE, RELU, RELU6, RELU_N1_TO_1, SAME, VALID, GraphBuilder, float32
from tests.cases.draw import (
    balanced_zero_point,
    batch,
    between,
    bias,
    chance,
    multiplier,
    padded_length,
    pick,
    quantization,
    scale,
    shape,
    weights,
    zero_point,
)


def activation(rng: Generator) -> int:
    """The number of a fused activation, mostly none or RELU."""
    return pick(rng, (NONE, NONE, NONE, RELU, RELU, RELU6, RELU_N1_TO_1))


def _window(rng: Generator, height: int, width: int, *, dilated: bool) -> tuple[int, int, dict[str, int], int, int]:
    """(filter height, width, options, output height, width) of a sliding window that fits at least once."""
    while True:
        dilations = [between(rng, 1, 3) if dilated and chance(rng, 0.2) else 1 for _ in range(2)]
        strides = [pick(rng, (1, 1, 2, 2, 3)) for _ in range(2)]
        window = [between(rng, 1, 5) for _ in range(2)] if chance(rng, 0.8) else [1, 1]
        padding = pick(rng, (SAME, VALID))
        lengths = [
            padded_length(length, size, stride, dilation, padding == SAME)
            for length, size, stride, dilation in zip((height, width), window, strides, dilations, strict=True)
        ]
        if min(lengths) > 0:
            break
    options = {"padding": padding, "stride_h": strides[0], "stride_w": strides[1]}
    if dilated:
        options |= {"dilation_h_factor": dilations[0], "dilation_w_factor": dilations[1]}
    return window[0], window[1], options, lengths[0], lengths[1]


def _weighted(
    rng: Generator, builder: GraphBuilder, x: int, filter_shape: tuple[int, ...], axis: int, terms: int, function: int
) -> tuple[list[int], dict[str, Any]]:
    """The operands of a layer with weights, mostly with a bias, and its output quantisation.

    Where the fused activation has an upper end, the output scale is mostly one that makes it matter.
    """
    in_scale = builder.tensor(x).quantization.scale  # pyright: ignore[reportOptionalMemberAccess]
    factor = multiplier(rng, terms)
    out_scale = in_scale * scale(rng, -9, 0) / factor
    if function in (RELU_N1_TO_1, RELU6) and chance(rng, 0.8):
        out_scale = scale(rng, -1, 1) * (6 if function == RELU6 else 2) / 255
    weight_scale = out_scale * factor / in_scale
    operand, scales = weights(rng, builder, filter_shape, axis, weight_scale)
    operands = [x, operand]
    if chance(rng, 0.85):
        products = [float32(in_scale * each) for each in scales]
        operands.append(bias(rng, builder, filter_shape[axis], products, terms, factor))
    return operands, {"scale": out_scale, "zero_point": balanced_zero_point(rng, 0, function)}


def conv_2d(rng: Generator) -> Graph:
    builder = GraphBuilder()
    batches, height, width = batch(rng), between(rng, 1, 10), between(rng, 1, 10)
    depth, channels = between(rng, 1, 8), between(rng, 1, 9)
    groups = between(rng, 2, 4) if chance(rng, 0.2) else 1
    x = builder.input((batches, height, width, depth * groups), scale=scale(rng), zero_point=zero_point(rng))
    channels *= groups
    filter_height, filter_width, options, out_height, out_width = _window(rng, height, width, dilated=True)
    filter_shape = (channels, filter_height, filter_width, depth)
    terms = filter_height * filter_width * depth
    function = activation(rng)
    operands, quantized = _weighted(rng, builder, x, filter_shape, 0, terms, function)
    out = builder.computed((batches, out_height, out_width, channels), **quantized)
    builder.node("conv_2d", operands, out, fused_activation_function=function, **options)
    return builder.graph()


def depthwise_conv_2d(rng: Generator) -> Graph:
    builder = GraphBuilder()
    batches, height, width = batch(rng), between(rng, 1, 10), between(rng, 1, 10)
    depth, depth_multiplier = between(rng, 1, 8), pick(rng, (1, 1, 1, 2, 3, 8))
    x = builder.input((batches, height, width, depth), scale=scale(rng), zero_point=zero_point(rng))
    filter_height, filter_width, options, out_height, out_width = _window(rng, height, width, dilated=True)
    channels, terms = depth * depth_multiplier, filter_height * filter_width
    filter_shape = (1, filter_height, filter_width, channels)
    function = activation(rng)
    operands, quantized = _weighted(rng, builder, x, filter_shape, 3, terms, function)
    out = builder.computed((batches, out_height, out_width, channels), **quantized)
    options |= {"depth_multiplier": depth_multiplier, "fused_activation_function": function}
    builder.node("depthwise_conv_2d", operands, out, **options)
    return builder.graph()


def fully_connected(rng: Generator) -> Graph:
    builder = GraphBuilder()
    channels, keep_num_dims = between(rng, 1, 40), chance(rng, 0.3)
    in_shape = shape(rng, 2, 4, 300) if keep_num_dims or chance(rng, 0.2) else (batch(rng), between(rng, 1, 100))
    depth = in_shape[-1]
    x = builder.input(in_shape, scale=scale(rng), zero_point=zero_point(rng))
    function = activation(rng)
    operands, quantized = _weighted(rng, builder, x, (channels, depth), 0, depth, function)
    if len(operands) == 2 and chance(rng, 0.5):
        operands.append(-1)
    rows = math.prod(in_shape[:-1])
    out_shape = (*in_shape[:-1], channels) if keep_num_dims else (rows, channels)
    out = builder.computed(out_shape, **quantized)
    options: dict[str, Any] = {"fused_activation_function": function, "keep_num_dims": keep_num_dims}
    builder.node("fully_connected", operands, out, **options)
    return builder.graph()


def _pool(rng: Generator, operator: str) -> Graph:
    builder = GraphBuilder()
    batches, height, width, depth = batch(rng), between(rng, 1, 12), between(rng, 1, 12), between(rng, 1, 12)
    same = quantization(rng)
    x = builder.input((batches, height, width, depth), **same)
    filter_height, filter_width, options, out_height, out_width = _window(rng, height, width, dilated=False)
    if chance(rng, 0.2):  # all of it in one window
        filter_height, filter_width, out_height, out_width = height, width, 1, 1
        options["padding"] = VALID
    options |= {"filter_height": filter_height, "filter_width": filter_width}
    out = builder.computed((batches, out_height, out_width, depth), **same)
    builder.node(operator, [x], out, fused_activation_function=activation(rng), **options)
    return builder.graph()


def average_pool_2d(rng: Generator) -> Graph:
    return _pool(rng, "average_pool_2d")


def max_pool_2d(rng: Generator) -> Graph:
    return _pool(rng, "max_pool_2d")


def mean(rng: Generator) -> Graph:
    """TFLM wants int32 axes and computes in three ways: 4-D over height and width, same quantisation, and the rest."""
    builder = GraphBuilder()
    in_shape = shape(rng, pick(rng, (1, 4)), 5, 2000)
    rank = len(in_shape)
    axes: tuple[int, ...] = tuple(rng.permutation(rank)[: between(rng, 1, max(1, rank - 1))].tolist())
    if rank == 4 and chance(rng, 0.6):
        axes = pick(rng, ((1, 2), (1, 2), (2, 1)))
    keep_dims = chance(rng, 0.5)
    in_scale, in_zero = scale(rng), zero_point(rng)
    count = math.prod(in_shape[axis] for axis in axes)
    same = chance(rng, 0.4)
    ratio = 1.0 if same else scale(rng, -2, 2) / math.sqrt(count)
    out_zero = in_zero if same else balanced_zero_point(rng, -in_zero / ratio)
    x = builder.input(in_shape, scale=in_scale, zero_point=in_zero)
    stored = [axis - rank if chance(rng, 0.3) else axis for axis in axes]
    axis = builder.constant(stored[0] if len(stored) == 1 and chance(rng, 0.3) else stored)
    kept = [1 if axis in axes else length for axis, length in enumerate(in_shape)]
    out_shape = kept if keep_dims else [length for axis, length in enumerate(in_shape) if axis not in axes]
    out = builder.computed(out_shape, scale=in_scale * ratio, zero_point=out_zero)
    builder.node("mean", [x, axis], out, keep_dims=keep_dims)
    return builder.graph()
