"""(a quantised model, windows) -> its figures: what the compiled code gets right, flash, RAM, MACs, instructions."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lilliput import api, tflite
from lilliput.accuracy import Samples, evaluate, find_metric
from lilliput.inspection import inspect_graph
from lilliput.options import Options
from lilliput.pipeline import build
from lilliput.toolchain import Optimize, Toolchain

CHIP = "STM32L412K8"
TARGET = "cortex-m4"


@dataclass(frozen=True, slots=True)
class Figures:
    """One model: correct answers of each class, and sizes optimised for size.

    `flash_bytes` are those of the whole image, `ram_bytes` those of input, arena and stack.
    """

    correct: tuple[int, ...]
    macs: int
    flash_bytes: int
    ram_bytes: int
    file_bytes: int


def options(toolchain: Toolchain | None = None, optimize: Optimize = "size") -> Options:
    """For the example's core; GCC where it is installed unless a toolchain is given."""
    found: Toolchain = "gcc" if shutil.which("arm-none-eabi-gcc") else "zig"
    return Options(target=TARGET, optimize=optimize, toolchain=toolchain or found)


def correct_answers(model: bytes, samples: Samples) -> tuple[int, ...]:
    """How many windows of each class the generated C, compiled for this machine, classifies correctly."""
    accuracy = evaluate(tflite.read_bytes(model, "bearing"), samples, find_metric("top1"))
    return () if accuracy.confusion is None else tuple(accuracy.confusion.diagonal().tolist())


def figures(model: bytes, samples: Samples) -> Figures:
    """Evaluate the model on this machine and build it for the target."""
    graph = tflite.read_bytes(model, "bearing")
    with tempfile.TemporaryDirectory() as folder:
        footprint = build(graph, options(), Path(folder)).footprint
    macs = sum(cost.macs or 0 for cost in inspect_graph(graph).nodes)
    return Figures(correct_answers(model, samples), macs, footprint.flash_bytes, footprint.ram_bytes, len(model))


def verified(model: Path, test_set: Path, optimize: Optimize) -> dict[str, Any]:
    """Compare compiled code and interpreter on the windows of a file, on this machine and emulated."""
    verification = api.verify_model(model, options(optimize=optimize), data=test_set)
    footprint, run = verification.build.footprint, verification.run
    return {
        "oracle": verification.oracle.title,
        "windows": verification.inputs,
        "compared_bytes": sum(each.compared_bytes for each in verification.comparisons),
        "mismatched_bytes": verification.mismatched_bytes,
        "flash_bytes": footprint.flash_bytes,
        "ram_bytes": footprint.ram_bytes,
        "instructions": 0 if run is None else run.instructions,
    }


def fitted(model: Path) -> dict[str, Any]:
    """What each framework takes of the chip with the model, beside the usual surroundings."""
    fit = api.fit(model, CHIP, toolchain=options().toolchain)
    columns = {
        column.framework.name: {
            "fits": column.fits,
            "flash_bytes": column.flash_bytes,
            "ram_bytes": column.ram_bytes,
        }
        for column in fit.columns
    }
    return {"chip": fit.chip.name, "frameworks": columns}
