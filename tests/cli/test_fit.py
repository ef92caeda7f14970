"""`lilliput fit` as it is called: tables, JSON, the exit code, its errors."""

import json
from pathlib import Path

import pytest

from tests.cli.command import DIGITS, Lilliput, assert_refused


def small_chip(folder: Path, flash: str = "8K", ram: str = "2K") -> Path:
    """A file with one chip."""
    file = folder / "chips.toml"
    file.write_text(
        f"""[[chip]]
name = "SMALL"
family = "OWN"
core = "cortex-m4"
clock_hz = 64000000
source = "a test"
flash = [{{ name = "flash", size = "{flash}", address = 0 }}]
ram = [{{ name = "RAM", size = "{ram}", address = 0x20000000 }}]
"""
    )
    return file


def test_it_shows_parts_bars_and_a_verdict_for_each_framework(lilliput: Lilliput) -> None:
    done = lilliput("fit", DIGITS, "--chip", "stm32f407vg", "--app-flash", "60K", "--app-ram", "12 KiB")
    assert done.status == 0, done.err
    for text in (
        "Lilliput fits",
        "TFLM reference fits",
        "TFLM CMSIS-NN fits",
        "61,440",
        "12,288",
        "arena in",
        "168 MHz",
    ):
        assert text in done.out


def test_the_json_has_columns_whose_parts_sum_to_their_totals(lilliput: Lilliput) -> None:
    done = lilliput("fit", DIGITS, "--chip", "nRF52840", "--os", "freertos", "--also", "radio=152K,6K", "--json")
    report = json.loads(done.out)
    assert (report["format_version"], report["model"], report["chip"]["core"]) == (1, "digits.tflite", "cortex-m4")
    assert [each["framework"] for each in report["columns"]] == ["lilliput", "tflm-reference", "tflm-cmsis-nn"]
    for column in report["columns"]:
        for memory in (column["flash"], column["ram"]):
            parts = ("os", "framework", "model", "application", "other")
            assert sum(memory[part] for part in parts) == memory["total"] <= memory["available"]
        assert column["flash"]["other"] == 152 * 1024
        assert column["fits"]
        least, most = column["milliseconds"]
        assert 0 < least < most


def test_lilliput_alone_may_fit_and_the_others_say_what_is_missing(lilliput: Lilliput, tmp_path: Path) -> None:
    done = lilliput("fit", DIGITS, "--chip", "small", "--chips-file", small_chip(tmp_path))
    assert done.status == 0
    assert "Lilliput fits" in done.out
    assert "TFLM reference does NOT fit" in done.out
    assert "bytes of flash are missing; most goes to framework" in done.out


def test_the_exit_code_is_5_when_nothing_fits_and_the_report_is_printed(lilliput: Lilliput, tmp_path: Path) -> None:
    file = small_chip(tmp_path, ram="512")
    done = lilliput("fit", DIGITS, "--chip", "SMALL", "--chips-file", file, "--json")
    assert done.status == 5
    assert not any(column["fits"] for column in json.loads(done.out)["columns"])
    assert "no framework fits SMALL" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--chip", "STM32F407VG", "--all-chips"),
        (),
        ("--chip", "no such chip"),
        ("--chip", "STM32F407VG", "--os", "symbian"),
        ("--chip", "STM32F407VG", "--os", "zephyr", "--os-elf", "blinky.elf"),
        ("--chip", "STM32F407VG", "--also", "heap"),
        ("--chip", "STM32F407VG", "--os-elf", "missing.elf"),
    ],
)
def test_what_contradicts_itself_is_a_usage_error(lilliput: Lilliput, arguments: tuple[str, ...]) -> None:
    assert_refused(lilliput("fit", DIGITS, *arguments), 2)


def test_a_size_that_is_none_is_a_usage_error(lilliput: Lilliput) -> None:
    done = lilliput("fit", DIGITS, "--chip", "STM32F407VG", "--app-ram", "12Q")
    assert (done.status, done.out) == (2, "")
    assert "write 65536, 64K or 64 KiB" in " ".join(done.err.replace("│", " ").split())


def test_a_damaged_model_is_a_model_error(lilliput: Lilliput, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.tflite"
    damaged.write_bytes(DIGITS.read_bytes()[:2000])
    assert_refused(lilliput("fit", damaged, "--chip", "STM32F407VG"), 3)


def test_a_core_that_is_no_target_is_an_estimate_and_said_to_be(lilliput: Lilliput) -> None:
    done = lilliput("fit", DIGITS, "--chip", "ESP32-S3")
    assert done.status == 0
    assert "xtensa-lx7 is no target" in done.out
    assert "TFLM CMSIS-NN: none" in done.out


@pytest.mark.slow
def test_all_chips_lists_the_smallest_for_each_framework(lilliput: Lilliput) -> None:
    done = lilliput("fit", DIGITS, "--all-chips", "--top", "3", "--app-flash", "4K", "--json")
    assert done.status == 0
    smallest = {each["framework"]: each for each in json.loads(done.out)["smallest"]}
    assert smallest["lilliput"]["fitting_chips"] > smallest["tflm-reference"]["fitting_chips"]
    for each in smallest.values():
        sizes = [column["ram"]["available"] for column in each["chips"]]
        assert sizes == sorted(sizes)
        assert len(sizes) == 3
        assert all(column["fits"] for column in each["chips"])


def test_a_task_shows_the_book_the_measured_models_and_chips(lilliput: Lilliput) -> None:
    done = lilliput("fit", "--task", "predictive-maintenance")
    assert done.status == 0
    for text in ("under 10 KB", "above 95 %", "gearbox_fault", "smallest cortex-m4 that holds it"):
        assert text in done.out
    report = json.loads(lilliput("fit", "--task", "predictive-maintenance", "--json").out)
    assert report["models"][0]["model"] == "gearbox_fault"


def test_layers_are_sized_without_a_model(lilliput: Lilliput, tmp_path: Path) -> None:
    file = tmp_path / "idea.txt"
    file.write_text("input 10\ndense 4\n")
    report = json.loads(lilliput("fit", "--layers", file, "--json").out)
    assert (report["weight_bytes"], report["macs"], report["peak_activation_bytes"]) == (56, 40, 14)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--task", "imagenet", "--layers", "idea.txt"),
        ("--task", "imagenet", "--all-chips"),
        ("--task", "world-peace"),
        ("--layers", "missing.txt"),
    ],
)
def test_questions_without_a_model_that_contradict_themselves_are_usage_errors(
    lilliput: Lilliput, arguments: tuple[str, ...]
) -> None:
    assert_refused(lilliput("fit", *arguments), 2)
