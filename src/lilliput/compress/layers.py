"""A layer with weights -> matrices: what least squares needs to know of convolutions and fully connected layers.

A layer is one or more independent problems (`groups`): in each, every output is a sum over the same taps. A convolution
and a matrix are one, a depthwise convolution is one a channel.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from lilliput.compress.activations import Activations
from lilliput.ir import DType, Graph, Node
from lilliput.operators import convolution
from lilliput.operators.fixed_point import quantization

Reals = NDArray[np.float64]

_WEIGHTS = 1
_MOST_WINDOWS = 20_000
"""Windows that are enough to know a layer's inputs by; of more, so many are drawn."""


@dataclass(frozen=True, slots=True)
class LayerKind:
    """How an operator's weights, inputs and matrices belong together.

    `matrices` turns stored weights into [groups, outputs, taps], `weights` turns them back, given the stored shape;
    `inputs` gives what the taps see, less the zero point: [groups, windows, taps].
    """

    matrices: Callable[[NDArray[Any]], NDArray[Any]]
    weights: Callable[[NDArray[Any], tuple[int, ...]], NDArray[Any]]
    inputs: Callable[[Graph, Node, NDArray[np.int8], np.random.Generator], Reals]


def compressible(graph: Graph) -> tuple[int, ...]:
    """The nodes whose weights can be compressed, as indices into `graph.nodes`."""
    return tuple(index for index, node in enumerate(graph.nodes) if kind_of(graph, node) is not None)


def kind_of(graph: Graph, node: Node) -> LayerKind | None:
    """The kind of a node with constant int8 weights; None for all others and for convolutions in groups."""
    kind = _KINDS.get(node.operator)
    if kind is None:
        return None
    weights = graph.optional_input(node, _WEIGHTS)
    if weights is None or weights.data is None or weights.dtype is not DType.INT8 or weights.quantization is None:
        return None
    in_groups = node.operator == "conv_2d" and weights.shape[-1] != graph.input(node).shape[-1]
    return None if in_groups else kind


def layer_inputs(graph: Graph, node: Node, activations: Activations, seed: int = 0) -> Reals:
    """What the taps of a layer see: [groups, windows, taps]."""
    kind = kind_of(graph, node)
    if kind is None:
        raise ValueError(f"{node.operator} has no weights to compress")
    random = np.random.Generator(np.random.PCG64(seed))
    return kind.inputs(graph, node, activations[node.inputs[0]], random)


def _windows(graph: Graph, node: Node, values: NDArray[np.int8], random: np.random.Generator) -> Reals:
    """The windows of an image that a filter sees: [windows, height, width, channels], padding being 0."""
    _, filter_height, filter_width, _ = graph.input(node, _WEIGHTS).shape
    vertical, horizontal = convolution.axes(graph, node)
    rates = (node.option("dilation_h_factor"), node.option("dilation_w_factor"))
    strides = (node.option("stride_h"), node.option("stride_w"))
    images = values.reshape(-1, *graph.input(node).shape[1:]).astype(np.float32)
    images -= quantization(graph.input(node)).zero_point
    extents = [(taps - 1) * rate + 1 for taps, rate in zip((filter_height, filter_width), rates, strict=True)]
    spans = [
        (around.padding, max(0, (around.output - 1) * stride + extent - around.padding - size))
        for around, stride, extent, size in zip(
            (vertical, horizontal), strides, extents, images.shape[1:3], strict=True
        )
    ]
    padded = np.pad(images, ((0, 0), spans[0], spans[1], (0, 0)))
    rows, columns = (
        slice(0, (around.output - 1) * stride + 1, stride)
        for around, stride in zip((vertical, horizontal), strides, strict=True)
    )
    views = sliding_window_view(padded, extents, axis=(1, 2))[:, rows, columns, :, :: rates[0], :: rates[1]]
    count = int(np.prod(views.shape[:3]))
    chosen = np.arange(count) if count <= _MOST_WINDOWS else np.sort(random.choice(count, _MOST_WINDOWS, replace=False))
    places = np.unravel_index(chosen, views.shape[:3])
    return np.moveaxis(views[places], 1, -1).astype(np.float64)


def _convolution_inputs(graph: Graph, node: Node, values: NDArray[np.int8], random: np.random.Generator) -> Reals:
    windows = _windows(graph, node, values, random)
    return windows.reshape(1, len(windows), -1)


def _depthwise_inputs(graph: Graph, node: Node, values: NDArray[np.int8], random: np.random.Generator) -> Reals:
    windows = _windows(graph, node, values, random)
    taps = windows.reshape(len(windows), -1, windows.shape[-1]).transpose(2, 0, 1)
    return np.repeat(taps, graph.output(node).shape[-1] // len(taps), axis=0)


def _matrix_inputs(graph: Graph, node: Node, values: NDArray[np.int8], random: np.random.Generator) -> Reals:
    vectors = values.reshape(-1, graph.input(node, _WEIGHTS).shape[1]).astype(np.float64)
    if len(vectors) > _MOST_WINDOWS:
        vectors = vectors[np.sort(random.choice(len(vectors), _MOST_WINDOWS, replace=False))]
    return (vectors - quantization(graph.input(node)).zero_point)[None]


def _one_group(weights: NDArray[Any]) -> NDArray[Any]:
    return weights.reshape(1, len(weights), -1)


def _one_group_back(matrices: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    return matrices.reshape(shape)


def _channels(weights: NDArray[Any]) -> NDArray[Any]:
    return weights.reshape(-1, 1, weights.shape[-1]).transpose(2, 1, 0)


def _channels_back(matrices: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    return matrices.transpose(2, 1, 0).reshape(shape)


_KINDS: Mapping[str, LayerKind] = {
    "conv_2d": LayerKind(_one_group, _one_group_back, _convolution_inputs),
    "depthwise_conv_2d": LayerKind(_channels, _channels_back, _depthwise_inputs),
    "fully_connected": LayerKind(_one_group, _one_group_back, _matrix_inputs),
}
