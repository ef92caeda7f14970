"""Metrics: the textbook's values, and what users' functions may do."""

import sys
import types
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, roc_auc_score  # pyright: ignore[reportUnknownVariableType]

from lilliput.accuracy import METRICS, find_metric
from lilliput.accuracy.metrics import confusion, is_classification
from lilliput.errors import UsageError

SCORES = np.array([[0.1, 0.9], [0.8, 0.2], [0.5, 0.5], [0.3, 0.7]])
EXPECTED = np.array([1, 1, 0, 0])


def own_metric(monkeypatch: pytest.MonkeyPatch, function: Callable[..., object]) -> str:
    module = types.ModuleType("own_metrics")
    module.__dict__["function"] = function
    monkeypatch.setitem(sys.modules, "own_metrics", module)
    return "own_metrics:function"


def test_top1_counts_right_answers_in_percent() -> None:
    assert METRICS["top1"].of(SCORES, EXPECTED) == 50.0


def test_the_error_of_classes_is_that_of_their_indicators() -> None:
    expected = np.mean((SCORES - [[0, 1], [0, 1], [1, 0], [1, 0]]) ** 2)
    assert METRICS["mse"].of(SCORES, EXPECTED) == pytest.approx(expected)
    assert METRICS["mse"].of(SCORES, SCORES + 1) == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(5))
def test_areas_and_confusions_are_those_of_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(0, 5, (40, 2)).astype(np.float64)
    labels = np.arange(40) % 2
    assert METRICS["auc"].of(scores, labels) == pytest.approx(100 * float(roc_auc_score(labels, scores[:, -1])))
    assert confusion(scores, labels, 2).tolist() == confusion_matrix(labels, scores.argmax(axis=1)).tolist()


def test_a_loss_is_what_got_worse() -> None:
    assert METRICS["top1"].loss(90.0, 88.0) == 2.0
    assert METRICS["mse"].loss(0.5, 0.75) == 0.25


def test_classes_are_told_from_values() -> None:
    assert is_classification(SCORES, EXPECTED)
    assert not is_classification(SCORES, EXPECTED + 0.5)
    assert not is_classification(SCORES, EXPECTED + 1)
    assert not is_classification(SCORES[:, :1], np.zeros(4))


def test_a_function_of_ones_own_is_a_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    metric = find_metric(own_metric(monkeypatch, lambda scores, y: scores[y == 1].sum()))
    assert metric.of(SCORES, EXPECTED) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("function", "fact"),
    [
        (lambda *_: 1 / 0, "failed: ZeroDivisionError"),
        (lambda *_: float("nan"), "is nan"),
        (lambda *_: "many", "failed: ValueError"),
    ],
)
def test_a_metric_that_raises_or_gives_no_number_is_named(
    monkeypatch: pytest.MonkeyPatch, function: Callable[..., object], fact: str
) -> None:
    metric = find_metric(own_metric(monkeypatch, function))
    with pytest.raises(UsageError, match=fact):
        metric.of(SCORES, EXPECTED)


@pytest.mark.parametrize("name", ["top2", "no_such_module:f", "math:no_such_function"])
def test_an_unknown_metric_is_answered_with_those_that_exist(name: str) -> None:
    with pytest.raises(UsageError) as error:
        find_metric(name)
    assert "top1, auc, mse" in error.value.advice


def test_an_area_needs_samples_of_both_classes() -> None:
    with pytest.raises(UsageError, match="classes 0 and 1"):
        METRICS["auc"].of(SCORES, np.ones(4))
