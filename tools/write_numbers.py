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
  start-up code and one inference. `size` is -Os with encoded weights (`--max-slowdown 4`, the default), `dense` is -Os
  with dense weights (`--max-slowdown 1`), `speed` is -O2 with the fastest kernels, all with layers interleaved row by
  row; `layers` is `dense` with whole layers (`--schedule layers`). Flash is the raw binary that would be flashed; RAM
  is arena + static data + deepest stack, inputs and outputs inside. Instructions are those of one inference in Unicorn,
  for one random input.
- **TFLM**: TensorFlow Lite Micro as firmware on Cortex-M4 with the same compiler and reference kernels, measured the
  same way: flash and RAM at -Os, instructions at -O2.
"""


def rows(model: str, target: str = TARGET) -> Mapping[str, Mapping[str, int]]:
    """The recorded sizes of a model by build."""
    with (SIZES / COMPILER / f"{model}.{target}.csv").open(encoding="utf-8") as file:
        return {row.pop("build"): {key: int(value) for key, value in row.items()} for row in csv.DictReader(file)}


def baseline(models: Mapping[str, Any], model: str, configuration: str) -> Mapping[str, int]:
    """TFLM's figures for a model."""
    return models[model][configuration]


def line(models: Mapping[str, Any], model: str) -> str:
    """One row of the table."""
    size, dense, speed, layers = (rows(model)[build] for build in ("size", "dense", "speed", "layers"))
    small, fast = (baseline(models, model, f"m4_ref_{level}") for level in ("Os", "O2"))
    cells = (
        *(size[key] for key in ("flash_bytes", "ram_bytes", "instructions")),
        *(speed[key] for key in ("flash_bytes", "ram_bytes", "instructions")),
        *(dense[key] for key in ("flash_bytes", "ram_bytes", "instructions")),
        *(layers[key] for key in ("flash_bytes", "ram_bytes")),
        *(small["flash_bytes"], small["ram_bytes"], fast["instructions"]),
    )
    return f"| {model} | " + " | ".join(f"{cell:,}" for cell in cells) + " |"


def limits_met() -> list[str]:
    """Rows of the table of limits: the most flash, RAM and instructions that a build may need."""
    result: list[str] = []
    with LIMITS.open(encoding="utf-8") as file:
        for limit in csv.DictReader(file):
            sizes = rows(limit["model"], limit["target"])[limit["build"]]
            pairs = [(sizes[column], limit[column]) for column in ("flash_bytes", "ram_bytes", "instructions")]
            met = all(not most or size <= int(most) for size, most in pairs)
            cells = " | ".join(f"{size:,} | {f'{int(most):,}' if most else ''}" for size, most in pairs)
            build = "dense, `--input rows`" if limit["build"] == "pushed" else limit["build"]
            result.append(f"| {limit['model']} | {limit['target']} | {build} | {cells} | {'yes' if met else 'NO'} |")
    return result


def speeds(models: Mapping[str, Any]) -> list[str]:
    """Rows of the table of instructions: the speed builds next to TFLM with CMSIS-NN."""
    result: list[str] = []
    for target, configuration in (("cortex-m4", "m4_cmsis_O2"), ("cortex-m0plus", "m0p_cmsis_Os")):
        for path in sorted((SIZES / COMPILER).glob(f"*.{target}.csv")):
            model = path.name.removesuffix(f".{target}.csv")
            if configuration in models[model]:
                theirs, ours = models[model][configuration], rows(model, target)["speed"]
                factor = theirs["instructions"] / ours["instructions"]
                pairs = f"{ours['instructions']:,} | {theirs['instructions']:,} | {factor:.2f}"
                result.append(f"| {model} | {target} | {pairs} | {ours['flash_bytes']:,} | {theirs['flash_bytes']:,} |")
    return result


def main() -> None:
    """Write the page."""
    models = json.loads((SHARED / "baselines" / "tflm_cortex_m.json").read_text(encoding="utf-8"))["models"]
    recorded = [path.name.removesuffix(f".{TARGET}.csv") for path in sorted((SIZES / COMPILER).glob(f"*.{TARGET}.csv"))]
    columns = "flash | RAM | instructions"
    head = f"| model | size: {columns} | speed: {columns} | dense: {columns} | layers: flash | RAM | TFLM: {columns} |"
    text = [INTRODUCTION, head, "|---|" + "---:|" * 14]
    text += [line(models, model) for model in recorded]
    text += ["\n## Instructions of speed builds and of TFLM with CMSIS-NN\n"]
    text += ["TFLM is compiled with -O2 for Cortex-M4 and with -Os for Cortex-M0+.\n"]
    text += ["| model | target | Lilliput | TFLM + CMSIS-NN | factor | Lilliput flash | TFLM flash |"]
    text += ["|---|---|---:|---:|---:|---:|---:|", *speeds(models)]
    text += ["\n## Limits\n"]
    text += ["| model | target | build | flash | at most | RAM | at most | instructions | at most | met |"]
    text += ["|---|---|---|---:|---:|---:|---:|---:|---:|---|", *limits_met()]
    OUTPUT.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
