"""A tensor's values on samples -> the range that its integers should cover."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.quantize.options import QuantizeOptions, Range

_BINS = 2048
_SHRINKS = np.linspace(0.2, 1.0, 33)
"""Shares of either end that are tried."""


def ends(values: NDArray[Any]) -> Range:
    """The smallest and the largest value; zeros where there is none."""
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def value_range(values: NDArray[Any], options: QuantizeOptions, levels: int) -> Range:
    """The range by the method that the options name; `levels` is how many integers will cover it."""
    low, high = ends(values)
    if options.ranges == "min-max" or low == high:
        return low, high
    if options.ranges == "percentile":
        low, high = np.percentile(values, (100 - options.percentile, options.percentile)).tolist()
        return low, high
    return _of_least_error(values, (low, high), levels)


def _of_least_error(values: NDArray[Any], whole: Range, levels: int) -> Range:
    """The range with the smallest mean squared error: each pair of ends that are shares of the largest is tried.

    Values are taken from a histogram, so that the time does not grow with their number.
    """
    low, high = min(whole[0], 0.0), max(whole[1], 0.0)
    counts, edges = np.histogram(values, _BINS, (low, high))
    kept = counts > 0
    counts, centres = counts[kept].astype(np.float64), ((edges[1:] + edges[:-1]) / 2)[kept]
    best, found = np.inf, (low, high)
    for bottom in low * _SHRINKS if low < 0 else [0.0]:
        for top in high * _SHRINKS if high > 0 else [0.0]:
            step = (top - bottom) / (levels - 1)
            near = np.clip(np.round((centres - bottom) / step), 0, levels - 1) * step + bottom
            error = float((counts * np.square(centres - near)).sum())
            if error <= best:
                best, found = error, (float(bottom), float(top))
    return found
