"""What is known of tasks: every name works, and the figures are the recorded ones."""

import csv
import json
import tomllib
from pathlib import Path

import pytest

from lilliput import chips
from lilliput.errors import UsageError
from lilliput.fit.surroundings import application, surroundings
from lilliput.fit.tasks import find_task

PROJECT = Path(__file__).parents[2]
TASKS = tomllib.loads((PROJECT / "src/lilliput/fit/tasks.toml").read_text())
GOLDEN = PROJECT / "tests/golden/sizes/gcc-12.2.1"


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_the_books_figures_and_measured_models_that_some_chip_holds(name: str) -> None:
    task = find_task(name, chips.search(core="cortex-m4"), surroundings())
    assert task.book
    for model in task.models:
        (lilliput, chip), (tflm, other) = model.frameworks
        assert lilliput.flash_bytes < tflm.flash_bytes
        assert chip is not None
        assert other is not None
        assert chip.ram_bytes <= other.ram_bytes


@pytest.mark.parametrize("model", [name for task in TASKS.values() for name in task["models"]])
def test_the_measured_figures_are_the_recorded_ones(model: str) -> None:
    figures = json.loads((PROJECT / "src/lilliput/fit/measured_models.json").read_text())["models"][model]
    with (GOLDEN / f"{model}.cortex-m4.csv").open() as stream:
        (recorded,) = (row for row in csv.DictReader(stream) if row["build"] == "size")
    assert all(figures["lilliput"][key] == int(recorded[key]) for key in figures["lilliput"])


def test_an_application_that_leaves_no_room_leaves_no_chip() -> None:
    around = surroundings(own=application(1 << 30, 0))
    assert find_task("wake-word", chips.search(core="cortex-m4"), around).models[0].frameworks[0][1] is None


def test_an_unknown_task_lists_the_known_ones() -> None:
    with pytest.raises(UsageError) as error:
        find_task("world-peace", (), surroundings())
    assert "wake-word" in error.value.advice
