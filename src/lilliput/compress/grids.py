"""LayerChoice + weights -> the values that weights may take: evenly spaced levels a row, or shared clusters."""

from dataclasses import dataclass

import numpy as np

from lilliput.compress.layers import Reals

_SHRINKS = np.linspace(0.5, 1.0, 26)
"""Cutting off the largest weights makes the steps finer for all others."""
_ROUNDS = 50
"""Of k-means, which converges long before in one dimension."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Row r may take the values `steps[r]` times an integer in [-`largest`, `largest`], or one of `values`.

    All are in units of the stored weights; `values` are sorted integers.
    """

    steps: Reals
    largest: int
    values: Reals | None = None

    def row(self, index: int) -> "Grid":
        """The grid of one row alone."""
        return Grid(self.steps[index : index + 1], self.largest, self.values)

    def nearest(self, weights: Reals) -> Reals:
        """For each row the nearest permitted value; `weights` is [rows]."""
        if self.values is not None:
            borders = (self.values[1:] + self.values[:-1]) / 2
            return self.values[np.searchsorted(borders, weights)]
        return np.clip(np.round(weights / self.steps), -self.largest, self.largest) * self.steps


def level_grid(weights: Reals, importance: Reals, levels: int, *, one_step: bool) -> Grid:
    """Levels whose steps lose least, each error weighed by the tap's `importance`; `weights` is [rows, taps].

    With `one_step` all rows share it.
    """
    largest = levels // 2
    if one_step:
        grid = level_grid(weights.reshape(1, -1), np.tile(importance, len(weights)), levels, one_step=False)
        return Grid(np.repeat(grid.steps, len(weights)), largest)
    full = np.maximum(np.abs(weights).max(axis=1), 1.0) / max(largest, 1)
    losses = np.stack([_loss(weights, importance, full * shrink, largest) for shrink in _SHRINKS])
    return Grid(full * _SHRINKS[losses.argmin(axis=0)], largest)


def _loss(weights: Reals, importance: Reals, steps: Reals, largest: int) -> Reals:
    rounded = np.clip(np.round(weights / steps[:, None]), -largest, largest) * steps[:, None]
    return (np.square(weights - rounded) * importance).sum(axis=1)


def cluster_grid(weights: Reals, importance: Reals, count: int) -> Grid:
    """At most `count` integers that all weights share: k-means, each weight weighed by the tap's `importance`."""
    flat, weighs = weights.ravel(), np.tile(importance, len(weights)) + importance.mean() * 1e-3 + 1e-9
    present, places = np.unique(flat, return_inverse=True)
    masses = np.bincount(places, weighs).astype(np.float64)
    centres = _initial(present, masses, count)
    for _ in range(_ROUNDS):
        owner = np.searchsorted((centres[1:] + centres[:-1]) / 2, present)
        totals = np.bincount(owner, masses, len(centres))
        sums = np.bincount(owner, masses * present, len(centres))
        moved = np.where(totals > 0, sums / np.maximum(totals, 1e-300), centres)
        if np.array_equal(moved, centres):
            break
        centres = np.sort(moved)
    return Grid(np.ones(len(weights)), 0, np.unique(np.round(centres)))


def _initial(present: Reals, masses: Reals, count: int) -> Reals:
    """Quantiles of the weights, zero among them: exact zeros cost nothing to compute with and to store."""
    if len(present) <= count:
        return present.astype(np.float64)
    ranks = np.cumsum(masses) / masses.sum()
    centres = present[np.searchsorted(ranks, (np.arange(count) + 0.5) / count).clip(max=len(present) - 1)]
    return np.unique(centres.astype(np.float64))
