"""Frontier -> pictures for the page: candidates by flash, what each layer loses, all trials. One dot, one model."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape
from plotly import graph_objects

from lilliput.reports.search_tables import instructions_text
from lilliput.search import Candidate, Frontier
from lilliput.search.space import described
from lilliput.search.work import SCANNED

_BLUE, _ORANGE, _GREY = "#3987e5", "#e8833a", "#8a949d"
_SHADES = ("#9ec5f4", "#3987e5", "#184f95")
"""From the least to the most that is done to a layer."""
_LINES = "rgba(128, 138, 147, 0.25)"


def candidates(frontier: Frontier) -> Markup:
    """The metric on the report samples against flash; those that no other one beats stand out."""
    figure = graph_objects.Figure()
    chosen = frontier.chosen
    rest = [each for each in frontier.candidates if each is not chosen]
    figure.add_trace(_candidates("not beaten by any other", rest, _BLUE, "circle"))
    if frontier.others:
        others = [each for each in frontier.others if each is not chosen]
        figure.add_trace(_candidates("beaten by another one", others, _GREY, "circle-open"))
    if chosen is not None:
        figure.add_trace(_candidates("chosen", [chosen], _ORANGE, "star"))
    return _html(figure, "candidates", "bytes of flash", frontier.metric.name, first=True)


def _candidates(name: str, found: Sequence[Candidate], colour: str, symbol: str) -> Any:
    return graph_objects.Scatter(
        name=name,
        x=[each.flash_bytes for each in found],
        y=[each.value for each in found],
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": 14 if symbol == "star" else 10},
        text=[_hover(each) for each in found],
        hovertemplate="%{text}<extra></extra>",
    )


def _hover(candidate: Candidate) -> str:
    return "<br>".join(
        (
            f"<b>{escape(candidate.what)}</b>",
            f"{candidate.value:.2f}, a loss of {candidate.loss:+.2f}; {candidate.tuning_loss:+.2f} when tuning",
            f"{candidate.flash_bytes:,} bytes of flash, {candidate.ram_bytes:,} of RAM",
            f"{instructions_text(candidate)} instructions",
        )
    )


def layers(frontier: Frontier) -> Markup:
    """A bar for each layer and each way to change it alone."""
    figure = graph_objects.Figure()
    names = [f"{scan.layer} {scan.operator}" for scan in frontier.scans]
    for name, colour in zip(SCANNED, _SHADES, strict=True):
        losses = [scan.alone[name].loss for scan in frontier.scans]
        template = f"%{{x}}, {name}: %{{y:+.2f}}<extra></extra>"
        figure.add_trace(graph_objects.Bar(name=name, x=names, y=losses, marker_color=colour, hovertemplate=template))
    figure.update_layout(barmode="group", bargap=0.3)
    return _html(figure, "layers", "layer, as an operator of the file", f"loss of {frontier.metric.name}")


def trials(frontier: Frontier) -> Markup:
    """The metric on the tuning samples against predicted bytes."""
    tried = frontier.tried
    dots = graph_objects.Scatter(
        x=[each.result.weight_bytes for each in tried],
        y=[each.result.value for each in tried],
        mode="markers",
        marker={"color": _BLUE, "size": 7, "opacity": 0.6},
        text=[str(escape(described(each.chosen, len(frontier.scans)))) for each in tried],
        hovertemplate="%{text}<br>%{y:.2f}, about %{x:,} bytes<extra></extra>",
    )
    figure = graph_objects.Figure(dots)
    return _html(figure, "trials", "predicted bytes of constants", f"{frontier.metric.name} when tuning")


def _html(figure: Any, identity: str, across: str, up: str, *, first: bool = False) -> Markup:
    axis = {"gridcolor": _LINES, "zeroline": False, "linecolor": _LINES}
    figure.update_layout(
        height=420,
        margin={"l": 64, "r": 16, "t": 16, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": _GREY, "size": 13},
        xaxis={**axis, "title": across, "tickformat": ","},
        yaxis={**axis, "title": up},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hoverlabel={"align": "left"},
    )
    config = {"displayModeBar": False, "responsive": True}
    text = figure.to_html(full_html=False, include_plotlyjs=first, config=config, div_id=identity)
    return Markup(text)
