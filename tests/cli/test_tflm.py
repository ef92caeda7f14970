"""`lilliput tflm` as it is called: what it writes, its JSON, its errors."""

import json
from pathlib import Path

from tests.cli.command import DIGITS, Lilliput, assert_refused


def test_it_writes_resolver_constants_and_model_and_says_so(lilliput: Lilliput, tmp_path: Path) -> None:
    done = lilliput("tflm", DIGITS, "-o", tmp_path / "made")
    assert done.status == 0
    written = {path.name for path in (tmp_path / "made").iterdir()}
    assert {"digits_resolver.h", "digits_tflm.h", "digits_model.h", "digits_model.cc"} <= written
    assert all(name in done.out for name in written)


def test_the_json_has_operators_arenas_flash_and_plan(lilliput: Lilliput, tmp_path: Path) -> None:
    report = json.loads(lilliput("tflm", DIGITS, "-o", tmp_path, "--json").out)
    assert report["format_version"] == 1
    assert {each["method"] for each in report["operators"]} >= {"AddConv2D", "AddFullyConnected"}
    arena = report["arena"][0]
    assert arena["kernels"] == "reference"
    assert arena["exact"]
    assert sum(arena["parts"].values()) == arena["used_bytes"] <= arena["smallest_working_bytes"]
    for prediction in report["flash_prediction"]:
        assert sum(prediction["parts"].values()) == prediction["flash_bytes"]
    assert report["offline_plan"]["activation_bytes_after"] <= report["offline_plan"]["activation_bytes_before"]


def test_several_models_get_one_resolver_and_a_shared_arena(lilliput: Lilliput, tmp_path: Path) -> None:
    other = tmp_path / "other.tflite"
    other.write_bytes(DIGITS.read_bytes())
    done = lilliput("tflm", DIGITS, other, "-o", tmp_path, "--json")
    report = json.loads(done.out)
    assert [model["name"] for model in report["models"]] == ["digits.tflite", "other.tflite"]
    assert (tmp_path / "models_resolver.h").exists()
    assert all(each["one_after_the_other_bytes"] < each["together_bytes"] for each in report["shared_arena"])


def test_an_unknown_library_is_a_usage_error(lilliput: Lilliput, tmp_path: Path) -> None:
    assert_refused(lilliput("tflm", DIGITS, "-o", tmp_path, "--kernels", "fast"), 2)


def test_a_damaged_model_leaves_nothing_behind(lilliput: Lilliput, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.tflite"
    damaged.write_bytes(DIGITS.read_bytes()[:2000])
    assert_refused(lilliput("tflm", damaged, "-o", tmp_path / "made"), 3)
    assert not (tmp_path / "made").exists()
