"""Accuracy of compiled models: what the oracle says of the same samples."""

from pathlib import Path

import numpy as np
import pytest

from lilliput import tflite
from lilliput.accuracy import METRICS, evaluate, read_samples, scores_of_oracle
from lilliput.accuracy.evaluation import accuracy, scores_of_code
from lilliput.errors import UsageError
from lilliput.oracles import Oracle
from tests.cases.builder import GraphBuilder

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits"
GRAPH = tflite.read(EXAMPLE / "digits.tflite")
SAMPLES = read_samples(EXAMPLE / "test_set.npz")


def test_the_compiled_code_scores_as_the_oracle_does(tflm: Oracle) -> None:
    assert tflm.name == "tflm"
    model = (EXAMPLE / "digits.tflite").read_bytes()
    np.testing.assert_array_equal(scores_of_code(GRAPH, SAMPLES), scores_of_oracle(model, GRAPH, SAMPLES))


def test_recalls_and_confusion_belong_to_the_value() -> None:
    found = evaluate(GRAPH, SAMPLES, METRICS["top1"])
    assert found.confusion is not None
    assert found.samples == found.confusion.sum() == len(SAMPLES)
    assert found.value == pytest.approx(100 * found.confusion.trace() / len(SAMPLES))
    assert len(found.recalls) == 10
    assert all(recall is not None and recall > 0.8 for recall in found.recalls)


def test_a_class_without_samples_has_no_recall() -> None:
    few = SAMPLES.part(np.flatnonzero(SAMPLES.y == 3))
    assert evaluate(GRAPH, few, METRICS["top1"]).recalls[0] is None


def test_values_have_no_confusion() -> None:
    scores = scores_of_code(GRAPH, SAMPLES)
    targets = type(SAMPLES)(SAMPLES.x, scores, (), "targets")
    found = accuracy(scores, targets, METRICS["mse"])
    assert (found.value, found.confusion, found.recalls) == (0.0, None, ())


def test_a_model_with_two_inputs_is_refused() -> None:
    builder = GraphBuilder()
    tensors = tuple(builder.input((1, 4), scale=0.5) for _ in range(2))
    builder.node("add", tensors, builder.computed((1, 4), scale=1.0))
    with pytest.raises(UsageError, match="has 2 inputs"):
        evaluate(builder.graph(), SAMPLES, METRICS["top1"])
