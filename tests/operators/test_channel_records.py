"""Records of channels: what a kernel decodes from them gives every output that the node's own scales give."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lilliput.operators.channel_records import Channels, records
from lilliput.operators.exponential import rescale
from lilliput.operators.operator import Constant

Integers = NDArray[np.int64]


def channels(scales: list[tuple[int, int]], biases: list[int], largest_sum: int, zero_point: int = 0) -> Channels:
    multipliers, shifts = np.array(scales, np.int64).T
    reach = np.full(len(scales), largest_sum)
    return Channels(np.array(biases), multipliers, shifts, -reach, reach, zero_point, -128, 127)


def decoded(fields: dict[str, Any], number: int) -> tuple[int, int, int]:
    """Bias, multiplier and shift of a channel, as runtime/requantize_channel.h reads them."""
    assert isinstance(fields["records"], Constant)
    data = fields["records"].values.tobytes()
    scale, bias = number * fields["scale_step"], number * fields["bias_step"] + fields["bias_at"]
    multiplier = int.from_bytes(data[scale : scale + 4], "little", signed=True)
    code = data[scale + fields["shift_at"]] & fields["shift_mask"]
    stored_bias = int.from_bytes(data[bias : bias + 4], "little", signed=True) >> fields["bias_shift"]
    return stored_bias, multiplier, fields["shift"] - code


def outputs(table: Channels, sums: Integers, multiplier: int, shift: int) -> Integers:
    return np.clip(rescale(sums, multiplier, shift) + table.zero_point, table.smallest, table.largest)


def record_bytes(scales: list[tuple[int, int]], biases: list[int], largest_sum: int) -> int:
    stored = records(channels(scales, biases, largest_sum))["records"]
    assert isinstance(stored, Constant)
    return stored.values.nbytes


legal_multipliers = st.one_of(
    st.just(0), st.integers(1 << 30, (1 << 31) - 1), st.sampled_from([1 << 30, (1 << 31) - 1])
)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_every_output_stays_what_it_was(data: st.DataObject) -> None:
    highest = data.draw(st.integers(-31, 8))
    lowest = max(-31, highest - data.draw(st.integers(0, 24)))
    scale = st.tuples(legal_multipliers, st.integers(lowest, highest))
    scales = [(m, s if m else 0) for m, s in data.draw(st.lists(scale, min_size=1, max_size=6))]
    zero_point = data.draw(st.integers(-128, 127))
    width = data.draw(st.integers(0, 32))
    biases = [data.draw(st.integers(-(1 << 31), (1 << 31) - 1)) >> width for _ in scales]
    table = channels(scales, biases, 1 << data.draw(st.integers(1, 30 - max(highest, 0))), zero_point)
    fields = dict(records(table))
    for number, scale in enumerate(scales):
        bias, *stored = decoded(fields, number)
        assert bias == biases[number]
        sums = telling_sums(scale, int(table.highest[number]))
        np.testing.assert_array_equal(outputs(table, sums, *stored), outputs(table, sums, *scale))


def telling_sums(scale: tuple[int, int], largest: int) -> Integers:
    """Sums up to `largest` in magnitude around those at which the scaled value changes, and the extreme ones."""
    multiplier, shift = scale
    steps = (np.arange(-300, 300) + 0.5) * 2.0 ** (31 - shift) / max(multiplier, 1)
    around = np.clip(steps, -largest, largest).astype(np.int64)[:, None] + np.arange(-3, 4)
    return np.unique(np.clip(np.append(around, [-largest, largest]), -largest, largest))


ODD = 0x5555_5555


@pytest.mark.parametrize(
    ("scales", "biases", "expected_bytes"),
    [
        ([(ODD, -7), (ODD, -10)], [300, -300], 12),
        ([(ODD, -7), (ODD, -22)], [300, -300], 12),
        ([(ODD, -7), (ODD, -23)], [300, -300], 14),
        ([(ODD, -7), (0, 0)], [300, -300], 12),
        ([(ODD, -7), (ODD + 2, -7)], [300, -300], 12),
        ([(ODD, -7), (ODD, -7)], [300, -300], 8),
        ([(0, 0), (0, 0)], [1, 1], 6),
        ([(ODD, -7), (ODD + 2, -7)], [0, 0], 8),
        ([(ODD, -7), (ODD + 2, -7)], [127, -128], 10),
        ([(ODD, -7), (ODD + 2, -7)], [128, 0], 12),
        ([(ODD, -7), (ODD + 2, -7)], [1 << 15, 0], 14),
        ([(ODD, -7), (ODD + 2, -7)], [1 << 23, 0], 16),
        ([(ODD, -7), (ODD + 2, -7)], [-(1 << 31), 0], 16),
    ],
)
def test_records_take_the_fewest_bytes(scales: list[tuple[int, int]], biases: list[int], expected_bytes: int) -> None:
    assert record_bytes(scales, biases, 1 << 12) == expected_bytes


def test_shifts_take_a_byte_where_sums_may_need_every_bit_of_a_multiplier() -> None:
    scales = [(0x5A82799B, -22), (0x5A82799B, -25)]
    assert record_bytes(scales, [300, -300], 1 << 20) == 12
    assert record_bytes(scales, [300, -300], (1 << 31) - 1) == 14


def test_shifts_take_a_byte_where_sums_overflow() -> None:
    scales = [(ODD, 3), (ODD + 2, -1)]
    assert record_bytes(scales, [300, -300], 1 << 12) == 12
    assert record_bytes(scales, [300, -300], 1 << 28) == 14
