"""`lilliput shrink --data` as it is called: what it writes and says, and what it refuses."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lilliput import api, tflite
from lilliput.ir import DType
from tests.cli.command import DIGITS, Lilliput, assert_refused
from tests.reports.frontiers import frontier

TEST_SET = DIGITS.with_name("test_set.npz")
QUICK = ("--trials", "5", "--builds", "1", "--jobs", "1", "--max-slowdown", "1")


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "made" / "smaller.tflite"


def samples(path: Path, **changes: Any) -> Path:
    """The digits' test set with other arrays."""
    with np.load(TEST_SET) as arrays:
        np.savez(path, **{**arrays, **changes})
    return path


@pytest.mark.slow
def test_a_search_writes_a_model_a_page_and_a_study_that_goes_on(lilliput: Lilliput, output: Path) -> None:
    page = output.with_name("page.html")
    done = lilliput("shrink", DIGITS, "--data", TEST_SET, "-o", output, *QUICK, "--html", page, "--json")
    assert done.status == 0, done.err
    report = json.loads(done.out)
    assert [each["trial"] for each in report["trials"]] == [0, 1, 2, 3, 4]
    assert tflite.read(output).source.file_bytes == output.stat().st_size
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    again = lilliput("shrink", DIGITS, "--data", TEST_SET, "-o", output, *QUICK, "--flash", "1K")
    assert again.status == 5
    assert "5 trials" in again.out
    assert "the nearest one" in again.err
    assert "Written" not in again.out


def test_an_interrupted_search_writes_its_best_and_says_so(
    lilliput: Lilliput, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = frontier()
    model = DIGITS.read_bytes()
    best = replace(found.candidates[0], model=model)
    stopped = replace(found, candidates=(best, found.original), chosen=best, interrupted=True)
    monkeypatch.setattr("lilliput.search.files.search", lambda *_, **__: stopped)
    done = lilliput("shrink", DIGITS, "--data", TEST_SET, "-o", output)
    assert done.status == 130
    assert "interrupted; the same command goes on" in done.out
    assert output.exists()


def test_one_of_both_ways_must_be_named(lilliput: Lilliput, output: Path) -> None:
    done = lilliput("shrink", DIGITS, "--exact", "--data", TEST_SET, "-o", output)
    assert_refused(done, 2)
    assert not output.parent.exists()


@pytest.mark.slow
def test_a_float_model_is_quantised_and_losses_count_from_it(lilliput: Lilliput, output: Path, tmp_path: Path) -> None:
    model = DIGITS.with_name("digits_float.tflite")
    quantized = tflite.read(DIGITS)
    stored = np.load(TEST_SET)["x"]
    scale = quantized.tensors[quantized.inputs[0]].quantization
    assert scale is not None
    real = samples(tmp_path / "real.npz", x=((stored - np.float32(scale.zero_point)) * np.float32(scale.scale)))
    done = lilliput("shrink", model, "--data", real, "-o", output, *QUICK, "--json")
    assert done.status == 0, done.err
    report = json.loads(done.out)
    assert report["original"]["value"] + report["original"]["loss"] == pytest.approx(report["float_value"])
    assert report["float_value"] > 90
    assert tflite.read(output).tensors[0].dtype is DType.INT8


@pytest.mark.parametrize(
    "arguments",
    [
        ("--executor", "slurm://host:1"),
        ("--executor", "ray://127.0.0.1:1"),
        ("--executor", "dask://127.0.0.1:1"),
        ("--study", "nosuch://host/name"),
        ("--metric", "no_such_metric"),
        ("--metric", "tests.cli.test_shrink_search:raises"),
    ],
)
def test_what_cannot_work_is_refused_with_advice(
    lilliput: Lilliput, output: Path, arguments: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", [str(Path(__file__).parents[2]), *sys.path])
    done = lilliput("shrink", DIGITS, "--data", TEST_SET, "-o", output, *arguments)
    assert_refused(done, 6 if "://127" in arguments[1] else 2)
    assert not output.exists()


def raises(scores: Any, expected: Any) -> float:
    """A metric that does not work."""
    raise ValueError(f"{len(scores)} scores, {len(expected)} expected")


def test_samples_of_another_shape_and_range_are_refused(lilliput: Lilliput, output: Path, tmp_path: Path) -> None:
    wrong = samples(tmp_path / "shape.npz", x=np.zeros((360, 9, 9), np.float32))
    done = lilliput("shrink", DIGITS, "--data", wrong, "-o", output)
    assert_refused(done, 2)
    assert "[9, 9]" in done.err
    far = samples(tmp_path / "range.npz", x=np.full((360, 8, 8, 1), 255, np.float32))
    done = lilliput("shrink", DIGITS, "--data", far, "-o", output)
    assert_refused(done, 2)
    assert "outside of what the model takes" in done.err


def test_too_few_samples_are_refused(lilliput: Lilliput, output: Path, tmp_path: Path) -> None:
    few = samples(tmp_path / "few.npz", x=np.zeros((3, 8, 8, 1), np.int8), y=np.zeros(3, np.int64))
    assert_refused(lilliput("shrink", DIGITS, "--data", few, "-o", output), 2)


def test_a_missing_package_is_named(lilliput: Lilliput, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.extras, "find_spec", lambda name: None if name == "optuna" else object())
    done = lilliput("shrink", DIGITS, "--data", TEST_SET, "-o", output)
    assert_refused(done, 6)
    assert "lilliput[shrink]" in done.err
