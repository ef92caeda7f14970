"""`lilliput`: subcommands and what happens to errors."""

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from lilliput.errors import LilliputError
from lilliput.version import __version__

_COMMANDS = ("inspect", "compile", "verify", "profile", "size", "chips", "tflm", "fit", "shrink")


class _Commands(TyperGroup):
    """The subcommands: NAME is `NAME_command` in the module NAME, imported when NAME runs or somebody asks for help."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: Any = dict.fromkeys(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"lilliput.cli.{cmd_name}")
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(cmd_name)(getattr(module, f"{cmd_name}_command"))
        return typer.main.get_command(alone)


app = typer.Typer(
    name="lilliput",
    cls=_Commands,
    help="The smallest firmware that computes exactly what a trained network computes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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
        from rich.console import Console

        console = Console(stderr=True, highlight=False, soft_wrap=True)
        place = f"{error.where}: " if error.where else ""
        console.print(f"error: {place}{error.fact}", style="bold red", markup=False)
        if error.advice:
            console.print(error.advice, markup=False)
        sys.exit(error.exit_code)
