"""Firmware and ReferenceGraph -> the retained size of every symbol, object, archive and group.

That is what the linker would drop (--gc-sections) if nothing else referred to it: itself, and all that is reached
through it only, with padding. Symbols that share an input section stay together, which only the map shows: without a
map, code that was not compiled with -ffunction-sections seems to retain less or more than it does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath

from lilliput.firmware.firmware import Firmware, Range
from lilliput.firmware.references.dominators import immediate_dominators, leaves_first
from lilliput.firmware.references.graph import ReferenceGraph
from lilliput.firmware.references.names import object_title
from lilliput.firmware.references.removal import both_ways, lost_nodes

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
    paths = both_ways(graph, graph.successors)
    return _largest_first(
        RetainedSize(name, *own[name], *_bytes(graph, lost_nodes(graph, paths, members[name]))) for name in largest
    )


def _largest_first(found: Iterable[RetainedSize]) -> tuple[RetainedSize, ...]:
    return tuple(sorted(found, key=lambda each: (-each.retained_flash_bytes, -each.retained_ram_bytes, each.name)))


def _bytes(graph: ReferenceGraph, nodes: list[int]) -> tuple[int, int]:
    """Flash and RAM bytes of `nodes`."""
    return int(graph.nodes.flash_bytes[nodes].sum()), int(graph.nodes.ram_bytes[nodes].sum())
