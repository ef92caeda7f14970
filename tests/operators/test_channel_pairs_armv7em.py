"""The stream of weights for Armv7E-M, read again as the kernels read it, and the arithmetic of its scales."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lilliput.operators.channel_pairs_armv7em import groups, pack, scale

MULTIPLIERS = st.integers(1 << 30, (1 << 31) - 1)
SUMS = st.one_of(st.integers(-(1 << 31) + 1, (1 << 31) - 1), st.integers(-(1 << 12), 1 << 12))


def packed(weights: NDArray[np.int64], *, positive: bool = False) -> NDArray[np.uint32]:
    channels = len(weights)
    shifts = np.array([-2 - channel for channel in range(channels)], np.int8)
    biases = np.arange(channels, dtype=np.int64) - 1
    return pack(weights, biases, np.full(channels, 1 << 30, np.int32), shifts, positive=positive)


def halves(words: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Words -> pairs of int16."""
    return np.ascontiguousarray(words).view(np.int16).astype(np.int64).reshape(*words.shape, 2)


@pytest.mark.parametrize(("channels", "runs", "run"), [(2, 1, 8), (3, 1, 9), (4, 3, 6), (1, 1, 1), (5, 2, 13)])
def test_weights_of_two_channels_come_apart_again(channels: int, runs: int, run: int) -> None:
    weights = np.random.default_rng(run).integers(-127, 128, (channels, runs, run))
    count = groups(run, runs)
    words = halves(packed(weights)[:, 2 : 2 + 2 * count]).reshape(-1, count, 2, 2)
    both = words.swapaxes(2, 3).reshape(len(words), -1)
    first = both.astype(np.int8).astype(np.int64)
    second = (both - first) >> 8
    found = np.stack([first, second], axis=1).reshape(-1, 4 * count)
    width = -(-run // 4) * 4
    for channel in range(channels):
        rows = found[channel, : runs * width].reshape(runs, width)
        assert (rows[:, :run] == weights[channel]).all()
        assert (rows[:, run:] == 0).all()
        assert (found[channel, runs * width :] == 0).all()


def test_the_loops_end_at_the_last_pair_and_at_an_odd_channel() -> None:
    ends = [packed(np.ones((channels, 1, 8), np.int64))[:, -1] >> 8 & 1 for channels in (1, 2, 3, 6)]
    assert [each.tolist() for each in ends] == [[1], [1], [1, 1], [0, 0, 1]]


def test_a_row_ends_with_scales_and_shifts() -> None:
    first, second, flags = packed(np.ones((2, 1, 8), np.int64), positive=True)[0, -3:].tolist()
    assert first == second == 1 << 31
    assert (flags & 0xFF, flags >> 9 & 0xFF, flags >> 31) == (30, 29, 1)


def high_product(a: int, b: int, addend: int) -> int:
    """SMMLAR of int32 values: the high word of (addend << 32) + a * b, rounded."""
    return ((addend << 32) + a * b + (1 << 31)) >> 32


def reference(total: int, multiplier: int, right: int) -> int:
    """MultiplyByQuantizedMultiplier of TFLM for a right shift."""
    nudge = 1 << 30 if total * multiplier >= 0 else 1 - (1 << 30)
    product = total * multiplier + nudge
    high = product // (1 << 31) if product >= 0 else -(-product // (1 << 31))
    mask = (1 << right) - 1
    return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0))


@given(total=SUMS, multiplier=MULTIPLIERS, right=st.integers(2, 31), zero_point=st.integers(-128, 127))
def test_three_instructions_requantise_every_sum_as_tflm_does(
    total: int, multiplier: int, right: int, zero_point: int
) -> None:
    scaled = high_product(total, scale(multiplier), total)
    scaled += scaled >> 31
    assert high_product(scaled, 1 << (32 - right), zero_point) == zero_point + reference(total, multiplier, right)


@given(total=SUMS, multiplier=MULTIPLIERS, right=st.integers(2, 31))
def test_without_the_sign_only_negative_sums_differ_and_stay_negative_or_zero(
    total: int, multiplier: int, right: int
) -> None:
    scaled = high_product(high_product(total, scale(multiplier), total), 1 << (32 - right), 0)
    expected = reference(total, multiplier, right)
    assert scaled == expected or (expected < 0 and scaled <= 0)
