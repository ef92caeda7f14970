"""Ranges and real values -> scales, zero points and integers, as TFLite's specification has them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import DType, Quantization
from lilliput.quantize.options import Range

Reals = NDArray[np.floating[Any]]

_LIMITS = {DType.INT8: (-128, 127), DType.INT16: (-32768, 32767)}
_SMALLEST_SCALE = 2.0**-28
"""Kernels of LOGISTIC and TANH take no smaller ones."""
_LARGEST_WEIGHT = 127
_LARGEST_BIAS = 2.0**29
"""Leaves room in int32 for the products."""
_LARGEST_BIAS_ALONE = 2.0**15
"""Where all weights of a channel are zero: as fine as anyone needs, and it fits in few bytes."""


def activation_quantization(reals: Range, dtype: DType = DType.INT8) -> Quantization:
    """The scale and zero point that spread the integers over a range, widened to contain zero exactly.

    int16 is symmetric. A range of nothing but zero gets the scale of one from 0 to 1.
    """
    lowest, highest = _LIMITS[dtype]
    low, high = min(reals[0], 0.0), max(reals[1], 0.0)
    if low == high:
        high = 1.0
    if dtype is DType.INT16:
        return Quantization((_scale(max(-low, high) / highest),), (0,))
    scale = _scale((high - low) / (highest - lowest))
    return Quantization((scale,), (int(np.clip(round(lowest - low / scale), lowest, highest)),))


def quantize_values(values: Reals, quantization: Quantization, dtype: DType = DType.INT8) -> NDArray[Any]:
    """Real values as integers, rounded to nearest and saturated."""
    stored = np.round(values.astype(np.float64) / quantization.scale) + quantization.zero_point
    return np.clip(stored, *_LIMITS[dtype]).astype(dtype.numpy)


def dequantize_values(values: NDArray[Any], quantization: Quantization) -> NDArray[np.float64]:
    """Integers as the real values that they stand for; one scale for the tensor, or one for each slice of its axis."""
    shape = [-1 if index == quantization.axis else 1 for index in range(values.ndim)]
    scales, zero_points = np.array(quantization.scales), np.array(quantization.zero_points)
    if not quantization.per_tensor:
        scales, zero_points = scales.reshape(shape), zero_points.reshape(shape)
    return (values.astype(np.float64) - zero_points) * scales


def quantize_weights(
    weights: Reals, axis: int | None, bias: Reals | None = None, input_scale: float = 1.0
) -> tuple[NDArray[np.int8], Quantization]:
    """Symmetric int8 weights, with one scale per slice of `axis`, or a single one when that is None.

    A channel whose weights are small and whose bias is large gets a larger scale, so that the bias fits in int32.
    """
    others = tuple(other for other in range(weights.ndim) if other != axis)
    largest = np.abs(weights.astype(np.float64)).max(axis=others).reshape(-1)
    biases = np.zeros(len(largest)) if bias is None else np.abs(bias.astype(np.float64)).reshape(-1)
    if axis is None:
        biases = biases.max(initial=0.0, keepdims=True)
    limit = np.where(largest > 0, _LARGEST_BIAS, _LARGEST_BIAS_ALONE)
    scales = np.maximum(largest / _LARGEST_WEIGHT, biases / (input_scale * limit))
    scales = np.where(scales == 0, 1.0, np.maximum(scales, np.finfo(np.float32).tiny)).astype(np.float32)
    shape = [-1 if other == axis else 1 for other in range(weights.ndim)]
    values = np.clip(np.round(weights / scales.reshape(shape)), -_LARGEST_WEIGHT, _LARGEST_WEIGHT).astype(np.int8)
    flat = tuple(float(scale) for scale in scales)
    return values, Quantization(flat, (0,) * len(flat), axis or 0)


def quantize_bias(
    bias: Reals, input_scale: float, weights: Quantization, dtype: DType = DType.INT32
) -> tuple[NDArray[Any], Quantization]:
    """The bias in the scale of the accumulator: input scale times weight scale."""
    scales = tuple(float(np.float32(input_scale * scale)) for scale in weights.scales)
    smallest = np.finfo(np.float32).tiny
    values = np.round(bias.astype(np.float64) / np.maximum(np.array(scales), smallest))
    info = np.iinfo(np.int32)
    return np.clip(values, info.min, info.max).astype(dtype.numpy), Quantization(scales, (0,) * len(scales))


def _scale(value: float) -> float:
    return float(np.float32(min(max(value, _SMALLEST_SCALE), float(np.finfo(np.float32).max))))
