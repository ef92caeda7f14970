"""Nodes for random networks: each function appends one node with random options and returns the tensor it computes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator

from tests.cases.builder import NONE, RELU, RELU6, RELU_N1_TO_1, SAME, VALID, GraphBuilder, float32
from tests.cases.draw import between, chance, padded_length, pick, scale, weights

LARGEST_SIDE = 34
LARGEST_DEPTH = 16
_WEIGHT_SPREAD = 74
"""The root mean square of uniform int8 values."""


@dataclass(frozen=True, slots=True)
class Values:
    """An estimate of a tensor's values: the mean, counted from the zero point, and the deviation, in int8 steps."""

    mean: float
    deviation: float

    @property
    def size(self) -> float:
        """The root mean square."""
        return max(2.0, math.hypot(self.mean, self.deviation))

    def scaled(self, factor: float) -> "Values":
        return Values(self.mean * factor, self.deviation * factor)


@dataclass(slots=True)
class Network:
    """A graph under construction. Scales follow from `values`, so that bytes vary in deep networks too."""

    rng: Generator
    builder: GraphBuilder = field(default_factory=GraphBuilder)
    values: dict[int, Values] = field(default_factory=dict[int, Values])
    computed: list[int] = field(default_factory=list[int])
    nodes: int = 0

    def shape(self, tensor: int) -> tuple[int, ...]:
        return self.builder.tensor(tensor).shape

    def quantization(self, tensor: int) -> dict[str, Any]:
        """A tensor's scale and zero point, as keyword arguments."""
        quantization = self.builder.tensor(tensor).quantization
        assert quantization is not None
        return {"scale": quantization.scale, "zero_point": quantization.zero_point}

    def append(
        self,
        operator: str,
        inputs: Sequence[int],
        shape: Sequence[int],
        values: Values,
        quantized: dict[str, Any],
        **options: Any,
    ) -> int:
        """Append a node with one output; returns its tensor."""
        out = self.builder.computed(shape, **quantized)
        self.builder.node(operator, inputs, out, **options)
        self.values[out] = values
        self.computed.append(out)
        self.nodes += 1
        return out


def _fresh(rng: Generator, function: int = NONE) -> tuple[dict[str, Any], float, Values]:
    """The quantisation of a tensor that a fused activation limits, the deviation before it and the values after it."""
    deviation = rng.uniform(30, 60)
    if function == NONE:
        return {"scale": scale(rng, -7, -4), "zero_point": between(rng, -40, 40)}, deviation, Values(0, deviation)
    if function == RELU_N1_TO_1:
        quantized = {"scale": 2 / 255 * scale(rng, -0.5, 0.5), "zero_point": between(rng, -20, 20)}
        return quantized, 2 * deviation, Values(0, 1.5 * deviation)
    largest = scale(rng, -7, -4) if function == RELU else 6 / 255 * scale(rng, -1, 0.5)
    return {"scale": largest, "zero_point": between(rng, -128, -90)}, 2 * deviation, _clipped(2 * deviation)


def _clipped(deviation: float) -> Values:
    """What is left of a normal distribution around 0 when negative values become 0."""
    return Values(0.4 * deviation, 0.58 * deviation)


def _window(
    rng: Generator, lengths: Sequence[int], *, keep: bool, dilated: bool
) -> tuple[list[int], dict[str, Any], list[int]]:
    """(filter height and width, options, output height and width); with `keep` the output is as large as the input."""
    while True:
        window = [between(rng, 1, 5) for _ in range(2)] if chance(rng, 0.4) else [3, 3]
        strides = [1, 1] if keep else [pick(rng, (1, 1, 2)) if chance(rng, 0.7) else 3 for _ in range(2)]
        dilations = [between(rng, 1, 3) if dilated and chance(rng, 0.2) else 1 for _ in range(2)]
        padding = SAME if keep else pick(rng, (SAME, VALID))
        out = [
            padded_length(length, size, stride, dilation, padding == SAME)
            for length, size, stride, dilation in zip(lengths, window, strides, dilations, strict=True)
        ]
        if min(out) > 0:
            break
    options: dict[str, Any] = {"padding": padding, "stride_h": strides[0], "stride_w": strides[1]}
    if dilated:
        options |= {"dilation_h_factor": dilations[0], "dilation_w_factor": dilations[1]}
    return window, options, out


def _weighted(
    net: Network, x: int, filter_shape: tuple[int, ...], axis: int, terms: int, like: int | None = None
) -> dict[str, Any]:
    """The operands, values, quantisation (that of `like`, if given) and fused activation of a layer with weights."""
    rng, builder = net.rng, net.builder
    function = pick(rng, (NONE, NONE, RELU, RELU, RELU6, RELU_N1_TO_1)) if like is None else NONE
    quantized, deviation, values = _fresh(rng, function)
    if like is not None:
        quantized, values = net.quantization(like), net.values[like]
        deviation = values.deviation
    given, in_scale = net.values[x], net.quantization(x)["scale"]
    sums = math.sqrt(terms) * given.size * _WEIGHT_SPREAD
    operand, scales = weights(rng, builder, filter_shape, axis, 2 * deviation / sums * quantized["scale"] / in_scale)
    operands = [x, operand]
    if chance(rng, 0.9):
        operands.append(_bias(net, operand, axis, given.mean, sums, [in_scale * each for each in scales]))
    return {"inputs": operands, "values": values, "quantized": quantized, "fused_activation_function": function}


def _bias(net: Network, operand: int, axis: int, mean: float, sums: float, scales: Sequence[float]) -> int:
    """A bias that takes away what the inputs' mean adds to a sum, for otherwise it would outweigh what varies."""
    data = net.builder.tensor(operand).data
    assert data is not None
    totals = data.astype(np.int64).sum(tuple(each for each in range(data.ndim) if each != axis))
    noise = net.rng.uniform(-sums / 4, sums / 4, len(totals))
    return net.builder.constant((noise - mean * totals).astype(np.int32), [float32(each) for each in scales])


def conv_2d(net: Network, x: int, *, keep: bool = False, depth: int | None = None, like: int | None = None) -> int:
    """Append a convolution with any window, now and then in groups; `depth` is the number of output channels."""
    rng = net.rng
    batches, height, width, channels = net.shape(x)
    depth = between(rng, 1, 8) if depth is None else depth
    window, options, out = _window(rng, (height, width), keep=keep, dilated=True)
    groups = math.gcd(channels, depth) if chance(rng, 0.1) else 1
    filter_shape = (depth, *window, channels // groups)
    layer = _weighted(net, x, filter_shape, 0, math.prod(filter_shape[1:]), like)
    return net.append("conv_2d", shape=(batches, *out, depth), **layer, **options)


def pointwise_conv_2d(
    net: Network, x: int, *, keep: bool = False, depth: int | None = None, like: int | None = None
) -> int:
    """Append a 1x1 convolution, now and then with a stride."""
    rng = net.rng
    batches, height, width, channels = net.shape(x)
    depth = between(rng, 1, 12) if depth is None else depth
    strides = [2 if not keep and chance(rng, 0.1) else 1 for _ in range(2)]
    out = [-(-length // stride) for length, stride in zip((height, width), strides, strict=True)]
    layer = _weighted(net, x, (depth, 1, 1, channels), 0, channels, like)
    options: dict[str, Any] = {"padding": pick(rng, (SAME, VALID)), "stride_h": strides[0], "stride_w": strides[1]}
    options |= {"dilation_h_factor": 1, "dilation_w_factor": 1}
    return net.append("conv_2d", shape=(batches, *out, depth), **layer, **options)


def depthwise_conv_2d(
    net: Network, x: int, *, keep: bool = False, depth: int | None = None, like: int | None = None
) -> int:
    """Append a depthwise convolution; more output than input channels only where there are few."""
    rng = net.rng
    batches, height, width, channels = net.shape(x)
    drawn: int = 1 if keep or channels > 5 else pick(rng, (1, 1, 1, 2, 3))
    depth = channels * drawn if depth is None else depth
    window, options, out = _window(rng, (height, width), keep=keep, dilated=True)
    layer = _weighted(net, x, (1, *window, depth), 3, math.prod(window), like)
    shape = (batches, *out, depth)
    return net.append("depthwise_conv_2d", shape=shape, **layer, **options, depth_multiplier=depth // channels)


def pool(net: Network, x: int, *, keep: bool = False) -> int:
    """Append a pooling of either kind."""
    rng = net.rng
    batches, height, width, channels = net.shape(x)
    operator = pick(rng, ("average_pool_2d", "max_pool_2d"))
    window, options, out = _window(rng, (height, width), keep=keep, dilated=False)
    options |= {"filter_height": window[0], "filter_width": window[1]}
    function = pick(rng, (NONE, NONE, NONE, RELU, RELU6))
    given = net.values[x]
    mean = given.mean + (given.deviation / 2 if operator == "max_pool_2d" else 0)
    values = Values(mean, given.deviation * 0.7)
    shape, same = (batches, *out, channels), net.quantization(x)
    return net.append(operator, [x], shape, values, same, fused_activation_function=function, **options)


def pad(net: Network, x: int) -> int:
    """Append a padding of rows and columns by up to 3 on each side, now and then of channels."""
    rng = net.rng
    most = (0, 3, 3, 1 if chance(rng, 0.1) else 0)
    paddings = [[between(rng, 0, limit), between(rng, 0, limit)] for limit in most]
    shape = [before + size + after for size, (before, after) in zip(net.shape(x), paddings, strict=True)]
    operands = [x, net.builder.constant(paddings)]
    return net.append("pad", operands, shape, net.values[x].scaled(0.9), net.quantization(x))


def resize(net: Network, x: int, height: int | None = None, width: int | None = None) -> int:
    """Append a nearest-neighbour resize to a size, by default mostly to twice the size."""
    rng = net.rng
    batches, rows, columns, channels = net.shape(x)
    if height is None or width is None:
        wanted = (2 * rows, 2 * columns) if chance(rng, 0.6) else (between(rng, 1, 25), between(rng, 1, 25))
        height, width = (min(LARGEST_SIDE, length) for length in wanted)
    align_corners, half_pixel_centers = pick(rng, ((False, False), (True, False), (False, True)))
    options = {"align_corners": align_corners, "half_pixel_centers": half_pixel_centers}
    operands, shape = [x, net.builder.constant([height, width])], (batches, height, width, channels)
    return net.append("resize_nearest_neighbor", operands, shape, net.values[x], net.quantization(x), **options)


def activation(net: Network, x: int) -> int:
    """Append an element-wise function."""
    return elementwise(net, x, pick(net.rng, ("relu", "relu6", "logistic", "tanh", "quantize")))


def elementwise(net: Network, x: int, operator: str) -> int:
    """Append this element-wise function."""
    rng = net.rng
    same, values = net.quantization(x), net.values[x]
    if operator == "logistic":
        same, values = {"scale": 1 / 256, "zero_point": -128}, Values(128, 40)
    elif operator == "tanh":
        same, values = {"scale": 1 / 128, "zero_point": 0}, Values(0, 50)
    elif operator != "relu6" and chance(rng, 0.8):  # TFLM's RELU6 only clamps
        ratio = rng.uniform(0.6, 1.4)
        zero_point = between(rng, -128, -100) if operator == "relu" else between(rng, -40, 40)
        same, values = {"scale": same["scale"] * ratio, "zero_point": zero_point}, values.scaled(1 / ratio)
    if operator == "relu":
        values = _clipped(values.deviation)
    return net.append(operator, [x], net.shape(x), values, same)


def arithmetic(net: Network, first: int, second: int, operator: str = "add") -> int:
    """Append a sum, difference or product of two tensors; either may be repeated to the other's shape."""
    rng = net.rng
    function = pick(rng, (NONE, NONE, RELU, RELU6))
    quantized, deviation, values = _fresh(rng, function)
    sizes = [net.values[each].size * net.quantization(each)["scale"] for each in (first, second)]
    quantized["scale"] = (sizes[0] * sizes[1] if operator == "mul" else math.hypot(*sizes)) / deviation
    shape = [max(pair) for pair in zip(net.shape(first), net.shape(second), strict=True)]
    return net.append(operator, [first, second], shape, values, quantized, fused_activation_function=function)


def concatenate(net: Network, parts: Sequence[int], axis: int) -> int:
    """Append a concatenation, behind a QUANTIZE for each part that has another scale or zero point than the first."""
    same = net.quantization(parts[0])
    values = net.values[parts[0]]
    parts = [
        part if net.quantization(part) == same else net.append("quantize", [part], net.shape(part), values, same)
        for part in parts
    ]
    shape = list(net.shape(parts[0]))
    shape[axis] = sum(net.shape(part)[axis] for part in parts)
    stored = axis - 4 if chance(net.rng, 0.3) else axis
    return net.append("concatenation", parts, shape, values, same, axis=stored, fused_activation_function=0)


def split(net: Network, x: int, axis: int, count: int) -> list[int]:
    """Append a split into equal parts; returns all of them."""
    shape = list(net.shape(x))
    shape[axis] //= count
    operands = [net.builder.constant(axis), x]
    outputs = [net.builder.computed(shape, **net.quantization(x)) for _ in range(count)]
    net.builder.node("split", operands, outputs, num_splits=count)
    net.nodes += 1
    for out in outputs:
        net.values[out] = net.values[x]
    return outputs


def crop(net: Network, x: int) -> int:
    """Append a strided slice of rows and columns."""
    rng = net.rng
    batches, height, width, channels = net.shape(x)
    begins = [0, between(rng, 0, (height - 1) // 2), between(rng, 0, (width - 1) // 2), 0]
    ends = [batches, between(rng, begins[1] + 1, height), between(rng, begins[2] + 1, width), channels]
    strides = [1, pick(rng, (1, 1, 2)), pick(rng, (1, 1, 2)), 1]
    shape = [len(range(*each)) for each in zip(begins, ends, strides, strict=True)]
    operands = [x, *(net.builder.constant(each) for each in (begins, ends, strides))]
    masks = {"begin_mask": 0, "end_mask": 0, "shrink_axis_mask": 0}
    return net.append("strided_slice", operands, shape, net.values[x], net.quantization(x), **masks)


def rows(net: Network, x: int) -> int:
    """Append a slice of neighbouring rows."""
    batches, height, width, channels = net.shape(x)
    begin = between(net.rng, 0, height - 1)
    end = between(net.rng, begin + 1, height)
    operands = [x, *map(net.builder.constant, ([0, begin, 0, 0], [batches, end, width, channels], [1, 1, 1, 1]))]
    masks = {"begin_mask": 0, "end_mask": 0, "shrink_axis_mask": 0}
    shape = (batches, end - begin, width, channels)
    return net.append("strided_slice", operands, shape, net.values[x], net.quantization(x), **masks)


def reshape(net: Network, x: int, shape: Sequence[int]) -> int:
    """Append a reshape."""
    operands = [x, net.builder.constant(list(shape))]
    return net.append("reshape", operands, shape, net.values[x], net.quantization(x), new_shape=tuple(shape))


def global_average(net: Network, x: int, *, keep_dims: bool = True) -> int:
    """Append an average over all rows and columns: a pooling, or a mean with a scale of its own."""
    rng = net.rng
    batches, height, width, channels = net.shape(x)
    if keep_dims and chance(rng, 0.5):
        options = {"padding": VALID, "stride_h": height, "stride_w": width}
        options |= {"filter_height": height, "filter_width": width, "fused_activation_function": NONE}
        shape, values = (batches, 1, 1, channels), _averaged(net.values[x])
        return net.append("average_pool_2d", [x], shape, values, net.quantization(x), **options)
    same, values = net.quantization(x), _averaged(net.values[x])
    if chance(rng, 0.7):
        ratio = rng.uniform(0.2, 0.7)
        same, values = {"scale": same["scale"] * ratio, "zero_point": between(rng, -60, 60)}, values.scaled(1 / ratio)
    shape = (batches, 1, 1, channels) if keep_dims else (batches, channels)
    operands = [x, net.builder.constant(pick(rng, ([1, 2], [1, 2], [2, 1], [-3, -2])))]
    return net.append("mean", operands, shape, values, same, keep_dims=keep_dims)


def _averaged(values: Values) -> Values:
    return Values(values.mean, values.deviation / 3)


def fully_connected(net: Network, x: int, outputs: int) -> int:
    """Append a layer on everything that a tensor holds; the tensor is [vectors, values] or one image."""
    shape = net.shape(x)
    vectors = shape[0]
    columns = math.prod(shape[1:])
    layer = _weighted(net, x, (outputs, columns), 0, columns)
    return net.append("fully_connected", shape=(vectors, outputs), **layer, keep_num_dims=False)


def softmax(net: Network, x: int) -> int:
    """Append a softmax."""
    return net.append("softmax", [x], net.shape(x), Values(64, 50), {"scale": 1 / 256, "zero_point": -128}, beta=1.0)
