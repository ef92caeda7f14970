"""Random networks that contain what the transforms look for: padding, identities, clamps, chains, equal constants."""

from typing import Any

import numpy as np

from lilliput.ir import Graph
from tests.cases import network
from tests.cases.builder import NONE, RELU, RELU6, SAME, VALID
from tests.cases.draw import between, chance, pick
from tests.cases.network import Network, Values


def rewritable_graph(seed: int, blocks: int = 4) -> Graph:
    """The random network number `seed`: so many blocks, some with a second reader or output of the graph in them."""
    net = Network(np.random.Generator(np.random.PCG64([seed, 7])))
    rng = net.rng
    zero_point = between(rng, -128, 60)
    x = net.builder.input(
        (1, between(rng, 4, 9), between(rng, 4, 9), between(rng, 1, 4)), scale=0.02, zero_point=zero_point
    )
    net.values[x] = Values(-zero_point, 74)
    for _ in range(blocks):
        x = pick(rng, (_padded, _padded, _identity, _clamped, _chained, _equal))(net, x)
    outputs = [x, *(each for each in net.computed if each != x and chance(rng, 0.08))]
    return net.builder.graph(*outputs)


def _padded(net: Network, x: int) -> int:
    """PAD or PADV2, read by one or two layers with windows; sometimes by something else as well."""
    rng = net.rng
    most = pick(rng, (1, 1, 2, 3))
    sides = [1] * 4 if chance(rng, 0.3) else [between(rng, 0, most) for _ in range(4)]
    padded = _pad(net, x, sides, pick(rng, (None, None, None, -128, 3)))
    layers = [_layer(net, padded) for _ in range(2 if chance(rng, 0.2) else 1)]
    if chance(rng, 0.1):
        return padded
    return layers[0]


def _pad(net: Network, x: int, sides: list[int], value: int | None) -> int:
    """A padding of rows and columns, by the zero point unless there is a value."""
    batches, height, width, depth = net.shape(x)
    top, bottom, left, right = sides
    shape = (batches, top + height + bottom, left + width + right, depth)
    same = net.quantization(x)
    operands = [x, net.builder.constant([[0, 0], [top, bottom], [left, right], [0, 0]])]
    if value is None:
        return net.append("pad", operands, shape, net.values[x], same)
    stored = net.builder.constant(np.array([value], np.int8), same["scale"], same["zero_point"])
    return net.append("padv2", [*operands, stored], shape, net.values[x], same)


def _layer(net: Network, x: int) -> int:
    """A layer with a window."""
    return pick(net.rng, (network.conv_2d, network.depthwise_conv_2d, network.pool))(net, x)


def _identity(net: Network, x: int) -> int:
    """A node that changes nothing."""
    rng, builder = net.rng, net.builder
    shape, values, same = net.shape(x), net.values[x], net.quantization(x)
    ones: dict[str, Any] = {"padding": pick(rng, (SAME, VALID)), "stride_h": 1, "stride_w": 1, "filter_height": 1}
    kind = int(rng.integers(7))
    if kind == 0:
        return net.append("reshape", [x, builder.constant(list(shape))], shape, values, same, new_shape=shape)
    if kind == 1:
        return net.append("quantize", [x], shape, values, same)
    if kind == 2:
        return _pad(net, x, [0] * 4, None)
    if kind == 3:
        return net.append("concatenation", [x], shape, values, same, axis=3, fused_activation_function=NONE)
    if kind == 4:
        return network.split(net, x, between(rng, 1, 3), 1)[0]
    if kind == 5:
        return net.append("transpose", [x, builder.constant([0, 1, 2, 3])], shape, values, same)
    operator = pick(rng, ("average_pool_2d", "max_pool_2d"))
    options = {**ones, "filter_width": 1, "fused_activation_function": NONE}
    return net.append(operator, [x], shape, values, same, **options)


def _clamped(net: Network, x: int) -> int:
    """A layer with an activation of its own behind it, mostly in the layer's quantisation."""
    y = pick(net.rng, (network.pointwise_conv_2d, network.depthwise_conv_2d, network.pool))(net, x)
    operator = pick(net.rng, ("relu", "relu6"))
    if chance(net.rng, 0.8):
        return net.append(operator, [y], net.shape(y), net.values[y], net.quantization(y))
    return network.elementwise(net, y, operator)


def _chained(net: Network, x: int) -> int:
    """Functions of elements, one behind the other."""
    for _ in range(between(net.rng, 2, 3)):
        same = net.quantization(x)
        kind = pick(net.rng, ("relu", "relu6", "relu", "relu6", "shift", "any", "logistic", "tanh"))
        if kind in ("any", "logistic", "tanh"):
            x = network.activation(net, x) if kind == "any" else network.elementwise(net, x, kind)
            continue
        if kind == "shift":
            same = {**same, "zero_point": between(net.rng, -128, 127)}
        x = net.append("quantize" if kind == "shift" else kind, [x], net.shape(x), net.values[x], same)
    return x


def _equal(net: Network, x: int) -> int:
    """Two layers with equal weights and biases, of which the one adds to the other."""
    rng, builder = net.rng, net.builder
    depth = net.shape(x)[3]
    weights = np.eye(depth, dtype=np.int8).reshape(depth, 1, 1, depth) * between(rng, 60, 127)
    bias = rng.integers(-500, 500, depth).astype(np.int32)
    options = {"padding": VALID, "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    same = net.quantization(x)
    for _ in range(2):
        operands = [x, builder.constant(weights, 0.01), builder.constant(bias, 0.01 * same["scale"])]
        activation = pick(rng, (NONE, RELU, RELU6))
        x = net.append(
            "conv_2d", operands, net.shape(x), net.values[x], same, fused_activation_function=activation, **options
        )
    return x
