"""ADD and SUB for Armv7E-M: a weighted sum that is rounded once, where it gives what TFLM's three roundings give.

An element is a function of two int8 values. So whether some weights and a constant are exact is found out by computing
all 65,536 pairs, and for given weights the constants that are follow from them as well.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lilliput.operators.channels import scaled
from lilliput.operators.operator import Call, Parameter

_VALUES = np.arange(-128, 128, dtype=np.int64)
_FRACTION_BITS = 21
_FACTOR_BITS = _FRACTION_BITS + 8
"""Of sums and of factors in runtime/add_armv7em.c."""
_TILTS = (0.0, 2.0**-20, 2.0**-19, 2.0**-18, 2.0**-17, 2.0**-16)
"""By how much weights may be larger, so that ties leave zero on both sides."""
_STEPS = (0, 1, -1, 2, -2)

Fields = tuple[tuple[str, int], ...]


def quick_calls(calls: tuple[Call, ...]) -> tuple[Call, ...] | None:
    """The portable `calls` with the kernel of Armv7E-M; None where an input is repeated or no numbers were found."""
    (call, *others) = calls
    if others or "size" not in call.parameters:
        return None
    numbers = _numbers(tuple((name, value) for name, value in call.parameters.items() if isinstance(value, int)))
    if numbers is None:
        return None
    parameters: Mapping[str, Parameter] = {**dict(numbers), "size": call.parameters["size"]}
    return (Call("runtime/add_armv7em.c", "add_armv7em", "add_armv7em", parameters, call.inputs, call.outputs),)


@lru_cache(maxsize=256)
def _numbers(portable: Fields) -> Fields | None:
    """The fields of `struct add_armv7em` for those of the portable kernel, but the size."""
    fields = dict(portable)
    outputs = _outputs(fields)
    for factors in _candidates(fields):
        if max(map(abs, factors)) >= 1 << 31:
            return None
        terms = [_VALUES * factor >> 8 for factor in factors]
        sums = terms[0][:, None] + terms[1][None, :]
        low = np.where(outputs > -128, outputs << _FRACTION_BITS, -(1 << 62)) - sums
        high = np.where(outputs < 127, (outputs + 1) << _FRACTION_BITS, 1 << 62) - sums
        constant = (int(low.max()) + int(high.min())) // 2
        extremes = np.abs(terms[0] + constant).max(), np.abs(sums + constant).max()
        if low.max() < high.min() and max(extremes) < 1 << 31:
            return (("first_factor", factors[0]), ("second_factor", factors[1]), ("constant", constant))
    return None


def _outputs(fields: Mapping[str, int]) -> NDArray[np.int64]:
    """What runtime/weighted_sum.h computes: [the wide input's 256 values, the narrow one's]."""
    wide = (_VALUES + fields["sum.wide_offset"]) * fields["sum.factor"]
    narrow = _scaled((_VALUES + fields["sum.narrow_offset"]) << 20, fields["sum.multiplier"], fields["sum.shift"])
    sums = wide[:, None] + narrow[None, :] * fields["sum.sign"]
    scaled_sums = _scaled(sums.ravel(), fields["sum.output_multiplier"], fields["sum.output_shift"])
    outputs = scaled_sums.reshape(sums.shape) + fields["sum.output_zero_point"]
    return np.clip(outputs, fields["sum.output_minimum"], fields["sum.output_maximum"])


def _scaled(values: NDArray[np.int64], multiplier: int, shift: int) -> NDArray[np.int64]:
    return scaled(values[:, None], np.array([multiplier], np.int64), np.array([shift], np.int64))[:, 0]


def _candidates(fields: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Factors of the wide and the narrow input, the nearest ones first."""
    scale = 2.0 ** (_FACTOR_BITS - 31 + fields["sum.output_shift"]) * fields["sum.output_multiplier"]
    wide = scale * fields["sum.factor"]
    narrow = scale * 2.0 ** (20 - 31 + fields["sum.shift"]) * fields["sum.multiplier"] * fields["sum.sign"]
    for tilt in _TILTS:
        for first in _STEPS:
            for second in _STEPS:
                yield round(wide * (1 + tilt)) + first, round(narrow * (1 + tilt)) + second
