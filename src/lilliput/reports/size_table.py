"""A table of sizes -> lines on the terminal, or Markdown."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console

from lilliput.reports.columns import Column, table_lines

UNKNOWN_OBJECT = "(no object file known)"

_LONGEST_CELL = 200
"""Characters of a name in Markdown; a comment on GitHub has room for 65,536."""


@dataclass(frozen=True, slots=True)
class SizeTable:
    """Columns under a title; `left_out` rows more would follow."""

    title: str
    columns: tuple[Column, ...]
    left_out: int = 0


def print_tables(tables: Iterable[SizeTable], console: Console) -> None:
    """Print tables one below the other."""
    for table in tables:
        print_table(table, console)


def print_table(table: SizeTable, console: Console) -> None:
    """Print one table below an empty line and its title."""
    console.print(f"\n{table.title}", style="bold", markup=False)
    for line in table_lines(table.columns, console.width):
        console.print(line, soft_wrap=True)
    if table.left_out:
        console.print(f"... {table.left_out:,} more; --top 0 shows all", style="dim", markup=False)


def table_markdown(table: SizeTable) -> str:
    """One table, without its title."""
    lines = [_row(column.heading for column in table.columns)]
    lines.append("|" + "|".join("---:" if column.justify == "right" else "---" for column in table.columns) + "|")
    lines += [_row(_cell(column, row) for column in table.columns) for row in range(len(table.columns[0].cells))]
    if any(column.total for column in table.columns):
        lines.append(_row(f"**{column.total}**" if column.total else "" for column in table.columns))
    if table.left_out:
        lines.append(f"\n{table.left_out:,} more are left out.")
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: symbols are full of characters that it would read as markup."""
    for character in "\\`*_{}[]<>|#~":
        text = text.replace(character, f"\\{character}")
    return text


def _cell(column: Column, row: int) -> str:
    text = " ".join(column.cells[row].split())
    return escaped(text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 2]}..")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
