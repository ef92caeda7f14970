"""`lilliput compile`: model -> NAME.h, NAME.c and the byte ledger."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lilliput import api
from lilliput.cli.build_options import (
    ArenaOption,
    InputOption,
    JsonOption,
    MaxSlowdownOption,
    ModelArgument,
    NameOption,
    OptimizeOption,
    PlanSecondsOption,
    RamOption,
    ScheduleOption,
    TargetOption,
    ToolchainOption,
    WithoutTransformOption,
)
from lilliput.cli.progress import progress_bar
from lilliput.options import Options


def compile_command(
    model: ModelArgument,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the generated files.")],
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
    )
    with progress_bar() as progress:
        build = api.compile_model(model, output, chosen, progress=progress)
    if as_json:
        from lilliput.reports.to_json import compile_report

        typer.echo(json.dumps(compile_report(build), indent=2))
        return
    from lilliput.reports.to_terminal import print_build

    print_build(build, output)
