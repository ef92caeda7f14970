"""A small convolutional classifier, built without any file, for the tests of the file format."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import DType, Graph, Node, OptionValue, Origin, Quantization, Source, Tensor

CHANNELS = 4
INPUT, WEIGHTS, BIAS, FEATURES, SHAPE, FLAT, MATRIX, SCORES, PROBABILITIES = range(9)


def constant(name: str, values: NDArray[Any], quantization: Quantization | None = None) -> Tensor:
    """A constant tensor; the element type is the array's."""
    data = values.copy()
    data.setflags(write=False)
    return Tensor(name, DType(data.dtype.name.upper()), data.shape, quantization, data, Origin(0, name))


def computed(name: str, shape: tuple[int, ...], scale: float = 0.5, zero_point: int = 0) -> Tensor:
    """A computed int8 tensor. `scale` must be a float32 value."""
    return Tensor(name, DType.INT8, shape, Quantization((scale,), (zero_point,)), None, Origin(0, name))


def node(
    operator: str, inputs: tuple[int, ...], outputs: tuple[int, ...], version: int = 1, **options: OptionValue
) -> Node:
    """A node without a history."""
    return Node(operator, version, inputs, outputs, Origin(0, ""), options)


def graph_of(
    tensors: list[Tensor], nodes: list[Node], inputs: tuple[int, ...] = (0,), outputs: tuple[int, ...] = (1,)
) -> Graph:
    """A graph without a file."""
    return Graph(Source("test", "", 0, 0), tuple(tensors), tuple(nodes), inputs, outputs)


def small_model() -> Graph:
    """conv_2d (per channel, one bias missing), reshape, fully_connected and softmax on an 8x8 image."""
    random = np.random.default_rng(7)
    per_channel = Quantization((0.25, 0.125, 0.0625, 0.5), (0,) * CHANNELS)
    per_channel_bias = Quantization((0.125, 0.0625, 0.03125, 0.25), (0,) * CHANNELS)
    weights = random.integers(-127, 128, (CHANNELS, 3, 3, 1), np.int8)
    matrix = random.integers(-127, 128, (3, 16 * CHANNELS), np.int8)
    tensors = [
        computed("image", (1, 8, 8, 1), 0.0078125, -128),
        constant("weights", weights, per_channel),
        constant("bias", np.arange(CHANNELS, dtype=np.int32), per_channel_bias),
        computed("features", (1, 4, 4, CHANNELS), 0.5, 3),
        constant("new shape", np.array([1, -1], np.int32)),
        computed("flat", (1, 16 * CHANNELS), 0.5, 3),
        constant("matrix", matrix, Quantization((0.015625,), (0,))),
        computed("scores", (1, 3), 8.0, -7),
        computed("probabilities", (1, 3), 0.00390625, -128),
    ]
    strides = {"stride_w": 2, "stride_h": 2, "dilation_w_factor": 1, "dilation_h_factor": 1}
    nodes = [
        node("conv_2d", (INPUT, WEIGHTS, BIAS), (FEATURES,), 3, fused_activation_function=1, **strides),
        node("reshape", (FEATURES, SHAPE), (FLAT,), new_shape=(1, 64)),
        node("fully_connected", (FLAT, MATRIX, -1), (SCORES,), 4, keep_num_dims=False),
        node("softmax", (SCORES,), (PROBABILITIES,), 2, beta=1.0),
    ]
    return graph_of(tensors, nodes, (INPUT,), (PROBABILITIES,))


def with_tensor(graph: Graph, index: int, **changes: Any) -> Graph:
    """The graph with other fields in one tensor."""
    tensors = list(graph.tensors)
    tensors[index] = replace(tensors[index], **changes)
    return replace(graph, tensors=tuple(tensors))


def with_node(graph: Graph, index: int, **changes: Any) -> Graph:
    """The graph with other fields in one node."""
    nodes = list(graph.nodes)
    nodes[index] = replace(nodes[index], **changes)
    return replace(graph, nodes=tuple(nodes))


def described(graph: Graph) -> tuple[object, ...]:
    """Everything of a graph that a file keeps, in a form that can be compared."""
    tensors = [
        (tensor.name, tensor.dtype, tensor.shape, tensor.quantization, tensor.is_variable, _contents(tensor))
        for tensor in graph.tensors
    ]
    nodes = [(each.operator, each.version, each.inputs, each.outputs) for each in graph.nodes]
    return tensors, nodes, graph.inputs, graph.outputs


def options_of(graph: Graph) -> list[Mapping[str, OptionValue]]:
    """The options of all nodes."""
    return [dict(each.options) for each in graph.nodes]


def _contents(tensor: Tensor) -> tuple[str, tuple[int, ...], bytes] | None:
    return None if tensor.data is None else (tensor.data.dtype.str, tensor.data.shape, tensor.data.tobytes())
