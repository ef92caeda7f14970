"""exp, logistic and tanh in the fixed-point arithmetic that TensorFlow Lite Micro uses (gemmlowp's fixedpoint.h).

Arrays hold int32 values as int64. "Qm.n" is a number with n binary digits after the point; Q0.31 holds [-1, 1).
"""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

LARGEST = (1 << 31) - 1
"""1 in Q0.31, or nearly so."""
_FACTORS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
"""exp(-1/4), exp(-1/2), exp(-1), ... exp(-16) in Q0.31."""


def high_product(a: Integers | int, b: Integers | int) -> Integers:
    """The product a * b / 2^31, rounded to the nearest (SaturatingRoundingDoublingHighMul)."""
    return np.asarray((np.asarray(a, np.int64) * b + (1 << 30)) >> 31)


def rounding_shift(value: Integers, bits: int) -> Integers:
    """The quotient value / 2^bits, rounded to the nearest, ties away from zero (RoundingDivideByPOT)."""
    mask = (1 << bits) - 1
    return (value >> bits) + ((value & mask) > (mask >> 1) + (value < 0))


def rescale(value: Integers, multiplier: int, shift: int) -> Integers:
    """The product value * multiplier / 2^31 * 2^shift, rounded twice (MultiplyByQuantizedMultiplier)."""
    return rounding_shift(high_product(value << max(shift, 0), multiplier), max(-shift, 0))


def _saturating_left_shift(value: Integers, bits: int) -> Integers:
    threshold = (1 << (31 - bits)) - 1
    return np.where(value > threshold, LARGEST, np.where(value < -threshold, -LARGEST - 1, value << bits))


def exp(value: Integers, integer_bits: int) -> Integers:
    """Exponentials of values <= 0 in Q(integer_bits).(31 - integer_bits), as Q0.31 (exp_on_negative_values)."""
    quarter = 1 << (29 - integer_bits)
    rest = (value & (quarter - 1)) - quarter
    quarters = (rest - value) >> (29 - integer_bits)
    x = (rest << integer_bits) + (1 << 28)
    square = high_product(x, x)
    fourth = rounding_shift(high_product(square, square), 2)
    third = high_product(fourth + high_product(square, x), 715827883)
    result = 1895147668 + high_product(x + rounding_shift(third + square, 1), 1895147668)
    for bit, factor in enumerate(_FACTORS[: integer_bits + 2]):
        result = np.where((quarters >> bit) & 1, high_product(result, factor), result)
    return np.where(value == 0, LARGEST, result)


def _reciprocal_of_half_sum(value: Integers) -> Integers:
    """2 / (1 + value) in Q2.29 for a value in [0, 1) in Q0.31, by three steps of Newton's method."""
    half = (value + (1 << 31)) >> 1
    x = 1515870810 + high_product(half, -1010580540)
    for _ in range(3):
        x = x + _saturating_left_shift(high_product(x, (1 << 29) - high_product(half, x)), 2)
    return x


def logistic(value: Integers) -> Integers:
    """1 / (1 + exp(-value)) in Q0.31, for values in Q4.27."""
    positive = _saturating_left_shift(_reciprocal_of_half_sum(exp(-abs(value), 4)), 1)
    return np.where(value == 0, 1 << 30, np.where(value > 0, positive, LARGEST - positive))


def tanh(value: Integers) -> Integers:
    """The hyperbolic tangent in Q0.31, for values in Q4.27."""
    positive = _saturating_left_shift(_reciprocal_of_half_sum(exp(-abs(value), 5)) - (1 << 29), 2)
    return np.sign(value) * positive
