"""SizeReport -> Markdown for a comment or a page: totals, regions, groups and the largest symbols."""

from lilliput.firmware.report import SizeReport
from lilliput.reports.size_diff_markdown import difference_markdown
from lilliput.reports.size_sentences import detail_sentences, total_sentence
from lilliput.reports.size_table import escaped, table_markdown
from lilliput.reports.size_tables import View, size_tables


def size_markdown(report: SizeReport, view: View) -> str:
    """What changed where that was asked for, else tables below a heading and the totals in words."""
    if report.difference is not None:
        return difference_markdown(report.difference, view.most_rows)
    parts = [
        f"## Size of {escaped(report.snapshot.name)}",
        "  \n".join(map(escaped, (total_sentence(report), *detail_sentences(report)))),
    ]
    parts += [f"### {each.title}\n\n{table_markdown(each)}" for each in size_tables(report, view)]
    return "\n\n".join(parts) + "\n"
