"""Difference -> text for people: one line of summary, then tables, the largest change first."""

from rich.console import Console

from lilliput.firmware.difference import Difference
from lilliput.reports.size_diff_tables import ONE_MAP, diff_tables, summary
from lilliput.reports.size_table import print_table


def print_difference(difference: Difference, console: Console, most: int) -> None:
    """Print what changed, with at `most` object files and symbols (all for 0)."""
    console.print(f"{difference.old_name} -> {difference.new_name}", style="dim", markup=False)
    console.print(summary(difference), style="bold", markup=False, soft_wrap=True)
    if difference.one_map:
        console.print(ONE_MAP, style="yellow", markup=False, soft_wrap=True)
    for table in diff_tables(difference, most):
        print_table(table, console)
