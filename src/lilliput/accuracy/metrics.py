"""(scores, expected) -> one number that says how right a model is."""

import importlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import UsageError

Scores = NDArray[np.float64]
"""(samples, outputs): the model's first output as real numbers, flattened."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of merit. `scale` is 100 for shares, which are told in percent; losses count in the same unit."""

    name: str
    function: Callable[[Scores, NDArray[Any]], float]
    larger_is_better: bool = True
    scale: float = 1.0

    def of(self, scores: Scores, expected: NDArray[Any]) -> float:
        """The value. Raises UsageError when the function fails or gives no finite number."""
        try:
            value = float(self.function(scores, expected)) * self.scale
        except Exception as error:
            fact = f"the metric {self.name} failed: {type(error).__name__}: {error}"
            raise UsageError(fact, advice="It gets scores (samples, outputs) and y, and returns a number.") from error
        if not math.isfinite(value):
            raise UsageError(f"the metric {self.name} is {value}", advice="It must return a finite number.")
        return value

    def loss(self, before: float, after: float) -> float:
        """By how much `after` is worse than `before`; negative when it is better."""
        return before - after if self.larger_is_better else after - before


def top1(scores: Scores, expected: NDArray[Any]) -> float:
    """The share of samples whose class has the largest score; of equal scores the first counts."""
    return float((scores.argmax(axis=1) == _labels(expected)).mean())


def mean_squared_error(scores: Scores, expected: NDArray[Any]) -> float:
    """The mean square of the difference to the expected values, or to 1 for the class and 0 for the others."""
    targets = np.asarray(expected, np.float64).reshape(len(expected), -1)
    if targets.shape[1] != scores.shape[1]:
        targets = np.eye(scores.shape[1])[_labels(expected)]
    return float(np.square(scores - targets).mean())


def area_under_curve(scores: Scores, expected: NDArray[Any]) -> float:
    """The probability that a sample of class 1 has a larger score than one of class 0 (ties count half).

    Fawcett, "An introduction to ROC analysis" (2006), section 7. The score is the last output, or for an
    autoencoder, with as many outputs as inputs, what a metric of one's own makes of it.
    """
    labels = _labels(expected)
    if set(np.unique(labels).tolist()) != {0, 1}:
        raise ValueError("y must have the classes 0 and 1, and samples of both")
    values = scores[:, -1]
    ordered = np.sort(values)
    ranks = (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") + 1) / 2
    positives = int((labels == 1).sum())
    above = ranks[labels == 1].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(labels) - positives)))


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("top1", top1, scale=100.0),
        Metric("auc", area_under_curve, scale=100.0),
        Metric("mse", mean_squared_error, larger_is_better=False),
    )
}


def find_metric(name: str) -> Metric:
    """The metric with this name, or the function `module:function`, which gets scores and y; larger is better.

    Raises UsageError when there is none.
    """
    if name in METRICS:
        return METRICS[name]
    module_name, _, function_name = name.partition(":")
    advice = f"Choose one of: {', '.join(METRICS)}; or give module:function."
    if not function_name:
        raise UsageError(f'there is no metric "{name}"', advice=advice)
    try:
        function = getattr(importlib.import_module(module_name), function_name)
    except Exception as error:
        raise UsageError(f'the metric "{name}" cannot be imported: {error}', advice=advice) from error
    return Metric(name, function)


def confusion(scores: Scores, expected: NDArray[Any], classes: int) -> NDArray[np.int64]:
    """[expected, answered]: how many samples of a class got which answer."""
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (_labels(expected), scores.argmax(axis=1)), 1)
    return matrix


def is_classification(scores: Scores, expected: NDArray[Any]) -> bool:
    """Whether the expected values are classes of which each has a score."""
    values = np.asarray(expected).reshape(len(expected), -1)
    return (
        values.shape[1] == 1
        and scores.shape[1] > 1
        and bool((values == np.floor(values)).all())
        and bool(((values >= 0) & (values < scores.shape[1])).all())
    )


def _labels(expected: NDArray[Any]) -> NDArray[np.int64]:
    labels = np.asarray(expected).reshape(len(expected), -1)
    if labels.shape[1] != 1 or not (labels == np.floor(labels)).all():
        raise ValueError("y must be one class a sample")
    return labels[:, 0].astype(np.int64)
