"""The figures that the documentation quotes are the recorded ones, and the output that it shows is real."""

import csv
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
from tools import write_fit_example, write_quantize_example, write_shrink_example, write_tflm_example
from tools.write_size_example import PAGE, filled

PROJECT = Path(__file__).parents[1]
SIZES = PROJECT / "tests" / "golden" / "sizes" / "gcc-12.2.1"
README_ROWS = {
    "hello_world_int8": "hello_world_int8",
    "micro_speech": "micro_speech",
    "keyword spotting (MLPerf Tiny)": "kws",
    "anomaly detection (MLPerf Tiny)": "anomaly_ad01",
    "image classification (MLPerf Tiny)": "resnet_ic",
    "visual wake words (MLPerf Tiny)": "vww_96",
    "person detection": "person_detect",
}


def recorded(model: str) -> Mapping[str, Mapping[str, str]]:
    with (SIZES / f"{model}.cortex-m4.csv").open(encoding="utf-8") as file:
        return {row["build"]: row for row in csv.DictReader(file)}


def cells(page: str, name: str) -> list[int]:
    """The numbers of the table row that begins with `name`."""
    (row,) = re.findall(rf"^\| {re.escape(name)} \| (.*) \|$", (PROJECT / page).read_text(encoding="utf-8"), re.M)
    return [int(cell.strip(" *").replace(",", "")) for cell in row.split("|")]


@pytest.mark.parametrize(("name", "model"), README_ROWS.items())
def test_the_readme_quotes_recorded_sizes(name: str, model: str) -> None:
    sizes = recorded(model)
    _, flash, _, ram, _, instructions = cells("README.md", name)
    expected = (sizes["size"]["flash_bytes"], sizes["size"]["ram_bytes"], sizes["speed"]["instructions"])
    assert (flash, ram, instructions) == tuple(map(int, expected))


@pytest.mark.parametrize("name", README_ROWS.values())
def test_the_readme_quotes_the_same_figures_of_tflm_as_the_numbers_page(name: str) -> None:
    (title,) = (title for title, model in README_ROWS.items() if model == name)
    flash, _, ram, _, instructions, _ = cells("README.md", title)
    numbers = (PROJECT / "docs" / "numbers.md").read_text(encoding="utf-8").split("## Instructions")[0]
    (row,) = re.findall(rf"^\| {name} \| (.*) \|$", numbers, re.M)
    assert [int(cell.strip().replace(",", "")) for cell in row.split("|")][-3:] == [flash, ram, instructions]


def test_the_numbers_page_has_the_recorded_sizes() -> None:
    numbers = (PROJECT / "docs" / "numbers.md").read_text(encoding="utf-8").split("## Instructions")[0]
    models = [path.name.removesuffix(".cortex-m4.csv") for path in sorted(SIZES.glob("*.cortex-m4.csv"))]
    for model in models:
        (row,) = re.findall(rf"^\| {model} \| (.*) \|$", numbers, re.M)
        shown = [int(cell.strip().replace(",", "")) for cell in row.split("|")][:6]
        sizes = recorded(model)
        keys = ("flash_bytes", "ram_bytes", "instructions")
        assert shown == [int(sizes[level][key]) for level in ("size", "speed") for key in keys]


@pytest.mark.slow
def test_the_page_on_size_shows_what_its_commands_print(arm_gcc: str) -> None:
    version = subprocess.run([arm_gcc, "-dumpfullversion"], capture_output=True, text=True, check=True).stdout.strip()
    if version != "12.2.1":
        pytest.skip(f"the page shows arm-none-eabi-gcc 12.2.1, not {version}")
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page) == page


@pytest.mark.slow
@pytest.mark.parametrize(
    "example", [write_fit_example, write_quantize_example, write_shrink_example, write_tflm_example]
)
def test_a_page_of_examples_shows_what_its_commands_print(example: ModuleType) -> None:
    page = example.PAGE.read_text(encoding="utf-8")
    assert example.filled(page) == page
