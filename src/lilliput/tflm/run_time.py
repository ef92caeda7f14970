"""ModelFile -> RunTime: the RAM that TFLM takes besides its arena, and how many instructions a MAC costs it.

The figures come from images of TFLM that were linked, measured and run (`run_time_sizes.json`, made by
tools/fit_tflm_run_time.py). Static RAM is exact for those. Stack is enough for each
of them, up to some hundred bytes too much, and an estimate for other models.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from lilliput.tflm.flash import SHARED_UNITS
from lilliput.tflm.model_file import ModelFile


@dataclass(frozen=True, slots=True)
class RunTime:
    """RAM besides the arena; `instructions_per_mac` is the range over the measured models, fewest and most."""

    static_bytes: int
    stack_bytes: int
    instructions_per_mac: tuple[float, float]


def predict_run_time(model: ModelFile, configuration: str) -> RunTime:
    """Predict for a configuration of `flash.configurations()`. Operators in no image count as the deepest of all."""
    entry = _sizes()["configurations"][configuration]
    static, stack = entry["static"], entry["stack"]
    exponential = SHARED_UNITS["exponential"] & set(model.operators)
    return RunTime(
        static_bytes=static["every_image"]
        + static["each_operator"] * len(model.operators)
        + (static["exponential"] if exponential else 0),
        stack_bytes=max((stack.get(each, max(stack.values())) for each in model.operators), default=0)
        + entry["largest_stack_error"],
        instructions_per_mac=(entry["instructions_per_mac"][0], entry["instructions_per_mac"][1]),
    )


@cache
def _sizes() -> dict[str, Any]:
    return json.loads((files("lilliput.tflm") / "run_time_sizes.json").read_text())
