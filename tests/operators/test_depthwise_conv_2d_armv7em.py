"""Depthwise convolutions for Armv7E-M, emulated: the bytes of TFLM for any shape, scale and ring."""

from pathlib import Path

import numpy as np
import pytest
from numpy.random import Generator

from lilliput import oracles, tflite
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.operators.depthwise_conv_2d.depthwise_conv_2d_armv7em import (
    DepthwiseConv2D3x3Armv7em,
    DepthwiseConv2DArmv7em,
    DepthwiseConv2DColumnArmv7em,
)
from lilliput.operators.depthwise_conv_2d.depthwise_conv_2d_one_channel_armv7em import (
    DepthwiseConv2DOfOneChannelArmv7em,
)
from lilliput.operators.operator import Operator
from lilliput.oracles import Oracle
from lilliput.toolchain.compiler import Toolchain
from tests.cases import draw
from tests.cases.builder import NONE, RELU6, SAME, VALID, GraphBuilder, float32
from tests.operators.emulated_program import Variant, complaints
from tests.operators.row_program import Case

CASES = 12
VARIANTS: tuple[Operator, ...] = (
    DepthwiseConv2D3x3Armv7em(),
    DepthwiseConv2DArmv7em(),
    DepthwiseConv2DColumnArmv7em(),
    DepthwiseConv2DOfOneChannelArmv7em(),
)


def depthwise(rng: Generator, filters: tuple[int, int], **changes: int) -> Graph:
    """A random layer; weights, biases, zero points and scales are often at the ends of their ranges."""
    height, width, channels = (draw.between(rng, 2, 9), draw.between(rng, 1, 9), draw.between(rng, 4, 13))
    width = changes.get("width", width)
    depth = changes.get("depth", channels)
    strides = draw.between(rng, 1, 3), draw.between(rng, 1, 3)
    same = height < filters[0] or width < filters[1] or draw.chance(rng, 0.6)
    output = [draw.padded_length(*each, 1, same) for each in zip((height, width), filters, strides, strict=True)]
    builder = GraphBuilder()
    x = builder.input((1, height, width, depth), scale=0.05, zero_point=draw.zero_point(rng))
    edge = draw.chance(rng, 0.3)
    values = (
        rng.choice([-128, 127], (1, *filters, channels)) if edge else rng.integers(-128, 128, (1, *filters, channels))
    )
    factor = 2.0 ** rng.uniform(-12, changes.get("largest", -2))
    scales = [float32(0.1 * factor / 0.05 * 2.0 ** -draw.between(rng, 0, 6)) for _ in range(channels)]
    if draw.chance(rng, 0.2):
        scales[0] = 1e-12
    weights = builder.constant(values.astype(np.int8), scales, axis=3)
    limit = 1 << draw.pick(rng, (6, 14, 14, 30))
    bias = builder.constant(rng.integers(-limit, limit, channels).astype(np.int32), [1.0] * channels)
    out = builder.computed((1, *output, channels), scale=0.1, zero_point=draw.zero_point(rng))
    builder.node(
        "depthwise_conv_2d",
        [x, weights, bias],
        out,
        padding=SAME if same else VALID,
        stride_h=strides[0],
        stride_w=strides[1],
        dilation_h_factor=1,
        dilation_w_factor=1,
        depth_multiplier=channels // depth,
        fused_activation_function=draw.pick(rng, (NONE, NONE, RELU6)),
    )
    return builder.graph()


def variant(tflm: Oracle, operator: Operator, graph: Graph, name: str) -> Variant:
    """The case of a graph's only node, with what TFLM computes."""
    support.check(graph)
    inputs = oracles.random_inputs(graph, 1, seed=1)
    (outputs,) = oracles.run(tflm, tflite.write(graph), graph, inputs)
    call = operator.rows(graph, graph.nodes[0])
    assert call is not None
    return Variant(Case(name, graph, call, tuple(inputs[0]), outputs[0]), operator)


def suitable(operator: Operator, rng: Generator) -> Graph:
    """A layer of the kind that a variant is made for."""
    if isinstance(operator, DepthwiseConv2D3x3Armv7em):
        return depthwise(rng, (3, 3))
    if isinstance(operator, DepthwiseConv2DColumnArmv7em):
        return depthwise(rng, (draw.between(rng, 1, 7), 1), width=1)
    filters = draw.between(rng, 1, 7), draw.between(rng, 1, 7)
    return depthwise(rng, filters, **({"depth": 1} if isinstance(operator, DepthwiseConv2DOfOneChannelArmv7em) else {}))


@pytest.mark.parametrize("toolchain", ["zig", pytest.param("gcc", marks=pytest.mark.slow)])
@pytest.mark.parametrize("operator", VARIANTS, ids=lambda operator: type(operator).__name__)
def test_bytes_are_those_of_tflm(
    operator: Operator, toolchain: Toolchain, tflm: Oracle, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if toolchain == "gcc":
        request.getfixturevalue("arm_gcc")
    found: list[Variant] = []
    for seed in range(10 * CASES):
        rng = np.random.Generator(np.random.PCG64(seed))
        graph = suitable(operator, rng)
        node = graph.nodes[0]
        if operator.applies(graph, node) and operator.rows(graph, node) is not None:
            found.append(variant(tflm, operator, graph, f"seed {seed}"))
        if len(found) == CASES:
            break
    assert len(found) == CASES
    assert complaints(found, tmp_path, toolchain=toolchain) == []


@pytest.mark.parametrize("operator", VARIANTS[:2], ids=lambda operator: type(operator).__name__)
def test_a_row_that_does_not_fit_into_scratch_is_computed_in_segments(
    operator: Operator, tflm: Oracle, tmp_path: Path
) -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    graph = depthwise(rng, (3, 3), width=150)
    call = operator.rows(graph, graph.nodes[0])
    assert call is not None
    assert call.parameters["segment"] != call.parameters["output_width"]
    assert complaints([variant(tflm, operator, graph, "wide")], tmp_path) == []


def test_scales_of_a_quarter_and_more_are_left_to_the_portable_kernel() -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    graphs = [depthwise(rng, (3, 3), largest=3) for _ in range(100)]
    rejected = [graph for graph in graphs if not VARIANTS[0].applies(graph, graph.nodes[0])]
    assert 10 < len(rejected) < 90
