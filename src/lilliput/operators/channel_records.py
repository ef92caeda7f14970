"""Biases and scales of a layer's channels -> the fewest bytes from which kernels compute the same outputs.

The layout is that of runtime/requantize_channel.h. A shift takes no byte of its own where it fits into the lowest bits
of its multiplier and no output changes: for each channel the sums at which the output changes are compared, among all
sums that its weights allow.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lilliput.operators.operator import Constant, ConstantKind, Parameter

Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]

RECORD_FIELDS = (
    "records", "scale_step", "bias_step", "bias_at", "bias_shift", "shift_at", "shift_mask", "shift",
)  # fmt: skip
"""The fields of `struct requantization` that say how channels are stored."""

_MOST_LOW_BITS = 4
"""More would lie where the bits of a multiplier decide outputs."""


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """Channel c's output is its sum times multipliers[c] / 2^31 * 2^shifts[c], plus `zero_point`, and limited.

    Its sum, which contains biases[c], is from lowest[c] to highest[c], an int32. The output's limits are `smallest` and
    `largest`.
    """

    biases: Integers
    multipliers: Integers
    shifts: Integers
    lowest: Integers
    highest: Integers
    zero_point: int
    smallest: int
    largest: int

    @property
    def base(self) -> int:
        """The largest shift; what others are less than it is stored."""
        return int(self.shifts.max(initial=-31, where=self.multipliers != 0))

    @property
    def codes(self) -> Integers:
        """What is stored of each shift. No shift of a multiplier of 0 matters."""
        return np.where(self.multipliers != 0, self.base - self.shifts, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Biases:
    """Biases in as few bytes as hold all of them, [channels, bytes], the lowest byte first.

    An arithmetic shift to the right by `shift` makes a bias from four bytes, of which its own are the last; a bias
    without bytes from the four of a number that is not negative.
    """

    stored: Bytes
    shift: int

    @property
    def bytes(self) -> int:
        """Bytes of one bias, from 0 to 4."""
        return self.stored.shape[1]


def narrow(biases: Integers) -> Biases:
    """The biases in the fewest bytes."""
    bits = int(np.maximum(biases, ~biases).max(initial=0)).bit_length()
    count = (bits + 8) // 8 if biases.any() else 0
    return Biases(_little_endian(biases, count), min(32 - 8 * count, 31))


def records(channels: Channels) -> Mapping[str, Parameter]:
    """The fields of `struct requantization`."""
    scales, shift_at, shift_mask = _stored_scales(channels)
    narrowed = narrow(channels.biases)
    shared = bool((scales == scales[0]).all())
    stored = (
        np.concatenate([scales[0], narrowed.stored.ravel()]) if shared else np.hstack([scales, narrowed.stored]).ravel()
    )
    record_bytes = scales.shape[1] + narrowed.bytes
    steps = (0, narrowed.bytes) if shared else (record_bytes, record_bytes)
    constant = Constant("records", stored, ConstantKind.TABLES)
    layout = (constant, *steps, record_bytes - 4, narrowed.shift, shift_at, shift_mask, channels.base)
    return {
        **dict(zip(RECORD_FIELDS, layout, strict=True)),
        "output_zero_point": channels.zero_point,
        "output_minimum": channels.smallest,
        "output_maximum": channels.largest,
    }


def _stored_scales(channels: Channels) -> tuple[Bytes, int, int]:
    """Scales as [channels, bytes], and which of the bytes holds the shift's code under which mask."""
    inside = with_shifts_inside(channels)
    if inside is None:
        return np.hstack([_little_endian(channels.multipliers, 4), _little_endian(channels.codes, 1)]), 4, 0xFF
    return _little_endian(inside.multipliers, 4), 0, (1 << _low_bits(channels)) - 1


def with_shifts_inside(channels: Channels) -> Channels | None:
    """The same outputs by multipliers whose lowest bits are the codes of their shifts; None where there are none."""
    low_bits = _low_bits(channels)
    if low_bits == 0:
        return channels
    if low_bits > _MOST_LOW_BITS or _overflows(channels):
        return None
    changes = _changes(channels)
    found = np.full(len(channels.codes), -1)
    for multipliers in _nearest(channels.multipliers, channels.codes, low_bits):
        legal = (multipliers < 1 << 31) & ((multipliers > 0) == (channels.multipliers > 0))
        candidates = replace(channels, multipliers=np.where(legal, multipliers, channels.multipliers))
        same = legal & (_changes(candidates) == changes).all(axis=1)
        found = np.where((found < 0) & same, multipliers, found)
    return None if (found < 0).any() else replace(channels, multipliers=found)


def _low_bits(channels: Channels) -> int:
    return int(channels.codes.max(initial=0)).bit_length()


def _overflows(channels: Channels) -> bool:
    """Whether a sum may exceed int32 when it is shifted left."""
    largest = np.maximum(np.abs(channels.lowest), np.abs(channels.highest))
    return bool((largest << np.maximum(channels.shifts, 0) >= 1 << 31).any())


def _nearest(multipliers: Integers, codes: Integers, low_bits: int) -> Iterator[Integers]:
    """The largest numbers up to the multipliers whose lowest bits are the codes, and the next larger ones."""
    below = multipliers - ((multipliers - codes) & ((1 << low_bits) - 1))
    yield below
    yield below + (1 << low_bits)


def _changes(channels: Channels) -> Integers:
    """[channels, outputs but the smallest]: the lowest possible sum that gives such an output or a larger one.

    Solves runtime/requantize.h for the sum, from the last rounding to the first. One more than the highest sum where
    none gives the output.
    """
    scaled = np.arange(channels.smallest + 1, channels.largest + 1) - channels.zero_point
    shifts = channels.shifts[:, None]
    left, right = np.maximum(shifts, 0), np.maximum(-shifts, 0)
    half = (1 << right) >> 1
    high = (scaled << right) - half + ((scaled <= 0) & (right > 0))
    products = (np.clip(high, -(1 << 31), 1 << 31) << 31) - (1 << 30)
    factors = np.maximum(channels.multipliers[:, None], 1) << left
    return np.clip(-(-products // factors), channels.lowest[:, None], channels.highest[:, None] + 1)


def _little_endian(values: Integers, count: int) -> Bytes:
    """The lowest `count` bytes of each value, [values, count]."""
    return values.astype("<i8").view(np.uint8).reshape(len(values), 8)[:, :count]
