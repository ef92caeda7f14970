"""Build -> the byte ledger: one row for everything that costs flash, and rows that add up."""

from collections.abc import Mapping
from dataclasses import dataclass

from lilliput.codegen import Label, Part
from lilliput.pipeline import Build


@dataclass(frozen=True, slots=True)
class Row:
    """Flash bytes of one thing. `node` is the operator's index in the model file, for what one node alone pays for."""

    part: Part
    name: str
    node: int | None
    size_bytes: int


def ledger(build: Build) -> tuple[Row, ...]:
    """Every byte of the flash image in rows, by part and in the order of execution; rows sum to the image."""
    totals: dict[Label, int] = {}
    for item in build.footprint.ranges:
        totals[item.label] = totals.get(item.label, 0) + item.end - item.start
    parts = list(Part)
    rows = [
        Row(label.part, label.name, None if label.node is None else build.graph.nodes[label.node].origin.index, size)
        for label, size in totals.items()
    ]
    return tuple(sorted(rows, key=lambda row: (parts.index(row.part), -1 if row.node is None else row.node, row.name)))


def node_bytes(build: Build, *parts: Part) -> Mapping[int, int]:
    """Flash bytes of `parts` by node (index into the built graph)."""
    totals: dict[int, int] = {}
    for item in build.footprint.ranges:
        if item.label.part in parts and item.label.node is not None:
            totals[item.label.node] = totals.get(item.label.node, 0) + item.end - item.start
    return totals
