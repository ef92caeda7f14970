"""SizeReport -> Markdown for a comment or a page: totals, regions, groups and the largest symbols."""

from collections.abc import Iterable

from lilliput.firmware.report import SizeReport
from lilliput.reports.columns import Column
from lilliput.reports.size_sentences import sentences
from lilliput.reports.size_tables import SizeTable


def size_markdown(report: SizeReport, tables: Iterable[SizeTable]) -> str:
    """The tables below a heading and the totals in words."""
    parts = [f"## Size of {escaped(report.snapshot.name)}", "  \n".join(map(escaped, sentences(report)))]
    parts += [f"### {each.title}\n\n{_table(each)}" for each in tables]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: symbols are full of characters that it would read as markup."""
    for character in "\\`*_{}[]<>|#~":
        text = text.replace(character, f"\\{character}")
    return text


def _table(table: SizeTable) -> str:
    lines = [_row(column.heading for column in table.columns)]
    lines.append("|" + "|".join("---:" if column.justify == "right" else "---" for column in table.columns) + "|")
    lines += [_row(_cell(column, row) for column in table.columns) for row in range(len(table.columns[0].cells))]
    if any(column.total for column in table.columns):
        lines.append(_row(f"**{column.total}**" if column.total else "" for column in table.columns))
    if table.left_out:
        lines.append(f"\n{table.left_out:,} more are left out.")
    return "\n".join(lines)


def _cell(column: Column, row: int) -> str:
    return escaped(column.cells[row].replace("\n", " "))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
