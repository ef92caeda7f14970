"""Random networks that TFLM accepts: chains, residual blocks, concatenations, splits, long skips, several outputs."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lilliput.ir import DType, Graph
from tests.cases import network
from tests.cases.draw import batch, between, chance, pick, scale
from tests.cases.network import LARGEST_DEPTH, LARGEST_SIDE, Network, Values

_LARGEST_ELEMENTS = 6000


def random_graph(seed: int) -> Graph:
    """The random network number `seed`, mostly of 3 to 15 nodes; the same one on every machine.

    Two of three are streams: nodes that can work row by row, nearly all of them.
    """
    net = Network(np.random.Generator(np.random.PCG64(seed)))
    wanted = between(net.rng, 3, 13)
    blocks = _STREAM if seed % 3 else _BLOCKS
    x = _input(net)
    while net.nodes < wanted - 1:
        left = wanted - net.nodes
        block = pick(net.rng, [block for block, nodes in blocks if nodes <= left])
        x = block(net, x)
    x = _tail(net, x, wanted - net.nodes)
    return net.builder.graph(*_outputs(net, x))


def _input(net: Network) -> int:
    """The first input: mostly int8, now and then float and quantised by the first node."""
    rng = net.rng
    sides = [1 if chance(rng, 0.06) else max(between(rng, 2, 17), between(rng, 2, 17)) for _ in range(2)]
    shape = (batch(rng) if chance(rng, 0.1) else 1, *sides, pick(rng, (1, 2, 3, 3, 4, 5, 8)))
    quantized: dict[str, Any] = {
        "scale": scale(rng, -7, -5),
        "zero_point": pick(rng, (0, -128, -1, between(rng, -60, 60))),
    }
    values = Values(-quantized["zero_point"], 74)
    if chance(rng, 0.08):
        return net.append("quantize", [net.builder.input(shape, DType.FLOAT32)], shape, values, quantized)
    x = net.builder.input(shape, **quantized)
    net.values[x] = values
    return x


def _another_input(net: Network, x: int) -> int:
    """A second input of the model, of a tensor's shape."""
    y = net.builder.input(net.shape(x), scale=scale(net.rng, -7, -5), zero_point=between(net.rng, -30, 30))
    net.values[y] = Values(0, 76)
    return y


def _small(net: Network, x: int) -> bool:
    _, height, width, depth = net.shape(x)
    return max(height, width) <= LARGEST_SIDE and depth <= LARGEST_DEPTH and math.prod(net.shape(x)) < _LARGEST_ELEMENTS


def _spatial_layer(net: Network, x: int) -> int:
    """One node that works row by row."""
    growing = (network.pad, network.resize) if _small(net, x) else ()
    layers: tuple[Callable[[Network, int], int], ...] = (
        network.conv_2d, network.conv_2d, network.pointwise_conv_2d, network.depthwise_conv_2d,
        network.depthwise_conv_2d, network.activation,
    )  # fmt: skip
    shrinking = (network.pool,) if min(net.shape(x)[1:3]) > 3 or not growing else ()
    return pick(net.rng, (*layers, *growing, *shrinking))(net, x)


def _layer(net: Network, x: int) -> int:
    """One node that may change the shape; one that makes it smaller where it has grown large."""
    growing = (network.pad, network.resize) if _small(net, x) else ()
    layers: tuple[Callable[[Network, int], int], ...] = (
        network.conv_2d, network.conv_2d, network.pointwise_conv_2d, network.pointwise_conv_2d,
        network.depthwise_conv_2d, network.depthwise_conv_2d, network.pool, network.activation, network.crop, *growing,
    )  # fmt: skip
    if not _small(net, x):
        layers = (network.crop, network.pool, network.conv_2d)
    return pick(net.rng, layers)(net, x)


def _keeping(net: Network, x: int, depth: int, like: int | None = None) -> int:
    """One node that keeps rows and columns and gives `depth` channels, in the quantisation of `like` if given."""
    layers = [network.conv_2d, network.pointwise_conv_2d]
    layers += [network.depthwise_conv_2d] if depth % net.shape(x)[3] == 0 else []
    if depth == net.shape(x)[3] and like is None and chance(net.rng, 0.4):
        return network.activation(net, x) if chance(net.rng, 0.5) else network.pool(net, x, keep=True)
    return pick(net.rng, layers)(net, x, keep=True, depth=depth, like=like)


def _branch(net: Network, x: int, nodes: int, depth: int, like: int | None = None) -> int:
    """So many nodes that keep rows and columns; the last one gives `depth` channels in the quantisation of `like`."""
    for node in range(nodes):
        last = node == nodes - 1
        x = _keeping(net, x, depth if last or chance(net.rng, 0.5) else between(net.rng, 1, 8), like if last else None)
    return x


def _residual(net: Network, x: int) -> int:
    """A tensor combined with what up to three nodes make of it, or with an older tensor or input of its shape."""
    rng = net.rng
    old = [each for each in net.values if net.shape(each) == net.shape(x) and each != x]
    if old and chance(rng, 0.3):
        y = pick(rng, old)
    elif chance(rng, 0.08):
        y = _another_input(net, x)
    else:
        y = _branch(net, x, between(rng, 0, 3), net.shape(x)[3])
    operator = pick(rng, ("add", "add", "add", "add", "sub", "mul")) if x != y else "add"
    pair = (x, y) if chance(rng, 0.5) else (y, x)
    return network.arithmetic(net, *pair, operator)


def _inception(net: Network, x: int) -> int:
    """Branches of different depth, one after the other along the channels, or along rows or columns."""
    rng = net.rng
    axis = pick(rng, (3, 3, 3, 1, 2))
    depth = net.shape(x)[3]
    parts: list[int] = []
    for _ in range(pick(rng, (2, 2, 3))):
        like = parts[0] if parts and chance(rng, 0.8) else None
        parts.append(_branch(net, x, between(rng, 0, 2), between(rng, 1, 6) if axis == 3 else depth, like))
    if axis == 3 and chance(rng, 0.3):
        same = [each for each in net.values if net.shape(each)[:3] == net.shape(x)[:3]]
        parts.append(pick(rng, same))
    return network.concatenate(net, parts, axis)


def _split(net: Network, x: int) -> int:
    """Equal parts, some with a node behind them, put together again or added."""
    rng = net.rng
    choices = [(axis, count) for axis in (1, 2, 3, 3, 3) for count in (2, 3, 4) if net.shape(x)[axis] % count == 0]
    if not choices:
        return _layer(net, x)
    axis, count = pick(rng, choices)
    parts = network.split(net, x, axis, count)
    depth = net.shape(parts[0])[3]
    like = x if chance(rng, 0.8) else None
    parts = [_keeping(net, part, depth, like) if chance(rng, 0.4) else part for part in parts]
    if count == 2 and chance(rng, 0.4):
        return network.arithmetic(net, parts[0], parts[1])
    if chance(rng, 0.3):
        parts = parts[::-1][: between(rng, 1, count)]
    return network.concatenate(net, parts, axis)


def _part(net: Network, x: int) -> int:
    """Something with the rows' shape of `x`: itself, neighbouring rows of it, a layer behind it, or another tensor."""
    rng = net.rng
    alike = [each for each in net.values if net.shape(each)[:1] + net.shape(each)[2:] == (1, *net.shape(x)[2:])]
    kind = pick(rng, ("itself", "rows", "rows", "layer", "layer", "older", "older", "input"))
    if kind == "rows":
        return network.rows(net, x)
    if kind == "layer":
        return _keeping(net, x, net.shape(x)[3], x)
    if kind == "input" and chance(rng, 0.3):
        return _another_input(net, x)
    return pick(rng, alike) if kind == "older" and alike else x


def _stack(net: Network, x: int) -> int:
    """Rows below rows, of slices and of what was stacked before; now and then only some of them are read."""
    if net.shape(x)[0] > 1 or not _small(net, x):
        return _layer(net, x)
    parts = [_part(net, x) for _ in range(pick(net.rng, (2, 2, 3)))]
    y = network.concatenate(net, parts, 1)
    return network.rows(net, y) if chance(net.rng, 0.3) or not _small(net, y) else y


def _gate(net: Network, x: int) -> int:
    """Squeeze and excite: channels weighted by what the global average says."""
    y = network.global_average(net, x)
    if chance(net.rng, 0.8):
        y = network.pointwise_conv_2d(net, y, keep=True, depth=net.shape(x)[3])
    y = network.elementwise(net, y, "logistic")
    return network.arithmetic(net, x, y, "mul")


def _down_and_up(net: Network, x: int) -> int:
    """A smaller picture and the way back: the skip waits for it."""
    y = _layer(net, x)
    y = network.resize(net, y, *net.shape(x)[1:3])
    if net.shape(y) == net.shape(x) and chance(net.rng, 0.6):
        return network.arithmetic(net, y, x)
    return network.concatenate(net, [x, y], 3)


def _fold(net: Network, x: int) -> int:
    """The same bytes in other rows and columns."""
    batches, height, width, depth = net.shape(x)
    elements = height * width
    rows = pick(net.rng, [rows for rows in range(1, LARGEST_SIDE) if elements % rows == 0 and elements // rows < 64])
    return network.reshape(net, x, (batches, rows, elements // rows, depth))


_BLOCKS: tuple[tuple[Callable[[Network, int], int], int], ...] = (
    *((_layer, 1),) * 12, *((_residual, 4),) * 5, *((_inception, 5),) * 3, (_split, 5), (_split, 5), (_gate, 4),
    (_down_and_up, 4), (_fold, 1), *((_stack, 4),) * 3,
)  # fmt: skip
"""Block and its number of nodes, roughly; one that appears often is likely."""
_STREAM: tuple[tuple[Callable[[Network, int], int], int], ...] = (
    *((_spatial_layer, 1),) * 8, *((_residual, 4),) * 4, (_stack, 4),
)  # fmt: skip


def _tail(net: Network, x: int, nodes: int) -> int:
    """Nothing, a layer, or a classifier."""
    rng = net.rng
    if chance(rng, 0.45):
        return _layer(net, x) if nodes > 0 else x
    if chance(rng, 0.5):
        x = network.global_average(net, x, keep_dims=chance(rng, 0.5))
    elif chance(rng, 0.7):
        x = network.reshape(net, x, (net.shape(x)[0], math.prod(net.shape(x)[1:])))
    if chance(rng, 0.8) and math.prod(net.shape(x)[1:]) < _LARGEST_ELEMENTS:
        x = network.fully_connected(net, x, between(rng, 2, 12))
        if chance(rng, 0.5):
            x = network.softmax(net, x)
    return x if net.nodes > 2 else _layer(net, x)


def _outputs(net: Network, x: int) -> list[int]:
    """What the model gives: the last tensor, and now and then ones on the way."""
    rng = net.rng
    further = [each for each in net.computed if each != x]
    count = pick(rng, (1, 1, 2)) if chance(rng, 0.3) else 0
    drawn = rng.permutation(len(further))[:count]
    outputs = [x, *(further[place] for place in drawn)]
    return outputs[::-1] if chance(rng, 0.3) else outputs
