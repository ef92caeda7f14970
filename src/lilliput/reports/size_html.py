"""SizeReport, measurements over time -> one page of HTML that holds all it needs and asks the network for nothing.

Names come from files that nobody vouches for. They reach the page as escaped text or in JSON that cannot end its
script element, and its policy lets it load nothing, whatever they say.
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from lilliput.firmware.difference import Difference
from lilliput.firmware.history import Measurement
from lilliput.firmware.report import SizeReport
from lilliput.reports.page import render
from lilliput.reports.size_diff_tables import ONE_MAP, summary
from lilliput.reports.size_history import history_json
from lilliput.reports.size_sentences import detail_sentences, totals
from lilliput.reports.size_tiles import Tile, tiles

_LONGEST_NAME = 400
"""Characters; a template's instance may be named by thousands."""


def size_page(report: SizeReport | None, measurements: Sequence[Measurement] = ()) -> bytes:
    """The page, in UTF-8: treemaps and symbols of a report, what has changed if it was compared, and the history."""
    difference = None if report is None else report.difference
    return render(
        "size_page",
        title="History of sizes" if report is None else report.snapshot.name,
        sentences=() if report is None else (totals(report), *detail_sentences(report)),
        changes=() if difference is None else _change_sentences(difference),
        regions=() if report is None else report.firmware.regions,
        has_tiles=report is not None,
        has_history=report is None or bool(measurements),
        data={
            "tiles": None if report is None else _columns(tiles(report.snapshot, difference)),
            "compared": difference is not None,
            "history": history_json(measurements),
        },
        plotly=Markup(get_plotlyjs()),
    )


def _change_sentences(difference: Difference) -> tuple[str, ...]:
    sentence = f"Compared with {difference.old_name}: {summary(difference)}"
    return (sentence, ONE_MAP) if difference.one_map else (sentence,)


def _columns(found: Sequence[Tile]) -> dict[str, list[Any]]:
    """Field -> its values for all tiles, which is shorter than an object each."""
    columns = {field.name: [getattr(each, field.name) for each in found] for field in fields(Tile)}
    columns["name"] = [_shortened(each) for each in columns["name"]]
    return columns


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
