"""Channels that go: every output byte stays what TFLM computes from the graph as it was."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lilliput import oracles, tflite
from lilliput.ir import DType, Graph
from lilliput.ir.checker import check
from lilliput.oracles import Oracle
from lilliput.transforms.drop_channels import drop_channels
from lilliput.transforms.remove_dead_nodes import remove_dead_nodes
from tests.cases.builder import NONE, RELU, RELU6, SAME, VALID, GraphBuilder

_SIDE = 6


class _Layers:
    """Layers of which some channels are constant: their biases leave the range that the output can show."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.builder = GraphBuilder()

    def conv(self, x: int, channels: int, window: int, *, share: float = 0.4) -> int:
        """A convolution; about `share` of its channels are constant, and some see no input."""
        _, height, width, depth = self.builder.tensor(x).shape
        weights = self._weights((channels, window, window, depth))
        padding = SAME if window > 1 and self.rng.random() < 0.5 else VALID
        lost = window - 1 if padding == VALID else 0
        bias = self._bias(channels, share)
        activation = int(self.rng.choice([NONE, RELU, RELU6]))
        zero_point = int(self.rng.choice([-128, -128, -20, 5]))
        out = self.builder.computed((1, height - lost, width - lost, channels), scale=0.05, zero_point=zero_point)
        scales = self.rng.uniform(0.002, 0.02, channels).tolist()
        inputs = [
            x,
            self.builder.constant(weights, scales),
            self.builder.constant(bias, _times(scales, self._scale(x))),
        ]
        return self.builder.node(
            "conv_2d", inputs, out, padding=padding, stride_h=1, stride_w=1, dilation_h_factor=1, dilation_w_factor=1,
            fused_activation_function=activation,
        )  # fmt: skip

    def depthwise(self, x: int) -> int:
        """A depthwise convolution, padded or not."""
        _, height, width, depth = self.builder.tensor(x).shape
        padding = int(self.rng.choice([SAME, VALID]))
        lost = 2 if padding == VALID else 0
        scales = self.rng.uniform(0.002, 0.02, depth).tolist()
        out = self.builder.computed((1, height - lost, width - lost, depth), scale=0.05, zero_point=-128)
        bias = self.builder.constant(self._bias(depth, 0.2), _times(scales, self._scale(x)))
        weights = self.builder.constant(self._weights((1, 3, 3, depth)), scales, axis=3)
        return self.builder.node(
            "depthwise_conv_2d", [x, weights, bias], out, padding=padding, stride_h=1, stride_w=1, depth_multiplier=1,
            dilation_h_factor=1, dilation_w_factor=1, fused_activation_function=RELU6,
        )  # fmt: skip

    def pool(self, x: int, operator: str) -> int:
        """The mean, or the largest, of the whole image."""
        tensor = self.builder.tensor(x)
        _, height, width, depth = tensor.shape
        out = self.builder.computed((1, 1, 1, depth), **self._quantization(x))
        return self.builder.node(
            operator, [x], out, padding=VALID, stride_h=1, stride_w=1, filter_height=height, filter_width=width,
            fused_activation_function=NONE,
        )  # fmt: skip

    def between(self, x: int) -> int:
        """What passes channels on: a function of elements, more rows and columns, or values around them."""
        shape = self.builder.tensor(x).shape
        same: dict[str, Any] = self._quantization(x)
        kind = str(self.rng.choice(["relu", "relu6", "quantize", "pad", "padv2", "resize_nearest_neighbor"]))
        batches, height, width, depth = shape
        inputs = [x]
        if kind in ("relu", "quantize"):
            same = {"scale": same["scale"] * self.rng.uniform(0.4, 1.5), "zero_point": int(self.rng.integers(-128, 40))}
        elif kind == "resize_nearest_neighbor":
            shape = (batches, 2 * height, width, depth)
            inputs.append(self.builder.constant(list(shape[1:3])))
        elif kind != "relu6":
            shape = (batches, height + 1, width + 3, depth)
            inputs.append(self.builder.constant([[0, 0], [0, 1], [2, 1], [0, 0]]))
        if kind == "padv2":
            value = np.array([self.rng.choice([-128, 9, 127])], np.int8)
            inputs.append(self.builder.constant(value, same["scale"], same["zero_point"]))
        return self.builder.node(kind, inputs, self.builder.computed(shape, **same))

    def dense(self, x: int, outputs: int) -> int:
        """A flattened image times a matrix."""
        tensor = self.builder.tensor(x)
        depth = tensor.shape[-1]
        same = self._quantization(x)
        flat = self.builder.node(
            "reshape", [x, self.builder.constant([1, depth])], self.builder.computed((1, depth), **same)
        )
        out = self.builder.computed((1, outputs), scale=0.2)
        inputs = [flat, self.builder.constant(self._weights((outputs, depth)), 0.01)]
        inputs.append(self.builder.constant(self._bias(outputs, 0.0), 0.01 * same["scale"]))
        return self.builder.node("fully_connected", inputs, out, fused_activation_function=NONE, weights_format=0)

    def _scale(self, x: int) -> float:
        return float(self._quantization(x)["scale"])

    def _quantization(self, x: int) -> dict[str, Any]:
        quantized = self.builder.tensor(x).quantization
        assert quantized is not None
        return {"scale": quantized.scale, "zero_point": quantized.zero_point}

    def _weights(self, shape: Sequence[int]) -> Any:
        weights = self.rng.integers(-127, 128, shape).astype(np.int8)
        weights[..., self.rng.random(shape[-1]) < 0.15] = 0
        if len(shape) == 4 and shape[1:3] == (3, 3) and shape[0] > 1:
            middle_only = self.rng.random(shape[-1]) < 0.2
            weights[:, :, [0, 2]] = np.where(middle_only, 0, weights[:, :, [0, 2]])
            weights[:, [0, 2]] = np.where(middle_only, 0, weights[:, [0, 2]])
        return weights

    def _bias(self, channels: int, share: float) -> Any:
        bias = self.rng.integers(-3000, 3000, channels)
        extreme = self.rng.random(channels) < share
        bias[extreme] = self.rng.choice([-(1 << 26), 1 << 26], int(extreme.sum()))
        return bias.astype(np.int32)


def _times(scales: Sequence[float], factor: float) -> list[float]:
    return [scale * factor for scale in scales]


def network(seed: int, *, between: bool = False) -> Graph:
    """Convolution, depthwise, convolution, pooling and matrix, with a second reader in between now and then.

    With `between` there is something behind the first two that passes their channels on.
    """
    layers = _Layers(seed)
    side = 2 * _SIDE if between else _SIDE
    x = layers.builder.input((1, side, side, 3), scale=0.02, zero_point=int(layers.rng.integers(-128, 128)))
    x = layers.conv(x, int(layers.rng.integers(3, 9)), int(layers.rng.choice([1, 3])))
    if between:
        x = layers.between(x)
    if layers.rng.random() < 0.8:
        x = layers.depthwise(x)
    if between:
        x = layers.conv(layers.between(x), 5, 3)
    shared = x
    x = layers.conv(x, int(layers.rng.integers(2, 8)), 1)
    outputs = [layers.dense(layers.pool(x, str(layers.rng.choice(["average_pool_2d", "max_pool_2d"]))), 4)]
    if seed % 3 == 0:
        outputs.append(layers.conv(shared, 3, 1, share=0.0))
    if seed % 4 == 0:
        outputs.append(shared)
    return layers.builder.graph(*outputs)


def _weight_bytes(graph: Graph) -> int:
    return sum(tensor.size_bytes for tensor in graph.tensors if tensor.is_constant and tensor.dtype is DType.INT8)


@pytest.mark.slow
@pytest.mark.parametrize("between", [False, True])
def test_networks_with_constant_channels_give_the_same_bytes_in_tflm(between: bool, tflm: Oracle) -> None:
    smaller = 0
    for seed in range(120):
        before = network(seed, between=between)
        after = remove_dead_nodes(drop_channels(before))
        check(after)
        smaller += _weight_bytes(after) < _weight_bytes(before)
        samples = oracles.random_inputs(before, 3, seed)
        expected, actual = (oracles.run(tflm, tflite.write(graph), graph, samples) for graph in (before, after))
        assert (seed, actual) == (seed, expected)
    assert smaller > 80


def test_dropping_again_drops_nothing_more() -> None:
    for seed in range(20):
        once = remove_dead_nodes(drop_channels(network(seed)))
        assert drop_channels(once) is once


def test_graph_inputs_and_outputs_keep_their_channels() -> None:
    for seed in range(0, 40, 4):
        before = network(seed)
        after = remove_dead_nodes(drop_channels(before))
        assert [tensor.shape for tensor in after.select((*after.inputs, *after.outputs))] == [
            tensor.shape for tensor in before.select((*before.inputs, *before.outputs))
        ]


def _two_layers(value: int, *, padding: int, bias: bool = True) -> Graph:
    """A 1x1 convolution with one constant channel of four, and a 3x3 one that reads it."""
    builder = GraphBuilder()
    x = builder.input((1, 4, 4, 2), scale=0.1)
    weights = builder.constant(np.ones((4, 1, 1, 2), np.int8), 0.01)
    start = builder.constant(np.array([0, 0, -(1 << 26), 0], np.int32), 0.001)
    options = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    middle = builder.computed((1, 4, 4, 4), scale=0.05, zero_point=value)
    x = builder.node("conv_2d", [x, weights, start], middle, padding=VALID, fused_activation_function=NONE, **options)
    inputs = [x, builder.constant(np.ones((2, 3, 3, 4), np.int8), 0.01)]
    inputs += [builder.constant(np.zeros(2, np.int32), 0.0005)] if bias else []
    side = 4 if padding == SAME else 2
    out = builder.computed((1, side, side, 2), scale=0.5)
    builder.node("conv_2d", inputs, out, padding=padding, fused_activation_function=NONE, **options)
    return builder.graph()


@pytest.mark.parametrize(
    ("zero_point", "padding", "bias", "channels"),
    [
        (-128, SAME, True, 3),
        (-128, VALID, False, 3),
        (0, VALID, True, 3),
        (0, SAME, True, 4),
        (0, VALID, False, 4),
    ],
)
def test_a_constant_channel_stays_only_where_no_bias_can_stand_for_it(
    zero_point: int, padding: int, bias: bool, channels: int
) -> None:
    after = remove_dead_nodes(drop_channels(_two_layers(zero_point, padding=padding, bias=bias)))
    assert after.output(after.nodes[0]).shape[-1] == channels


def test_one_channel_stays_where_all_are_constant() -> None:
    graph = _two_layers(-128, padding=VALID)
    start = graph.nodes[0].inputs[2]
    tensors = list(graph.tensors)
    tensors[start] = replace(tensors[start], data=np.full(4, -(1 << 26), np.int32))
    after = remove_dead_nodes(drop_channels(replace(graph, tensors=tuple(tensors))))
    assert after.output(after.nodes[0]).shape[-1] == 1


def test_tensors_that_are_not_int8_are_left_alone() -> None:
    builder = GraphBuilder()
    x = builder.input((1, 2, 3), DType.FLOAT32)
    builder.node("reshape", [x, builder.constant([2, 3])], builder.computed((2, 3), DType.FLOAT32))
    graph = builder.graph()
    assert drop_channels(graph) is graph


@pytest.mark.parametrize(("taps", "channels"), [([0, 3, 0], 3), ([3, 0, 0], 4), ([1, -1, 0], 4), ([2, 0, -2], 4)])
def test_a_constant_channel_goes_where_its_taps_add_the_same_at_every_border(taps: list[int], channels: int) -> None:
    graph = _two_layers(0, padding=SAME)
    position = graph.nodes[1].inputs[1]
    tensors = list(graph.tensors)
    data = np.ones((2, 3, 3, 4), np.int8)
    data[..., 2] = 0
    data[:, 1, :, 2] = taps
    data.setflags(write=False)
    tensors[position] = replace(tensors[position], data=data)
    after = remove_dead_nodes(drop_channels(replace(graph, tensors=tuple(tensors))))
    assert after.output(after.nodes[0]).shape[-1] == channels


@pytest.mark.parametrize(("slack", "channels"), [(0, 1), (1, 2)])
def test_a_channel_that_is_constant_as_tflm_rounds_only_stays_where_that_must_not_matter(
    slack: int, channels: int
) -> None:
    builder = GraphBuilder()
    x = builder.input((1, 2, 2, 1), scale=1.0)
    options = {"padding": VALID, "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    options["fused_activation_function"] = NONE
    weights = builder.constant(np.array([1, 0], np.int8).reshape(2, 1, 1, 1), 1.0)
    inputs = [x, weights, builder.constant([0, 7], 1.0)]
    x = builder.node("conv_2d", inputs, builder.computed((1, 2, 2, 2), scale=1.0), **options)
    inputs = [x, builder.constant(np.ones((1, 1, 1, 2), np.int8), 1.0), builder.constant([0], 1.0)]
    builder.node("conv_2d", inputs, builder.computed((1, 2, 2, 1), scale=4.0), **options)
    after = remove_dead_nodes(drop_channels(builder.graph(), slack))
    assert after.output(after.nodes[0]).shape[-1] == channels
