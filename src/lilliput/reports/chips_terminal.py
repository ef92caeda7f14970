"""Chips -> text for people: a table, and every region of a chip that was found alone."""

from collections.abc import Sequence

from rich.console import Console

from lilliput.chips import Chip, Region
from lilliput.reports.columns import Column, table_lines
from lilliput.sizes import size_text

_MOST_ROWS = 50


def print_chips(chips: Sequence[Chip], console: Console) -> None:
    """Print the first chips as a table, one chip with its regions and their source."""
    if not chips:
        console.print("No chip has all of that: ask for less, or describe your own in a TOML file.")
    elif len(chips) == 1:
        _print_chip(chips[0], console)
    else:
        _print_table(chips[:_MOST_ROWS], console)
        if len(chips) > _MOST_ROWS:
            console.print(f"\n{len(chips) - _MOST_ROWS:,} more: narrow it by NAME, --flash, --ram, --core; or --json.")


def _print_table(chips: Sequence[Chip], console: Console) -> None:
    columns = [
        Column("Chip", [chip.title for chip in chips]),
        Column("Core", [chip.core for chip in chips]),
        Column("MHz", [_megahertz(chip) for chip in chips], "right"),
        Column("Flash", [size_text(chip.flash_bytes) + ("" if chip.flash else " ext.") for chip in chips], "right"),
        Column("RAM", [size_text(chip.ram_bytes) for chip in chips], "right"),
        Column("Largest piece", [_span(chip.ram_spans[0]) for chip in chips], gives_way=True),
    ]
    for line in table_lines(columns, console.width):
        console.print(line, soft_wrap=True)


def _print_chip(chip: Chip, console: Console) -> None:
    on = f" ({chip.name})" if chip.board else ""
    console.print(f"{chip.title}{on}", style="bold", markup=False)
    code = f"code of target {chip.target}" if chip.target else "no target of lilliput compile"
    console.print(f"{chip.family}, {chip.core}, {_megahertz(chip)} MHz; {code}\n", markup=False)
    regions = [*chip.flash, *chip.ram, *chip.external]
    columns = [
        Column("Region", [region.name for region in regions]),
        Column("Kind", [region.kind for region in regions]),
        Column("Size", [size_text(region.size_bytes) for region in regions], "right"),
        Column("Address", ["" if region.address is None else f"0x{region.address:08x}" for region in regions], "right"),
        Column("", ["external" if region in chip.external else "" for region in regions]),
    ]
    for line in table_lines(columns, console.width):
        console.print(line, soft_wrap=True)
    console.print(f"\nLargest piece of RAM: {_span(chip.ram_spans[0])}", markup=False)
    console.print(f"Source: {chip.source}", markup=False, soft_wrap=True)


def _span(span: Region) -> str:
    return f"{size_text(span.size_bytes)} {span.name}"


def _megahertz(chip: Chip) -> str:
    return "?" if chip.clock_hz is None else f"{chip.clock_hz / 1e6:g}"
