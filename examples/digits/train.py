"""Train the digit classifier, quantise it and write digits.tflite, test_set.npz and accuracy.json.

Run as `python examples/digits/train.py`; needs numpy, scikit-learn and, to measure the int8 accuracy, the oracles.
Seeds are fixed: on the same machine with the same packages, two runs write the same files.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from evaluate import correct_answers
from float_graph import float_graph
from network import FloatArray, forward, train
from numpy.typing import NDArray
from quantize import Range, activation_quantization, quantize, quantize_values
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from lilliput import tflite

SEED = 0
EPOCHS = 60
TEST_SAMPLES = 360
# Pixels are 0 to 16. With 17 as the upper end a step is 1/15, and each pixel is exactly the integer 15 * pixel - 128.
IMAGE_RANGE: Range = (0.0, 17.0)


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


def activation_ranges(activations: Mapping[str, FloatArray]) -> dict[str, Range]:
    """The smallest and largest value of each activation, and the fixed range of the image."""
    ranges = {name: (float(values.min()), float(values.max())) for name, values in activations.items()}
    return ranges | {"image": IMAGE_RANGE}


def build(folder: Path, epochs: int) -> dict[str, Any]:
    """Train for `epochs`, write the model and the test set to `folder`, and return the accuracies measured there."""
    training, test = load_split()
    parameters = train(training.images, training.labels, np.random.default_rng(SEED), epochs)
    activations = forward(parameters, training.images)
    answers = forward(parameters, test.images)["probabilities"].argmax(axis=1)
    float_correct = int((answers == test.labels).sum())

    model, test_set = folder / "digits.tflite", folder / "test_set.npz"
    model.write_bytes(tflite.write(quantize(float_graph(parameters, activations), activation_ranges(activations))))
    images = quantize_values(test.images, activation_quantization(*IMAGE_RANGE))
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
