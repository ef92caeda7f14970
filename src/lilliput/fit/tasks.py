"""The name of a task -> Task: what a book and this project's measurements say of it, and the chips that hold it."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lilliput.chips import Chip
from lilliput.errors import UsageError
from lilliput.fit.column import Column
from lilliput.fit.framework import Framework, Name
from lilliput.fit.surroundings import Surroundings

_TASKS = Path(__file__).with_name("tasks.toml")
_FIGURES = Path(__file__).with_name("measured_models.json")
_FRAMEWORKS: tuple[Name, ...] = ("lilliput", "tflm-reference")
CORE = "cortex-m4"
"""The core that the measured figures are for."""


@dataclass(frozen=True, slots=True)
class BookFigure:
    """What the book states, in its words."""

    what: str
    model: str
    operations: str
    accuracy: str


@dataclass(frozen=True, slots=True)
class MeasuredModel:
    """A public model as measured, with the smallest chip that holds it beside the surroundings; None if none does."""

    name: str
    file_bytes: int
    macs: int
    frameworks: tuple[tuple[Framework, Chip | None], ...]


@dataclass(frozen=True, slots=True)
class Task:
    """What is known of a task. `source` says where the measured figures come from."""

    name: str
    title: str
    book: tuple[BookFigure, ...]
    models: tuple[MeasuredModel, ...]
    source: str


def find_task(name: str, chips: Sequence[Chip], around: Surroundings) -> Task:
    """The task with this name, its models fitted on `chips`, smallest first. Raises UsageError for an unknown one."""
    tasks = tomllib.loads(_TASKS.read_text(encoding="utf-8"))
    if name not in tasks:
        raise UsageError(f'there is no task "{name}"', "--task", f"Choose one of: {', '.join(tasks)}.")
    entry, figures = tasks[name], _figures()
    return Task(
        name=name,
        title=entry["title"],
        book=tuple(BookFigure(**each) for each in entry["book"]),
        models=tuple(_model(each, figures["models"][each], chips, around) for each in entry["models"]),
        source=figures["source"],
    )


def _model(name: str, figures: Any, chips: Sequence[Chip], around: Surroundings) -> MeasuredModel:
    frameworks = [_framework(each, figures[each]) for each in _FRAMEWORKS]
    smallest = [
        (each, next((chip for chip in chips if chip.core == CORE and Column(each, around, chip).fits), None))
        for each in frameworks
    ]
    return MeasuredModel(name, figures["file_bytes"], figures["macs"], tuple(smallest))


def _framework(name: Name, figures: Any) -> Framework:
    """The whole image as code: how much of it is the model does not matter here."""
    return Framework(
        name=name,
        basis="measured",
        code_bytes=figures["flash_bytes"],
        model_bytes=0,
        arena_bytes=figures["arena_bytes"],
        static_bytes=figures["static_bytes"],
        stack_bytes=figures["stack_bytes"],
        instructions=(figures["instructions"], figures["instructions"]),
    )


@cache
def _figures() -> dict[str, Any]:
    return json.loads(_FIGURES.read_text(encoding="utf-8"))
