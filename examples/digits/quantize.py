"""Post-training quantisation to int8 as the TFLite specification says: Graph in float -> Graph in int8.

Activations are asymmetric, one scale and zero point a tensor. Weights are symmetric (zero point 0, values -127 to 127),
one scale per output channel of convolutions and one for a fully connected layer. A bias is int32 with the scale of its
input times that of its weights. See "LiteRT 8-bit quantization specification".
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import DType, Graph, Node, Quantization, Tensor

FloatArray = NDArray[np.floating[Any]]
Range = tuple[float, float]

CHANNEL_AXIS = {"conv_2d": 0, "depthwise_conv_2d": 3, "fully_connected": None}
KEEP_QUANTIZATION = ("average_pool_2d", "reshape")
SOFTMAX_QUANTIZATION = Quantization((1 / 256,), (-128,))


def quantize(graph: Graph, ranges: Mapping[str, Range]) -> Graph:
    """The same network in int8. `ranges` gives the smallest and largest real value of each activation by its name.

    Knows the operators of `CHANNEL_AXIS` and `KEEP_QUANTIZATION`, and softmax; raises KeyError for others.
    """
    tensors = list(graph.tensors)
    for index in graph.inputs:
        tensors[index] = _activation(tensors[index], activation_quantization(*ranges[tensors[index].name]))
    for node in graph.nodes:
        source, output = tensors[node.inputs[0]], tensors[node.outputs[0]]
        if node.operator in KEEP_QUANTIZATION:
            quantization = _quantization_of(source)
        elif node.operator == "softmax":
            quantization = SOFTMAX_QUANTIZATION
        else:
            _quantize_constants(tensors, node, _quantization_of(source).scale)
            quantization = activation_quantization(*ranges[output.name])
        tensors[node.outputs[0]] = _activation(output, quantization)
    return replace(graph, tensors=tuple(tensors))


def activation_quantization(low: float, high: float) -> Quantization:
    """The scale and zero point that spread -128 to 127 over `low` to `high`, widened to contain zero exactly."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = _as_float32((high - low) / 255)
    return Quantization((scale,), (int(np.clip(round(-128 - low / scale), -128, 127)),))


def quantize_weights(weights: FloatArray, axis: int | None) -> tuple[NDArray[np.int8], Quantization]:
    """Symmetric int8 weights, with one scale per slice of `axis`, or a single one when that is None."""
    others = tuple(other for other in range(weights.ndim) if other != axis)
    scales = (np.abs(weights).max(axis=others, keepdims=True) / np.float32(127)).astype(np.float32)
    scales = np.where(scales == 0, np.float32(1), scales)
    values = np.clip(np.round(weights / scales), -127, 127).astype(np.int8)
    flat = tuple(float(scale) for scale in scales.flat)
    return values, Quantization(flat, (0,) * len(flat), axis or 0)


def quantize_bias(
    bias: FloatArray, input_scale: float, weights: Quantization
) -> tuple[NDArray[np.int32], Quantization]:
    """The int32 bias whose scale is that of the accumulator: input scale times weight scale."""
    scales = tuple(_as_float32(input_scale * scale) for scale in weights.scales)
    values = np.round(bias.astype(np.float64) / np.array(scales)).astype(np.int32)
    return values, Quantization(scales, (0,) * len(scales))


def quantize_values(values: FloatArray, quantization: Quantization) -> NDArray[np.int8]:
    """Real values as int8, rounded to nearest and saturated."""
    stored = np.round(values.astype(np.float64) / quantization.scale) + quantization.zero_point
    return np.clip(stored, -128, 127).astype(np.int8)


def _quantize_constants(tensors: list[Tensor], node: Node, input_scale: float) -> None:
    """Replace the node's weights and bias in `tensors`."""
    _, weights_index, bias_index = node.inputs
    weights, weight_quantization = quantize_weights(_data(tensors[weights_index]), CHANNEL_AXIS[node.operator])
    bias, bias_quantization = quantize_bias(_data(tensors[bias_index]), input_scale, weight_quantization)
    for index, dtype, data, quantization in (
        (weights_index, DType.INT8, weights, weight_quantization),
        (bias_index, DType.INT32, bias, bias_quantization),
    ):
        data.setflags(write=False)
        tensors[index] = replace(tensors[index], dtype=dtype, data=data, quantization=quantization)


def _activation(tensor: Tensor, quantization: Quantization) -> Tensor:
    return replace(tensor, dtype=DType.INT8, quantization=quantization)


def _data(tensor: Tensor) -> FloatArray:
    if tensor.data is None:
        raise ValueError(f"tensor {tensor.name} must be constant")
    return tensor.data


def _quantization_of(tensor: Tensor) -> Quantization:
    if tensor.quantization is None:
        raise ValueError(f"tensor {tensor.name} must be quantised before the nodes that read it")
    return tensor.quantization


def _as_float32(value: float) -> float:
    return float(np.float32(value))
