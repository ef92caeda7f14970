"""Scales, zero points and integers of single tensors."""

import numpy as np
import pytest

from lilliput.ir import DType
from lilliput.quantize.options import QuantizeOptions
from lilliput.quantize.ranges import value_range
from lilliput.quantize.scales import activation_quantization, quantize_bias, quantize_values, quantize_weights


def test_quantised_weights_are_within_half_a_step_of_the_real_ones() -> None:
    weights = np.random.default_rng(4).normal(size=(3, 2, 2, 5)) * np.array([0.01, 1, 7, 100, 1000])
    stored, quantization = quantize_weights(weights, axis=3)
    scales = np.array(quantization.scales)
    assert (np.abs(stored * scales - weights) <= scales * 0.501).all()
    assert np.abs(stored).max(axis=(0, 1, 2)).tolist() == [127] * 5


def test_weights_that_are_all_zero_stay_zero() -> None:
    stored, quantization = quantize_weights(np.zeros((2, 3)), axis=0)
    assert not stored.any()
    assert min(quantization.scales) > 0


@pytest.mark.parametrize("size", [0.0, 1e-12, 1e-3])
def test_a_large_bias_fits_whatever_the_weights(size: float) -> None:
    bias = np.array([0.3, -20.0])
    _, weights = quantize_weights(np.full((2, 4), size), 0, bias, 1 / 127)
    stored, quantization = quantize_bias(bias, 1 / 127, weights)
    assert np.abs(stored.astype(np.int64)).max() < 2**30
    assert stored * np.array(quantization.scales) == pytest.approx(bias, 1e-4)


@pytest.mark.parametrize(("low", "high"), [(0, 17), (-3, 5), (2, 9), (-4, -1)])
def test_zero_and_both_ends_of_a_range_are_representable(low: float, high: float) -> None:
    quantization = activation_quantization((low, high))
    ends = np.array([low, 0, high], np.float64)
    stored = quantize_values(ends, quantization).astype(int)
    real = (stored - quantization.zero_point) * quantization.scale
    assert real[1] == 0
    assert np.abs(real - ends).max() <= quantization.scale * 0.501


def test_int16_is_symmetric() -> None:
    quantization = activation_quantization((-1.0, 4.0), DType.INT16)
    assert quantization.zero_points == (0,)
    assert quantize_values(np.array([4.0, -4.0, 0.0]), quantization, DType.INT16).tolist() == [32767, -32767, 0]


@pytest.mark.parametrize("ends", [(0.0, 0.0), (0.0, 1e-40), (-3e38, 3e38)])
def test_strange_ranges_get_a_scale_that_is_a_number(ends: tuple[float, float]) -> None:
    for dtype in (DType.INT8, DType.INT16):
        quantization = activation_quantization(ends, dtype)
        assert 0 < quantization.scale < np.inf
        assert quantize_values(np.zeros(1), quantization, dtype)[0] == quantization.zero_point


def test_a_bias_has_the_scale_of_the_accumulator() -> None:
    _, weights = quantize_weights(np.array([[1.0], [2.0]]), axis=0)
    stored, quantization = quantize_bias(np.array([0.5, -0.25]), 0.125, weights)
    assert quantization.scales == tuple(0.125 * scale for scale in weights.scales)
    assert stored.tolist() == [508, -127]


def with_outliers() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    values = np.random.default_rng(0).normal(size=20_000).astype(np.float32)
    values[:2] = 90, -110
    return values


def test_min_max_covers_all_values() -> None:
    assert value_range(with_outliers(), QuantizeOptions(), 256) == (-110, 90)


def test_a_percentile_leaves_out_what_is_rare() -> None:
    low, high = value_range(with_outliers(), QuantizeOptions("percentile", 99.9), 256)
    assert -4 < low < -2.5
    assert 2.5 < high < 4


def test_the_least_squared_error_is_below_that_of_min_max() -> None:
    values = np.random.default_rng(1).laplace(size=50_000).astype(np.float32)

    def error(ends: tuple[float, float]) -> float:
        quantization = activation_quantization(ends)
        stored = quantize_values(values, quantization).astype(np.float64)
        return float(np.square((stored - quantization.zero_point) * quantization.scale - values).mean())

    found = value_range(values, QuantizeOptions("mse"), 256)
    assert error(found) < error(value_range(values, QuantizeOptions(), 256)) * 0.95
