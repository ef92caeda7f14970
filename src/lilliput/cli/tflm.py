"""`lilliput tflm`: what firmware with TensorFlow Lite Micro must be told about one or several models."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lilliput import api
from lilliput.cli.build_options import JsonOption, size_bytes
from lilliput.cli.progress import progress_bar


def tflm_command(
    models: Annotated[list[Path], typer.Argument(metavar="MODEL...", help="The .tflite files, or C arrays of them.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Folder for the files, or NAME.tflite with --compress; none: report."
        ),
    ] = None,
    kernels: Annotated[
        str,
        typer.Option(
            metavar="LIBRARY", help="Plan for: reference, cmsis-nn (M4, M7, M33), cmsis-nn-no-dsp (M0+), cmsis-nn-mve."
        ),
    ] = "reference",
    offline_plan: Annotated[
        bool, typer.Option(help="Write a better memory plan into the model where there is one.")
    ] = True,
    compress: Annotated[
        bool, typer.Option("--compress", help="Compress weights, exactly, for TFLM's DECODE operator.")
    ] = False,
    max_arena: Annotated[
        int | None,
        typer.Option(
            parser=size_bytes, metavar="BYTES", help="Compress only what leaves the arena this small, such as 64K."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the resolver, the exact arena sizes and the models for TensorFlow Lite Micro, and predict its flash."""
    with progress_bar() as progress:
        made = api.tflm(
            models,
            output,
            kernels=kernels,
            offline_plan=offline_plan,
            compress=compress,
            arena_bytes=max_arena,
            progress=progress,
        )
    if as_json:
        from lilliput.reports.tflm_json import tflm_report

        typer.echo(json.dumps(tflm_report(made), indent=2))
        return
    from lilliput.reports.tflm_terminal import print_compressed, print_package

    console = Console(highlight=False)
    if compress and output is not None and output.suffix == ".tflite":
        print_compressed(made, str(output.parent), console)
    else:
        print_package(made, str(output), console)
