"""`lilliput shrink` as it is called: what it says, its JSON, its errors, and what it leaves behind."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lilliput import oracles, tflite, transforms
from lilliput.transforms import Transform
from tests.cli.command import DIGITS, Lilliput, assert_refused
from tests.shrink.test_exact import without_weights
from tests.tflite.small_model import computed, graph_of, node, small_model
from tests.transforms.test_drop_channels import network


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model with constant channels."""
    path = tmp_path / "model.tflite"
    path.write_bytes(tflite.write(network(1)))
    return path


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Where the smaller model goes."""
    return tmp_path / "made" / "smaller.tflite"


def test_it_says_what_was_saved_and_what_was_proven(lilliput: Lilliput, model: Path, output: Path) -> None:
    done = lilliput("shrink", model, "--exact", "-o", output, "-n", "2")
    assert done.status == 0, done.err
    assert output.stat().st_size < model.stat().st_size
    assert "drop_channels" in done.out
    assert "exact: no byte differs over 2 random inputs" in done.out
    assert f"{output.stat().st_size:,} bytes" in done.out


def test_the_json_has_sizes_rewrites_and_proof(lilliput: Lilliput, model: Path, output: Path) -> None:
    report = json.loads(lilliput("shrink", model, "--exact", "-o", output, "-n", "2", "--json").out)
    assert report["format_version"] == 1
    assert report["before"]["file_bytes"] == model.stat().st_size
    assert report["after"]["file_bytes"] == output.stat().st_size
    assert report["after"]["tflm_arena_bytes"] <= report["before"]["tflm_arena_bytes"]
    assert not report["kept_original"]
    assert {each["transform"]: each for each in report["rewrites"]}["drop_channels"]["channels"] > 0
    assert report["proof"]["inputs"] == 2
    assert all(each["mismatched_bytes"] == 0 and each["binds"] for each in report["proof"]["comparisons"])


def test_a_model_that_is_as_small_as_it_gets_is_copied(lilliput: Lilliput, output: Path, tmp_path: Path) -> None:
    once = tmp_path / "once.tflite"
    lilliput("shrink", DIGITS, "--exact", "-o", once, "-n", "1")
    done = lilliput("shrink", once, "--exact", "-o", output)
    assert output.read_bytes() == once.read_bytes()
    assert "the original, which could not be made smaller" in done.out
    report = json.loads(lilliput("shrink", once, "--exact", "-o", output, "--json").out)
    assert (report["kept_original"], report["proof"]) == (True, None)


def test_without_an_interpreter_it_says_that_nothing_was_proven(
    lilliput: Lilliput, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oracles, "available", lambda: ())
    done = lilliput("shrink", DIGITS, "--exact", "-o", output)
    assert done.status == 0
    assert "Nothing was proven" in done.out
    assert "exact:" not in done.out


def test_a_way_to_shrink_must_be_named(lilliput: Lilliput, output: Path) -> None:
    done = lilliput("shrink", DIGITS, "-o", output)
    assert_refused(done, 2)
    assert "--exact" in done.err
    assert not output.exists()


def test_the_model_itself_is_never_overwritten(lilliput: Lilliput, model: Path, tmp_path: Path) -> None:
    before, link = model.read_bytes(), tmp_path / "link.tflite"
    link.symlink_to(model)
    for same in (model, model.parent / "." / model.name, link):
        assert_refused(lilliput("shrink", model, "--exact", "-o", same), 2)
    assert model.read_bytes() == before


def test_a_folder_is_no_output(lilliput: Lilliput, tmp_path: Path) -> None:
    assert_refused(lilliput("shrink", DIGITS, "--exact", "-o", tmp_path), 2)


def test_an_unsupported_and_a_damaged_model_are_refused(lilliput: Lilliput, model: Path, output: Path) -> None:
    tensors = [computed("x", (1,)), computed("y", (1,))]
    model.write_bytes(tflite.write(graph_of(tensors, [node("floor", (0,), (1,))])))
    assert_refused(lilliput("shrink", model, "--exact", "-o", output), 4)
    model.write_bytes(DIGITS.read_bytes()[:2000])
    assert_refused(lilliput("shrink", model, "--exact", "-o", output), 3)
    assert not output.parent.exists()


@pytest.mark.usefixtures("tflm")
def test_a_mismatch_is_an_error_and_nothing_is_written(
    lilliput: Lilliput, model: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.write_bytes(tflite.write(small_model()))
    monkeypatch.setattr(transforms, "ALL", (Transform("without_weights", "Wrong.", without_weights),))
    assert_refused(lilliput("shrink", model, "--exact", "-o", output), 7)
    assert not output.parent.exists()


DIGITS_FLOAT, CALIBRATION = DIGITS.with_name("digits_float.tflite"), DIGITS.with_name("calibration.npz")


def test_a_float_model_becomes_int8(lilliput: Lilliput, output: Path) -> None:
    done = lilliput("shrink", DIGITS_FLOAT, "--calibration", CALIBRATION, "-o", output)
    assert done.status == 0, done.err
    graph = tflite.read(output)
    assert {tensor.dtype.value for tensor in graph.select((*graph.inputs, *graph.outputs))} == {"INT8"}
    assert "Most noise behind: " in done.out
    assert "the samples are uint8 from 0 to 16" in done.out


def test_operators_with_int16_are_in_the_json_with_what_compile_says_of_them(lilliput: Lilliput, output: Path) -> None:
    arguments = ("--calibration", CALIBRATION, "-o", output, "--int16", "2", "--ranges", "mse", "--json")
    report = json.loads(lilliput("shrink", DIGITS_FLOAT, *arguments).out)
    assert [layer["operator"] for layer in report["layers"] if layer["activations"] == "int16"] == [2]
    assert report["not_compiled"]


def test_calibration_has_a_known_input_range(lilliput: Lilliput, output: Path) -> None:
    arguments = ("--calibration", CALIBRATION, "-o", output, "--input-range")
    assert lilliput("shrink", DIGITS_FLOAT, *arguments, "0", "17").status == 0
    assert tflite.read(output).tensors[0].quantization == tflite.read(DIGITS).tensors[0].quantization
    assert_refused(lilliput("shrink", DIGITS_FLOAT, *arguments, "0", "1"), 2)


def test_exact_and_calibration_exclude_one_another(lilliput: Lilliput, output: Path) -> None:
    assert_refused(lilliput("shrink", DIGITS_FLOAT, "--exact", "--calibration", CALIBRATION, "-o", output), 2)


def test_a_model_with_operators_that_cannot_be_quantised_is_refused(lilliput: Lilliput, output: Path) -> None:
    graph = tflite.read(DIGITS_FLOAT)
    nodes = tuple(
        replace(each, operator="cos", options={}) if each.operator == "softmax" else each for each in graph.nodes
    )
    path = output.with_name("cos.tflite")
    path.parent.mkdir()
    path.write_bytes(tflite.write(replace(graph, nodes=nodes)))
    done = lilliput("shrink", path, "--calibration", CALIBRATION, "-o", output)
    assert_refused(done, 4)
    assert "operator 6 COS: it cannot be quantised" in done.err
