"""The options of `lilliput shrink --data`, declared once."""

from pathlib import Path
from typing import Annotated

import typer

from lilliput.cli.build_options import size_bytes

DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="SAMPLES", help="Labelled samples, an .npz file or a folder: search by accuracy."),
]
TestOption = Annotated[
    Path | None,
    typer.Option("--test", metavar="SAMPLES", help="Samples to report on.  [default: a part of --data]"),
]
MetricOption = Annotated[str, typer.Option("--metric", help="top1, auc, mse, or module:function.")]
MaxLossOption = Annotated[
    float | None,
    typer.Option("--max-loss", metavar="POINTS", help="Take the smallest that loses no more.  [default: 1.0]"),
]
FlashBudgetOption = Annotated[
    int | None,
    typer.Option("--flash", parser=size_bytes, metavar="BYTES", help="Take the most accurate within it, such as 32K."),
]
RamBudgetOption = Annotated[
    int | None, typer.Option("--ram", parser=size_bytes, metavar="BYTES", help="The same for RAM.")
]
TrialsOption = Annotated[int, typer.Option("--trials", min=1, help="How many, with those of earlier calls.")]
SecondsOption = Annotated[
    float | None, typer.Option("--seconds", min=0, help="Begin no trial after that many seconds.")
]
BuildsOption = Annotated[int, typer.Option("--builds", min=1, help="How many candidates to link and measure.")]
StudyOption = Annotated[
    str | None,
    typer.Option("--study", metavar="URL", help="Database that keeps the trials, or none.  [default: OUTPUT.study.db]"),
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, help="Processes of this machine.  [default: one for each core]")
]
ExecutorOption = Annotated[
    str | None, typer.Option("--executor", metavar="URL", help="A cluster: dask://HOST:PORT or ray://HOST:PORT.")
]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write a page that draws accuracy against flash.")
]
