"""(model, samples, budget) -> a ladder of models with fewer and fewer levels, each built, measured and judged.

The weights of all layers get the same number of levels, fitted to the samples to tune on. Taken is the model with the
most levels that the budget holds: its accuracy has no say in that, and that on the other samples is told as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lilliput import oracles, tflite
from lilliput.accuracy import METRICS, Samples, scores_of_oracle
from lilliput.accuracy.evaluation import scores_of_code
from lilliput.accuracy.metrics import confusion
from lilliput.cli.progress import progress_bar
from lilliput.errors import DoesNotFitError
from lilliput.options import Options
from lilliput.search.bench import Bench, Job
from lilliput.search.parts import Parts
from lilliput.search.space import UNCHANGED
from lilliput.search.work import Linked, Linking

SHARED = Path(__file__).parents[3] / "shared"
"""The real models and data, beside the project."""
RUNGS = (UNCHANGED, "63 levels", "31 levels", "15 levels", "7 levels", "5 levels", "3 levels")
_BUILD = Options(toolchain="gcc")
_TOP1 = METRICS["top1"]


@dataclass(frozen=True, slots=True)
class Task:
    """A model, labelled samples to tune on and others to report on, and the flash that the image may take.

    `flash_bytes` is given, or else `share` of the unchanged model's flash.
    """

    model: Path
    tuning: Samples
    report: Samples
    flash_bytes: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    """What was measured for each rung; `chosen` is the name of the one to take."""

    task: Task
    rungs: Mapping[str, Linked]
    flash_bytes: int
    chosen: str


def climb(task: Task, rungs: tuple[str, ...] = RUNGS) -> Ladder:
    """Build and measure every rung, from the unchanged model, which comes first, to the fewest levels.

    Raises DoesNotFitError when none keeps to the budget, and what building raises.
    """
    parts = Parts(task.tuning, task.tuning, task.report)
    bench = Bench(Job(task.model.read_bytes(), task.model.name, parts, _TOP1, _BUILD))
    found: dict[str, Linked] = {}
    with progress_bar() as progress:
        for number, rung in enumerate(rungs):
            progress(rung, number, len(rungs))
            found[rung] = Linking(dict.fromkeys(bench.layers, rung)).on(bench)
    budget = task.flash_bytes or int((task.share or 1.0) * found[UNCHANGED].flash_bytes)
    fitting = [rung for rung, linked in found.items() if linked.flash_bytes <= budget]
    if not fitting:
        raise DoesNotFitError(f"no model takes at most {budget:,} bytes", str(task.model), "Allow more flash.")
    return Ladder(task, found, budget, fitting[0])


def told(ladder: Ladder) -> str:
    """The ladder as text: a row a rung, and the unchanged and the chosen model class by class."""
    task, chosen = ladder.task, ladder.rungs[ladder.chosen]
    original_bytes = ladder.rungs[UNCHANGED].flash_bytes
    lines = (
        f"{task.model.stem}: {len(task.tuning)} samples to tune on, {len(task.report)} others to report on",
        "",
        f"{'weights':<10} {'flash':>7} {'RAM':>7} {'instructions':>13} {'right, tuned on':>16} {'others':>11}",
        *(_row(rung, linked, task) for rung, linked in ladder.rungs.items()),
        "",
        f"Chosen: {ladder.chosen}, the most within {ladder.flash_bytes:,} bytes of flash;",
        f"{chosen.flash_bytes:,} bytes are {chosen.flash_bytes / original_bytes:.1%} of {original_bytes:,}.",
        *(line for rung in (UNCHANGED, ladder.chosen) for line in _by_class(rung, ladder)),
        _exactness(ladder),
    )
    return "\n".join(lines)


def right(value: float, samples: Samples) -> int:
    """How many samples a share in percent stands for."""
    return round(value * len(samples) / 100)


def _row(rung: str, linked: Linked, task: Task) -> str:
    tuned = f"{right(linked.tuning_value, task.tuning)} of {len(task.tuning)}"
    others = f"{right(linked.value, task.report)} of {len(task.report)}"
    sizes = f"{linked.flash_bytes:>7,} {linked.ram_bytes:>7,} {linked.instructions or 0:>13,}"
    return f"{rung:<10} {sizes} {tuned:>16} {others:>11}"


def _by_class(rung: str, ladder: Ladder) -> list[str]:
    """For each class how many of all samples, and how many of the others, are right."""
    tuned, others = (_confusion(ladder, rung, samples) for samples in (ladder.task.tuning, ladder.task.report))
    lines: list[str] = []
    for what, matrix in (("all", tuned + others), ("others", others)):
        counts = zip(ladder.task.report.classes, matrix.diagonal().tolist(), matrix.sum(axis=1).tolist(), strict=True)
        lines.append(f"{rung}, {what}: " + ", ".join(f"{name} {good} of {of}" for name, good, of in counts))
    return lines


def _confusion(ladder: Ladder, rung: str, samples: Samples) -> NDArray[np.int64]:
    graph = tflite.read_bytes(ladder.rungs[rung].model, ladder.task.model.name)
    scores = scores_of_code(graph, samples)
    return confusion(scores, samples.y, scores.shape[1])


def _exactness(ladder: Ladder) -> str:
    linked, task = ladder.rungs[ladder.chosen], ladder.task
    graph = tflite.read_bytes(linked.model, task.model.name)
    differing = sum(
        np.count_nonzero(scores_of_code(graph, samples) != scores_of_oracle(linked.model, graph, samples))
        for samples in (task.tuning, task.report)
    )
    title = oracles.default_oracle()[0].title
    return f"{differing} output bytes of {len(task.tuning) + len(task.report)} samples differ from those of {title}."
