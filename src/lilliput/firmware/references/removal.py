"""Firmware and ReferenceGraph -> what would go away with the symbols, objects, archives or groups that a pattern names.

The linker drops (--gc-sections) what is reached through them only. Three things are not in an ELF file and can make the
real saving differ: references to weak symbols, which do not bring an archive's member in; alignments beyond what
padding shows; and without a map, which symbols share an input section.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lilliput.firmware.firmware import Firmware
from lilliput.firmware.references.graph import ReferenceGraph
from lilliput.firmware.references.layout import saved_bytes
from lilliput.firmware.references.mentions import Kind
from lilliput.firmware.references.names import named_nodes, node_title, object_title
from lilliput.firmware.references.reachability import reach
from lilliput.firmware.references.roots import Root


@dataclass(frozen=True, slots=True)
class Dropped:
    """A symbol or piece of data that goes away; `named` when the pattern names it. Bytes are with padding."""

    name: str
    object: str
    flash_bytes: int
    ram_bytes: int
    named: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """A reference that must go first: from `source`, which stays, to `target`, which the pattern names."""

    source: str
    target: str
    kind: Kind
    certain: bool


@dataclass(frozen=True, slots=True)
class Removal:
    """What the linker would drop if nothing else referred to what `pattern` names: `dropped`, the largest first.

    `flash_bytes` and `ram_bytes` are what the image shrinks by; `most_flash_bytes` and `most_ram_bytes` what it is if
    none of the uncertain references is one. `kept` are named symbols that the linker keeps without a reference, and
    the reason.
    """

    pattern: str
    dropped: tuple[Dropped, ...]
    holders: tuple[Holder, ...]
    kept: tuple[tuple[str, Root], ...]
    flash_bytes: int
    ram_bytes: int
    most_flash_bytes: int
    most_ram_bytes: int


class BothWays(NamedTuple):
    """A graph's successors and predecessors, and its vertices that need no predecessor."""

    successors: tuple[tuple[int, ...], ...]
    predecessors: list[list[int]]
    roots: set[int]


def without(firmware: Firmware, graph: ReferenceGraph, pattern: str) -> Removal:
    """What would be lost without the symbols, objects, archives or groups that `pattern` names, as `named_nodes` says.

    Raises UsageError when it names nothing.
    """
    named = named_nodes(firmware, graph, pattern, symbols_only=False)
    lost = lost_nodes(graph, both_ways(graph, graph.successors), named)
    most = sorted({*lost, *lost_nodes(graph, both_ways(graph, _surest(graph)), named)})
    flash_bytes, ram_bytes = saved_bytes(firmware, graph.nodes, lost)
    most_flash_bytes, most_ram_bytes = saved_bytes(firmware, graph.nodes, most)
    return Removal(
        pattern=pattern,
        dropped=_dropped(firmware, graph, lost, set(named)),
        holders=tuple(_holders(firmware, graph, named, lost)),
        kept=tuple((node_title(firmware, graph, node), graph.roots[node]) for node in named if node in graph.roots),
        flash_bytes=flash_bytes,
        ram_bytes=ram_bytes,
        most_flash_bytes=max(flash_bytes, most_flash_bytes),
        most_ram_bytes=max(ram_bytes, most_ram_bytes),
    )


def lost_nodes(graph: ReferenceGraph, paths: BothWays, named: list[int]) -> list[int]:
    """The nodes that are reached through the entries of `named` only.

    What these entries do not lead to is reached anyhow, and so is what it refers to.
    """
    removed = {graph.entries[node] for node in named}
    below: set[int] = set()
    reach(paths.successors, removed, below)
    from_elsewhere = [
        vertex
        for vertex in below - removed
        if vertex in paths.roots or not below.issuperset(paths.predecessors[vertex])
    ]
    kept = set(removed)
    reach(paths.successors, from_elsewhere, kept)
    return sorted(vertex for vertex in (below - kept) | removed if vertex < len(graph.nodes))


def both_ways(graph: ReferenceGraph, successors: tuple[tuple[int, ...], ...]) -> BothWays:
    """The graph with these `successors`, a part of its own; entries that nothing refers to precede nothing."""
    roots = {graph.entries[root] for root in graph.roots}
    in_use: set[int] = set()
    reach(graph.successors, roots, in_use)
    predecessors: list[list[int]] = [[] for _ in successors]
    for vertex in in_use:
        for successor in successors[vertex]:
            predecessors[successor].append(vertex)
    return BothWays(successors, predecessors, roots)


def _surest(graph: ReferenceGraph) -> tuple[tuple[int, ...], ...]:
    """`graph.successors` without uncertain references to what a certain one or a root explains."""
    references = graph.references
    explained = np.zeros(len(graph.nodes), np.bool_)
    explained[references.targets[references.certain]] = True
    explained[list(graph.roots)] = True
    doubtful = ~references.certain & explained[references.targets]
    dropped: dict[int, set[int]] = {}
    for source, target in zip(
        references.sources[doubtful].tolist(), references.targets[doubtful].tolist(), strict=True
    ):
        dropped.setdefault(source, set()).add(graph.entries[target])
    return tuple(
        tuple(each for each in inside if each not in dropped[vertex]) if vertex in dropped else inside
        for vertex, inside in enumerate(graph.successors)
    )


def _dropped(firmware: Firmware, graph: ReferenceGraph, lost: list[int], named: set[int]) -> tuple[Dropped, ...]:
    found = [
        Dropped(
            name=node_title(firmware, graph, node),
            object=object_title(firmware.ranges[int(graph.nodes.ranges[node])]),
            flash_bytes=int(graph.nodes.flash_bytes[node]),
            ram_bytes=int(graph.nodes.ram_bytes[node]),
            named=node in named,
        )
        for node in lost
    ]
    return tuple(sorted(found, key=lambda each: (-each.flash_bytes, -each.ram_bytes, each.name)))


def _holders(firmware: Firmware, graph: ReferenceGraph, named: list[int], lost: list[int]) -> Iterator[Holder]:
    """References to `named` from what is neither of it nor lost."""
    references = graph.references
    chosen = np.flatnonzero(np.isin(references.targets, named) & ~np.isin(references.sources, [*named, *lost]))
    for row in chosen.tolist():
        source, target = int(references.sources[row]), int(references.targets[row])
        yield Holder(
            source=node_title(firmware, graph, source),
            target=node_title(firmware, graph, target),
            kind=Kind(int(references.kinds[row])),
            certain=bool(references.certain[row]),
        )
