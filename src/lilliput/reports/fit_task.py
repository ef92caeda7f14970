"""Task -> text for people and JSON: the book's figures, measured models, and the chips that hold them."""

from typing import Any

from rich.console import Console

from lilliput.chips import Chip
from lilliput.fit.tasks import CORE, Task
from lilliput.reports.columns import Column
from lilliput.reports.fit_terminal import TITLES, chip_text, print_table

FORMAT_VERSION = 1


def print_task(task: Task, console: Console) -> None:
    """Print both tables."""
    console.print(f"{task.name}: {task.title}", style="bold", markup=False)
    console.print("\nThe book (Warden and Situnayake, TinyML)")
    print_table(
        [
            Column("what", [each.what for each in task.book]),
            Column("model", [each.model for each in task.book]),
            Column("operations", [each.operations for each in task.book]),
            Column("accuracy", [each.accuracy for each in task.book]),
        ],
        console,
    )
    console.print(f"\nMeasured: {task.source}", soft_wrap=True)
    rows = [(model, framework, chip) for model in task.models for framework, chip in model.frameworks]
    print_table(
        [
            Column("model", [model.name for model, _, _ in rows]),
            Column("file", [f"{model.file_bytes:,}" for model, _, _ in rows], "right"),
            Column("MACs", [f"{model.macs:,}" for model, _, _ in rows], "right"),
            Column("with", [TITLES[framework.name] for _, framework, _ in rows]),
            Column("flash", [f"{framework.flash_bytes:,}" for _, framework, _ in rows], "right"),
            Column("RAM", [f"{framework.ram_bytes:,}" for _, framework, _ in rows], "right"),
            Column(f"smallest {CORE} that holds it", [_chip(chip) for _, _, chip in rows]),
        ],
        console,
    )


def task_report(task: Task) -> dict[str, Any]:
    """The same as JSON. Version 1."""
    return {
        "format_version": FORMAT_VERSION,
        "task": task.name,
        "title": task.title,
        "book": [
            {"what": each.what, "model": each.model, "operations": each.operations, "accuracy": each.accuracy}
            for each in task.book
        ],
        "source": task.source,
        "core": CORE,
        "models": [
            {
                "model": model.name,
                "file_bytes": model.file_bytes,
                "macs": model.macs,
                "framework": framework.name,
                "flash_bytes": framework.flash_bytes,
                "ram_bytes": framework.ram_bytes,
                "smallest_chip": None if chip is None else chip.title,
            }
            for model in task.models
            for framework, chip in model.frameworks
        ],
    }


def _chip(chip: Chip | None) -> str:
    return "none" if chip is None else chip_text(chip)
