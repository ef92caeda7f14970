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
    task: Annotated[
        str,
        typer.Option(
            "--task",
            help="Without a model: wake-word, predictive-maintenance, person-detection or imagenet.",
            show_default=False,
        ),
    ] = "",
    layers: Annotated[
        Path | None,
        typer.Option("--layers", metavar="FILE", help="Without a model: layers as text, or Keras' model.to_json()."),
    ] = None,
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

    _check_question(model, chip, task, layers, all_chips=all_chips)
    if os_elf is not None and operating_system != "bare-metal":
        raise UsageError("the operating system is named twice", "--os, --os-elf", "Choose one of them.")
    if layers is not None:
        _layers(layers, as_json=as_json)
        return
    around = surroundings(operating_system, os_elf, application(app_flash or 0, app_ram or 0), also or ())
    if task:
        _task(task, around, chips_file=chips_file, as_json=as_json)
    elif model is not None and all_chips:
        _survey(model, around, top=top, chips_file=chips_file, toolchain=toolchain, as_json=as_json)
    elif model is not None:
        _fit(model, chip, around, chips_file=chips_file, toolchain=toolchain, as_json=as_json)


def _check_question(model: Path | None, chip: str, task: str, layers: Path | None, *, all_chips: bool) -> None:
    """Raise UsageError unless exactly one question is asked."""
    if sum((model is not None, bool(task), layers is not None)) != 1:
        raise UsageError(
            "what shall fit is not clear", "MODEL, --task, --layers", "Name a .tflite file, a task or a file of layers."
        )
    if model is not None and bool(chip) == all_chips:
        raise UsageError("one chip or all of them?", "--chip, --all-chips", "Choose one: --chip NAME or --all-chips.")
    if model is None and (chip or all_chips):
        raise UsageError("without a model no chip is asked", "--chip, --all-chips", "Leave it out, or name a model.")


def _layers(file: Path, *, as_json: bool) -> None:
    from lilliput.fit.layers_file import read_layers
    from lilliput.reports.fit_layers import print_sketch, sketch_report

    found = read_layers(file)
    if as_json:
        typer.echo(json.dumps(sketch_report(found), indent=2))
    else:
        print_sketch(found, Console(highlight=False))


def _task(name: str, around: Surroundings, *, chips_file: Path | None, as_json: bool) -> None:
    from lilliput import chips
    from lilliput.fit.tasks import find_task
    from lilliput.reports.fit_task import print_task, task_report

    found = find_task(name, chips.search(chips_file=chips_file), around)
    if as_json:
        typer.echo(json.dumps(task_report(found), indent=2))
    else:
        print_task(found, Console(highlight=False))


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
