"""Real scales into the integers that kernels compute with, by TensorFlow Lite Micro's own formulas.

Source: tensorflow/lite/kernels/internal/quantization_util.cc and kernel_util.cc. Scales are float32 in the file; where
TFLM multiplies them as float or as double, so do we: the last bit of a multiplier decides output bytes.
"""

import math

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import InvariantError
from lilliput.ir import Quantization, Tensor

ACTIVATIONS = ("none", "relu", "relu_n1_to_1", "relu6")
"""Supported fused activations, at their numbers in the schema's ActivationFunctionType."""

INT8_RANGE = (-128, 127)


def quantization(tensor: Tensor) -> Quantization:
    """The tensor's quantisation, which rules have shown to be there."""
    if tensor.quantization is None:
        raise InvariantError(f"tensor {tensor.name!r} has no quantisation")
    return tensor.quantization


def float32_product(a: float, b: float) -> float:
    """The product of two float32 numbers, rounded to float32."""
    return float(np.float32(a) * np.float32(b))


def quantize_multiplier(real: float) -> tuple[int, int]:
    """(multiplier, shift) with real = multiplier / 2^31 * 2^shift, 2^30 <= multiplier < 2^31 (QuantizeMultiplier).

    `real` must not be negative. Numbers below 2^-32 become 0; above 2^30 the largest representable.
    """
    if real == 0.0:
        return 0, 0
    fraction, shift = math.frexp(real)
    multiplier = math.floor(fraction * (1 << 31) + 0.5)
    if multiplier == 1 << 31:
        multiplier //= 2
        shift += 1
    if shift < -31:
        return 0, 0
    if shift > 30:
        return (1 << 31) - 1, 30
    return multiplier, shift


def channel_multipliers(
    input_: Tensor, weights: Tensor, output: Tensor, channels: int
) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Multipliers and shifts of a convolution, one per output channel (PopulateConvolutionQuantizationParams)."""
    input_scale, output_scale = quantization(input_).scale, quantization(output).scale
    scales = quantization(weights).scales
    if len(scales) == 1:
        scales *= channels
    pairs = [quantize_multiplier(input_scale * scale / output_scale) for scale in scales]
    return np.array([m for m, _ in pairs], np.int32), np.array([s for _, s in pairs], np.int8)


def round_half_away(value: float) -> int:
    """The nearest integer, ties away from zero, as C's roundf does."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def activation_range(activation: int, output: Tensor) -> tuple[int, int]:
    """The smallest and largest int8 output that a fused activation allows (CalculateActivationRangeQuantized)."""
    quantized = quantization(output)

    def stored(real: float) -> int:
        steps = float(np.float32(real)) / quantized.scale
        return quantized.zero_point + round_half_away(float(np.float32(max(-512.0, min(steps, 512.0)))))

    low, high = INT8_RANGE
    name = ACTIVATIONS[activation]
    if name in ("relu", "relu6"):
        low = max(low, stored(0.0))
    if name == "relu6":
        high = min(high, stored(6.0))
    if name == "relu_n1_to_1":
        low, high = max(low, stored(-1.0)), min(high, stored(1.0))
    return low, high
