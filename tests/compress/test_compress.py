"""Compressed models: fewer bytes, nearly the same answers, and still models that every interpreter runs."""

from pathlib import Path

import numpy as np
import pytest

from lilliput import oracles, tflite
from lilliput.accuracy import METRICS, evaluate, read_samples, scores_of_oracle
from lilliput.accuracy.evaluation import scores_of_code
from lilliput.accuracy.samples import inputs_of
from lilliput.compress import Compressor, LayerChoice, capture, compressible
from lilliput.compress.choice import weight_bits
from lilliput.errors import UsageError
from lilliput.ir.checker import check
from lilliput.oracles import Oracle

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits"
GRAPH = tflite.read(EXAMPLE / "digits.tflite")
SAMPLES = read_samples(EXAMPLE / "test_set.npz")
LAYERS = compressible(GRAPH)


@pytest.fixture(scope="module")
def compressor() -> Compressor:
    calibration = SAMPLES.part(range(100))
    return Compressor(GRAPH, capture(GRAPH, inputs_of(calibration, GRAPH.tensors[GRAPH.inputs[0]])))


def accuracy(compressor: Compressor, choice: LayerChoice) -> float:
    return evaluate(compressor(dict.fromkeys(LAYERS, choice)).graph, SAMPLES, METRICS["top1"]).value


@pytest.mark.parametrize(("choice", "most_lost"), [(weight_bits(4), 1.5), (LayerChoice(clusters=16), 1.5)])
def test_four_bits_a_weight_lose_little(compressor: Compressor, choice: LayerChoice, most_lost: float) -> None:
    before = evaluate(GRAPH, SAMPLES, METRICS["top1"]).value
    assert before - accuracy(compressor, choice) <= most_lost


def test_choices_that_change_nothing_leave_every_score(compressor: Compressor) -> None:
    found = compressor(dict.fromkeys(LAYERS, LayerChoice()))
    np.testing.assert_array_equal(scores_of_code(found.graph, SAMPLES), scores_of_code(GRAPH, SAMPLES))
    assert all(layer.signal_to_noise is None for layer in found.layers)


def test_fewer_levels_make_more_noise(compressor: Compressor) -> None:
    (layer, *_) = LAYERS
    noises = [compressor({layer: LayerChoice(levels=levels)}).layers[0].signal_to_noise for levels in (63, 15, 5)]
    assert all(noise is not None for noise in noises)
    assert sorted(noises, reverse=True) == noises  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("choice", "values"), [(weight_bits(4), 15), (weight_bits(3), 7), (LayerChoice(clusters=6), 6)]
)
def test_weights_have_no_more_values_than_asked_for(compressor: Compressor, choice: LayerChoice, values: int) -> None:
    assert all(layer.values[1] <= values for layer in compressor(dict.fromkeys(LAYERS, choice)).layers)


def test_pruned_layers_have_their_share_of_zeros(compressor: Compressor) -> None:
    for layer in compressor(dict.fromkeys(LAYERS, LayerChoice(pruned=0.4, levels=31))).layers:
        assert layer.zeros[1] >= 0.4 - 1 / layer.weights


def test_a_layer_without_weights_cannot_be_compressed(compressor: Compressor) -> None:
    with pytest.raises(UsageError, match="operator 99"):
        compressor({99: weight_bits(4)})


@pytest.mark.parametrize("choice", [weight_bits(4), LayerChoice(clusters=5), LayerChoice(pruned=0.5)])
def test_the_written_model_gives_the_bytes_of_the_compiled_code(
    compressor: Compressor, choice: LayerChoice, tflm: Oracle
) -> None:
    assert oracles.default_oracle()[0] == tflm
    graph = compressor(dict.fromkeys(LAYERS, choice)).graph
    check(graph)
    model = tflite.write(graph)
    read = tflite.read_bytes(model, "compressed.tflite")
    few = SAMPLES.part(range(60))
    np.testing.assert_array_equal(scores_of_code(read, few), scores_of_oracle(model, read, few))


@pytest.mark.parametrize(
    "arguments", [{"levels": 1}, {"clusters": 300}, {"pruned": 1.0}, {"pruned": -0.1}, {"levels": 3, "clusters": 3}]
)
def test_impossible_choices_are_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        LayerChoice(**arguments)
