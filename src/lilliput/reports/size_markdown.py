"""SizeReport -> Markdown for a comment or a page: the sentences and the tables that a terminal shows."""

from lilliput.firmware.report import SizeReport
from lilliput.reports.size_diff_markdown import difference_markdown
from lilliput.reports.size_sentences import answer_paragraphs, detail_sentences, total_sentence
from lilliput.reports.size_table import escaped, table_markdown
from lilliput.reports.size_tables import View, answer_tables, size_tables


def size_markdown(report: SizeReport, view: View) -> str:
    """What changed where that was asked for, else all tables below a heading and sentences; no listing of code."""
    if report.difference is not None:
        return difference_markdown(report.difference, view.most_rows)
    paragraphs = [[total_sentence(report), *detail_sentences(report)], *answer_paragraphs(report)]
    tables = (*size_tables(report, view), *answer_tables(report, view))
    parts = [f"## Size of {escaped(report.snapshot.name)}"]
    parts += ["  \n".join(map(escaped, lines)) for lines in paragraphs]
    parts += [f"### {each.title}\n\n{table_markdown(each)}" for each in tables]
    return "\n\n".join(parts) + "\n"
