"""Measured images of TFLM -> src/lilliput/tflm/run_time_sizes.json: RAM besides the arena, and instructions per MAC.

Usage: python tools/fit_tflm_run_time.py BASELINES.json MODELS_FOLDER

Static RAM is what every image has, so much for each registered operator, and what the exponential function's library
brings: least squares. Of stack, each operator gets the least that an image with it has; an image needs the most of its
operators. Instructions per multiply-accumulate are the range over all models with at least 100,000 of those. Prints
the largest errors.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lilliput import tflite
from lilliput.operators import support
from lilliput.tflm.flash import SHARED_UNITS
from lilliput.tflm.model_file import read_model_file

_TARGET = Path(__file__).parents[1] / "src/lilliput/tflm/run_time_sizes.json"
_FEWEST_MACS = 100_000

Images = Sequence[tuple[tuple[str, ...], Mapping[str, Any], int | None]]
"""For each image its model's operators, what was measured, and the model's MACs where all of them are known."""


def main() -> None:
    """Fit all configurations and write the sizes."""
    baselines, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    fitted = {name: _entry(name, images) for name, images in _images(baselines, folder).items()}
    source = {key: baselines[key] for key in ("toolchain", "tflite_micro", "cmsis_nn")}
    _TARGET.write_text(json.dumps({"source": source, "configurations": fitted}, indent=1) + "\n")


def _images(baselines: Mapping[str, Any], folder: Path) -> Mapping[str, Images]:
    found: dict[str, list[tuple[tuple[str, ...], Mapping[str, Any], int | None]]] = {}
    for model, images in baselines["models"].items():
        data = (folder / f"{model}.tflite").read_bytes()
        operators, macs = read_model_file(data, model).operators, _macs(data, model)
        for name in baselines["configurations"]:
            if name in images:
                found.setdefault(name, []).append((operators, images[name], macs))
    return found


def _macs(data: bytes, model: str) -> int | None:
    graph = tflite.read_bytes(data, model)
    if any(support.find(node) is None for node in graph.nodes):
        return None
    return sum(support.operator_of(node).macs(graph, node) for node in graph.nodes)


def _entry(name: str, images: Images) -> dict[str, Any]:
    exponential = SHARED_UNITS["exponential"]
    rows = np.array([[1, len(operators), bool(exponential & set(operators))] for operators, _, _ in images], float)
    static = np.array([image["static_bytes"] for _, image, _ in images], float)
    weights = [round(float(each)) for each in np.linalg.lstsq(rows, static, rcond=None)[0]]
    stack = _stack(images)
    rates = [image["instructions"] / macs for _, image, macs in images if macs and macs >= _FEWEST_MACS]
    largest = max(abs(rows @ weights - static))
    stack_error = max(abs(max(stack[each] for each in ops) - image["stack_bytes"]) for ops, image, _ in images)
    print(f"{name:22} {len(images):3} images, largest errors: static {largest:.0f} bytes, stack {stack_error} bytes")
    return {
        "static": dict(zip(("every_image", "each_operator", "exponential"), weights, strict=True)),
        "stack": stack,
        "largest_stack_error": stack_error,
        "instructions_per_mac": [round(min(rates), 2), round(max(rates), 2)],
    }


def _stack(images: Images) -> dict[str, int]:
    known = sorted({operator for operators, _, _ in images for operator in operators})
    return {each: min(image["stack_bytes"] for operators, image, _ in images if each in operators) for each in known}


if __name__ == "__main__":
    main()
