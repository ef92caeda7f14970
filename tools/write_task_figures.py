"""Recorded sizes and TFLM's baselines -> src/lilliput/fit/measured_models.json: figures of real models, by task.

Usage: python tools/write_task_figures.py BASELINES.json MODELS_FOLDER

Lilliput's figures are the golden ones of `--optimize size`; both are for Cortex-M4 and the compiler of the baselines.
"""

import csv
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from lilliput import tflite
from lilliput.operators import support

_PROJECT = Path(__file__).parents[1]
_GOLDEN = _PROJECT / "tests/golden/sizes/gcc-12.2.1"
_TASKS = _PROJECT / "src/lilliput/fit/tasks.toml"
_TARGET = _PROJECT / "src/lilliput/fit/measured_models.json"
_CONFIGURATION = "m4_ref_Os"


def main() -> None:
    """Collect the figures of every task's models and write them."""
    baselines, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    tasks = tomllib.loads(_TASKS.read_text(encoding="utf-8"))
    names = [name for task in tasks.values() for name in task["models"]]
    models = {name: _model(folder / f"{name}.tflite", baselines["models"][name][_CONFIGURATION]) for name in names}
    source = f"Cortex-M4, {baselines['toolchain'].split(',')[0]}; TFLM {baselines['tflite_micro'][:12]}, reference -Os"
    _TARGET.write_text(json.dumps({"source": source, "models": models}, indent=1) + "\n")


def _model(file: Path, baseline: dict[str, Any]) -> dict[str, Any]:
    graph = tflite.read(file)
    with (_GOLDEN / f"{file.stem}.cortex-m4.csv").open(encoding="utf-8") as stream:
        (recorded,) = (row for row in csv.DictReader(stream) if row["build"] == "size")
    figures = ("flash_bytes", "static_bytes", "stack_bytes", "instructions")
    return {
        "file_bytes": file.stat().st_size,
        "macs": sum(support.operator_of(node).macs(graph, node) for node in graph.nodes),
        "lilliput": {"arena_bytes": int(recorded["arena_bytes"]), **{key: int(recorded[key]) for key in figures}},
        "tflm-reference": {
            "arena_bytes": baseline["arena_smallest_working_bytes"],
            **{key: baseline[key] for key in figures},
        },
    }


if __name__ == "__main__":
    main()
