"""Bytes and instructions of real models, as golden files: their diff is the review of a size change."""

import csv
import io
import json
import os
from pathlib import Path
from typing import Literal

import pytest

from lilliput import api
from lilliput.options import Options
from tests.end_to_end.models import MODELS

GOLDEN = Path(__file__).parents[1] / "golden" / "sizes"
LIMITS = Path(__file__).with_name("limits.csv")
COLUMNS = ("optimize", "flash_bytes", "arena_bytes", "static_bytes", "stack_bytes", "ram_bytes", "instructions")
OPTIMIZE: tuple[Literal["size", "speed"], ...] = ("size", "speed")


def measured(model: Path, target: str, toolchain: Literal["zig", "gcc"]) -> tuple[str, str]:
    """The compiler's version, and the model's sizes as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    version = ""
    for optimize in OPTIMIZE:
        verification = api.verify_model(model, Options(target, toolchain, optimize), inputs=1)
        assert verification.mismatched_bytes == 0
        footprint, run = verification.build.footprint, verification.run
        assert run is not None
        assert run.stack_bytes <= footprint.stack_bytes
        ram = (footprint.arena_bytes, footprint.static_bytes, footprint.stack_bytes, footprint.ram_bytes)
        writer.writerow((optimize, footprint.flash_bytes, *ram, run.instructions))
        version = verification.build.image.compiler.version
    return version, text.getvalue()


def compare(model: Path, target: str, toolchain: Literal["zig", "gcc"]) -> None:
    """Compare with the golden file of this compiler version, or write it when golden files are updated."""
    version, text = measured(model, target, toolchain)
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


@pytest.mark.usefixtures("tflm")
@pytest.mark.parametrize("target", ["cortex-m0plus", "cortex-m4", "rv32imc"])
def test_sizes_of_the_digits_with_zig_are_as_recorded(target: str) -> None:
    compare(Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite", target, "zig")


def recorded(model: str) -> dict[str, dict[str, str]]:
    """The recorded sizes on Cortex-M4 with gcc, by optimisation."""
    with (GOLDEN / "gcc-12.2.1" / f"{model}.cortex-m4.csv").open(encoding="utf-8") as file:
        return {row["optimize"]: row for row in csv.DictReader(file)}


def limits() -> list[dict[str, str]]:
    with LIMITS.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("limit", limits(), ids=lambda limit: limit["model"])
def test_recorded_sizes_keep_their_limits(limit: dict[str, str]) -> None:
    size = recorded(limit["model"])["size"]
    assert int(size["flash_bytes"]) <= int(limit["flash_bytes"])
    assert int(size["ram_bytes"]) <= int(limit["ram_bytes"])


@pytest.mark.parametrize("model", [limit["model"] for limit in limits()])
def test_no_model_takes_more_instructions_than_in_tflm(model: str, shared_baselines: Path) -> None:
    baselines = json.loads((shared_baselines / "tflm_cortex_m.json").read_text(encoding="utf-8"))["models"]
    assert int(recorded(model)["speed"]["instructions"]) <= baselines[model]["m4_ref_O2"]["instructions"]


def test_every_golden_size_belongs_to_a_test() -> None:
    names = {path.name for path in GOLDEN.glob("*/*.csv")}
    expected = {f"{model}.cortex-m4.csv" for model in MODELS}
    expected |= {f"digits.{target}.csv" for target in ("cortex-m0plus", "cortex-m4", "rv32imc")}
    assert names == expected
