"""Graphs before and after all transforms, as printed."""

from typing import Any

import numpy as np
import pytest

from lilliput import transforms
from lilliput.ir import DType, Graph
from lilliput.ir.printer import print_graph
from tests.cases.builder import NONE, RELU, SAME, VALID, GraphBuilder
from tests.golden_files import GoldenFolder


def shape_chain() -> Graph:
    """A RESHAPE to a shape that SHAPE, STRIDED_SLICE and PACK compute, and that the model also returns."""
    builder = GraphBuilder()
    x = builder.input((1, 4, 4, 2), scale=0.5)
    one = [builder.constant([value]) for value in (0, 1, 1)]
    lengths = builder.node("shape", [x], builder.computed((4,), DType.INT32), out_type=2)
    batch = builder.node("strided_slice", [lengths, *one], builder.computed((), DType.INT32), shrink_axis_mask=1)
    rest = builder.constant(32)
    shape = builder.node("pack", [batch, rest], builder.computed((2,), DType.INT32), values_count=2, axis=0)
    flat = builder.node("reshape", [x, shape], builder.computed((1, 32), scale=0.5))
    return builder.graph(flat, shape)


def constant_operands() -> Graph:
    """Data movement on constants only, of which ADD reads the result."""
    builder = GraphBuilder()
    x = builder.input((2, 3), scale=0.5)
    parts = [builder.constant(np.array(values, np.int8), 0.25) for values in ([[1, 2]], [[3, 4]], [[5, 6]])]
    joined = builder.node("concatenation", parts, builder.computed((3, 2), scale=0.25), axis=0)
    turned = builder.node("transpose", [joined, builder.constant([1, 0])], builder.computed((2, 3), scale=0.25))
    builder.node("add", [x, turned], builder.computed((2, 3), scale=1.0), fused_activation_function=0)
    return builder.graph()


def dead_nodes() -> Graph:
    """A branch that no output needs, with an operator that nobody supports, and an input that nobody reads."""
    builder = GraphBuilder()
    x = builder.input((1, 4), scale=0.5)
    builder.input((7,), scale=0.5)
    unknown = builder.node("custom:unknown", [x], builder.computed((2,), DType.INT32))
    y = builder.node("reshape", [x, unknown], builder.computed((4, 1), scale=0.5))
    builder.node("mul", [y, y], builder.computed((4, 1), scale=0.5), fused_activation_function=0)
    return builder.graph(y)


def identities() -> Graph:
    """Nodes that change nothing, the last of them between a layer and an output of the graph."""
    builder = GraphBuilder()
    same: dict[str, Any] = {"scale": 0.5, "zero_point": 3}
    x = builder.input((1, 2, 3, 2), **same)
    x = builder.node("reshape", [x], builder.computed((1, 2, 3, 2), **same), new_shape=(1, 2, 3, 2))
    x = builder.node("quantize", [x], builder.computed((1, 2, 3, 2), **same))
    x = builder.node("split", [builder.constant(1), x], builder.computed((1, 2, 3, 2), **same), num_splits=1)
    x = builder.node("softmax", [x], builder.computed((1, 2, 3, 2), scale=1 / 256, zero_point=-128), beta=1.0)
    out = builder.computed((1, 2, 3, 2), scale=1 / 256, zero_point=-128)
    builder.node("concatenation", [x], out, axis=1, fused_activation_function=NONE)
    return builder.graph()


def _conv(builder: GraphBuilder, x: int, shape: tuple[int, ...], **options: int) -> int:
    """A convolution of 3x3 that halves rows and columns and gives two channels."""
    depth = builder.tensor(x).shape[3]
    weights = builder.constant(np.arange(18 * depth, dtype=np.int8).reshape(2, 3, 3, depth), [0.25, 0.125])
    bias = builder.constant([5, -7], [0.125, 0.0625])
    geometry = {"padding": VALID, "stride_h": 2, "stride_w": 2, "dilation_h_factor": 1, "dilation_w_factor": 1}
    options = {**geometry, "fused_activation_function": NONE, **options}
    return builder.node("conv_2d", [x, weights, bias], builder.computed(shape, scale=0.25, zero_point=-8), **options)


def padding() -> Graph:
    """PAD below and right of an even image, which is "same" padding, and all around one, which no file can say."""
    builder = GraphBuilder()
    x = builder.input((1, 8, 8, 1), scale=0.5, zero_point=4)
    after = builder.constant([[0, 0], [0, 1], [0, 1], [0, 0]])
    x = builder.node("pad", [x, after], builder.computed((1, 9, 9, 1), scale=0.5, zero_point=4))
    x = _conv(builder, x, (1, 4, 4, 2))
    around = builder.constant([[0, 0], [1, 1], [1, 1], [0, 0]])
    x = builder.node("pad", [x, around], builder.computed((1, 6, 6, 2), scale=0.25, zero_point=-8))
    _conv(builder, x, (1, 2, 2, 2))
    return builder.graph()


def activations() -> Graph:
    """RELU and RELU6 behind a layer, of which the second one has another reader before it."""
    builder = GraphBuilder()
    same: dict[str, Any] = {"scale": 0.25, "zero_point": -8}
    x = _conv(builder, builder.input((1, 7, 7, 1), scale=0.5), (1, 3, 3, 2))
    x = builder.node("relu", [x], builder.computed((1, 3, 3, 2), **same))
    y = builder.node("relu6", [x], builder.computed((1, 3, 3, 2), **same))
    z = builder.node("add", [x, y], builder.computed((1, 3, 3, 2), scale=0.5), fused_activation_function=NONE)
    return builder.graph(z)


def _chain(*functions: tuple[str, float, int]) -> Graph:
    """Functions of elements, one behind the other: operator, scale and zero point of each."""
    builder = GraphBuilder()
    x = builder.input((1, 8), scale=0.25, zero_point=-8)
    for operator, scale, zero_point in functions:
        x = builder.node(operator, [x], builder.computed((1, 8), scale=scale, zero_point=zero_point))
    return builder.graph()


def elementwise_chain() -> Graph:
    """QUANTIZE twice, which saturates in between, and clamps that are one."""
    return _chain(("quantize", 0.25, 20), ("quantize", 0.25, 11), ("relu", 0.25, 11), ("relu6", 0.25, 11))


def lookup_chain() -> Graph:
    """QUANTIZE and RELU around a table."""
    return _chain(("quantize", 0.125, 20), ("tanh", 1 / 128, 0), ("relu", 1 / 200, -128))


def equal_constants() -> Graph:
    """Two layers with equal weights and biases that stand in the file twice."""
    builder = GraphBuilder()
    x = builder.input((1, 7, 7, 1), scale=0.5)
    outputs = [_conv(builder, x, (1, 3, 3, 2), fused_activation_function=activation) for activation in (NONE, RELU)]
    return builder.graph(*outputs)


def constant_channels() -> Graph:
    """Three channels, of which two are constant; one adds the same at every border of the next layer and can go."""
    builder = GraphBuilder()
    x = builder.input((1, 1, 4, 1), scale=0.5)
    weights = builder.constant(np.array([3, 0, 0], np.int8).reshape(3, 1, 1, 1), 0.25)
    bias = builder.constant([1, 300, 600], 0.125)
    ones = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    options = {**ones, "padding": SAME, "fused_activation_function": NONE}
    x = builder.node("conv_2d", [x, weights, bias], builder.computed((1, 1, 4, 3), scale=0.5), **options)
    x = builder.node("relu", [x], builder.computed((1, 1, 4, 3), scale=0.25, zero_point=-20))
    taps = np.array([[1, 0, 4], [2, 3, 5], [6, 0, 7]], np.int8).reshape(1, 1, 3, 3)
    operands = [x, builder.constant(taps, 0.25), builder.constant([9], 0.0625)]
    builder.node("conv_2d", operands, builder.computed((1, 1, 4, 1), scale=1.0), **options)
    return builder.graph()


MODELS = {
    model.__name__: model
    for model in (
        shape_chain, constant_operands, dead_nodes, identities, padding, activations, elementwise_chain, lookup_chain,
        equal_constants, constant_channels,
    )
}  # fmt: skip
GOLDEN = GoldenFolder("transforms", tuple(f"{name}.txt" for name in MODELS))


@pytest.mark.parametrize("name", MODELS)
def test_transforms_leave_what_the_golden_file_shows(name: str) -> None:
    graph = MODELS[name]()
    GOLDEN.check(f"{name}.txt", f"{print_graph(graph)}\n-->\n\n{print_graph(transforms.apply(graph))}")
