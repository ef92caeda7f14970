"""SizeReport -> text for people: totals first, then the tables that were asked for."""

from rich.console import Console

from lilliput.firmware.report import SizeReport
from lilliput.reports.size_budget import print_budget
from lilliput.reports.size_diff_terminal import print_difference
from lilliput.reports.size_lines import unread_notes
from lilliput.reports.size_listing import print_listing
from lilliput.reports.size_sentences import answer_paragraphs, detail_sentences, total_sentence
from lilliput.reports.size_table import print_tables
from lilliput.reports.size_tables import View, answer_tables, size_tables


def print_report(report: SizeReport, view: View, console: Console) -> None:
    """Print the totals in words, the tables of the view, and what was asked for; as wide as the console."""
    console.print(total_sentence(report), style="bold", markup=False, soft_wrap=True)
    for sentence in () if view.tables or report.answers_question else detail_sentences(report):
        console.print(sentence, markup=False, soft_wrap=True)
    print_tables(size_tables(report, view), console)
    for note in unread_notes(() if report.lines is None else report.lines.unread):
        console.print(note, style="dim", markup=False, soft_wrap=True)
    if report.difference is not None:
        console.print()
        print_difference(report.difference, console, view.most_rows)
    if report.spendings is not None:
        print_budget(report.spendings, console)
    for lines in answer_paragraphs(report):
        console.print("\n" + "\n".join(lines), markup=False, soft_wrap=True)
    print_tables(answer_tables(report, view), console)
    if report.listing is not None:
        console.print()
        print_listing(report.listing, console)
