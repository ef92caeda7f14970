"""`lilliput compile`: model -> NAME.h, NAME.c and the byte ledger."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lilliput import api
from lilliput.cli.build_options import (
    ArenaOption,
    FlashOption,
    InputOption,
    JsonOption,
    MaxInstructionsOption,
    MaxSlowdownOption,
    ModelArgument,
    NameOption,
    OptimizeOption,
    PlanSecondsOption,
    PointOption,
    RamOption,
    ScheduleOption,
    TargetOption,
    ToolchainOption,
    WithoutTransformOption,
    at_point,
)
from lilliput.cli.progress import progress_bar
from lilliput.errors import UsageError
from lilliput.options import Options


def compile_command(
    model: ModelArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder for the generated files.")
    ] = None,
    target: TargetOption = "cortex-m4",
    toolchain: ToolchainOption = "zig",
    optimize: OptimizeOption = "size",
    name: NameOption = None,
    arena: ArenaOption = "static",
    schedule: ScheduleOption = "rows",
    input_: InputOption = "whole",
    ram: RamOption = None,
    plan_seconds: PlanSecondsOption = 3.0,
    without_transform: WithoutTransformOption = None,
    max_slowdown: MaxSlowdownOption = 4.0,
    point: PointOption = None,
    flash: FlashOption = None,
    max_instructions: MaxInstructionsOption = None,
    pareto: Annotated[
        bool, typer.Option("--pareto", help="Measure the builds that no other beats, and write nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write NAME.h and NAME.c, and account for every byte of the firmware they make."""
    chosen = Options(
        target,
        toolchain,
        optimize,
        name,
        arena,
        schedule,
        input_,
        ram,
        plan_seconds,
        tuple(without_transform or ()),
        max_slowdown,
        flash_bytes=flash,
        max_instructions=max_instructions,
    )
    chosen = at_point(chosen, point)
    if pareto:
        _show_frontier(model, chosen, as_json=as_json)
        return
    if output is None:
        raise UsageError("there is no folder for the files", advice="Name one with --output DIR.")
    with progress_bar() as progress:
        build = api.compile_model(model, output, chosen, progress=progress)
    if as_json:
        from lilliput.reports.to_json import compile_report

        typer.echo(json.dumps(compile_report(build), indent=2))
        return
    from lilliput.reports.to_terminal import print_build

    print_build(build, output)


def _show_frontier(model: Path, options: Options, *, as_json: bool) -> None:
    with progress_bar() as progress:
        found = api.frontier(model, options, progress=progress)
    if as_json:
        from lilliput.reports.frontier import frontier_report

        typer.echo(json.dumps(frontier_report(found), indent=2))
        return
    from lilliput.reports.frontier import print_frontier

    print_frontier(found)
