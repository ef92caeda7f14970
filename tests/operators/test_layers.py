"""Layers with weights: sizes at the limits of what their kernels hold."""

import numpy as np
import pytest

from lilliput import oracles, tflite
from lilliput.errors import UnsupportedError
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.options import Options
from lilliput.oracles import Oracle
from lilliput.pipeline import generate, prepare
from lilliput.toolchain import run_host
from tests.cases.builder import NONE, SAME, GraphBuilder


def fully_connected(shape: tuple[int, ...], outputs: int) -> Graph:
    builder = GraphBuilder()
    x = builder.input(shape, scale=0.1)
    weights = builder.constant(np.arange(outputs * shape[-1], dtype=np.int8).reshape(outputs, shape[-1]) - 3, 0.1)
    out = builder.computed((int(np.prod(shape[:-1])), outputs), scale=0.1)
    builder.node("fully_connected", [x, weights], out, fused_activation_function=NONE)
    return builder.graph()


def convolution(channels: int, *, window: int = 1, dilation: int = 1) -> Graph:
    builder = GraphBuilder()
    x = builder.input((1, 4, 4, 2), scale=0.1)
    weights = builder.constant(np.ones((channels, window, 1, 2), np.int8), 0.1)
    dilations = {"dilation_h_factor": dilation, "dilation_w_factor": 1}
    options = {"padding": SAME, "stride_h": 1, "stride_w": 1, "fused_activation_function": NONE, **dilations}
    builder.node("conv_2d", [x, weights], builder.computed((1, 4, 4, channels), scale=0.1), **options)
    return builder.graph()


def test_a_layer_over_more_vectors_than_int16_holds_has_the_bytes_of_tflm(tflm: Oracle) -> None:
    graph = fully_connected((1, 200, 200, 2), 3)
    inputs = oracles.random_inputs(graph, 1, seed=5)
    _, source = generate(prepare(graph), Options(name="pixels"))
    actual = run_host(source, inputs, [120_000], toolchain="zig", optimize="size").outputs
    assert actual == oracles.run(tflm, tflite.write(graph), graph, inputs)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (fully_connected((1, 4), 0), "from 1 to 32,767 outputs"),
        (fully_connected((1, 2), 32_768), "from 1 to 32,767 outputs"),
        (convolution(0), "dimensions of inputs and outputs must be from 1"),
        (convolution(1, window=32_767, dilation=2), "reach"),
    ],
    ids=["no outputs", "many outputs", "no channels", "wide reach"],
)
def test_what_kernels_cannot_hold_is_refused(graph: Graph, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        support.check(graph)
