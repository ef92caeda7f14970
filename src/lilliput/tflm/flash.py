"""ModelFile -> FlashPrediction: how much flash TFLM takes with exactly the model's operators registered.

The sizes come from images of TFLM that were linked and measured (`flash_sizes.json`, made by
tools/fit_tflm_sizes.py): what every image has, what each operator adds, and units of code that several operators share
and that count once, such as the exponential function.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from lilliput.errors import UsageError
from lilliput.tflm.model_file import ModelFile

SHARED_UNITS: Mapping[str, frozenset[str]] = {
    "pooling": frozenset({"average_pool_2d", "max_pool_2d"}),
    "exponential": frozenset({"softmax", "logistic", "tanh", "unidirectional_sequence_lstm"}),
    "multiply_accumulate": frozenset(
        {"conv_2d", "depthwise_conv_2d", "fully_connected", "svdf", "unidirectional_sequence_lstm"}
    ),
    "convolution": frozenset({"conv_2d", "depthwise_conv_2d"}),
    "elementwise": frozenset({"add", "mul", "sub"}),
    "variables": frozenset({"var_handle", "assign_variable", "read_variable", "call_once"}),
}
"""Units of code -> the operators that need them."""


@dataclass(frozen=True, slots=True)
class FlashPrediction:
    """What TFLM takes in `configuration`. `parts` sum to `flash_bytes`.

    `operators` is what each operator brings beyond what the others share; `unmeasured` operators are in no image of
    this configuration: their bytes are missing, and the true size is larger.
    """

    configuration: str
    description: str
    flash_bytes: int
    parts: Mapping[str, int]
    operators: Mapping[str, int]
    unmeasured: tuple[str, ...]


def configurations() -> Mapping[str, str]:
    """The configurations that can be predicted, with the compiler, its options and the kernels."""
    return {name: entry["description"] for name, entry in _sizes()["configurations"].items()}


def predict_flash(model: ModelFile, configuration: str) -> FlashPrediction:
    """Predict the size of an image of TFLM with this model. Raises UsageError for an unknown configuration."""
    known = _sizes()["configurations"]
    if configuration not in known:
        raise UsageError(f"there is no configuration {configuration!r}", advice=f"Choose one of: {', '.join(known)}.")
    entry = known[configuration]
    operators = set(model.operators)
    units = units_of(operators)
    parts = {"model": model.size_bytes, **entry["base"]}
    for unit in units:
        for part, size_bytes in entry["units"].get(unit, {}).items():
            parts[part] = parts.get(part, 0) + size_bytes
    return FlashPrediction(
        configuration=configuration,
        description=entry["description"],
        flash_bytes=sum(parts.values()),
        parts=parts,
        operators={each: sum(entry["units"][each].values()) for each in model.operators if each in entry["units"]},
        unmeasured=tuple(each for each in model.operators if each not in entry["measured"]),
    )


def units_of(operators: set[str]) -> tuple[str, ...]:
    """The operators and the units that they share, sorted."""
    shared = (unit for unit, users in SHARED_UNITS.items() if users & operators)
    return (*sorted(operators), *shared)


@cache
def _sizes() -> dict[str, Any]:
    return json.loads((files("lilliput.tflm") / "flash_sizes.json").read_text())
