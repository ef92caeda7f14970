"""The demo model of examples/digits: what is committed, how it was quantised, and that it can be trained anew."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples.digits import network, shrink
from examples.digits.evaluate import correct_answers
from examples.layers import float_graph
from examples.training import initial_parameters
from numpy.typing import NDArray

from lilliput import oracles, tflite
from lilliput.accuracy import Samples, scores_of_oracle
from lilliput.accuracy.evaluation import model_inputs
from lilliput.oracles import Oracle
from lilliput.quantize import quantize

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "examples" / "digits"
MODEL = FOLDER / "digits.tflite"
TEST_SET = FOLDER / "test_set.npz"
OPERATORS = ["conv_2d", "depthwise_conv_2d", "conv_2d", "average_pool_2d", "reshape", "fully_connected", "softmax"]
README_ROWS = {
    "float": "float32, numpy",
    "tflm": "int8, TensorFlow Lite Micro",
    "litert": "int8, LiteRT reference kernels",
}


def recorded_accuracy() -> dict[str, Any]:
    return json.loads((FOLDER / "accuracy.json").read_text())


def test_the_committed_model_has_the_operators_that_the_demo_shows() -> None:
    graph = tflite.read(MODEL)
    assert [node.operator for node in graph.nodes] == OPERATORS
    assert graph.source.warnings == ()
    assert graph.source.constant_bytes < 4096


def test_the_committed_model_reads_the_recorded_number_of_digits_in_every_oracle() -> None:
    counts = correct_answers(MODEL, TEST_SET)
    if not counts:
        pytest.skip("needs an oracle interpreter: pip install 'lilliput[oracles]'")
    recorded = recorded_accuracy()
    assert recorded["test_samples"] == len(np.load(TEST_SET)["y"])
    assert counts == {name: recorded["correct"][name] for name in counts}
    assert min(counts.values()) / recorded["test_samples"] > 0.95


def test_the_readme_quotes_the_recorded_accuracy() -> None:
    readme, recorded = (FOLDER / "README.md").read_text(), recorded_accuracy()
    samples = recorded["test_samples"]
    assert recorded["correct"].keys() == README_ROWS.keys()
    for name, correct in recorded["correct"].items():
        assert f"| {README_ROWS[name]} | {correct} of {samples} | {100 * correct / samples:.2f} % |" in readme


def test_every_stored_pixel_is_one_of_the_17_grey_levels_exactly() -> None:
    levels = (np.load(TEST_SET)["x"].astype(int) + 128) / 15
    assert set(levels.flat) == set(range(17))


def random_network(seed: int) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """Float64 parameters with biases away from zero, where ReLU has no slope, and five images."""
    random = np.random.default_rng(seed)
    parameters = {
        name: values + random.normal(scale=0.1, size=values.shape)
        for name, values in initial_parameters(network.WEIGHT_SHAPES, random).items()
    }
    return parameters, random.uniform(0, 16, (5, 8, 8, 1))


@pytest.mark.parametrize("name", [f"{layer}/{kind}" for layer in network.WEIGHT_SHAPES for kind in ("weights", "bias")])
def test_a_gradient_is_the_slope_of_the_loss(name: str) -> None:
    parameters, images = random_network(seed=1)
    labels = np.arange(5)
    direction = np.random.default_rng(2).normal(size=parameters[name].shape)

    def loss(step: float) -> float:
        moved = {**parameters, name: parameters[name] + step * direction}
        return -float(np.log(network.forward(moved, images)["probabilities"][labels, labels]).mean())

    slope = (loss(1e-6) - loss(-1e-6)) / 2e-6
    assert float((network.gradients(parameters, images, labels)[name] * direction).sum()) == pytest.approx(slope, 1e-4)


def test_the_graph_computes_what_the_network_computes(litert: Oracle) -> None:
    parameters, images = random_network(seed=3)
    activations = network.forward(parameters, images)
    graph = float_graph("digits", network.LAYERS, parameters, activations)
    samples = Samples(images.astype(np.float32), np.zeros(len(images)), (), "random")
    outputs = oracles.run(litert, tflite.write(graph), graph, model_inputs(graph, samples))
    found = np.array([np.frombuffer(scores, np.float32) for (scores,) in outputs])
    assert np.abs(found - activations["probabilities"]).max() < 1e-4


@pytest.mark.usefixtures("litert")
def test_a_quantised_random_network_agrees_with_the_float_one() -> None:
    parameters, images = random_network(seed=3)
    halved = {name: values / 2 for name, values in parameters.items()}
    activations = network.forward(halved, images)
    samples = Samples(images.astype(np.float32), np.zeros(len(images)), (), "random")
    graph = quantize(float_graph("digits", network.LAYERS, halved, activations), samples).graph
    found = scores_of_oracle(tflite.write(graph), graph, samples)
    assert np.abs(found - activations["probabilities"]).max() < 0.02


@pytest.mark.slow
@pytest.mark.usefixtures("arm_gcc", "litert")
def test_quantised_and_compressed_digits_are_as_small_and_as_exact_as_the_docs_say() -> None:
    float32, int8, four_bits = shrink.measured(*shrink.models())
    assert float32.correct - int8.correct <= 0.005 * float32.samples
    assert float32.correct - four_bits.correct <= 0.015 * float32.samples
    assert four_bits.weight_bytes <= 0.58 * int8.weight_bytes
    page = (FOLDER.parents[1] / "docs" / "quantize.md").read_text()
    assert [step.row for step in (float32, int8, four_bits) if step.row not in page] == []


@pytest.mark.slow
def test_training_anew_reaches_the_recorded_accuracy(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'lilliput[examples]'")
    command = [sys.executable, "-m", "examples.digits.train", "--output", tmp_path]
    subprocess.run(command, cwd=PROJECT, check=True, timeout=300)
    trained, recorded = json.loads((tmp_path / "accuracy.json").read_text()), recorded_accuracy()
    assert trained["test_samples"] == recorded["test_samples"]
    for name, correct in trained["correct"].items():
        assert abs(correct - recorded["correct"][name]) <= 7, name
