"""`lilliput fit`: does a model fit a chip beside everything else, and which are the smallest chips that it fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from lilliput import api
from lilliput.cli.build_options import JsonOption, ToolchainOption, size_bytes
from lilliput.cli.progress import progress_bar
from lilliput.errors import UsageError

if TYPE_CHECKING:
    from lilliput.fit.surroundings import Surroundings


def _size_option(name: str, what: str) -> typer.models.OptionInfo:
    return typer.Option(name, parser=size_bytes, metavar="BYTES", help=f"{what}, such as 60K.")


def fit_command(
    model: Annotated[Path | None, typer.Argument(metavar="[MODEL]", help="A .tflite file, or a C array of it.")] = None,
    chip: Annotated[str, typer.Option("--chip", help="A part number or a board.", show_default=False)] = "",
    all_chips: Annotated[bool, typer.Option("--all-chips", help="List the smallest chips that it fits.")] = False,
    operating_system: Annotated[
        str, typer.Option("--os", help="Documented figures of bare-metal, freertos, zephyr or mbed-os.")
    ] = "bare-metal",
    os_elf: Annotated[
        Path | None, typer.Option("--os-elf", metavar="FILE", help="A firmware without the model, measured, for --os.")
    ] = None,
    app_flash: Annotated[int | None, _size_option("--app-flash", "The application's flash")] = None,
    app_ram: Annotated[int | None, _size_option("--app-ram", "The application's RAM")] = None,
    also: Annotated[
        list[str] | None,
        typer.Option("--also", metavar="NAME=FLASH,RAM", help="More: bootloader=32K, radio=150K,8K, heap=0,4K."),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many chips --all-chips shows.")] = 10,
    chips_file: Annotated[
        Path | None, typer.Option("--chips-file", metavar="FILE", help="Chips and boards of your own, as TOML.")
    ] = None,
    toolchain: ToolchainOption = "zig",
    as_json: JsonOption = False,
) -> None:
    """Add up operating system, framework, model and application for a chip; exit code 5 when it does not fit."""
    from lilliput.fit.surroundings import application, surroundings

    if os_elf is not None and operating_system != "bare-metal":
        raise UsageError("the operating system is named twice", "--os, --os-elf", "Choose one of them.")
    if model is None:
        raise UsageError("there is no model to fit", "", "Name a .tflite file.")
    if bool(chip) == all_chips:
        raise UsageError("one chip or all of them?", "--chip, --all-chips", "Choose one: --chip NAME or --all-chips.")
    around = surroundings(operating_system, os_elf, application(app_flash or 0, app_ram or 0), also or ())
    if all_chips:
        _survey(model, around, top=top, chips_file=chips_file, toolchain=toolchain, as_json=as_json)
    else:
        _fit(model, chip, around, chips_file=chips_file, toolchain=toolchain, as_json=as_json)


def _fit(
    model: Path,
    chip: str,
    around: Surroundings,
    *,
    chips_file: Path | None,
    toolchain: ToolchainOption,
    as_json: bool,
) -> None:
    with progress_bar() as progress:
        found = api.fit(model, chip, around, chips_file=chips_file, toolchain=toolchain, progress=progress)
    if as_json:
        from lilliput.reports.fit_json import fit_report

        typer.echo(json.dumps(fit_report(found), indent=2))
    else:
        from lilliput.reports.fit_terminal import print_fit

        print_fit(found, Console(highlight=False))
    found.check()


def _survey(
    model: Path,
    around: Surroundings,
    *,
    top: int,
    chips_file: Path | None,
    toolchain: ToolchainOption,
    as_json: bool,
) -> None:
    with progress_bar() as progress:
        found = api.fit_all(model, around, most=top, chips_file=chips_file, toolchain=toolchain, progress=progress)
    if as_json:
        from lilliput.reports.fit_json import survey_report

        typer.echo(json.dumps(survey_report(found), indent=2))
    else:
        from lilliput.reports.fit_terminal import print_survey

        print_survey(found, Console(highlight=False))
    found.check()
