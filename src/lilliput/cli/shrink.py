"""`lilliput shrink`: a smaller model file for whoever runs it."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from lilliput import api
from lilliput.cli.build_options import JsonOption, ModelArgument
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
from lilliput.quantize.options import QuantizeOptions
from lilliput.shrink.shrunk import ShrinkOptions


def shrink_command(
    model: ModelArgument,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The smaller .tflite file.")],
    exact: Annotated[bool, typer.Option("--exact", help="Change no output byte, for any input.")] = False,
    contract: Annotated[
        Literal["both", "tflm"],
        typer.Option(help="Whose bytes stay the same: TFLM's and LiteRT's, or those of TFLM alone."),
    ] = "both",
    keep_names: Annotated[bool, typer.Option("--keep-names", help="Keep the names of inner tensors.")] = False,
    inputs: Annotated[int, typer.Option("--inputs", "-n", min=1, help="How many random inputs to compare.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random inputs.")] = 0,
    calibration: CalibrationOption = None,
    ranges: RangesOption = "min-max",
    percentile: PercentileOption = 99.99,
    activations: ActivationsOption = "int8",
    int16_operators: WideOption = None,
    bias_correction: BiasCorrectionOption = True,
    input_range: InputRangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a smaller model file for TensorFlow Lite Micro, LiteRT or anything else.

    With --exact it computes the same. With --calibration a float model becomes one of int8.
    """
    if exact == (calibration is not None):
        advice = "--exact changes no output byte; --calibration makes int8 of a float model."
        raise UsageError("exactly one of --exact and --calibration must be there", "shrink", advice)
    if calibration is not None:
        wide = frozenset(int16_operators or ())
        chosen = QuantizeOptions(ranges, percentile, activations, wide, bias_correction, input_range)
        quantize_and_print(model, calibration, output, chosen, as_json=as_json)
        return
    options = ShrinkOptions(contract, keep_names, inputs, seed)
    with progress_bar() as progress:
        shrunk = api.shrink_model(model, output, options, progress=progress)
    if as_json:
        from lilliput.reports.shrink_json import shrink_report

        typer.echo(json.dumps(shrink_report(shrunk), indent=2))
        return
    from lilliput.reports.shrink_terminal import print_shrunk

    print_shrunk(shrunk, str(output), Console(highlight=False))
