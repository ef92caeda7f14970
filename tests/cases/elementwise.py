"""Random models of the operators that map values to values: activations, arithmetic, quantisation."""

from collections.abc import Sequence

from numpy.random import Generator

from lilliput.ir import DType, Graph
from tests.cases.builder import RELU, GraphBuilder, float32
from tests.cases.draw import balanced_zero_point, between, chance, int8, pick, quantization, scale, shape, zero_point
from tests.cases.layers import activation


def softmax(rng: Generator) -> Graph:
    """TFLM wants an output scale of 1/256 and zero point -128, and aborts the process when beta is 0."""
    builder = GraphBuilder()
    in_shape = shape(rng, 1, 4)
    x = builder.input(in_shape, scale=scale(rng, -9, 3), zero_point=zero_point(rng))
    out = builder.computed(in_shape, scale=1 / 256, zero_point=-128)
    builder.node("softmax", [x], out, beta=float32(pick(rng, (1.0, 1.0, 1.0, 0.5, 2.0, rng.uniform(0.01, 20)))))
    return builder.graph()


def _activation(rng: Generator, operator: str, out_scale: float, out_zero_point: int) -> Graph:
    builder = GraphBuilder()
    in_shape = shape(rng, 1, 4)
    x = builder.input(in_shape, scale=scale(rng, -10, 3), zero_point=zero_point(rng))
    builder.node(operator, [x], builder.computed(in_shape, scale=out_scale, zero_point=out_zero_point))
    return builder.graph()


def logistic(rng: Generator) -> Graph:
    """TFLM wants an output zero point of -128."""
    return _activation(rng, "logistic", 1 / 256, -128)


def tanh(rng: Generator) -> Graph:
    """TFLM wants an output zero point of 0."""
    return _activation(rng, "tanh", 1 / 128, 0)


def relu(rng: Generator) -> Graph:
    builder = GraphBuilder()
    in_shape, in_scale, in_zero = shape(rng, 1, 4), scale(rng), zero_point(rng)
    same = chance(rng, 0.3)
    x = builder.input(in_shape, scale=in_scale, zero_point=in_zero)
    out_scale = in_scale if same else in_scale * scale(rng, *pick(rng, ((-1, 1), (-1, 1), (-5, 5))))
    out_zero = in_zero if same else balanced_zero_point(rng, 0, RELU)
    out = builder.computed(in_shape, scale=out_scale, zero_point=out_zero)
    builder.node("relu", [x], out)
    return builder.graph()


def relu6(rng: Generator) -> Graph:
    """TFLM only clamps: it does not look at the output's scale, so that must be the input's."""
    builder = GraphBuilder()
    in_shape = shape(rng, 1, 4)
    same = quantization(rng)
    x = builder.input(in_shape, **same)
    builder.node("relu6", [x], builder.computed(in_shape, **same))
    return builder.graph()


def _broadcast(rng: Generator) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    """Two shapes and the shape that they broadcast to."""
    full = shape(rng, 1, 5)
    if chance(rng, 0.4):
        return full, full, full
    if chance(rng, 0.3):
        return full, pick(rng, ((), (1,))), full
    drawn = [[1 if chance(rng, 0.35) else length for length in full] for _ in range(2)]
    out = [max(lengths) for lengths in zip(*drawn, strict=True)]
    while drawn[1] and drawn[1][0] == 1 and chance(rng, 0.5) and len(drawn[1]) > 1:
        drawn[1] = drawn[1][1:]
    return drawn[0], drawn[1], out


def _arithmetic(rng: Generator, operator: str, spread: float) -> Graph:
    """`spread` is how far, in powers of two, scales may lie apart."""
    builder = GraphBuilder()
    shapes = list(_broadcast(rng))
    if chance(rng, 0.5):
        shapes[:2] = shapes[1::-1]
    scales = [scale(rng, -spread / 2, spread / 2) for _ in range(2)]
    constant = between(rng, 0, 1) if chance(rng, 0.4) else None
    operands: list[int] = []
    offset = 0.0
    for position in range(2):
        zero = zero_point(rng)
        offset += zero * scales[position] * (-1 if operator == "add" or position == 0 else 1)
        if position == constant:
            operands.append(builder.constant(int8(rng, shapes[position]), scales[position], zero))
        else:
            operands.append(builder.input(shapes[position], scale=scales[position], zero_point=zero))
        if position == 0 and shapes[0] == shapes[1] and constant is None and chance(rng, 0.1):
            operands, scales = operands * 2, scales[:1] * 2
            break
    natural = scales[0] * scales[1] * 74 if operator == "mul" else max(scales) * 2
    out_scale = natural * scale(rng, *pick(rng, ((-1, 1), (-1, 1), (-1, 1), (-6, -1), (1, 4))))
    function = activation(rng)
    out_zero = balanced_zero_point(rng, 0 if operator == "mul" else offset / out_scale, function)
    out = builder.computed(shapes[2], scale=out_scale, zero_point=out_zero)
    builder.node(operator, operands, out, fused_activation_function=function)
    return builder.graph()


def add(rng: Generator) -> Graph:
    """TFLM aborts the process when the output scale is not above the larger input scale / 2**19."""
    return _arithmetic(rng, "add", pick(rng, (1, 4, 12, 40)))


def sub(rng: Generator) -> Graph:
    """The same limits as `add`."""
    return _arithmetic(rng, "sub", pick(rng, (1, 4, 12, 40)))


def mul(rng: Generator) -> Graph:
    return _arithmetic(rng, "mul", pick(rng, (1, 4, 12)))


def quantize(rng: Generator) -> Graph:
    """From float, or from int8 to another scale; a second, finer output shows saturation from float."""
    builder = GraphBuilder()
    in_shape = shape(rng, 1, 4)
    out_scale = scale(rng, -10, 3)
    if chance(rng, 0.5):
        x = builder.input(in_shape, DType.FLOAT32)
    else:
        ratio = pick(rng, (1.0, scale(rng, -1, 1), scale(rng, -10, 6)))
        x = builder.input(in_shape, scale=out_scale * ratio, zero_point=zero_point(rng))
    outputs = [builder.computed(in_shape, scale=out_scale, zero_point=zero_point(rng))]
    if chance(rng, 0.3):
        finer = out_scale * scale(rng, -4, 0)
        outputs.append(builder.computed(in_shape, scale=finer, zero_point=zero_point(rng)))
    for out in outputs:
        builder.node("quantize", [x], out)
    return builder.graph(*outputs)


def dequantize(rng: Generator) -> Graph:
    builder = GraphBuilder()
    in_shape = shape(rng, 1, 4)
    x = builder.input(in_shape, scale=scale(rng, -10, 3), zero_point=zero_point(rng))
    builder.node("dequantize", [x], builder.computed(in_shape, DType.FLOAT32))
    return builder.graph()
