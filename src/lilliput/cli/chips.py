"""`lilliput chips`: which chips and boards are known, and which of them have enough memory."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lilliput import chips
from lilliput.cli.build_options import JsonOption
from lilliput.sizes import SizeRange, parse_size_range


def _range(text: str) -> SizeRange:
    try:
        return parse_size_range(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def chips_command(
    name: Annotated[
        str,
        typer.Argument(metavar="[NAME]", help="A part number, a board, a family, or STM32F407xx.", show_default=False),
    ] = "",
    flash: Annotated[
        SizeRange | None, typer.Option("--flash", parser=_range, metavar="RANGE", help="Such as '>=256K'.")
    ] = None,
    ram: Annotated[
        SizeRange | None, typer.Option("--ram", parser=_range, metavar="RANGE", help="Such as '>=64K', on the chip.")
    ] = None,
    core: Annotated[str, typer.Option("--core", help="Such as cortex-m4.", show_default=False)] = "",
    chips_file: Annotated[
        Path | None, typer.Option("--chips-file", metavar="FILE", help="Chips and boards of your own, as TOML.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List chips with their memories, smallest first."""
    any_size = SizeRange()
    found = chips.search(name, flash=flash or any_size, ram=ram or any_size, core=core, chips_file=chips_file)
    if as_json:
        from lilliput.reports.chips_json import chips_report

        typer.echo(json.dumps(chips_report(found), indent=2))
        return
    from lilliput.reports.chips_terminal import print_chips

    print_chips(found, Console(highlight=False))
