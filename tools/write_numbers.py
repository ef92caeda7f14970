"""Write docs/numbers.md from the golden sizes that the tests have just measured, next to TFLM's figures."""

import csv
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
SIZES = PROJECT / "tests" / "golden" / "sizes"
LIMITS = PROJECT / "tests" / "end_to_end" / "limits.csv"
SHARED = Path(os.environ.get("LILLIPUT_SHARED", PROJECT.parent / "shared"))
OUTPUT = PROJECT / "docs" / "numbers.md"
COMPILER = "gcc-12.2.1"
TARGET = "cortex-m4"

INTRODUCTION = f"""# Numbers

Written by `make numbers`, which builds every model, runs it in the emulator, compares it byte for byte with TensorFlow
Lite Micro, and records the figures in `tests/golden/sizes`, where a test keeps them.

- **Lilliput**: arm-none-eabi-gcc 12.2.1 (Debian 15:12.2.rel1-1), target {TARGET}, bare-metal image with vector table,
  start-up code and one inference. `size` is -Os, `speed` is -O2, both with layers interleaved row by row; `layers` is
  -Os with whole layers (`--schedule layers`). Flash is the raw binary that would be flashed; RAM is arena + static data
  + deepest stack, inputs and outputs inside. Instructions are those of one inference in Unicorn, for one random input.
- **TFLM**: TensorFlow Lite Micro as firmware on Cortex-M4 with the same compiler and reference kernels, measured the
  same way: flash and RAM at -Os, instructions at -O2.
"""


def rows(model: str) -> Mapping[str, Mapping[str, int]]:
    """The recorded sizes of a model by build."""
    with (SIZES / COMPILER / f"{model}.{TARGET}.csv").open(encoding="utf-8") as file:
        return {row.pop("build"): {key: int(value) for key, value in row.items()} for row in csv.DictReader(file)}


def baseline(models: Mapping[str, Any], model: str, configuration: str) -> Mapping[str, int]:
    """TFLM's figures for a model."""
    return models[model][configuration]


def line(models: Mapping[str, Any], model: str) -> str:
    """One row of the table."""
    size, speed, layers = (rows(model)[build] for build in ("size", "speed", "layers"))
    small, fast = (baseline(models, model, f"m4_ref_{level}") for level in ("Os", "O2"))
    cells = (
        *(size[key] for key in ("flash_bytes", "ram_bytes", "instructions")),
        *(speed[key] for key in ("flash_bytes", "ram_bytes", "instructions")),
        *(layers[key] for key in ("flash_bytes", "ram_bytes")),
        *(small["flash_bytes"], small["ram_bytes"], fast["instructions"]),
    )
    return f"| {model} | " + " | ".join(f"{cell:,}" for cell in cells) + " |"


def limits_met() -> list[str]:
    """Rows of the table of limits: the most flash and RAM that a build with --optimize size may need."""
    result: list[str] = []
    with LIMITS.open(encoding="utf-8") as file:
        for limit in csv.DictReader(file):
            sizes = rows(limit["model"])[limit["build"]]
            pairs = [(sizes[column], limit[column]) for column in ("flash_bytes", "ram_bytes")]
            met = all(not most or size <= int(most) for size, most in pairs)
            cells = " | ".join(f"{size:,} | {f'{int(most):,}' if most else ''}" for size, most in pairs)
            name = limit["model"] + (" `--input rows`" if limit["build"] == "pushed" else "")
            result.append(f"| {name} | {cells} | {'yes' if met else 'NO'} |")
    return result


def main() -> None:
    """Write the page."""
    models = json.loads((SHARED / "baselines" / "tflm_cortex_m.json").read_text(encoding="utf-8"))["models"]
    recorded = [path.name.removesuffix(f".{TARGET}.csv") for path in sorted((SIZES / COMPILER).glob("*.csv"))]
    columns = "flash | RAM | instructions"
    head = f"| model | size: {columns} | speed: {columns} | layers: flash | RAM | TFLM: {columns} |"
    text = [INTRODUCTION, head, "|---|" + "---:|" * 11]
    text += [line(models, model) for model in recorded]
    text += ["\n## Limits of `--optimize size`\n", "| model | flash | at most | RAM | at most | met |"]
    text += ["|---|---:|---:|---:|---:|---|", *limits_met()]
    OUTPUT.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
