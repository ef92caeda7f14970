"""`lilliput shrink`: a smaller model, exactly the same (--exact) or with what it loses measured (--data)."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from lilliput import api
from lilliput.cli import shrink_options as given
from lilliput.cli.build_options import JsonOption, MaxSlowdownOption, ModelArgument, TargetOption, ToolchainOption
from lilliput.cli.progress import progress_bar
from lilliput.cli.quantize_options import (
    ActivationsOption,
    BiasCorrectionOption,
    CalibrationOption,
    InputRangeOption,
    PercentileOption,
    RangesOption,
    WideOption,
    quantize_and_print,
)
from lilliput.errors import UsageError
from lilliput.options import Options
from lilliput.quantize.options import QuantizeOptions
from lilliput.shrink.shrunk import ShrinkOptions

if TYPE_CHECKING:
    from lilliput.search import SampleFiles, SearchOptions

_INTERRUPTED = 130
"""What shells say of a program that Ctrl-C ended."""


def shrink_command(
    model: ModelArgument,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The smaller .tflite file.")],
    exact: Annotated[bool, typer.Option("--exact", help="Change no output byte, for any input.")] = False,
    contract: Annotated[
        Literal["both", "tflm"],
        typer.Option(help="Exact: whose bytes stay the same: TFLM's and LiteRT's, or those of TFLM alone."),
    ] = "both",
    keep_names: Annotated[bool, typer.Option("--keep-names", help="Exact: keep the names of inner tensors.")] = False,
    inputs: Annotated[
        int, typer.Option("--inputs", "-n", min=1, help="Exact: how many random inputs to compare.")
    ] = 20,
    data: given.DataOption = None,
    calibration: CalibrationOption = None,
    ranges: RangesOption = "min-max",
    percentile: PercentileOption = 99.99,
    activations: ActivationsOption = "int8",
    int16_operators: WideOption = None,
    bias_correction: BiasCorrectionOption = True,
    input_range: InputRangeOption = None,
    test: given.TestOption = None,
    metric: given.MetricOption = "top1",
    max_loss: given.MaxLossOption = None,
    flash: given.FlashBudgetOption = None,
    ram: given.RamBudgetOption = None,
    trials: given.TrialsOption = 100,
    seconds: given.SecondsOption = None,
    builds: given.BuildsOption = 8,
    study: given.StudyOption = None,
    jobs: given.JobsOption = None,
    executor: given.ExecutorOption = None,
    target: TargetOption = "cortex-m4",
    toolchain: ToolchainOption = "zig",
    max_slowdown: MaxSlowdownOption = 4.0,
    html: given.HtmlOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Of random inputs, of the parts of --data, and of the search.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Write a smaller model file for TensorFlow Lite Micro, LiteRT or anything else.

    With --exact it computes the same. With --calibration a float model becomes one of int8. With --data a search finds
    what can be done to the weights, and measures what is lost.
    """
    if exact == (data is not None or calibration is not None):
        advice = "--exact changes no output byte; --calibration makes int8 of a float model; --data searches."
        raise UsageError("either --exact or one of --data and --calibration must be there", "shrink", advice)
    wide = frozenset(int16_operators or ())
    quantizing = QuantizeOptions(ranges, percentile, activations, wide, bias_correction, input_range)
    if data is None and calibration is not None:
        quantize_and_print(model, calibration, output, quantizing, as_json=as_json)
        return
    if data is None:
        _shrink_exactly(model, output, ShrinkOptions(contract, keep_names, inputs, seed), as_json=as_json)
        return
    from lilliput.search import SampleFiles, SearchOptions

    options = SearchOptions(
        max_loss=max_loss,
        flash_bytes=flash,
        ram_bytes=ram,
        trials=trials,
        seconds=seconds,
        builds=builds,
        seed=seed,
        study=_database(study, output),
        jobs=jobs or os.cpu_count() or 1,
        executor=executor,
        build=Options(target, toolchain, ram_bytes=ram, max_slowdown=max_slowdown),
    )
    files = SampleFiles(data, calibration, test, metric)
    _search(model, output, files, options, quantizing, html, as_json=as_json)


def _shrink_exactly(model: Path, output: Path, options: ShrinkOptions, *, as_json: bool) -> None:
    with progress_bar() as progress:
        shrunk = api.shrink_model(model, output, options, progress=progress)
    if as_json:
        from lilliput.reports.shrink_json import shrink_report

        typer.echo(json.dumps(shrink_report(shrunk), indent=2))
        return
    from lilliput.reports.shrink_terminal import print_shrunk

    print_shrunk(shrunk, str(output), Console(highlight=False))


def _database(study: str | None, output: Path) -> str | None:
    """Beside the output unless told otherwise."""
    if study is None:
        output.parent.mkdir(parents=True, exist_ok=True)
        return str(output.with_suffix(".study.db"))
    return None if study == "none" else study


def _search(
    model: Path,
    output: Path,
    files: "SampleFiles",
    options: "SearchOptions",
    quantizing: QuantizeOptions,
    html: Path | None,
    *,
    as_json: bool,
) -> None:
    with progress_bar() as progress:
        frontier = api.search_model(model, output, files, options, quantizing=quantizing, progress=progress)
    if html is not None:
        from lilliput import extras
        from lilliput.output import write_files

        extras.require("size")
        from lilliput.reports.search_html import search_page

        write_files(html.parent, {html.name: search_page(frontier)})
    if as_json:
        from lilliput.reports.search_json import search_report

        typer.echo(json.dumps(search_report(frontier), indent=2))
    else:
        from lilliput.reports.search_terminal import print_frontier

        print_frontier(frontier, str(output), Console(highlight=False))
    frontier.require_chosen()
    if frontier.interrupted:
        raise typer.Exit(_INTERRUPTED)
