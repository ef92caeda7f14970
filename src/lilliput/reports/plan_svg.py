"""PlanPicture -> SVG, alone or in an HTML page. Time runs to the right, addresses upwards; nothing is loaded.

The same plan gives the same bytes. Tooltips are `<title>` elements, which every browser shows without a script.
"""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from lilliput.occupancy import Occupant, Rectangle
from lilliput.reports.plan_picture import (
    PlanPicture,
    Section,
    byte_ticks,
    comparison,
    lighter,
    running,
    sections,
    step_positions,
)
from lilliput.reports.tensor_text import byte_count

_LEFT, _RIGHT, _TOP = 176, 24, 92
_MAP_WIDTH, _MAP_HEIGHT = 1140, 430
_WIDTH = _LEFT + _MAP_WIDTH + _RIGHT
_GAP, _LIVE_HEIGHT = 26, 54
_LEGEND_COLUMNS, _LEGEND_LINE = 3, 18
_LEGEND_RIGHTS = (256, 318, 394)
_MOST_RECTANGLES = 4_000
_LOWEST_MARKED = 5
_PEAK = "#c8102e"
_STYLE = f"""
text {{ font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #333 }}
.title {{ font-size: 20px; font-weight: 600; fill: #111 }}
.small {{ font-size: 11px; fill: #666 }}
.mark {{ font-size: 11px; font-weight: 600; fill: #fff; text-anchor: middle; pointer-events: none }}
.mark {{ paint-order: stroke; stroke: #222; stroke-opacity: .55; stroke-width: 2.5px; stroke-linejoin: round }}
.right {{ text-anchor: end }}
.middle {{ text-anchor: middle }}
.peak {{ fill: {_PEAK}; font-weight: 600 }}
.peakline {{ stroke: {_PEAK}; stroke-width: 1.5 }}
.grid {{ stroke: #e3e3e6 }}
.cut {{ stroke: #b9b9c0; stroke-dasharray: 2 3 }}
.frame {{ fill: none; stroke: #9a9aa2 }}
.occupant:hover {{ stroke: #111; stroke-width: 1 }}
""".strip()


def plan_svg(picture: PlanPicture, whole_layers_bytes: int) -> str:
    """The picture as one SVG file; whole layers are what the plan is compared with."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_svg(picture, whole_layers_bytes)}\n'


def plan_html(picture: PlanPicture, whole_layers_bytes: int) -> str:
    """The picture as one HTML page that needs nothing else."""
    name = escape(picture.graph.source.name)
    style = "body{margin:24px auto;max-width:1400px;background:#fff}svg{width:100%;height:auto;display:block}"
    focus = ".map:hover .occupant{opacity:.35}.map .occupant:hover{opacity:1}"
    head = f'<meta charset="utf-8"><title>{name}: memory plan</title><style>{style}{focus}</style>'
    drawing = _svg(picture, whole_layers_bytes)
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{drawing}\n</body></html>\n'


def _svg(picture: PlanPicture, whole_layers_bytes: int) -> str:
    scale = _Scale(picture)
    legend, legend_height = _legend(picture, scale.legend_top)
    height = scale.legend_top + legend_height + 16
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        *_heading(picture, whole_layers_bytes),
        *_address_axis(picture, scale),
        *_map(picture, scale),
        *_cuts(picture, scale),
        *_live(picture, scale),
        *_lanes(picture, scale),
        *_peak(picture, scale),
        *legend,
        "</svg>",
    )
    return "\n".join(lines)


class _Scale:
    """Where steps and bytes lie on the drawing, and where its parts begin."""

    def __init__(self, picture: PlanPicture) -> None:
        self._positions = step_positions(picture.plan, _MAP_WIDTH)
        self._bytes = max(1, picture.plan.arena_bytes)
        self.lane_height = min(12.0, max(3.0, 170 / max(1, len(picture.plan.order))))
        self.map_end = _TOP + _MAP_HEIGHT
        self.live_end = self.map_end + _GAP + _LIVE_HEIGHT
        self.lanes_top = self.live_end + _GAP
        self.lanes_end = self.lanes_top + self.lane_height * len(picture.plan.order)
        self.legend_top = round(self.lanes_end) + 52

    def x(self, step: int) -> float:
        """Where a step begins."""
        return _LEFT + self._positions[step]

    def middle(self, step: int) -> float:
        """The middle of a step."""
        return (self.x(step) + self.x(step + 1)) / 2

    def y(self, address: int) -> float:
        """The height of an address; 0 lies at the bottom."""
        return self.map_end - _MAP_HEIGHT * address / self._bytes

    def box(self, rectangle: Rectangle) -> str:
        """The place of a rectangle as attributes."""
        x, y = self.x(rectangle.first_step), self.y(rectangle.end_bytes)
        width, height = self.x(rectangle.end_step) - x, self.y(rectangle.offset_bytes) - y
        return f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'


def _n(value: float) -> str:
    """A coordinate, to a hundredth, without zeros at the end."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _text(x: float, y: float, text: str, style: str = "") -> str:
    shown = f' class="{style}"' if style else ""
    return f'<text x="{_n(x)}" y="{_n(y)}"{shown}>{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line class="{style}" x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"/>'


def _heading(picture: PlanPicture, whole_layers_bytes: int) -> Iterable[str]:
    plan = picture.plan
    yield _text(_LEFT, 30, f"{picture.graph.source.name}: arena {byte_count(plan.arena_bytes)}", "title")
    yield _text(_LEFT, 50, f"{comparison(plan, whole_layers_bytes)}. {running(plan)}.".capitalize(), "small")


def _address_axis(picture: PlanPicture, scale: _Scale) -> Iterable[str]:
    arena_bytes = picture.plan.arena_bytes
    for address in byte_ticks(arena_bytes, 8):
        y = scale.y(address)
        yield _line(_LEFT, y, _LEFT + _MAP_WIDTH, y, "grid")
        if y - _TOP > 14:
            yield _text(_LEFT - 8, y + 4, f"{address:,}", "right small")
    yield _text(_LEFT - 8, _TOP + 4, f"{arena_bytes:,}", "right peak")
    turned = f"translate({_LEFT - 72} {_TOP + _MAP_HEIGHT // 2}) rotate(-90)"
    yield f'<text class="small middle" transform="{turned}">address in the arena (bytes)</text>'


def _map(picture: PlanPicture, scale: _Scale) -> Iterable[str]:
    rectangles = sum(len(occupant.rectangles) for occupant in picture.occupants)
    together = -(-rectangles // _MOST_RECTANGLES)
    yield '<g class="map">'
    for occupant, colour in zip(picture.occupants, picture.colours, strict=True):
        yield f'<g class="occupant" fill="{colour}">'
        for group in _groups(occupant.rectangles, together):
            odd = f' fill="{lighter(colour)}"' if group[0].row >= 0 and group[0].row // together % 2 else ""
            title = _title(picture, occupant, group)
            yield f"<rect{odd} {scale.box(_hull(group))}><title>{escape(title)}</title></rect>"
        yield "</g>"
    for occupant in picture.occupants:
        yield from _mark(picture, occupant, scale)
    yield f'</g><rect class="frame" x="{_LEFT}" y="{_TOP}" width="{_MAP_WIDTH}" height="{_MAP_HEIGHT}"/>'


def _groups(rectangles: Sequence[Rectangle], most: int) -> Iterable[Sequence[Rectangle]]:
    """Runs of at most `most` rectangles, each of which lies just above the one before it."""
    group: list[Rectangle] = []
    for rectangle in rectangles:
        if group and (len(group) == most or rectangle.offset_bytes != group[-1].end_bytes):
            yield group
            group = []
        group.append(rectangle)
    yield group


def _hull(group: Sequence[Rectangle]) -> Rectangle:
    first, last = min(each.first_step for each in group), max(each.end_step for each in group)
    return Rectangle(group[0].row, group[0].offset_bytes, group[-1].end_bytes, first, last)


def _title(picture: PlanPicture, occupant: Occupant, group: Sequence[Rectangle]) -> str:
    """`CONV_2D 3 row 4 of 48, steps 17 to 30, 320 bytes at 1,280`, and the tensor's name."""
    hull, rows = _hull(group), ""
    if hull.row >= 0:
        last = group[-1].row
        rows = f" row {hull.row} of {occupant.rows}" if last == hull.row else f" rows {hull.row} to {last}"
    steps = f"steps {hull.first_step} to {hull.end_step - 1}"
    place = f"{byte_count(hull.size_bytes)} at {hull.offset_bytes:,}"
    name = picture.name(occupant)
    return f"{picture.maker(occupant)}{rows}, {steps}, {place}" + (f"\n{name}" if name else "")


def _mark(picture: PlanPicture, occupant: Occupant, scale: _Scale) -> Iterable[str]:
    """The number of the node on the largest part of its tensor that is alive at one step, where it can be read."""
    mark = picture.mark(occupant)
    longest = max(occupant.rectangles, key=lambda each: scale.x(each.end_step) - scale.x(each.first_step))
    left, right = scale.x(longest.first_step), scale.x(longest.end_step)
    top, bottom = scale.y(longest.end_bytes), scale.y(longest.offset_bytes)
    whole = occupant.rows_kept >= occupant.rows > 1
    if mark and right - left > 7 * len(mark) + 2 and (whole or bottom - top >= _LOWEST_MARKED):
        yield _text((left + right) / 2, (top + bottom) / 2 + 4, mark, "mark")


def _cuts(picture: PlanPicture, scale: _Scale) -> Iterable[str]:
    """A line between segments."""
    for section in sections(picture.plan)[1:]:
        x = scale.x(section.first_step)
        yield _line(x, _TOP, x, scale.lanes_end, "cut")


def _live(picture: PlanPicture, scale: _Scale) -> Iterable[str]:
    """The bytes alive at each step as an area."""
    top = max(1, picture.plan.arena_bytes)
    points = [f"M{_n(scale.x(0))} {_n(scale.live_end)}"]
    height = -1.0
    for step, live in enumerate(picture.live_bytes):
        y = scale.live_end - _LIVE_HEIGHT * live / top
        if y != height:
            points.append(f"H{_n(scale.x(step))}V{_n(y)}")
            height = y
    points.append(f"H{_n(scale.x(len(picture.live_bytes)))}V{_n(scale.live_end)}Z")
    yield f'<path d="{"".join(points)}" fill="#c9ccd3"/>'
    yield _line(_LEFT, scale.live_end - _LIVE_HEIGHT, _LEFT + _MAP_WIDTH, scale.live_end - _LIVE_HEIGHT, "grid")
    yield _text(_LEFT - 8, scale.live_end - _LIVE_HEIGHT / 2, "bytes", "right small")
    yield _text(_LEFT - 8, scale.live_end - _LIVE_HEIGHT / 2 + 13, "alive", "right small")


def _lanes(picture: PlanPicture, scale: _Scale) -> Iterable[str]:
    """When each node runs: a lane for each, in the order of execution, and the segments below."""
    plan = picture.plan
    colours = {
        each.node: colour
        for each, colour in zip(picture.occupants, picture.colours, strict=True)
        if each.tensor is not None
    }
    chains = {chain[-1]: chain for chain in plan.chains}
    steps_of: dict[int, list[int]] = {}
    for step, each in enumerate(plan.steps):
        for node in chains.get(each.node, (each.node,)):
            steps_of.setdefault(node, []).append(step)
    every = next(each for each in (1, 2, 5, 10, 20, 50, 100) if each * scale.lane_height >= 11.5)
    for lane, node in enumerate(plan.order):
        y = scale.lanes_top + lane * scale.lane_height
        if lane % every == 0:
            yield _text(_LEFT - 8, y + scale.lane_height / 2 + 4, picture.node_title(node), "right small")
        path = "".join(_run(scale, y, run) for run in _runs(steps_of.get(node, ())))
        title = escape(f"{picture.node_title(node)}: {len(steps_of.get(node, ()))} steps")
        yield f'<path d="{path}" fill="{colours.get(node, "#8c8c94")}"><title>{title}</title></path>'
    for section in sections(plan):
        yield from _section(picture, section, scale)


def _runs(steps: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Consecutive steps as [first, end)."""
    for _, group in groupby(enumerate(steps), key=lambda pair: pair[1] - pair[0]):
        run = [step for _, step in group]
        yield run[0], run[-1] + 1


def _run(scale: _Scale, y: float, run: tuple[int, int]) -> str:
    x, end = scale.x(run[0]), scale.x(run[1])
    return f"M{_n(x)} {_n(y + 0.5)}h{_n(end - x)}v{_n(scale.lane_height - 1)}h{_n(x - end)}z"


def _section(picture: PlanPicture, section: Section, scale: _Scale) -> Iterable[str]:
    """What the steps are, where there is room to say it."""
    left, right = scale.x(section.first_step), scale.x(section.end_step)
    nodes = [str(picture.graph.nodes[node].origin.index) for node in section.nodes]
    words = (
        ("caller",)
        if not nodes
        else (nodes[0],)
        if len(nodes) == 1
        else (
            f"{len(nodes)} nodes run row by row in turns, {section.end_step - section.first_step} steps",
            f"{nodes[0]} to {nodes[-1]}",
        )
    )
    for text in words:
        if len(text) * 6.2 + 4 < right - left:
            yield _text((left + right) / 2, scale.lanes_end + 16, text, "small middle")
            return


def _peak(picture: PlanPicture, scale: _Scale) -> Iterable[str]:
    step = picture.peak_step
    x = scale.middle(step)
    title = picture.step_title(step)
    label = f"peak: {picture.peak_bytes:,} bytes alive at {title}"
    yield _line(x, _TOP - 6, x, scale.lanes_end, "peakline")
    style = "peak" if x < _LEFT + _MAP_WIDTH / 2 else "peak right"
    yield _text(x, _TOP - 12, label, style)
    yield _line(_LEFT, _TOP, _LEFT + _MAP_WIDTH, _TOP, "peakline")


def _legend(picture: PlanPicture, top: int) -> tuple[Sequence[str], int]:
    """The occupants in columns, with what each needs at the peak; also the height."""
    shown = list(zip(picture.occupants, picture.colours, strict=True))
    columns = min(_LEGEND_COLUMNS, max(1, len(shown)))
    lines = -(-len(shown) // columns)
    pitch = (_WIDTH - 2 * _RIGHT) / _LEGEND_COLUMNS
    drawn: list[str] = []
    for column in range(columns):
        x = _RIGHT + column * pitch
        for right, heading in zip(_LEGEND_RIGHTS, ("rows kept", "bytes", "at the peak"), strict=True):
            drawn.append(_text(x + right, top, heading, "small right"))
        for line, (occupant, colour) in enumerate(shown[column * lines : (column + 1) * lines]):
            drawn += _entry(picture, occupant, colour, x, top + (line + 1) * _LEGEND_LINE)
    return drawn, (lines + 1) * _LEGEND_LINE


def _entry(picture: PlanPicture, occupant: Occupant, colour: str, x: float, y: float) -> Iterable[str]:
    at_peak = occupant.bytes_at(picture.peak_step)
    title = escape(" ".join((picture.maker(occupant), picture.shape(occupant), picture.name(occupant))).strip())
    yield f'<g><title>{title}</title><rect x="{_n(x)}" y="{_n(y - 10)}" width="12" height="12" fill="{colour}"/>'
    yield _text(x + 18, y, picture.maker(occupant))
    cells = (picture.rows(occupant), f"{picture.bytes_kept(occupant):,}", f"{at_peak:,}" if at_peak else "")
    for right, cell, style in zip(_LEGEND_RIGHTS, cells, ("right", "right", "right peak"), strict=True):
        if cell:
            yield _text(x + right, y, cell, style)
    yield "</g>"
