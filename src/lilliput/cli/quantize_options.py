"""`lilliput shrink FLOAT_MODEL --calibration`: the options of quantisation, and what they start."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from lilliput import api
from lilliput.cli.progress import progress_bar
from lilliput.quantize.options import QuantizeOptions

CalibrationOption = Annotated[
    Path | None,
    typer.Option(metavar="SAMPLES", help="Quantise a float model by an .npz file with x, or a folder of samples."),
]
RangesOption = Annotated[
    Literal["min-max", "percentile", "mse"],
    typer.Option(help="With --calibration: cover all values, nearly all, or what makes the squared error least."),
]
PercentileOption = Annotated[float, typer.Option(help="For --ranges percentile: the share to cover on either side.")]
ActivationsOption = Annotated[
    Literal["int8", "int16"], typer.Option(help="With --calibration: int16 is for TFLM and LiteRT alone.")
]
WideOption = Annotated[
    list[int] | None,
    typer.Option("--int16", metavar="OPERATOR", help="This operator alone gets int16 activations; can be repeated."),
]
BiasCorrectionOption = Annotated[
    bool, typer.Option(help="With --calibration: biases make up for what rounded weights add on average.")
]
InputRangeOption = Annotated[
    tuple[float, float] | None,
    typer.Option(metavar="LOW HIGH", help="With --calibration: from where to where the input can be."),
]


def quantize_and_print(
    model: Path, calibration: Path, output: Path, options: QuantizeOptions, *, as_json: bool
) -> None:
    """Quantise, and say what was lost."""
    with progress_bar() as progress:
        quantized = api.quantize_model(model, calibration, output, options, progress=progress)
    if as_json:
        from lilliput.reports.quantize_json import quantize_report

        typer.echo(json.dumps(quantize_report(quantized), indent=2))
        return
    from lilliput.reports.quantize_terminal import print_quantized

    print_quantized(quantized, str(output), Console(highlight=False))
