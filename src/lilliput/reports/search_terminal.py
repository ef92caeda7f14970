"""Frontier -> text for people."""

from rich.console import Console

from lilliput.reports import search_tables
from lilliput.reports.columns import table_lines
from lilliput.search import Frontier


def print_frontier(frontier: Frontier, output: str, console: Console) -> None:
    """How sensitive the layers are, the candidates, what they were judged by, and what was written where."""
    for columns in (search_tables.layers(frontier), search_tables.candidates(frontier)):
        for line in table_lines(columns, console.width):
            console.print(line, soft_wrap=True)
        console.print()
    for warning in frontier.warnings:
        console.print(f"note: {warning}", style="yellow", markup=False, soft_wrap=True)
    for sentence in search_tables.sentences(frontier):
        console.print(sentence, markup=False, soft_wrap=True)
    if frontier.interrupted:
        console.print("note: interrupted; the same command goes on", style="yellow", markup=False, soft_wrap=True)
    if frontier.chosen is not None:
        text = f"Written to {output}: {frontier.chosen.what}; {len(frontier.chosen.model):,} bytes"
        console.print(text, style="bold", markup=False, soft_wrap=True)
