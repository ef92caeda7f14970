"""Weights + what their taps see + permitted values -> weights of these values that change the outputs least.

Taps are rounded one after the other; the error of each is made up for by the taps that follow, as far as their inputs
are correlated: least squares on the layer's own outputs. This is optimal brain quantisation (Frantar and Alistarh,
"Optimal Brain Compression", 2022) in the fixed order and by Cholesky factors of "GPTQ" (Frantar et al., 2022).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.compress.grids import Grid
from lilliput.compress.layers import Reals

_DAMPING = 0.01
"""Of the mean square of the taps' inputs: samples say little about taps that hardly ever see anything."""


def second_moments(inputs: Reals) -> Reals:
    """The mean products of what the taps see, damped so that they can be inverted; `inputs` is [windows, taps]."""
    moments = inputs.T @ inputs / max(1, len(inputs))
    damping = _DAMPING * float(np.diag(moments).mean()) + 1e-6
    return moments + damping * np.eye(len(moments))


def mask_of_least(weights: Reals, moments: Reals, share: float) -> NDArray[np.bool_]:
    """Which weights matter least to the outputs: a `share` of all of them; `weights` is [outputs, taps]."""
    saliency = np.square(weights) * np.diag(moments)
    count = round(share * weights.size)
    mask = np.zeros(weights.size, np.bool_)
    mask[np.argsort(saliency, axis=None, kind="stable")[:count]] = True
    return mask.reshape(weights.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Elimination:
    """The `order` in which taps are rounded, and what the error of each asks of those after it (`factor`, triangular).

    It depends on the inputs alone, and takes most of the time where there are thousands of taps.
    """

    order: NDArray[np.int64]
    factor: Reals


def elimination(moments: Reals) -> Elimination:
    """Taps with large inputs go first: nothing can make up for the errors of the last ones."""
    order = np.argsort(-np.diag(moments), kind="stable")
    factor: Reals = np.linalg.cholesky(np.linalg.inv(moments[np.ix_(order, order)])).T.astype(np.float64, copy=False)
    return Elimination(order, factor)


def reconstructed(weights: Reals, eliminated: Elimination, grid: Grid) -> Reals:
    """Weights [outputs, taps] of permitted values."""
    factor = eliminated.factor
    left, permitted = weights[:, eliminated.order].astype(np.float64), np.zeros_like(weights, np.float64)
    for position, tap in enumerate(eliminated.order.tolist()):
        permitted[:, tap] = grid.nearest(left[:, position])
        error = (left[:, position] - permitted[:, tap]) / factor[position, position]
        left[:, position + 1 :] -= np.outer(error, factor[position, position + 1 :])
    return permitted


def pruned(weights: Reals, moments: Reals, grid: Grid, zeros: NDArray[np.bool_]) -> Reals:
    """The same with 0 where `zeros` says so: each output's other taps are fitted to its sums before they are rounded.

    With the fitted w* the error (w - v)' M (w - v) of any v on the taps that are left is (w* - v)' M (w* - v) and a
    constant.
    """
    permitted = np.zeros_like(weights, np.float64)
    for row, (values, gone) in enumerate(zip(weights, zeros, strict=True)):
        taps = np.flatnonzero(~gone)
        if len(taps):
            own = moments[np.ix_(taps, taps)]
            fitted = np.linalg.solve(own, moments[taps] @ values)
            permitted[row, taps] = reconstructed(fitted[None], elimination(own), grid.row(row))[0]
    return permitted
