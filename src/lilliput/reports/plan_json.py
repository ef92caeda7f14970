"""PlanPicture -> a JSON object: steps, segments, buffers, and every rectangle of the arena over time."""

from typing import Any

from lilliput.occupancy import Occupant
from lilliput.reports.plan_picture import PlanPicture

Json = dict[str, Any]


def plan_report(picture: PlanPicture) -> Json:
    """What `inspect --plan --json` adds as `plan`. Nodes and tensors are numbered as in the file's first subgraph.

    `steps` are [node, row]: row -1 is the whole node, node -1 the caller who pushes a row; the last node of each of the
    `chains`, which hand over pixels, stands for all of it. `live_bytes` has an entry for each step and one for the
    caller's, who reads the outputs. The `rectangles` of what lies in the arena are [row,
    offset, bytes, first step, end step]; row -1 is no row.
    """
    graph, plan = picture.graph, picture.plan
    return {
        "arena_bytes": plan.arena_bytes,
        "lower_bound_bytes": plan.lower_bound_bytes,
        "alignment_bytes": plan.alignment_bytes,
        "input_by_rows": plan.input_by_rows,
        "segments": [[_node(picture, node) for node in segment] for segment in plan.segments],
        "chains": [[_node(picture, node) for node in chain] for chain in plan.chains],
        "steps": [[_node(picture, step.node), step.row] for step in plan.steps],
        "live_bytes": list(picture.live_bytes),
        "peak_step": picture.peak_step,
        "peak_bytes": picture.peak_bytes,
        "buffers": [
            {
                "tensors": [graph.tensors[index].name for index in buffer.tensors],
                "offset_bytes": buffer.offset_bytes,
                "size_bytes": buffer.size_bytes,
                "row_bytes": buffer.row_bytes,
                "rows_kept": buffer.rows_kept,
                "first_step": buffer.first_step,
                "end_step": buffer.end_step,
            }
            for buffer in plan.buffers
        ],
        "occupants": [_occupant(picture, occupant) for occupant in picture.occupants],
    }


def _node(picture: PlanPicture, node: int) -> int:
    return node if node < 0 else picture.graph.nodes[node].origin.index


def _occupant(picture: PlanPicture, occupant: Occupant) -> Json:
    tensor = None if occupant.tensor is None else picture.graph.tensors[occupant.tensor]
    return {
        "what": picture.maker(occupant),
        "tensor": None if tensor is None else tensor.name,
        "node": None if occupant.node is None else _node(picture, occupant.node),
        "rows": occupant.rows,
        "rows_kept": occupant.rows_kept,
        "peak_bytes": occupant.bytes_at(picture.peak_step),
        "rectangles": [
            [each.row, each.offset_bytes, each.size_bytes, each.first_step, each.end_step]
            for each in occupant.rectangles
        ],
    }
