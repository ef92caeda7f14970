"""Matrices of layers: their products are what the layers compute, as the generated C says."""

import numpy as np
import pytest

from lilliput.compress import capture, compressible
from lilliput.compress.layers import kind_of, layer_inputs
from lilliput.ir import Graph
from tests.cases.builder import SAME, VALID, GraphBuilder

RANDOM = np.random.default_rng(3)


def images(count: int, graph: Graph) -> list[list[bytes]]:
    shape = graph.tensors[graph.inputs[0]].shape
    return [[RANDOM.integers(-128, 128, shape, np.int8).tobytes()] for _ in range(count)]


def convolved(operator: str, weights: tuple[int, ...], channels: int, **options: int) -> Graph:
    """A layer whose output shows its sums exactly: small weights, and scales that make the multiplier one half."""
    builder = GraphBuilder()
    image = builder.input((1, 7, 6, 2), scale=1.0, zero_point=5)
    values = RANDOM.integers(-1, 2, weights, np.int8)
    filters = builder.constant(values, [1.0] * channels, axis=3 if operator == "depthwise_conv_2d" else 0)
    bias = builder.constant(np.zeros(channels, np.int32), [1.0] * channels)
    shape = (1, options.pop("rows"), options.pop("columns"), channels)
    computed = builder.computed(shape, scale=32.0)
    strides = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    builder.node(operator, (image, filters, bias), computed, **{**strides, **options})
    return builder.graph()


GRAPHS = {
    "same": convolved("conv_2d", (3, 3, 2, 2), 3, rows=7, columns=6, padding=SAME),
    "strides": convolved("conv_2d", (3, 3, 2, 2), 3, rows=4, columns=2, padding=SAME, stride_h=2, stride_w=3),
    "dilation": convolved("conv_2d", (3, 2, 2, 2), 3, rows=5, columns=5, padding=VALID, dilation_h_factor=2),
    "depthwise": convolved("depthwise_conv_2d", (1, 3, 3, 2), 2, rows=7, columns=6, padding=SAME),
    "multiplier": convolved("depthwise_conv_2d", (1, 2, 3, 4), 4, rows=6, columns=4, padding=VALID),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_windows_times_weights_are_the_layers_sums(name: str) -> None:
    # The layer rounds twice, so it may be further away than a half.
    graph = GRAPHS[name]
    node, activations = graph.nodes[0], capture(graph, images(3, graph))
    kind = kind_of(graph, node)
    assert kind is not None
    weights = kind.matrices(np.asarray(graph.input(node, 1).data, np.float64))
    sums = np.einsum("gwt,got->wgo", layer_inputs(graph, node, activations), weights)
    expected = activations[node.outputs[0]].reshape(-1, weights.shape[0] * weights.shape[1])
    assert np.abs(sums.reshape(expected.shape) / 32.0 - expected).max() < 0.6


@pytest.mark.parametrize("name", GRAPHS)
def test_matrices_turn_back_into_weights(name: str) -> None:
    graph = GRAPHS[name]
    kind = kind_of(graph, graph.nodes[0])
    stored = np.asarray(graph.input(graph.nodes[0], 1).data)
    assert kind is not None
    np.testing.assert_array_equal(kind.weights(kind.matrices(stored), stored.shape), stored)


def test_layers_without_constant_int8_weights_are_left_out() -> None:
    builder = GraphBuilder()
    image = builder.input((1, 4), scale=1.0)
    total = builder.node("add", (image, image), builder.computed((1, 4), scale=2.0))
    builder.node("softmax", (total,), builder.computed((1, 4), scale=1 / 256, zero_point=-128), beta=1.0)
    assert compressible(builder.graph()) == ()
