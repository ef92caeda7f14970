"""Difference -> Markdown for a comment on a pull or merge request: a line of summary, then tables that fold."""

from lilliput.firmware.difference import Difference
from lilliput.reports.size_diff_tables import ONE_MAP, diff_tables, summary
from lilliput.reports.size_table import escaped, table_markdown


def difference_markdown(difference: Difference, most: int) -> str:
    """What changed, with at `most` object files and symbols (all for 0)."""
    parts = [f"## Size of {escaped(difference.new_name)}", f"**{escaped(summary(difference))}**"]
    if difference.one_map:
        parts.append(ONE_MAP)
    parts += [
        f"<details><summary>{each.title}</summary>\n\n{table_markdown(each)}\n\n</details>"
        for each in diff_tables(difference, most)
    ]
    return "\n\n".join(parts) + "\n"
