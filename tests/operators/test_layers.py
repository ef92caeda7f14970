"""Layers with weights: sizes at the limits of what their kernels hold."""

from pathlib import Path

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
from tests.end_to_end.batch import Case, run_batch


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


SUM_SCALES = {
    "multipliers of 0": [1e-12, 2.0**-6, 1e-11],
    "one scale for all": [0.01],
    "one shift for all": [0.011, 0.012, 0.015],
    "shifts from 0 to -3": [0.9, 0.3, 0.06],
    "shifts to the left": [200.0, 1.5, 0.6],
    "shifts that differ a lot": [1.9, 2.0**-20, 2.0**-30],
    "the smallest shift": [2.0**-31, 1.7 * 2.0**-32, 2.0**-30],
}
"""For a layer's output channels what its sums are multiplied by; one for all of them makes weights with one scale."""
BIASES = {
    "no bias": None,
    "one byte": [100, -128, 127],
    "two bytes": [-2000, 128, -1],
    "three bytes": [1 << 22, -(1 << 23), 99],
    "four bytes": [2_146_000_000, -2_146_000_000, 1 << 30],
}


def scaled_layer(operator: str, sum_scales: list[float], bias: list[int] | None) -> Graph:
    """A layer of three channels with small weights, whose input and output have the scale 1."""
    builder = GraphBuilder()
    x = builder.input((1, 5, 5, 3), scale=1.0, zero_point=-3)
    shape = {"conv_2d": (3, 2, 2, 3), "depthwise_conv_2d": (1, 2, 2, 3), "fully_connected": (3, 75)}[operator]
    weights = np.random.default_rng(1).integers(-127, 128, shape, np.int8)
    axis = 3 if operator == "depthwise_conv_2d" else 0
    operands = [x, builder.constant(weights, sum_scales[0] if len(sum_scales) == 1 else sum_scales, axis=axis)]
    if bias is not None:
        operands.append(
            builder.constant(np.array(bias, np.int32), sum_scales[0] if len(sum_scales) == 1 else sum_scales)
        )
    options: dict[str, int] = {"fused_activation_function": NONE}
    if operator != "fully_connected":
        options |= {"padding": SAME, "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    if operator == "depthwise_conv_2d":
        options["depth_multiplier"] = 1
    out = (1, 3) if operator == "fully_connected" else (1, 5, 5, 3)
    builder.node(operator, operands, builder.computed(out, scale=1.0, zero_point=5), **options)
    return builder.graph()


@pytest.mark.parametrize("operator", ["conv_2d", "depthwise_conv_2d", "fully_connected"])
@pytest.mark.parametrize("sum_scales", SUM_SCALES.values(), ids=SUM_SCALES.keys())
def test_scales_and_biases_of_any_size_give_the_bytes_of_tflm(
    operator: str, sum_scales: list[float], tflm: Oracle, tmp_path: Path
) -> None:
    graphs = [scaled_layer(operator, sum_scales, bias) for bias in BIASES.values()]
    inputs = oracles.random_inputs(graphs[0], 3, seed=2)
    cases = [
        Case(generate(prepare(graph), Options(name=f"layer_{number}"))[1], graph, inputs)
        for number, graph in enumerate(graphs)
    ]
    expected = [tuple(oracles.run(tflm, tflite.write(graph), graph, inputs)) for graph in graphs]
    assert run_batch(cases, tmp_path, "-O1") == expected
