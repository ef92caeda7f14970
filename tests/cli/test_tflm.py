"""`lilliput tflm` as it is called: what it writes, its JSON, its errors."""

import json
from pathlib import Path

from lilliput import tflite
from tests.cli.command import DIGITS, Lilliput, assert_refused
from tests.tflm.decode_graphs import sparse_network


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


def _sparse(folder: Path) -> Path:
    path = folder / "sparse.tflite"
    path.write_bytes(tflite.write(sparse_network()))
    return path


def test_compressed_weights_go_into_a_smaller_file_of_the_given_name(lilliput: Lilliput, tmp_path: Path) -> None:
    model = _sparse(tmp_path)
    done = lilliput("tflm", model, "--compress", "-o", tmp_path / "made" / "smaller.tflite")
    assert done.status == 0
    assert all(word in done.out for word in ("lut", "huffman", "pruning", "smaller.tflite"))
    (written,) = (tmp_path / "made").iterdir()
    assert written.name == "smaller.tflite"
    assert written.stat().st_size < model.stat().st_size


def test_in_a_folder_everything_is_of_the_compressed_model(lilliput: Lilliput, tmp_path: Path) -> None:
    model = _sparse(tmp_path)
    done = lilliput("tflm", model, "--compress", "-o", tmp_path / "made", "--json")
    found = json.loads(done.out)["models"][0]["compression"]
    assert [each["format"] for each in found["weights"]] == ["pruning", "lut", "huffman"]
    saved = sum(each["saved_bytes"] for each in found["weights"])
    assert found["file_bytes_rewritten"] - found["file_bytes_after"] == saved
    assert found["arena_bytes_after"] > found["arena_bytes_before"]
    assert "AddDecode" in (tmp_path / "made" / "sparse_resolver.h").read_text()
    assert (tmp_path / "made" / "sparse.tflite").stat().st_size < model.stat().st_size


def test_a_model_that_does_not_get_smaller_is_not_written(lilliput: Lilliput, tmp_path: Path) -> None:
    done = lilliput("tflm", DIGITS, "--compress", "-o", tmp_path / "smaller.tflite")
    assert done.status == 0
    assert "would not get smaller" in done.out
    assert not list(tmp_path.iterdir())


def test_the_arena_stays_within_what_is_allowed(lilliput: Lilliput, tmp_path: Path) -> None:
    model = _sparse(tmp_path)
    free, tight = (
        json.loads(lilliput("tflm", model, "--compress", "--json", *limit).out)["models"][0]["compression"]
        for limit in ((), ("--max-arena", "8K"))
    )
    assert tight["arena_bytes_after"] <= 8192 < free["arena_bytes_after"]
    assert tight["file_bytes_after"] > free["file_bytes_after"]


def test_without_a_folder_it_only_reports(lilliput: Lilliput, tmp_path: Path) -> None:
    done = lilliput("tflm", DIGITS)
    assert done.status == 0
    assert "Nothing was written." in done.out
    assert not list(tmp_path.iterdir())


def test_several_models_do_not_go_into_one_file(lilliput: Lilliput, tmp_path: Path) -> None:
    other = _sparse(tmp_path)
    assert_refused(lilliput("tflm", DIGITS, other, "--compress", "-o", tmp_path / "smaller.tflite"), 2)
