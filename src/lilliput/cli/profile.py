"""`lilliput profile`: where the instructions of an inference go."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lilliput import api
from lilliput.cli.build_options import (
    InputOption,
    JsonOption,
    MaxSlowdownOption,
    ModelArgument,
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


def profile_command(
    model: ModelArgument,
    target: TargetOption = "cortex-m4",
    toolchain: ToolchainOption = "zig",
    optimize: OptimizeOption = "speed",
    schedule: ScheduleOption = "rows",
    input_: InputOption = "whole",
    ram: RamOption = None,
    plan_seconds: PlanSecondsOption = 3.0,
    without_transform: WithoutTransformOption = None,
    max_slowdown: MaxSlowdownOption = 4.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random input.")] = 0,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with a flame graph.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Count the instructions of an inference by node, function and source line, in the emulator."""
    chosen = Options(
        target=target,
        toolchain=toolchain,
        optimize=optimize,
        schedule=schedule,
        input=input_,
        ram_bytes=ram,
        plan_seconds=plan_seconds,
        without_transforms=tuple(without_transform or ()),
        max_slowdown=max_slowdown,
    )
    with progress_bar() as progress:
        found = api.profile(model, chosen, seed=seed, progress=progress)
    if html is not None:
        from lilliput import extras
        from lilliput.output import write_files

        extras.require("size")
        from lilliput.reports.profile_html import profile_page

        write_files(html.parent, {html.name: profile_page(found)})
    if as_json:
        from lilliput.reports.profile_json import profile_report

        typer.echo(json.dumps(profile_report(found), indent=2))
        return
    from lilliput.reports.profile_terminal import print_profile

    print_profile(found)
