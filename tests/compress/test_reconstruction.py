"""Least squares: making up for rounding errors, on values that are permitted only."""

import numpy as np
import pytest

from lilliput.compress.grids import Grid, cluster_grid, level_grid
from lilliput.compress.reconstruction import elimination, mask_of_least, pruned, reconstructed, second_moments

RANDOM = np.random.default_rng(7)
WEIGHTS = np.round(RANDOM.normal(0, 40, (6, 12))).clip(-127, 127)
MIXING = RANDOM.normal(0, 1, (12, 12))
INPUTS = RANDOM.normal(0, 20, (500, 12)) @ MIXING
"""Correlated, as neighbours in an image are."""


def loss(weights: np.ndarray) -> float:
    return float(np.square(INPUTS @ (WEIGHTS - weights).T).sum())


def nearest(grid: Grid) -> np.ndarray:
    return np.stack([grid.nearest(column) for column in WEIGHTS.T], axis=1)


@pytest.mark.parametrize(
    "grid",
    [
        level_grid(WEIGHTS, np.ones(12), 7, one_step=False),
        level_grid(WEIGHTS, np.ones(12), 7, one_step=True),
        cluster_grid(WEIGHTS, np.ones(12), 5),
    ],
)
def test_outputs_change_less_than_by_rounding_each_weight(grid: Grid) -> None:
    found = reconstructed(WEIGHTS, elimination(second_moments(INPUTS)), grid)
    assert loss(found) < 0.8 * loss(nearest(grid))


def test_levels_are_odd_multiples_of_one_step_a_row() -> None:
    grid = level_grid(WEIGHTS, np.ones(12), 7, one_step=False)
    found = reconstructed(WEIGHTS, elimination(second_moments(INPUTS)), grid) / grid.steps[:, None]
    np.testing.assert_allclose(found, np.round(found), atol=1e-9)
    assert np.abs(np.round(found)).max() <= 3


def test_one_step_is_the_same_for_all_rows() -> None:
    assert len(set(level_grid(WEIGHTS, np.ones(12), 7, one_step=True).steps.tolist())) == 1


def test_clusters_are_integers_and_no_more_than_asked_for() -> None:
    found = reconstructed(WEIGHTS, elimination(second_moments(INPUTS)), cluster_grid(WEIGHTS, np.ones(12), 5))
    assert len(np.unique(found)) <= 5
    assert (found == np.round(found)).all()


def test_as_many_clusters_as_values_change_nothing() -> None:
    grid = cluster_grid(WEIGHTS, np.ones(12), len(np.unique(WEIGHTS)))
    np.testing.assert_array_equal(nearest(grid), WEIGHTS)


def test_the_share_that_matters_least_becomes_zero() -> None:
    moments = second_moments(INPUTS)
    mask = mask_of_least(WEIGHTS, moments, 0.25)
    saliency = WEIGHTS**2 * np.diag(moments)
    assert mask.sum() == WEIGHTS.size // 4
    assert saliency[mask].max() <= saliency[~mask].min()


def test_pruned_weights_are_made_up_for_by_the_others() -> None:
    moments = second_moments(INPUTS)
    mask = mask_of_least(WEIGHTS, moments, 0.5)
    found = pruned(WEIGHTS, moments, Grid(np.ones(6), 127), mask)
    assert not found[mask].any()
    assert loss(found) < 0.8 * loss(np.where(mask, 0.0, WEIGHTS))


def test_taps_that_never_see_anything_do_no_harm() -> None:
    silent = INPUTS.copy()
    silent[:, 3] = 0.0
    grid = level_grid(WEIGHTS, np.ones(12), 15, one_step=False)
    assert np.isfinite(reconstructed(WEIGHTS, elimination(second_moments(silent)), grid)).all()
    assert np.isfinite(reconstructed(WEIGHTS, elimination(second_moments(np.zeros((4, 12)))), grid)).all()
