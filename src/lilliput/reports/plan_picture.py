"""Graph + Plan -> what every picture of a plan shows: occupants with names and colours, the time axis, the peak."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from lilliput.inspection import Inspection, operator_title
from lilliput.ir import Graph
from lilliput.occupancy import Occupant, live_bytes, occupants
from lilliput.planning import Plan
from lilliput.reports.tensor_text import shape_of, short_name, type_of

_COLOURS = (
    "#3d7cc9", "#f0a63a", "#43a56f", "#a873c4", "#49b5c8", "#d98560", "#8faa3c", "#6f77d8", "#e48fb4", "#5d939f",
    "#c8ae35", "#957562",
)  # fmt: skip
"""Neighbours are easy to tell apart, and none is the red of the peak."""
_STATE_COLOUR = "#8c8c94"
_SHORTEST_SEGMENT, _SHARED_BY_SHORTEST = 0.02, 0.5


@dataclass(frozen=True, slots=True)
class PlanPicture:
    """A plan as pictures need it.

    `live_bytes[s]` are the bytes that step s needs; the last entry is the caller's step. The peak is the first step
    that needs most. `colours` belong to the `occupants`.
    """

    graph: Graph
    plan: Plan
    occupants: tuple[Occupant, ...]
    colours: tuple[str, ...]
    live_bytes: tuple[int, ...]
    peak_step: int

    @property
    def peak_bytes(self) -> int:
        """The bytes that the peak needs."""
        return self.live_bytes[self.peak_step]

    def maker(self, occupant: Occupant) -> str:
        """`CONV_2D 3`, `input`, `sums of MEAN 27`, `row counters`."""
        if occupant.node is None:
            if occupant.tensor is None:
                return "row counters"
            return "variable" if self.graph.tensors[occupant.tensor].is_variable else "input"
        return f"{'sums of ' if occupant.tensor is None else ''}{self.node_title(occupant.node)}"

    def node_title(self, node: int) -> str:
        """`CONV_2D 3`, the number as in the model file."""
        return f"{operator_title(self.graph.nodes[node])} {self.graph.nodes[node].origin.index}"

    def mark(self, occupant: Occupant) -> str:
        """What stands on an occupant's area: its node's number, `in` for an input, nothing for counters and sums."""
        if occupant.tensor is None:
            return ""
        return "in" if occupant.node is None else str(self.graph.nodes[occupant.node].origin.index)

    def shape(self, occupant: Occupant) -> str:
        """Shape and type of a tensor, the type of anything else."""
        if occupant.tensor is None:
            return "int32" if occupant.node is not None else "int16"
        tensor = self.graph.tensors[occupant.tensor]
        return f"{shape_of(tensor)} {type_of(tensor)}"

    def name(self, occupant: Occupant) -> str:
        """The tensor's name in the file; empty for counters and sums."""
        return "" if occupant.tensor is None else short_name(self.graph.tensors[occupant.tensor].name)

    def rows(self, occupant: Occupant) -> str:
        """`3 of 48`, `all 48`, or `1 pixel` of what a chain hands over; empty for what is not kept by rows."""
        if occupant.tensor in self.plan.pixels:
            return "1 pixel"
        if occupant.rows == 1:
            return ""
        kept, rows = occupant.rows_kept, occupant.rows
        return f"all {rows}" if kept >= rows else f"{kept} of {rows}"

    def bytes_kept(self, occupant: Occupant) -> int:
        """The bytes of the arena that an occupant ever covers at most at one time: all rows that are kept."""
        if occupant.rows == 1:
            return sum(each.size_bytes for each in occupant.rectangles)
        return min(occupant.rows_kept, occupant.rows) * occupant.rectangles[0].size_bytes

    def step_title(self, step: int) -> str:
        """`step 12: CONV_2D 3, row 4`, `step 0: the caller pushes row 0`, `step 9: the caller reads the outputs`.

        A chain is `CONV_2D 3 + RELU 4`.
        """
        if step == len(self.plan.steps):
            return f"step {step}: the caller reads the outputs"
        node, row = self.plan.steps[step].node, self.plan.steps[step].row
        if node < 0:
            return f"step {step}: the caller pushes row {row}"
        nodes = next((chain for chain in self.plan.chains if node in chain), (node,))
        title = " + ".join(map(self.node_title, nodes))
        return f"step {step}: {title}{f', row {row}' if row >= 0 else ''}"


def picture_of(graph: Graph, plan: Plan) -> PlanPicture:
    """Work out everything that pictures of a checked plan need."""
    found = occupants(graph, plan)
    live = live_bytes(plan, found)
    tensors = accumulate(occupant.tensor is not None for occupant in found)
    colours = tuple(
        _STATE_COLOUR if occupant.tensor is None else _COLOURS[(count - 1) % len(_COLOURS)]
        for occupant, count in zip(found, tensors, strict=True)
    )
    return PlanPicture(graph, plan, found, colours, live, live.index(max(live)))


def inspected_plan(inspection: Inspection) -> PlanPicture | None:
    """The picture of an inspection's plan, None where there is none."""
    if inspection.memory is None or inspection.plan is None:
        return None
    return picture_of(inspection.memory.graph, inspection.plan)


def comparison(plan: Plan, whole_layers_bytes: int) -> str:
    """`whole layers 16,000; proven to need at least 4,804`: what the arena's size can be held against."""
    whole_layers = f"whole layers {whole_layers_bytes:,}; " if whole_layers_bytes != plan.arena_bytes else ""
    if plan.arena_bytes == plan.lower_bound_bytes:
        return f"{whole_layers}no plan needs less"
    return f"{whole_layers}proven to need at least {plan.lower_bound_bytes:,}"


def running(plan: Plan) -> str:
    """`253 steps: 10 nodes run row by row in turns, 4 of them hand over pixels, 3 run alone`."""
    turns = [str(len(segment)) for segment in plan.segments if len(segment) > 1]
    alone = len(plan.segments) - len(turns)
    parts = [f"{' + '.join(turns)} nodes run row by row in turns"] if turns else []
    handing = sum(map(len, plan.chains))
    parts += [f"{handing} of them hand over pixels"] if handing else []
    parts += [f"{alone} run{'s' if alone == 1 else ''} alone"] if alone else []
    return f"{len(plan.steps)} steps: {', '.join(parts)}"


@dataclass(frozen=True, slots=True)
class Section:
    """Consecutive steps [`first_step`, `end_step`) of one segment; `nodes` is empty for the caller's step."""

    nodes: tuple[int, ...]
    first_step: int
    end_step: int


def sections(plan: Plan) -> tuple[Section, ...]:
    """The steps segment by segment, and the caller's step at the end. Pushed rows belong to the first segment."""
    segment_of = {node: position for position, segment in enumerate(plan.segments) for node in segment}
    segment_of[-1] = 0
    positions = [segment_of[step.node] for step in plan.steps]
    found: list[Section] = []
    for position, steps in groupby(range(len(positions)), key=positions.__getitem__):
        first, *others = steps
        found.append(Section(plan.segments[position], first, (others or [first])[-1] + 1))
    return (*found, Section((), len(positions), len(positions) + 1))


def step_positions(plan: Plan, width: float) -> Sequence[float]:
    """Where each step begins on an axis of `width`; two more entries for the caller's step and the end.

    All steps of a segment are equally wide. Segments of few steps are stretched, or single layers would disappear
    beside hundreds of rows.
    """
    parts = sections(plan)
    shortest = (len(plan.steps) + 1) * min(_SHORTEST_SEGMENT, _SHARED_BY_SHORTEST / len(parts))
    widths: list[float] = []
    for section in parts:
        steps = section.end_step - section.first_step
        widths += [max(1.0, shortest / steps)] * steps
    scale = width / sum(widths)
    return [position * scale for position in accumulate(widths, initial=0.0)]


def lighter(colour: str) -> str:
    """The colour of every second row, which makes the rows of a ring visible."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{part + round((255 - part) * 0.3):02x}" for part in parts)


def byte_ticks(arena_bytes: int, most: int) -> Sequence[int]:
    """Round numbers of bytes from 0 on, below the arena's size, at most about `most`."""
    magnitudes = (factor * 10**exponent for exponent in range(10) for factor in (1, 2, 5))
    distance = next(each for each in magnitudes if each * most >= arena_bytes)
    return range(0, arena_bytes + 1, distance)
