"""`lilliput verify`: the compiled code against interpreters of others."""

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
from lilliput.errors import VerificationError
from lilliput.options import Options


def verify_command(
    model: ModelArgument,
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
    inputs: Annotated[int, typer.Option("--inputs", "-n", min=1, help="How many random inputs to compare.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random inputs.")] = 0,
    data: Annotated[Path | None, typer.Option(metavar="FILE.npz", help="Samples to compare instead.")] = None,
    sanitize: Annotated[bool, typer.Option("--sanitize", help="Run the host build under ASan and UBSan.")] = False,
    dump: Annotated[
        Path | None, typer.Option(metavar="FILE.npz", help="Write every tensor that a debug build computes.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove that the compiled code gives the oracle's bytes, on the host and on the emulated target."""
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
    with progress_bar() as progress:
        verification = api.verify_model(
            model, chosen, inputs=inputs, seed=seed, data=data, sanitize=sanitize, progress=progress, dump=dump
        )
    if as_json:
        from lilliput.reports.to_json import verify_report

        typer.echo(json.dumps(verify_report(verification), indent=2))
    else:
        from lilliput.reports.to_terminal import print_verification

        print_verification(verification)
    if verification.mismatched_bytes:
        raise typer.Exit(VerificationError.exit_code)
