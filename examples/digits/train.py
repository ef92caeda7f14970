"""Train the digit classifier, quantise it and write the model in float and int8, samples and accuracy.json.

Run as `python -m examples.digits.train`; needs numpy, scikit-learn and the oracles.
Seeds are fixed: on the same machine with the same packages, two runs write the same files.
"""

import argparse
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from examples.digits.evaluate import correct_answers
from examples.digits.network import LAYERS, forward, train
from examples.layers import float_graph
from examples.training import FloatArray
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from lilliput import tflite
from lilliput.accuracy import Samples
from lilliput.quantize import QuantizeOptions, quantize
from lilliput.quantize.scales import activation_quantization, quantize_values

SEED = 0
EPOCHS = 60
TEST_SAMPLES = 360
CALIBRATION_SAMPLES = 100
# Pixels are 0 to 16. With 17 as the upper end a step is 1/15, and each pixel is exactly the integer 15 * pixel - 128.
IMAGE_RANGE = (0.0, 17.0)


class Split(NamedTuple):
    """Images (N, 8, 8, 1) with pixels 0 to 16, and their classes (N,)."""

    images: FloatArray
    labels: NDArray[np.int64]


def load_split() -> tuple[Split, Split]:
    """The training and the test samples of scikit-learn's handwritten digits, classes in equal proportion."""
    digits: Any = load_digits()
    images = np.asarray(digits.images, np.float32)[..., np.newaxis]
    labels = np.asarray(digits.target, np.int64)
    parts: list[Any] = train_test_split(images, labels, test_size=TEST_SAMPLES, random_state=SEED, stratify=labels)
    return Split(parts[0], parts[2]), Split(parts[1], parts[3])


def build(folder: Path, epochs: int) -> dict[str, Any]:
    """Train for `epochs`, write the model and the test set to `folder`, and return the accuracies measured there."""
    training, test = load_split()
    parameters = train(training.images, training.labels, np.random.default_rng(SEED), epochs)
    answers = forward(parameters, test.images)["probabilities"].argmax(axis=1)
    float_correct = int((answers == test.labels).sum())

    graph = float_graph("digits", LAYERS, parameters, forward(parameters, training.images[:1]))
    (folder / "digits_float.tflite").write_bytes(tflite.write(graph))
    few = training.images[:CALIBRATION_SAMPLES], training.labels[:CALIBRATION_SAMPLES]
    np.savez_compressed(folder / "calibration.npz", x=few[0].astype(np.uint8), y=few[1].astype(np.uint8))

    model, test_set = folder / "digits.tflite", folder / "test_set.npz"
    calibration = Samples(training.images, training.labels, (), "the training images")
    options = QuantizeOptions(bias_correction=False, input_range=IMAGE_RANGE)
    model.write_bytes(tflite.write(quantize(graph, calibration, options).graph))
    images = quantize_values(test.images, activation_quantization(IMAGE_RANGE))
    np.savez_compressed(test_set, x=images, y=test.labels.astype(np.uint8))
    correct = {"float": float_correct, **correct_answers(model, test_set)}
    return {"test_samples": len(test.labels), "correct": correct}


def main() -> None:
    """Write the files and print what was measured."""
    parser = argparse.ArgumentParser(description="Train and quantise the digit classifier.")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent, help="the folder to write to")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"passes over the training images ({EPOCHS})")
    arguments = parser.parse_args()
    folder: Path = arguments.output
    accuracy = build(folder, arguments.epochs)
    (folder / "accuracy.json").write_text(json.dumps(accuracy, indent=2) + "\n")
    for name, correct in accuracy["correct"].items():
        print(f"{name}: {correct} of {accuracy['test_samples']} correct, {correct / accuracy['test_samples']:.2%}")


if __name__ == "__main__":
    main()
