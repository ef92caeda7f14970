"""Bytes and instructions of real models, as golden files: their diff is the review of a size change."""

import csv
import io
import json
import os
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from lilliput import oracles, pipeline, tflite
from lilliput.options import Options
from lilliput.oracles import random_inputs
from lilliput.toolchain import emulate
from tests.end_to_end.models import MODELS

GOLDEN = Path(__file__).parents[1] / "golden" / "sizes"
LIMITS = Path(__file__).with_name("limits.csv")
COLUMNS = ("build", "flash_bytes", "arena_bytes", "static_bytes", "stack_bytes", "ram_bytes", "instructions")
_DENSE = {"optimize": "size", "max_slowdown": 1.0}
BUILDS: Mapping[str, Mapping[str, str | float]] = {
    "size": {"optimize": "size"},
    "dense": _DENSE,
    "slowdown 1.1": {"optimize": "size", "max_slowdown": 1.1},
    "speed": {"optimize": "speed"},
    "layers": {**_DENSE, "schedule": "layers"},
    "pushed": {**_DENSE, "input": "rows"},
}
"""The builds that are recorded, and their options."""
SOME_MODELS: Mapping[str, Collection[str]] = {"pushed": ("vww_96", "mcunet_vww"), "slowdown 1.1": ("micro_speech",)}
"""Builds that are recorded for these models only."""


FASTEST_ON_SMALL_CORES = ("kws", "person_detect", "resnet_ic", "vww_96", "strww")
"""The models whose speed build is recorded for Cortex-M0+, too."""
MOST_FLASH_FOR_SPEED, MOST_RAM_FOR_SPEED = 10 * 1024, 2 * 1024
"""How much more than a dense build for size one for speed may take."""
MANY_CHANNELS: Mapping[str, str] = dict.fromkeys(
    ("mcunet_vww", "mobilenet96_1000", "tinyengine_detection"),
    "thousands of channels whose biases and scales the kernels for Armv7E-M keep as words",
)
"""Models for which speed costs more."""


def measured(
    model: Path, target: str, toolchain: Literal["zig", "gcc"], builds: Sequence[str] = tuple(BUILDS)
) -> tuple[str, str]:
    """The compiler's version, and the model's sizes as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    version = ""
    graph = tflite.read(model)
    inputs = random_inputs(graph, 1, 0)
    expected = oracles.run(oracles.default_oracle()[0], model.read_bytes(), graph, inputs)
    for build in builds:
        if build in SOME_MODELS and model.stem not in SOME_MODELS[build]:
            continue
        options = replace(Options(target, toolchain), **BUILDS[build])  # pyright: ignore[reportArgumentType]
        with tempfile.TemporaryDirectory() as folder:
            built = pipeline.build(graph, options, Path(folder))
            sizes_bytes = [tensor.size_bytes for tensor in built.graph.select(built.graph.outputs)]
            run = emulate(built.image, inputs, sizes_bytes)
        footprint = built.footprint
        assert run.outputs == expected
        assert run.stack_bytes <= footprint.stack_bytes
        ram = (footprint.arena_bytes, footprint.static_bytes, footprint.stack_bytes, footprint.ram_bytes)
        writer.writerow((build, footprint.flash_bytes, *ram, run.instructions))
        version = built.image.compiler.version
    return version, text.getvalue()


def compare(model: Path, target: str, toolchain: Literal["zig", "gcc"], builds: Sequence[str] = tuple(BUILDS)) -> None:
    """Compare with the golden file of this compiler version, or write it when golden files are updated."""
    version, text = measured(model, target, toolchain, builds)
    compiler = f"{toolchain}-{version.split()[-1] if toolchain == 'zig' else version.split()[-2]}"
    path = GOLDEN / compiler / f"{model.stem}.{target}.csv"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if not path.exists() and not list(path.parent.glob("*.csv")):
        pytest.skip(f"no golden sizes for {version}")
    assert text == path.read_text(encoding="utf-8"), "sizes changed: run `make golden` and read the diff"


@pytest.mark.slow
@pytest.mark.usefixtures("arm_gcc", "tflm")
@pytest.mark.parametrize("model", MODELS)
def test_sizes_on_cortex_m4_with_gcc_are_as_recorded(model: str, shared_models: Path) -> None:
    compare(shared_models / f"{model}.tflite", "cortex-m4", "gcc")


@pytest.mark.slow
@pytest.mark.usefixtures("arm_gcc", "tflm")
@pytest.mark.parametrize("model", FASTEST_ON_SMALL_CORES)
def test_speed_on_cortex_m0plus_with_gcc_is_as_recorded(model: str, shared_models: Path) -> None:
    compare(shared_models / f"{model}.tflite", "cortex-m0plus", "gcc", ("speed",))


@pytest.mark.usefixtures("tflm")
@pytest.mark.parametrize("target", ["cortex-m0plus", "cortex-m4", "rv32imc"])
def test_sizes_of_the_digits_with_zig_are_as_recorded(target: str) -> None:
    compare(Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite", target, "zig")


def recorded(model: str, target: str = "cortex-m4") -> dict[str, dict[str, str]]:
    """The recorded sizes with gcc, by build."""
    with (GOLDEN / "gcc-12.2.1" / f"{model}.{target}.csv").open(encoding="utf-8") as file:
        return {row["build"]: row for row in csv.DictReader(file)}


def limits() -> list[dict[str, str]]:
    with LIMITS.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("limit", limits(), ids=lambda limit: "-".join(list(limit.values())[:3]))
def test_recorded_sizes_keep_their_limits(limit: dict[str, str]) -> None:
    sizes = recorded(limit["model"], limit["target"])[limit["build"]]
    for column in ("flash_bytes", "ram_bytes", "instructions"):
        assert not limit[column] or int(sizes[column]) <= int(limit[column])


@pytest.mark.parametrize("model", sorted({limit["model"] for limit in limits()}))
def test_rows_cost_little_flash_and_time(model: str) -> None:
    rows, layers = recorded(model)["dense"], recorded(model)["layers"]
    assert int(rows["flash_bytes"]) <= int(layers["flash_bytes"]) + 700
    assert int(rows["instructions"]) <= 1.1 * int(layers["instructions"])


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(each, marks=pytest.mark.xfail(reason=reason)) if (reason := MANY_CHANNELS.get(each)) else each
        for each in MODELS
    ],
)
def test_speed_costs_little_flash(model: str) -> None:
    speed, dense = recorded(model)["speed"], recorded(model)["dense"]
    assert int(speed["flash_bytes"]) <= int(dense["flash_bytes"]) + MOST_FLASH_FOR_SPEED


@pytest.mark.parametrize(
    "model",
    [pytest.param("fomo_face", marks=pytest.mark.xfail(reason="76 bytes more than that"))]
    + [each for each in MODELS if each != "fomo_face"],
)
def test_speed_costs_little_memory(model: str) -> None:
    speed, dense = recorded(model)["speed"], recorded(model)["dense"]
    assert int(speed["ram_bytes"]) <= int(dense["ram_bytes"]) + MOST_RAM_FOR_SPEED


@pytest.mark.parametrize("model", sorted({limit["model"] for limit in limits() if limit["build"] == "size"}))
def test_no_model_takes_more_instructions_than_in_tflm(model: str, shared_baselines: Path) -> None:
    baselines = json.loads((shared_baselines / "tflm_cortex_m.json").read_text(encoding="utf-8"))["models"]
    assert int(recorded(model)["speed"]["instructions"]) <= baselines[model]["m4_ref_O2"]["instructions"]


def test_every_golden_size_belongs_to_a_test() -> None:
    names = {path.name for path in GOLDEN.glob("*/*.csv")}
    expected = {f"{model}.cortex-m4.csv" for model in MODELS}
    expected |= {f"{model}.cortex-m0plus.csv" for model in FASTEST_ON_SMALL_CORES}
    expected |= {f"digits.{target}.csv" for target in ("cortex-m0plus", "cortex-m4", "rv32imc")}
    assert names == expected
