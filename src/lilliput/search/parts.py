"""Samples -> three parts: to calibrate with, to search by, and to report on what the search has never seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.accuracy import Samples
from lilliput.errors import UsageError

FEW_CALIBRATION_SAMPLES = 32
"""Of fewer the layers' inputs are not well known."""
_MOST_CALIBRATION_SAMPLES = 256
"""More change little and take time and memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Which samples give which number.

    Least squares work on `calibration`, the search compares candidates on `tuning`, and `report` gives the accuracy
    that is told.
    """

    calibration: Samples
    tuning: Samples
    report: Samples

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about them."""
        if len(self.calibration) >= FEW_CALIBRATION_SAMPLES:
            return ()
        count, enough = len(self.calibration), FEW_CALIBRATION_SAMPLES
        return (f"only {count} samples to calibrate with, from {self.calibration.source}; give {enough} or more",)


def split(
    samples: Samples, *, seed: int = 0, calibration: Samples | None = None, report: Samples | None = None
) -> Parts:
    """A fifth of the samples, at most 256, to calibrate with; of the rest one half to tune on and one to report on.

    What is given need not be split off. Classes keep their shares, and the same seed gives the same parts. Raises
    UsageError when there are too few samples for that.
    """
    order = _shuffled(samples, seed)
    if calibration is None:
        count = min(_MOST_CALIBRATION_SAMPLES, len(order) // 5)
        chosen, order = _drawn(order, count)
        calibration = samples.part(chosen)
    tuning = order
    if report is None:
        chosen, tuning = _drawn(order, len(order) // 2)
        report = samples.part(chosen)
    parts = Parts(calibration, samples.part(tuning), report)
    if min(len(parts.calibration), len(parts.tuning), len(parts.report)) == 0:
        fact = f"{len(samples)} samples are too few to calibrate with, tune on and report on"
        raise UsageError(fact, samples.source, "Give more samples.")
    return parts


def _shuffled(samples: Samples, seed: int) -> NDArray[np.int64]:
    """All samples, class by class and at random within a class."""
    random = np.random.Generator(np.random.PCG64(seed))
    order = random.permutation(len(samples))
    if samples.y.ndim == 1 and samples.y.dtype.kind in "iub":
        return order[np.argsort(samples.y[order], kind="stable")]
    return order


def _drawn(order: NDArray[np.int64], count: int) -> tuple[Sequence[int], NDArray[np.int64]]:
    """`count` of them at equal distances, which keeps the classes' shares, and the others."""
    places = (np.arange(count) * len(order) // max(count, 1)).astype(np.int64)
    return order[places].tolist(), np.delete(order, places)
