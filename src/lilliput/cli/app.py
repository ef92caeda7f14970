"""`lilliput`: subcommands and what happens to errors."""

import sys

import typer
from rich.console import Console

from lilliput.cli.chips import chips_command
from lilliput.cli.compile import compile_command
from lilliput.cli.inspect import inspect_command
from lilliput.cli.size import size_command
from lilliput.cli.tflm import tflm_command
from lilliput.cli.verify import verify_command
from lilliput.errors import LilliputError
from lilliput.version import __version__

app = typer.Typer(
    name="lilliput",
    help="The smallest firmware that computes exactly what a trained network computes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("inspect")(inspect_command)
app.command("compile")(compile_command)
app.command("verify")(verify_command)
app.command("size")(size_command)
app.command("chips")(chips_command)
app.command("tflm")(tflm_command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="Print the version."),
) -> None:
    """The smallest firmware that computes exactly what a trained network computes."""


def main() -> None:
    """Run the command line; a LilliputError ends with its message on stderr and its exit code."""
    try:
        app()
    except LilliputError as error:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        place = f"{error.where}: " if error.where else ""
        console.print(f"error: {place}{error.fact}", style="bold red", markup=False)
        if error.advice:
            console.print(error.advice, markup=False)
        sys.exit(error.exit_code)
