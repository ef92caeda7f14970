"""The demo model of examples/digits: what is committed, how it was quantised, and that it can be trained anew."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples.digits import network
from examples.digits.evaluate import correct_answers
from examples.digits.float_graph import float_graph
from examples.digits.quantize import activation_quantization, quantize, quantize_bias, quantize_values, quantize_weights
from numpy.typing import NDArray

from lilliput import oracles, tflite
from lilliput.ir.checker import check

FOLDER = Path(__file__).parents[2] / "examples" / "digits"
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
        for name, values in network.initial_parameters(random).items()
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


def test_a_quantised_random_network_agrees_with_the_float_one() -> None:
    available = oracles.available()
    if not available:
        pytest.skip("needs an oracle interpreter: pip install 'lilliput[oracles]'")
    parameters, images = random_network(seed=3)
    halved = {name: values / 2 for name, values in parameters.items()}
    activations = network.forward(halved, images)
    ranges = {name: (float(values.min()), float(values.max())) for name, values in activations.items()}
    graph = quantize(float_graph(halved, activations), ranges)
    check(graph)
    stored = quantize_values(images, activation_quantization(*ranges["image"]))
    for oracle in available:
        outputs = oracles.run(oracle, tflite.write(graph), graph, [[image.tobytes()] for image in stored])
        probabilities = [(np.frombuffer(output, np.int8).astype(float) + 128) / 256 for (output,) in outputs]
        assert np.abs(probabilities - activations["probabilities"]).max() < 0.02


def test_quantised_weights_are_within_half_a_step_of_the_real_ones() -> None:
    weights = np.random.default_rng(4).normal(size=(3, 2, 2, 5)) * np.array([0.01, 1, 7, 100, 1000])
    stored, quantization = quantize_weights(weights, axis=3)
    scales = np.array(quantization.scales)
    assert (np.abs(stored * scales - weights) <= scales * 0.501).all()
    assert np.abs(stored).max(axis=(0, 1, 2)).tolist() == [127] * 5


def test_weights_that_are_all_zero_stay_zero() -> None:
    stored, quantization = quantize_weights(np.zeros((2, 3)), axis=0)
    assert not stored.any()
    assert min(quantization.scales) > 0


@pytest.mark.parametrize(("low", "high"), [(0, 17), (-3, 5), (2, 9), (-4, -1)])
def test_zero_and_both_ends_of_a_range_are_representable(low: float, high: float) -> None:
    quantization = activation_quantization(low, high)
    ends = np.array([low, 0, high], np.float64)
    stored = quantize_values(ends, quantization).astype(int)
    real = (stored - quantization.zero_point) * quantization.scale
    assert real[1] == 0
    assert np.abs(real - ends).max() <= quantization.scale * 0.501


def test_a_bias_has_the_scale_of_the_accumulator() -> None:
    _, weights = quantize_weights(np.array([[1.0], [2.0]]), axis=0)
    stored, quantization = quantize_bias(np.array([0.5, -0.25]), 0.125, weights)
    assert quantization.scales == tuple(0.125 * scale for scale in weights.scales)
    assert stored.tolist() == [508, -127]


@pytest.mark.slow
def test_training_anew_reaches_the_recorded_accuracy(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'lilliput[examples]'")
    subprocess.run([sys.executable, FOLDER / "train.py", "--output", tmp_path], check=True, timeout=300)
    trained, recorded = json.loads((tmp_path / "accuracy.json").read_text()), recorded_accuracy()
    assert trained["test_samples"] == recorded["test_samples"]
    for name, correct in trained["correct"].items():
        assert abs(correct - recorded["correct"][name]) <= 7, name
