"""Difference -> text for people: one line of summary, then tables, the largest change first."""

from rich.console import Console
from rich.text import Text

from lilliput.firmware.difference import Difference
from lilliput.reports.columns import Column, table_lines
from lilliput.reports.size_diff_tables import MOST_ROWS, DiffTable, diff_tables, summary

_STYLES = {"+": "red", "-": "green"}


def print_difference(difference: Difference, console: Console, most_rows: int = MOST_ROWS) -> None:
    """Print what changed, with at most `most_rows` object files and symbols."""
    console.print(Text(f"{difference.old_name} -> {difference.new_name}", "dim"))
    console.print(Text(summary(difference), "bold"))
    for table in diff_tables(difference, most_rows):
        console.print()
        lines = table_lines(_columns(table), console.width)
        console.print(Text("\n").join(lines), no_wrap=True, overflow="crop")
        if table.hidden_rows:
            console.print(f"and {table.hidden_rows:,} more", style="dim")


def _columns(table: DiffTable) -> list[Column]:
    columns: list[Column] = []
    for index, heading in enumerate(table.headings):
        cells = [row[index] for row in table.rows]
        if index < table.names:
            columns.append(Column(heading, cells, gives_way=True))
        else:
            columns.append(Column(heading, cells, "right", styles=[_STYLES.get(cell[:1], "") for cell in cells]))
    return columns
