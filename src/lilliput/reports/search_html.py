"""Frontier -> one page of HTML with pictures of it, which holds all it needs and asks the network for nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lilliput.reports import search_figures, search_tables
from lilliput.reports.columns import Column
from lilliput.reports.page import render
from lilliput.search import Frontier


@dataclass(frozen=True, slots=True)
class _Figure:
    title: str
    note: str
    html: Markup


@dataclass(frozen=True, slots=True)
class _Table:
    title: str
    columns: Sequence[Column]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Cells, row by row."""
        return list(zip(*(column.cells for column in self.columns), strict=True))


def search_page(frontier: Frontier) -> bytes:
    """The page, in UTF-8."""
    metric, target = frontier.metric.name, frontier.options.build.target
    return render(
        "search_page",
        title=f"{frontier.model}: {metric} against flash",
        sentences=(*search_tables.sentences(frontier), *(f"Note: {warning}" for warning in frontier.warnings)),
        figures=(
            _Figure(
                "Candidates",
                f"Each was linked for {target} and measured; {metric} is the compiled code's on the report samples.",
                search_figures.candidates(frontier),
            ),
            _Figure(
                "Layers",
                f"What {metric} loses on the tuning samples when one layer alone is changed.",
                search_figures.layers(frontier),
            ),
            _Figure(
                "Trials",
                f"All that was tried: {metric} on the tuning samples, and the predicted bytes of the constants.",
                search_figures.trials(frontier),
            ),
        ),
        tables=(
            _Table("Candidates", search_tables.candidates(frontier)),
            _Table("Layers", search_tables.layers(frontier)),
        ),
    )
