"""Profile -> tables for people."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lilliput.profiling import Profile
from lilliput.reports import profile_tables


def print_profile(profile: Profile) -> None:
    """Nodes, functions and lines, and what they come to."""
    console = Console(highlight=False)
    for table in profile_tables.tables(profile):
        shown = Table(title=table.title, title_justify="left", box=None, pad_edge=False)
        for column in table.columns:
            numeric = column.kind == "number"
            shown.add_column(column.name, justify="right" if numeric else "left", no_wrap=True, overflow="ellipsis")
        for row in table.rows:
            shown.add_row(*(Text(cell, no_wrap=True) for cell in row))
        console.print(shown)
        console.print()
    first, *others = profile_tables.sentences(profile)
    console.print(first, style="bold", markup=False, soft_wrap=True)
    for sentence in others:
        console.print(sentence, style="dim", markup=False, soft_wrap=True)
