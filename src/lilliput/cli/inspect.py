"""`lilliput inspect`: what is in a model, where its bytes and operations go, and how its memory is planned."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lilliput import tflite
from lilliput.cli.build_options import InputOption, JsonOption, ModelArgument, PlanSecondsOption, ScheduleOption
from lilliput.cli.progress import progress_bar
from lilliput.errors import DoesNotFitError, UsageError
from lilliput.inspection import Inspection, inspect_graph
from lilliput.options import Options
from lilliput.output import write_files

if TYPE_CHECKING:
    from lilliput.reports.plan_picture import PlanPicture


def inspect_command(
    model: ModelArgument,
    plan: Annotated[bool, typer.Option("--plan", help="Show the plan of memory: the arena over time.")] = False,
    plan_file: Annotated[
        Path | None,
        typer.Option("--plan-file", metavar="FILE", help="Write the picture of the plan, as .svg or .html."),
    ] = None,
    schedule: ScheduleOption = "rows",
    input_: InputOption = "whole",
    plan_seconds: PlanSecondsOption = 3.0,
    as_json: JsonOption = False,
) -> None:
    """Show a model's operators, where its bytes and operations go, and its memory over time."""
    write = None if plan_file is None else _writer(plan_file)
    options = Options(schedule=schedule, input=input_, plan_seconds=plan_seconds)
    with progress_bar() as progress:
        graph = tflite.read(model)
        inspection = inspect_graph(graph, options if plan or plan_file is not None else None, progress=progress)
    if plan_file is not None and write is not None:
        _write(inspection, plan_file, write)
    if as_json:
        from lilliput.reports.inspect_json import inspect_report

        typer.echo(json.dumps(inspect_report(inspection), indent=2))
        return
    from lilliput.reports.inspect_terminal import print_inspected_plan, print_inspection

    if plan or plan_file is not None:
        print_inspected_plan(inspection, plan_file, draw=plan)
    else:
        print_inspection(inspection)


def _writer(file: Path) -> Callable[[PlanPicture, int], str]:
    """What draws the kind of file that the name asks for. Raises UsageError for other kinds."""
    from lilliput.reports.plan_svg import plan_html, plan_svg

    kinds = {".svg": plan_svg, ".html": plan_html}
    if file.suffix not in kinds:
        raise UsageError("the plan's picture is no .svg and no .html file", str(file), "End the name in .svg or .html.")
    return kinds[file.suffix]


def _write(inspection: Inspection, file: Path, write: Callable[[PlanPicture, int], str]) -> None:
    from lilliput.reports.plan_picture import inspected_plan

    picture = inspected_plan(inspection)
    if picture is None or inspection.memory is None:
        raise DoesNotFitError("there is no plan to draw", inspection.graph.source.name, "See what `inspect` says.")
    text = write(picture, inspection.memory.plan.arena_bytes)
    write_files(file.parent, {file.name: text.encode()})
