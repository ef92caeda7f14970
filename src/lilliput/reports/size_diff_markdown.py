"""Difference -> Markdown for a comment on a pull or merge request: a line of summary, then tables that fold."""

from lilliput.firmware.difference import Difference
from lilliput.reports.size_diff_tables import MOST_ROWS, DiffTable, diff_tables, summary

_LONGEST_NAME = 100
"""Characters of a name; a comment on GitHub has room for 65,536."""


def difference_markdown(difference: Difference, most_rows: int = MOST_ROWS) -> str:
    """What changed, as GitHub's and GitLab's Markdown; names from the firmware are harmless there."""
    title = f"### Size of {_code(difference.new_name)}\n\n**{summary(difference)}**\n"
    return title + "".join(map(_folded, diff_tables(difference, most_rows)))


def _folded(table: DiffTable) -> str:
    rule = " | ".join("---" if index < table.names else "---:" for index in range(len(table.headings)))
    lines = [" | ".join(table.headings), rule]
    lines += [" | ".join(_cell(cell, index, table) for index, cell in enumerate(row)) for row in table.rows]
    more = f"\nand {table.hidden_rows:,} more\n" if table.hidden_rows else ""
    body = "".join(f"| {line} |\n" for line in lines)
    return f"\n<details><summary>{table.title}</summary>\n\n{body}{more}\n</details>\n"


def _cell(text: str, index: int, table: DiffTable) -> str:
    return _code(text) if index < table.names and text else text


def _code(text: str) -> str:
    """Text that nothing in it can leave: not a table's cell, and not the code."""
    short = text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 2]}.."
    plain = "".join(each if each.isprintable() else " " for each in short).replace("`", "'")
    return f"`{plain}`".replace("|", "\\|")
