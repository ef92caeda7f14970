"""Firmware and ReferenceGraph -> why a symbol is in the image: the shortest chain of references that keeps it."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from lilliput.firmware.firmware import Firmware
from lilliput.firmware.references.graph import ReferenceGraph
from lilliput.firmware.references.mentions import Kind
from lilliput.firmware.references.names import named_nodes, node_title
from lilliput.firmware.references.roots import Root


@dataclass(frozen=True, slots=True)
class Link:
    """One step of a chain: `name` is in the image because the step before refers to it so.

    `kind` is None for the first step, and where it only shares an input section with the step before.
    """

    name: str
    kind: Kind | None
    certain: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """What keeps `links[-1]`: the linker keeps `links[0]` because of `root`, and each of them the next."""

    root: Root
    links: tuple[Link, ...]


def why(firmware: Firmware, graph: ReferenceGraph, symbol: str) -> Chain:
    """The shortest chain from a root to a node that `symbol` names (as in `named_nodes`).

    A chain from a root that nobody can explain is told only when there is no other. Raises UsageError when no symbol
    has this name.
    """
    targets = {graph.entries[node] for node in named_nodes(firmware, graph, symbol, symbols_only=True)}
    every = [graph.entries[node] for node in graph.roots]
    explained = [graph.entries[node] for node, root in graph.roots.items() if root is not Root.UNEXPLAINED]
    path = _shortest(graph, explained, targets) or _shortest(graph, every, targets)
    nodes = _nodes_on(graph, path)
    links = [Link(node_title(firmware, graph, nodes[0]), None, certain=True)]
    for source, target in pairwise(nodes):
        reference = graph.reference(source, target)
        kind, certain = (reference.kind, reference.certain) if reference else (None, True)
        links.append(Link(node_title(firmware, graph, target), kind, certain))
    return Chain(graph.roots[nodes[0]], tuple(links))


def _shortest(graph: ReferenceGraph, starts: Iterable[int], targets: set[int]) -> list[int]:
    """The vertices on a shortest path from a start to a target; none when there is no path."""
    before = dict.fromkeys(starts, -1)
    waiting = deque(before)
    while waiting:
        vertex = waiting.popleft()
        if vertex in targets:
            path = [vertex]
            while before[path[-1]] >= 0:
                path.append(before[path[-1]])
            return path[::-1]
        for successor in graph.successors[vertex]:
            if successor not in before:
                before[successor] = vertex
                waiting.append(successor)
    return []


def _nodes_on(graph: ReferenceGraph, path: list[int]) -> list[int]:
    """The nodes that the vertices of a path are or lead into; the vertices of shared sections are no nodes."""
    entered = {entry: node for node, entry in enumerate(graph.entries)}
    nodes = [vertex if vertex < len(graph.nodes) else entered.get(vertex, -1) for vertex in path]
    return [node for place, node in enumerate(nodes) if node >= 0 and nodes[place - 1 : place] != [node]]
