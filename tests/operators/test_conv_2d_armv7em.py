"""Convolutions for Armv7E-M, emulated: the bytes of TFLM for any shape, scale and ring."""

from pathlib import Path

import numpy as np
import pytest
from numpy.random import PCG64, Generator

from lilliput import oracles, tflite
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.operators.conv_2d.conv_2d_armv7em import Conv2DArmv7em
from lilliput.oracles import Oracle
from lilliput.toolchain.compiler import Toolchain
from tests.cases import draw
from tests.cases.builder import NONE, RELU, RELU6, SAME, VALID, GraphBuilder, float32
from tests.operators.emulated_program import Variant, complaints
from tests.operators.row_program import Case

CASES = 12
VARIANT = Conv2DArmv7em()
LARGEST_BIAS = (1 << 30) + (1 << 29)


def layer(
    weights: np.ndarray,
    shape: tuple[int, int, int, int],
    *,
    biases: np.ndarray | None = None,
    strides: tuple[int, int] = (1, 1),
    dilations: tuple[int, int] = (1, 1),
    padding: int = SAME,
    factors: list[float] | None = None,
    zero_points: tuple[int, int] = (-128, -128),
    activation: int = NONE,
) -> Graph:
    """A convolution with these weights, whose channels' real scales are `factors`."""
    channels = len(weights)
    sizes = [
        draw.padded_length(size, window, stride, dilation, padding == SAME)
        for size, window, stride, dilation in zip(shape[1:3], weights.shape[1:3], strides, dilations, strict=True)
    ]
    builder = GraphBuilder()
    x = builder.input(shape, scale=0.05, zero_point=zero_points[0])
    scales = [float32(2 * factor) for factor in factors or [0.002] * channels]
    operands = [x, builder.constant(weights.astype(np.int8), scales)]
    if biases is not None:
        operands.append(builder.constant(biases.astype(np.int32), [1.0] * channels))
    out = builder.computed((shape[0], *sizes, channels), scale=0.1, zero_point=zero_points[1])
    options = {"dilation_h_factor": dilations[0], "dilation_w_factor": dilations[1], "padding": padding}
    options |= {"stride_h": strides[0], "stride_w": strides[1], "fused_activation_function": activation}
    builder.node("conv_2d", operands, out, **options)
    return builder.graph()


def random_layer(rng: Generator) -> Graph:
    """Weights, biases, zero points and scales are often at the ends of their ranges; many outputs saturate."""
    while True:
        window = (1, 1) if draw.chance(rng, 0.4) else (draw.between(rng, 1, 4), draw.between(rng, 1, 4))
        dilations = (draw.pick(rng, (1, 1, 1, 2)), draw.pick(rng, (1, 1, 1, 3)))
        shape = (1, draw.between(rng, 2, 7), draw.between(rng, 1, 9), draw.between(rng, 1, 21))
        reach = [(size - 1) * dilation + 1 for size, dilation in zip(window, dilations, strict=True)]
        same = draw.chance(rng, 0.7)
        if same or (reach[0] < shape[1] and reach[1] <= shape[2]):
            break
    channels = draw.between(rng, 1, 9)
    size = (channels, *window, shape[3])
    ends = draw.chance(rng, 0.3)
    weights = rng.choice([-127, 127], size) if ends else rng.integers(-127, 128, size)
    largest = 1 << draw.pick(rng, (6, 14, 22))
    biases = rng.integers(-largest, largest, channels)
    biases[::2] = rng.choice([-LARGEST_BIAS, LARGEST_BIAS], len(biases[::2])) if draw.chance(rng, 0.2) else biases[::2]
    factors = [2.0 ** rng.uniform(-16, -2.01) for _ in range(channels)]
    factors[-1] = 1e-12 if draw.chance(rng, 0.2) else factors[-1]
    zero_points = (draw.zero_point(rng), draw.zero_point(rng))
    return layer(
        weights,
        shape,
        biases=biases,
        strides=(draw.between(rng, 1, 3), draw.between(rng, 1, 3)),
        dilations=dilations,
        padding=SAME if same else VALID,
        factors=factors,
        zero_points=zero_points,
        activation=draw.pick(rng, (NONE, RELU, RELU6)),
    )


def variant(tflm: Oracle, graph: Graph, name: str) -> Variant:
    """The case of a graph's only node, with what TFLM computes."""
    support.check(graph)
    inputs = oracles.random_inputs(graph, 1, seed=1)
    (outputs,) = oracles.run(tflm, tflite.write(graph), graph, inputs)
    call = VARIANT.rows(graph, graph.nodes[0])
    assert call is not None
    return Variant(Case(name, graph, call, tuple(inputs[0]), outputs[0]), VARIANT)


@pytest.mark.parametrize("toolchain", ["zig", "gcc"])
def test_bytes_are_those_of_tflm(
    toolchain: Toolchain, tflm: Oracle, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if toolchain == "gcc":
        request.getfixturevalue("arm_gcc")
    graphs = [random_layer(Generator(PCG64(seed))) for seed in range(2 * CASES)]
    usable = [graph for graph in graphs if VARIANT.applies(graph, graph.nodes[0])][:CASES]
    assert len(usable) == CASES
    found = [variant(tflm, graph, f"seed {seed}") for seed, graph in enumerate(usable)]
    assert complaints(found, tmp_path, toolchain=toolchain) == []


def applies(weights: np.ndarray, **changes: object) -> bool:
    graph = layer(weights, (1, 4, 4, weights.shape[3]), **changes)  # pyright: ignore[reportArgumentType]
    support.check(graph)
    return VARIANT.applies(graph, graph.nodes[0])


def test_only_the_second_channel_of_a_pair_has_limits_on_its_sum() -> None:
    ones, small, large = np.ones((2, 1, 1, 4)), 1 << 22, 1 << 23
    assert applies(ones, biases=np.array([0, small]))
    assert applies(ones, biases=np.array([LARGEST_BIAS, small]))
    assert not applies(ones, biases=np.array([0, large]))


def test_the_smallest_weights_of_a_pair_must_fit_int16_together() -> None:
    assert applies(np.array([0, -128]).reshape(2, 1, 1, 1))
    assert applies(np.array([-128, -127]).reshape(2, 1, 1, 1))
    assert not applies(np.array([-1, -128]).reshape(2, 1, 1, 1))


def test_a_scale_of_a_quarter_or_more_is_left_to_the_portable_kernel() -> None:
    ones = np.ones((2, 1, 1, 4))
    assert applies(ones, factors=[0.1, 0.2499])
    assert not applies(ones, factors=[0.1, 0.25])
    assert applies(ones, factors=[0.1, 0.0])


def test_windows_that_would_need_much_scratch_are_left_to_the_portable_kernel() -> None:
    assert applies(np.ones((2, 1, 1, 2048)))
    assert not applies(np.ones((2, 1, 1, 2049)))


def test_groups_of_channels_are_left_to_the_portable_kernel() -> None:
    graph = layer(np.ones((2, 1, 1, 2)), (1, 4, 4, 4))
    assert not VARIANT.applies(graph, graph.nodes[0])


@pytest.mark.parametrize(("channels", "width", "pixels"), [(512, 4, 2), (513, 4, 1), (16, 1, 1)])
def test_two_pixels_at_a_time_take_at_most_two_kilobytes_of_scratch(channels: int, width: int, pixels: int) -> None:
    graph = layer(np.ones((2, 1, 1, channels)), (1, 4, width, channels))
    call = VARIANT.rows(graph, graph.nodes[0])
    assert call is not None
    assert call.parameters["layer.pixels"] == pixels
    assert call.scratch_bytes == 2 * -(-channels // 4) * 4 * pixels


def test_wide_windows_are_computed_pixel_by_pixel(tflm: Oracle, tmp_path: Path) -> None:
    rng = Generator(PCG64(1))
    graph = layer(rng.integers(-30, 30, (3, 3, 3, 60)), (1, 3, 3, 60), zero_points=(5, -20))
    assert complaints([variant(tflm, graph, "wide")], tmp_path) == []
