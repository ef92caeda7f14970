"""Operators row by row: the bytes of TFLM, whatever the size of the ring."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.random import Generator

from lilliput import oracles, tflite
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.operators.operator import RowCall, RowStyle, Window
from lilliput.oracles import Oracle
from tests.cases import draw
from tests.cases.builder import NONE, SAME, VALID, GraphBuilder, float32
from tests.cases.random_cases import random_case
from tests.operators.row_program import Case, run_program

CASES = 10
"""Cases of each operator."""


def images(operator: str) -> Callable[[Generator], Graph]:
    """Random cases whose tensors are all of one shape, which is made an image of several rows."""

    def make(rng: Generator) -> Graph:
        while True:
            graph = drawn(operator)(rng)
            shape = graph.tensors[0].shape
            rest = math.prod(shape[:-1])
            if rest > 1 and all(tensor.shape == shape for tensor in graph.tensors):
                height = next(factor for factor in range(2, rest + 1) if rest % factor == 0)
                image = (1, height, rest // height, shape[-1])
                return replace(graph, tensors=tuple(replace(tensor, shape=image) for tensor in graph.tensors))

    return make


def drawn(operator: str) -> Callable[[Generator], Graph]:
    """Random cases as they are."""
    return lambda rng: random_case(operator, int(rng.integers(1 << 30)))


def pad(rng: Generator) -> Graph:
    """Height and width are padded, or width and channels."""
    builder = GraphBuilder()
    same = draw.quantization(rng)
    shape = [1, *(draw.between(rng, 1, 6) for _ in range(3))]
    paddings = [[draw.between(rng, 0, 3) for _ in range(2)] for _ in shape]
    paddings[0] = paddings[draw.pick(rng, (1, 3))] = [0, 0]
    out = [before + size + after for size, (before, after) in zip(shape, paddings, strict=True)]
    operands = [builder.input(shape, **same), builder.constant(paddings)]
    operator = draw.pick(rng, ("pad", "padv2"))
    if operator == "padv2":
        operands.append(builder.constant(draw.int8(rng, (1,)), same["scale"], same["zero_point"]))
    builder.node(operator, operands, builder.computed(out, **same))
    return builder.graph()


def resize(rng: Generator) -> Graph:
    """By whole factors."""
    builder = GraphBuilder()
    same = draw.quantization(rng)
    height, width, depth = (draw.between(rng, 1, 5) for _ in range(3))
    size = [height * draw.between(rng, 1, 4), width * draw.between(rng, 1, 3)]
    operands = [builder.input((1, height, width, depth), **same), builder.constant(size)]
    builder.node("resize_nearest_neighbor", operands, builder.computed((1, *size, depth), **same))
    return builder.graph()


def mean(rng: Generator) -> Graph:
    """Over height and width."""
    builder = GraphBuilder()
    shape = (1, *(draw.between(rng, 2 if axis == 0 else 1, 9) for axis in range(3)))
    x = builder.input(shape, scale=0.5, zero_point=draw.zero_point(rng))
    keep_dims = draw.chance(rng, 0.5)
    out_shape = (1, 1, 1, shape[3]) if keep_dims else (1, shape[3])
    scale = float32(0.5 * draw.scale(rng, -2, 1) / math.sqrt(shape[1] * shape[2]))
    out = builder.computed(out_shape, scale=scale, zero_point=draw.between(rng, -20, 20))
    axes = draw.pick(rng, ([1, 2], [2, 1], [-3, -2]))
    builder.node("mean", [x, builder.constant(axes)], out, keep_dims=keep_dims)
    return builder.graph()


def global_pool(rng: Generator) -> Graph:
    """The window is the whole input, or larger."""
    builder = GraphBuilder()
    same = draw.quantization(rng)
    height, width, depth = draw.between(rng, 2, 9), draw.between(rng, 1, 9), draw.between(rng, 1, 9)
    options = {"padding": VALID, "stride_h": 1, "stride_w": 1, "filter_height": height, "filter_width": width}
    if draw.chance(rng, 0.5):
        options |= {"padding": SAME, "stride_h": height, "stride_w": width, "filter_height": height + 1}
    operands = [builder.input((1, height, width, depth), **same)]
    out = builder.computed((1, 1, 1, depth), **same)
    builder.node("average_pool_2d", operands, out, fused_activation_function=NONE, **options)
    return builder.graph()


def fully_connected(rng: Generator) -> Graph:
    """Flattened by RESHAPE, or as it is."""
    builder = GraphBuilder()
    shape = (1, draw.between(rng, 2, 6), draw.between(rng, 1, 5), draw.between(rng, 1, 5))
    terms, outputs = math.prod(shape), draw.between(rng, 1, 12)
    same = draw.quantization(rng)
    x = builder.input(shape, **same)
    if draw.chance(rng, 0.8):
        flat = builder.constant([1, terms])
        x = builder.node("reshape", [x, flat], builder.computed((1, terms), **same), new_shape=(1, terms))
    factor = draw.multiplier(rng, terms)
    out_scale = float32(same["scale"] * 2.0 ** rng.uniform(-9, 0) / factor)
    weights, scales = draw.weights(rng, builder, (outputs, terms), 0, out_scale * factor / same["scale"])
    bias = draw.bias(rng, builder, outputs, [float32(same["scale"] * each) for each in scales], terms, factor)
    out = builder.computed((1, outputs), scale=out_scale, zero_point=draw.balanced_zero_point(rng, 0))
    options = {"fused_activation_function": NONE, "keep_num_dims": False}
    builder.node("fully_connected", [x, weights, bias], out, **options)
    return builder.graph()


MODELS: Mapping[str, tuple[Callable[[Generator], Graph], RowStyle]] = {
    **{
        operator: (drawn(operator), RowStyle.WINDOW)
        for operator in ("conv_2d", "depthwise_conv_2d", "average_pool_2d", "max_pool_2d")
    },
    **{
        operator: (images(operator), RowStyle.POINTWISE)
        for operator in (
            "add", "sub", "mul", "relu", "relu6", "logistic", "tanh", "quantize", "dequantize", "softmax",
        )
    },
    "pad": (pad, RowStyle.WINDOW),
    "pad channels": (pad, RowStyle.POINTWISE),
    "resize_nearest_neighbor": (resize, RowStyle.WINDOW),
    "mean": (mean, RowStyle.REDUCTION),
    "average_pool_2d of all": (global_pool, RowStyle.REDUCTION),
    "fully_connected": (fully_connected, RowStyle.REDUCTION),
}  # fmt: skip
"""What is tested -> (how to draw a graph whose last node it is, the style that it should have)."""


def rows_of(graph: Graph) -> RowCall | None:
    """The last node's row call."""
    support.check(graph)
    return support.operator_of(graph.nodes[-1]).rows(graph, graph.nodes[-1])


def a_case(tflm: Oracle, name: str, graph: Graph, call: RowCall) -> Case:
    """A case whose expectation is TFLM's."""
    inputs = oracles.random_inputs(graph, 1, seed=1)
    (outputs,) = oracles.run(tflm, tflite.write(graph), graph, inputs)
    own = tuple(inputs[0][graph.inputs.index(index)] for index in call.inputs)
    return Case(name, graph, call, own, outputs[-1])


@pytest.mark.parametrize("name", sorted(MODELS))
def test_rows_have_the_bytes_of_tflm_in_rings_of_all_sizes(name: str, tflm: Oracle, tmp_path: Path) -> None:
    make, style = MODELS[name]
    cases: list[Case] = []
    for seed in range(40 * CASES):
        graph = make(np.random.Generator(np.random.PCG64(seed)))
        call = rows_of(graph)
        if call is not None and call.style is style:
            cases.append(a_case(tflm, f"{name}, seed {seed}", graph, call))
        if len(cases) == CASES:
            break
    assert len(cases) == CASES
    assert run_program(cases, tmp_path) == ""


def conv(shape: Sequence[int], out_shape: Sequence[int], **options: int) -> Graph:
    builder = GraphBuilder()
    x = builder.input(shape, scale=0.1)
    weights = builder.constant(np.ones((2, 3, 3, shape[-1]), np.int8), 0.1)
    geometry = {"padding": SAME, "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    builder.node("conv_2d", [x, weights], builder.computed(out_shape, scale=0.1), **{**geometry, **options})
    return builder.graph()


@pytest.mark.parametrize(
    ("options", "height", "window"),
    [
        ({}, 8, Window(stride=1, first=-1, extent=3)),
        ({"padding": VALID}, 6, Window(stride=1, first=0, extent=3)),
        ({"stride_h": 2}, 4, Window(stride=2, first=0, extent=3)),
        ({"dilation_h_factor": 2}, 8, Window(stride=1, first=-2, extent=5)),
    ],
)
def test_a_window_says_which_rows_a_step_reads(options: dict[str, int], height: int, window: Window) -> None:
    width = 6 if "padding" in options else 8
    call = rows_of(conv((1, 8, 8, 2), (1, height, width, 2), **options))
    assert call is not None
    assert call.windows == (window,)
    assert call.steps == height
    assert call.kernel == "conv_2d_row"
    assert "input_rows" not in call.parameters


def test_a_batch_and_a_single_row_have_no_rows() -> None:
    assert rows_of(conv((2, 8, 8, 2), (2, 8, 8, 2))) is None
    assert rows_of(conv((1, 1, 8, 2), (1, 1, 8, 2))) is None


def padded(*paddings: Sequence[int]) -> Graph:
    builder = GraphBuilder()
    shape = (1, 4, 4, 2)
    out = [sum(pair) + size for size, pair in zip(shape, paddings, strict=True)]
    operands = [builder.input(shape, scale=0.1), builder.constant([list(pair) for pair in paddings])]
    builder.node("pad", operands, builder.computed(out, scale=0.1))
    return builder.graph()


def test_padding_above_moves_the_window_and_is_not_read() -> None:
    call = rows_of(padded((0, 0), (2, 1), (1, 1), (0, 0)))
    assert call is not None
    assert (call.style, call.windows, call.steps) == (RowStyle.WINDOW, (Window(first=-2),), 7)


def test_padding_of_the_batch_or_of_rows_and_channels_has_no_rows() -> None:
    assert rows_of(padded((1, 0), (0, 0), (0, 0), (0, 0))) is None
    assert rows_of(padded((0, 0), (1, 0), (0, 0), (0, 1))) is None


def test_a_sum_with_a_constant_or_a_repeated_input_has_no_rows() -> None:
    for other in ((1, 4, 4, 2), (1, 1, 1, 2)):
        for constant in (True, False):
            builder = GraphBuilder()
            x = builder.input((1, 4, 4, 2), scale=0.1)
            y = builder.constant(np.ones(other, np.int8), 0.1) if constant else builder.input(other, scale=0.1)
            builder.node("add", [x, y], builder.computed((1, 4, 4, 2), scale=0.1), fused_activation_function=NONE)
            assert (rows_of(builder.graph()) is None) == (constant or other[1] == 1)


def flattened(vectors: int) -> Graph:
    builder = GraphBuilder()
    x = builder.input((1, 4, 4, 2), scale=0.1)
    flat = (vectors, 32 // vectors)
    view = builder.node("reshape", [x], builder.computed(flat, scale=0.1), new_shape=flat)
    weights = builder.constant(np.ones((3, flat[1]), np.int8), 0.1)
    out = builder.computed((vectors, 3), scale=0.1)
    builder.node("fully_connected", [view, weights], out, fused_activation_function=NONE)
    return builder.graph()


def test_a_fully_connected_layer_reads_the_rows_before_the_reshape() -> None:
    call = rows_of(flattened(1))
    assert call is not None
    assert (call.style, call.inputs, call.steps, call.sums_bytes) == (RowStyle.REDUCTION, (0,), 4, 12)


def test_several_vectors_have_no_rows() -> None:
    assert rows_of(flattened(2)) is None
