"""Measured images of TFLM -> src/lilliput/tflm/flash_sizes.json: what each operator adds to the image.

Usage: python tools/fit_tflm_sizes.py BASELINES.json MODELS_FOLDER

The images say how many bytes each part has (core, kernels, libraries); the object files say whose they are. Least
squares with a weak pull towards the object files' sizes settles the rest: operators that always occur together are
divided as their object files are. For configurations without object files the pull is towards a similar configuration.
Prints the largest error on the images, and on each image when it is left out of the fit.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear  # pyright: ignore[reportMissingTypeStubs]

from lilliput.tflm.flash import SHARED_UNITS, units_of
from lilliput.tflm.model_file import read_model_file

_TARGET = Path(__file__).parents[1] / "src/lilliput/tflm/flash_sizes.json"
_PULL = 0.01
_LTO = "lto"
_MERGED_BY_LTO = ("app_main", "core", "kernels", "cmsis_nn")
_SIMILAR = {
    "m4_cmsis_Os_int8reg": "m4_cmsis_Os",
    "m4_cmsis_O2_int8reg": "m4_cmsis_O2",
    "m4_ref_Os_lto": "m4_ref_Os",
    "m4_cmsis_Os_lto": "m4_cmsis_Os",
}
_OBJECTS: Mapping[str, Sequence[str]] = {
    "average_pool_2d": (),
    "max_pool_2d": (),
    "mean": ("reduce",),
    "conv_2d": ("conv",),
    "depthwise_conv_2d": ("depthwise_conv",),
    "unidirectional_sequence_lstm": ("unidirectional_sequence_lstm", "lstm_eval"),
}
_FUNCTIONS = (
    ("arm_convolve", "conv_2d"),
    ("arm_nn_mat_mult", "conv_2d"),
    ("arm_q7", "conv_2d"),
    ("arm_s8_to_s16", "depthwise_conv_2d"),
    ("arm_depthwise", "depthwise_conv_2d"),
    ("arm_avgpool", "average_pool_2d"),
    ("arm_max_pool", "max_pool_2d"),
    ("arm_fully", "fully_connected"),
    ("arm_vector_sum", "fully_connected"),
    ("arm_nn_vec_mat_mult_t_svdf", "svdf"),
    ("arm_svdf", "svdf"),
    ("arm_nn_vec_mat_mult", "multiply_accumulate"),
    ("arm_nn_vec_mat_mul_result", "unidirectional_sequence_lstm"),
    ("arm_lstm", "unidirectional_sequence_lstm"),
    ("arm_nn_lstm", "unidirectional_sequence_lstm"),
    ("arm_elementwise_mul_acc", "unidirectional_sequence_lstm"),
    ("arm_elementwise_mul_s16_", "unidirectional_sequence_lstm"),
    ("arm_nn_activation", "exponential"),
    ("arm_nntables", "exponential"),
    ("arm_nn_softmax", "softmax"),
    ("arm_softmax", "softmax"),
    ("arm_elementwise_add", "add"),
    ("arm_elementwise_mul", "mul"),
    ("arm_pad", "pad"),
    ("arm_transpose", "transpose"),
)
"""Beginnings of CMSIS-NN's function names -> the unit that they belong to; the first that fits counts."""

Vector = NDArray[np.float64]


class Configuration:
    """The measured images of one configuration."""

    def __init__(self, name: str, baselines: Any, operators: Mapping[str, set[str]]) -> None:
        self.name = name
        self.description = baselines["configurations"][name]
        measured = {model: entry[name] for model, entry in baselines["models"].items() if name in entry}
        self.operators = [operators[model] for model in measured]
        self.images = list(measured.values())
        self.objects: Mapping[str, Mapping[str, int]] = baselines["object_bytes"].get(name, {})
        self.units = sorted(set().union(*self.operators)) + list(SHARED_UNITS)
        self.table = np.array([self._row(each) for each in self.operators])
        self.parts = sorted({part for image in self.images for part in image["flash_split"]} - {"model"})
        self.flash_bytes = np.array([image["flash_bytes"] for image in self.images], float)

    def _row(self, operators: set[str]) -> list[float]:
        needed = set(units_of(operators))
        return [1.0, *(float(unit in needed) for unit in self.units)]

    def measured(self, part: str) -> Vector:
        """The bytes of a part in each image."""
        return np.array([image["flash_split"].get(part, 0) for image in self.images], float)

    def from_objects(self, part: str) -> Vector:
        """What the object files say that each unit has of a part; zero where they say nothing."""
        bytes_of = dict.fromkeys(self.units, 0.0)
        if part == "kernels":
            kernels = self.objects.get("kernels", {})
            for unit in self.units:
                names = _OBJECTS.get(unit, (unit,) if unit not in SHARED_UNITS else ())
                bytes_of[unit] = float(sum(kernels.get(name, 0) + kernels.get(f"{name}_common", 0) for name in names))
            # One object file holds both kinds of pooling: a half is shared, a quarter is each one's own.
            pooling = kernels.get("pooling", 0) + kernels.get("pooling_common", 0)
            bytes_of.update(pooling=pooling / 2, average_pool_2d=pooling / 4, max_pool_2d=pooling / 4)
        if part == "cmsis_nn":
            for function, size_bytes in self.objects.get("CMSIS-NN library", {}).items():
                unit = next((unit for prefix, unit in _FUNCTIONS if function.startswith(prefix)), "")
                if unit in bytes_of:
                    bytes_of[unit] += size_bytes
        return np.array([0.0, *(bytes_of[unit] for unit in self.units)])


def main() -> None:
    """Fit all configurations and write the sizes."""
    baselines = json.loads(Path(sys.argv[1]).read_text())
    folder = Path(sys.argv[2])
    operators = {
        name: set(read_model_file((folder / f"{name}.tflite").read_bytes(), name).operators)
        for name in baselines["models"]
    }
    all_of = {name: Configuration(name, baselines, operators) for name in baselines["configurations"]}
    fitted: dict[str, Any] = {}
    for name, configuration in all_of.items():
        weights = _fit(configuration, all_of, range(len(configuration.images)))
        fitted[name] = _entry(configuration, weights)
        own, others = _errors(configuration, weights, all_of)
        fitted[name]["largest_error_percent"] = own
        fitted[name]["largest_error_left_out_percent"] = others
        print(f"{name:22} {len(configuration.images):3} images, error {own} %, left out {others} %")
    source = {key: baselines[key] for key in ("toolchain", "tflite_micro", "cmsis_nn")}
    _TARGET.write_text(json.dumps({"source": source, "configurations": fitted}, indent=1) + "\n")


def _fit(of: Configuration, all_of: Mapping[str, Configuration], images: Sequence[int]) -> dict[str, Vector]:
    """Part -> bytes of [what every image has, each unit]."""
    rows = list(images)
    weights: dict[str, Vector] = {}
    for part in of.parts:
        expected = _expected(of, all_of, part, rows)
        pull = np.sqrt(_PULL)
        left = np.vstack([of.table[rows], pull * np.eye(len(expected))])
        right = np.concatenate([of.measured(part)[rows], pull * expected])
        weights[part] = lsq_linear(left, right, bounds=(0, np.inf)).x
    return weights


def _expected(of: Configuration, all_of: Mapping[str, Configuration], part: str, rows: Sequence[int]) -> Vector:
    """Towards what the fit is pulled."""
    measured = of.measured(part)[rows]
    expected = of.from_objects(part)
    if of.name in _SIMILAR and part in ("kernels", "cmsis_nn", _LTO):
        other = all_of[_SIMILAR[of.name]]
        whole = _fit(other, all_of, range(len(other.images)))
        parts = _MERGED_BY_LTO if part == _LTO else (part,)
        summed = np.sum([whole[each] for each in parts if each in whole], axis=0)
        position = {unit: index + 1 for index, unit in enumerate(other.units)}
        expected = np.array([summed[0], *(summed[position[unit]] for unit in of.units)])
        expected *= measured.sum() / max(1.0, (of.table[rows] @ expected).sum())
    if not expected.any():
        expected[0] = measured.min()
    return expected


def _entry(of: Configuration, weights: Mapping[str, Vector]) -> dict[str, Any]:
    base = {part: round(float(values[0])) for part, values in weights.items()}
    units = {
        unit: {part: size for part, values in weights.items() if (size := round(float(values[index + 1])))}
        for index, unit in enumerate(of.units)
    }
    measured = sorted(set().union(*of.operators))
    return {"description": of.description, "measured": measured, "base": base, "units": units}


def _errors(
    of: Configuration, weights: Mapping[str, Vector], all_of: Mapping[str, Configuration]
) -> tuple[float, float]:
    """The largest error in percent of flash: with all images, and of images left out whose operators others have."""
    total = np.sum([of.measured(part) for part in of.parts], axis=0)
    own = of.table @ np.sum(list(weights.values()), axis=0) - total
    left_out = [0.0]
    for index in range(len(of.images)):
        others = [other for other in range(len(of.images)) if other != index]
        if set(units_of(of.operators[index])) <= {unit for other in others for unit in units_of(of.operators[other])}:
            found = np.sum(list(_fit(of, all_of, others).values()), axis=0)
            left_out.append(float(of.table[index] @ found - total[index]) / of.flash_bytes[index])
    return round(100 * float(np.abs(own / of.flash_bytes).max()), 2), round(100 * max(map(abs, left_out)), 2)


if __name__ == "__main__":
    main()
