"""Profile -> one page of HTML with a flame graph, which holds all it needs and asks the network for nothing."""

from collections.abc import Iterator

from markupsafe import Markup, escape
from plotly import graph_objects

from lilliput.profiling import Frame, Profile
from lilliput.reports import profile_tables
from lilliput.reports.page import render

_COLOURS = ("#e8833a", "#d9a441", "#c9663d", "#dd9a5b", "#c2883a", "#e0743c")
"""Warm ones, as flame graphs have; a name always has the same."""
_HEIGHT = 420
"""Pixels of the picture."""


def profile_page(profile: Profile) -> bytes:
    """The page, in UTF-8."""
    return render(
        "profile_page",
        title=f"{profile.build.graph.source.name} on {profile.build.image.target.name}",
        sentences=tuple(profile_tables.sentences(profile)),
        figure=Markup(_figure(profile.flame)),
        tables=profile_tables.tables(profile),
    )


def _figure(root: Frame) -> str:
    """The flame graph; a click shows a part alone."""
    frames = list(_frames(root, "", ""))
    names = [str(escape(frame.name)) for _, _, frame in frames]
    figure = graph_objects.Figure(
        graph_objects.Icicle(
            ids=[identity for identity, _, _ in frames],
            parents=[parent for _, parent, _ in frames],
            labels=names,
            values=[frame.instructions for _, _, frame in frames],
            branchvalues="total",
            sort=False,
            tiling={"orientation": "v"},
            marker={"colors": [_colour(name) for name in names]},
            hovertemplate="%{label}<br>%{value:,} instructions, %{percentRoot:.1%}<extra></extra>",
        )
    )
    figure.update_layout(margin={"l": 0, "r": 0, "t": 24, "b": 0}, height=_HEIGHT, paper_bgcolor="rgba(0,0,0,0)")
    figure.update_layout(uniformtext={"minsize": 9, "mode": "hide"})
    config = {"displaylogo": False, "responsive": True}
    return figure.to_html(full_html=False, include_plotlyjs=True, config=config, div_id="flame")


def _frames(frame: Frame, identity: str, parent: str) -> Iterator[tuple[str, str, Frame]]:
    """Each frame with an identity of its own and its parent's; numbers tell namesakes apart."""
    own = identity or "0"
    yield own, parent, frame
    for number, child in enumerate(frame.children.values()):
        yield from _frames(child, f"{own}.{number}", own)


def _colour(name: str) -> str:
    return _COLOURS[sum(name.encode()) % len(_COLOURS)]
