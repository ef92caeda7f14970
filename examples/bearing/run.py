"""Everything in one command: generate, train, quantise, shrink, compile, verify, fit; writes models and figures.

Run as `python -m examples.bearing.run`; needs what compiles, emulates and compares (`lilliput[all]`). Seeds are fixed:
on the same machine with the same packages, two runs write the same files.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from examples.bearing import recordings
from examples.bearing.measurement import correct_answers, figures, fitted, options, verified
from examples.bearing.network import forward, train
from examples.bearing.recordings import Windows
from examples.bearing.report import table
from examples.bearing.smaller import CALIBRATION_WINDOWS, candidates, quantised, real_windows, samples_of
from examples.training import FloatArray

SEED = 0
STEPS = 6000
LARGEST_LOSS = 0.005
"""The share of training windows that a smaller model may get wrong besides those that the int8 model does."""
SHOWN_SPEED_RPM = 2950


def build(folder: Path, steps: int) -> dict[str, Any]:
    """Train for `steps`, write the models and some windows to `folder`, and return what was measured."""
    training, test = recordings.for_training(), recordings.for_testing()
    random = np.random.default_rng(SEED)
    parameters = train(real_windows(training), training.classes, random, steps)
    calibration = training.part(random.choice(len(training.classes), CALIBRATION_WINDOWS, replace=False))
    models = candidates(quantised(parameters, calibration), calibration)
    chosen = smallest(models, training)
    model, test_set = folder / "bearing.tflite", folder / "test_set.npz"
    (folder / "bearing_int8.tflite").write_bytes(models[8])
    model.write_bytes(models[chosen])
    shown = np.flatnonzero(test.speeds_rpm == SHOWN_SPEED_RPM)[:: recordings.WINDOWS_PER_RECORDING]
    save(test_set, test.part(shown))
    return {
        "test_windows": len(test.classes),
        "float_correct": float_correct(parameters, test),
        "toolchain": options().toolchain,
        "chosen_bits": chosen,
        "bits": {str(bits): asdict(figures(data, samples_of(test))) for bits, data in models.items()},
        "verified": {level: verified(model, test_set, level) for level in ("size", "speed")},
        "fit": fitted(model),
    }


def smallest(models: Mapping[int, bytes], training: Windows) -> int:
    """The fewest bits with which the compiled code is still about as good on the training set as with eight."""
    samples = samples_of(training)
    correct = {bits: sum(correct_answers(data, samples)) for bits, data in models.items()}
    return min(bits for bits, right in correct.items() if right >= correct[8] - LARGEST_LOSS * len(samples))


def float_correct(parameters: Mapping[str, FloatArray], windows: Windows) -> int:
    """How many windows the float network classifies correctly."""
    blocks = np.array_split(real_windows(windows), max(1, len(windows.classes) // 200))
    answers = np.concatenate([forward(parameters, block)["probabilities"].argmax(axis=1) for block in blocks])
    return int((answers == windows.classes).sum())


def save(path: Path, windows: Windows) -> None:
    """An .npz file for `lilliput verify --data`."""
    samples = samples_of(windows)
    np.savez_compressed(path, x=samples.x, y=samples.y.astype(np.uint8))


def main() -> None:
    """Write the files and print the table."""
    parser = argparse.ArgumentParser(description="Train, quantise, shrink, fit, compile and verify the bearing model.")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent, help="the folder to write to")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"batches to train with ({STEPS})")
    arguments = parser.parse_args()
    measured = build(arguments.output, arguments.steps)
    (arguments.output / "accuracy.json").write_text(json.dumps(measured, indent=2) + "\n")
    print(table(measured))


if __name__ == "__main__":
    main()
