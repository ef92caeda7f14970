"""Firmware and ReferenceGraph -> what would go away: with everything at once, and with what a pattern names.

The retained size of a symbol, object, archive or group is what the linker would drop (--gc-sections) if nothing else
referred to it: itself, and all that is reached through it only. Bytes are with the padding behind them. Symbols that
share an input section stay together, which only the map shows: without a map, code that was not compiled with
-ffunction-sections seems to retain less or more than it does.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import NamedTuple

import numpy as np

from lilliput.firmware.firmware import Firmware, Range
from lilliput.firmware.references.dominators import immediate_dominators, leaves_first
from lilliput.firmware.references.graph import Reference, ReferenceGraph
from lilliput.firmware.references.layout import saved_bytes
from lilliput.firmware.references.names import named_nodes, object_title
from lilliput.firmware.references.reachability import reach

_MOST_TOGETHER = 500
"""Of how many objects, archives or groups the retained size is found: each takes a walk over part of the graph."""


@dataclass(frozen=True, slots=True)
class RetainedSize:
    """What something takes by itself, and with all that only it keeps."""

    name: str
    flash_bytes: int
    ram_bytes: int
    retained_flash_bytes: int
    retained_ram_bytes: int


@dataclass(frozen=True, slots=True)
class RetainedSizes:
    """Each the largest in retained flash first; symbols of the same name, such as static functions, each by itself."""

    symbols: tuple[RetainedSize, ...]
    objects: tuple[RetainedSize, ...]
    archives: tuple[RetainedSize, ...]
    groups: tuple[RetainedSize, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """What the linker would drop if nothing else referred to the nodes `matched`; it is `lost`.

    `flash_bytes` and `ram_bytes` are theirs; with `most_` what it is if none of the uncertain references is one.
    `holders` are the references from the rest of the firmware that keep `matched` now. `roots` are those of `matched`
    that the linker keeps without any.
    """

    pattern: str
    matched: tuple[int, ...]
    lost: tuple[int, ...]
    roots: tuple[int, ...]
    holders: tuple[Reference, ...]
    flash_bytes: int
    ram_bytes: int
    most_flash_bytes: int
    most_ram_bytes: int


class _Paths(NamedTuple):
    """A graph both ways, and its vertices that need no predecessor."""

    successors: tuple[tuple[int, ...], ...]
    predecessors: list[list[int]]
    roots: set[int]


def without(firmware: Firmware, graph: ReferenceGraph, pattern: str) -> Removal:
    """What would be lost without the symbols, objects, archives or groups that `pattern` names, as `named_nodes` says.

    Raises UsageError when it names nothing.
    """
    matched = named_nodes(firmware, graph, pattern, symbols_only=False)
    lost = _lost(graph, _paths(graph, graph.successors), matched)
    most = sorted({*lost, *_lost(graph, _paths(graph, _surest(graph)), matched)})
    flash_bytes, ram_bytes = saved_bytes(firmware, graph.nodes, lost)
    most_flash_bytes, most_ram_bytes = saved_bytes(firmware, graph.nodes, most)
    return Removal(
        pattern=pattern,
        matched=tuple(matched),
        lost=tuple(lost),
        roots=tuple(node for node in matched if node in graph.roots),
        holders=tuple(_holders(graph, matched, lost)),
        flash_bytes=flash_bytes,
        ram_bytes=ram_bytes,
        most_flash_bytes=most_flash_bytes,
        most_ram_bytes=most_ram_bytes,
    )


def retained(firmware: Firmware, graph: ReferenceGraph) -> RetainedSizes:
    """The retained size of every symbol, object file, archive and group."""
    return RetainedSizes(
        symbols=_symbols(firmware, graph),
        objects=_together(firmware, graph, object_title),
        archives=_together(firmware, graph, lambda each: PurePath(each.archive).name),
        groups=_together(firmware, graph, lambda each: each.group),
    )


def _symbols(firmware: Firmware, graph: ReferenceGraph) -> tuple[RetainedSize, ...]:
    """Sums over the subtrees of the dominator tree."""
    count = len(graph.successors)
    start = tuple(graph.entries[root] for root in graph.roots)
    dominators = immediate_dominators((*graph.successors, start), count)
    flash, ram = [0] * (count + 1), [0] * (count + 1)
    flash[: len(graph.nodes)] = graph.nodes.flash_bytes.tolist()
    ram[: len(graph.nodes)] = graph.nodes.ram_bytes.tolist()
    for vertex in leaves_first(dominators, count):
        flash[dominators[vertex]] += flash[vertex]
        ram[dominators[vertex]] += ram[vertex]
    found: list[RetainedSize] = []
    for node, index in enumerate(graph.nodes.ranges.tolist()):
        each = firmware.ranges[index]
        if each.symbol >= 0:
            own = int(graph.nodes.flash_bytes[node]), int(graph.nodes.ram_bytes[node])
            found.append(RetainedSize(each.demangled, *own, flash[graph.entries[node]], ram[graph.entries[node]]))
    return _largest_first(found)


def _together(firmware: Firmware, graph: ReferenceGraph, name_of: Callable[[Range], str]) -> tuple[RetainedSize, ...]:
    """The retained sizes of all nodes that have a name in common, for the largest of them."""
    members: dict[str, list[int]] = {}
    for node, index in enumerate(graph.nodes.ranges.tolist()):
        if name := name_of(firmware.ranges[index]):
            members.setdefault(name, []).append(node)
    own = {name: _bytes(graph, nodes) for name, nodes in members.items()}
    largest = sorted(members, key=lambda name: (-max(own[name]), name))[:_MOST_TOGETHER]
    paths = _paths(graph, graph.successors)
    return _largest_first(
        RetainedSize(name, *own[name], *_bytes(graph, _lost(graph, paths, members[name]))) for name in largest
    )


def _largest_first(found: Iterable[RetainedSize]) -> tuple[RetainedSize, ...]:
    return tuple(sorted(found, key=lambda each: (-each.retained_flash_bytes, -each.retained_ram_bytes, each.name)))


def _bytes(graph: ReferenceGraph, nodes: list[int]) -> tuple[int, int]:
    """Flash and RAM bytes of `nodes`."""
    return int(graph.nodes.flash_bytes[nodes].sum()), int(graph.nodes.ram_bytes[nodes].sum())


def _lost(graph: ReferenceGraph, paths: _Paths, matched: list[int]) -> list[int]:
    """The nodes that are reached through the entries of `matched` only.

    What these entries do not lead to is reached anyhow, and so is what it refers to.
    """
    removed = {graph.entries[node] for node in matched}
    below: set[int] = set()
    reach(paths.successors, removed, below)
    kept = set(removed)
    from_elsewhere = [
        vertex
        for vertex in below - removed
        if vertex in paths.roots or not below.issuperset(paths.predecessors[vertex])
    ]
    reach(paths.successors, from_elsewhere, kept)
    return sorted(vertex for vertex in (below - kept) | removed if vertex < len(graph.nodes))


def _paths(graph: ReferenceGraph, successors: tuple[tuple[int, ...], ...]) -> _Paths:
    """The graph with these successors; entries that nothing refers to precede nothing."""
    roots = {graph.entries[root] for root in graph.roots}
    in_use: set[int] = set()
    reach(graph.successors, roots, in_use)
    predecessors: list[list[int]] = [[] for _ in successors]
    for vertex in in_use:
        for successor in successors[vertex]:
            predecessors[successor].append(vertex)
    return _Paths(successors, predecessors, roots)


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


def _holders(graph: ReferenceGraph, matched: list[int], lost: list[int]) -> Iterator[Reference]:
    """References to `matched` from what is neither of it nor lost."""
    references = graph.references
    chosen = np.isin(references.targets, matched) & ~np.isin(references.sources, [*matched, *lost])
    for source, target in zip(references.sources[chosen].tolist(), references.targets[chosen].tolist(), strict=True):
        if reference := graph.reference(source, target):
            yield reference
