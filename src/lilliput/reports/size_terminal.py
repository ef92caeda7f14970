"""SizeReport -> text for people: totals first, then the tables that were asked for."""

from collections.abc import Iterable

from rich.console import Console

from lilliput.firmware.report import SizeReport
from lilliput.reports.columns import table_lines
from lilliput.reports.size_sentences import sentences
from lilliput.reports.size_tables import SizeTable


def print_size(report: SizeReport, tables: Iterable[SizeTable], console: Console) -> None:
    """Print the totals in words, and tables as wide as the console."""
    for number, sentence in enumerate(sentences(report)):
        console.print(sentence, style="bold" if number == 0 else "", markup=False, soft_wrap=True)
    for table in tables:
        print_table(table, console)


def print_table(table: SizeTable, console: Console) -> None:
    """Print one table below an empty line and its title."""
    console.print(f"\n{table.title}", style="bold", markup=False)
    for line in table_lines(table.columns, console.width):
        console.print(line, soft_wrap=True)
    if table.left_out:
        console.print(f"... {table.left_out:,} more; --top 0 shows all", style="dim", markup=False)
