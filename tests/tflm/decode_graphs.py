"""Models of which a constant is decoded into an output, so that an interpreter shows what its kernel makes of it."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import DType, Graph, Node, Origin, Quantization, Tensor
from lilliput.tflm.decode.header import OPERATOR, Encoded
from tests.cases.builder import GraphBuilder


def constant(values: NDArray[Any], zero_points: tuple[int, ...] = (), axis: int = 0) -> Tensor:
    """A constant tensor with a scale for each zero point."""
    values = np.ascontiguousarray(values)
    values.setflags(write=False)
    dtype = next(each for each in DType if each.name in _TYPES and each.numpy == values.dtype)
    quantization = Quantization((0.5,) * len(zero_points), zero_points, axis) if zero_points else None
    return Tensor("weights", dtype, values.shape, quantization, values, Origin(0, "weights"))


_TYPES = ("INT8", "INT16", "INT32", "INT64", "FLOAT32", "BOOL")


def stored(content: bytes) -> Tensor:
    """A constant of bytes."""
    return Tensor("", DType.UINT8, (len(content),), None, np.frombuffer(content, np.uint8), Origin(0, ""))


def decoding_graph(tensor: Tensor, encoded: Encoded) -> Graph:
    """A model with the outputs: its input of one element, and the decoded tensor."""
    builder = GraphBuilder()
    x = builder.input((1,), scale=0.5)
    builder.node("relu", [x], builder.computed((1,), scale=0.5))
    graph = builder.graph()
    tensors = (*graph.tensors, stored(encoded.data), stored(encoded.ancillary), replace(tensor, data=None))
    first = len(graph.tensors)
    node = Node(OPERATOR, 1, (first, first + 1), (first + 2,), Origin(1, ""))
    return replace(graph, tensors=tensors, nodes=(*graph.nodes, node), outputs=(*graph.outputs, first + 2))


def sparse_network(seed: int = 0, axis: int = 0) -> Graph:
    """CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED whose weights fit pruning, a lookup table and a Huffman code."""
    rng = np.random.default_rng(seed)
    builder = GraphBuilder()
    x = builder.input((1, 6, 6, 16), scale=0.05, zero_point=-5)
    scales = [0.01 + 0.001 * channel for channel in range(32)]
    pruned = rng.integers(-127, 128, (32, 3, 3, 16)) * (rng.random((32, 3, 3, 16)) < 0.05)
    weights = builder.constant(pruned.astype(np.int8), scales, axis=axis)
    bias = builder.constant(rng.integers(-500, 500, 32).astype(np.int32), [0.05 * scale for scale in scales])
    same = {"padding": 0, "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    y = builder.computed((1, 6, 6, 32), scale=0.08, zero_point=3)
    builder.node("conv_2d", [x, weights, bias], y, fused_activation_function=1, **same)
    few = np.array([-90, -7, 8, 101], np.int8)[rng.integers(0, 4, (1, 7, 7, 32))]
    weights = builder.constant(few, scales, axis=3)
    bias = builder.constant(rng.integers(-500, 500, 32).astype(np.int32), [0.08 * scale for scale in scales])
    z = builder.computed((1, 6, 6, 32), scale=0.6, zero_point=-3)
    depthwise = {"fused_activation_function": 0, "depth_multiplier": 1, **same}
    builder.node("depthwise_conv_2d", [y, weights, bias], z, **depthwise)
    flat = builder.computed((1, 1152), scale=0.6, zero_point=-3)
    builder.node("reshape", [z, builder.constant([1, 1152])], flat, new_shape=(1, 1152))
    peaked = np.clip(np.round(rng.normal(0, 9, (8, 1152))), -127, 127).astype(np.int8)
    weights = builder.constant(peaked, 0.02)
    bias = builder.constant(rng.integers(-500, 500, 8).astype(np.int32), 0.6 * 0.02)
    out = builder.computed((1, 8), scale=2.0, zero_point=1)
    builder.node("fully_connected", [flat, weights, bias], out, fused_activation_function=0, weights_format=0)
    return builder.graph()
