"""Firmware -> ReferenceGraph: which node refers to which, how that is known, and where a linker begins to keep things.

With relocations in the file (--emit-relocs) references are facts. Without them branches are, and addresses in
instructions and data are what they look like; `plausible.py` says which of those are believed.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lilliput.firmware.elf import Elf
from lilliput.firmware.firmware import Firmware
from lilliput.firmware.references.mentions import Integers, Kind, Mentions, joined
from lilliput.firmware.references.nodes import Nodes, make_nodes, sharing
from lilliput.firmware.references.plausible import References, believed_references
from lilliput.firmware.references.reachability import missing_starts
from lilliput.firmware.references.relocations import relocated
from lilliput.firmware.references.roots import Root, find_roots, is_list, members_that_keep, with_members
from lilliput.firmware.references.scanning import scan
from lilliput.firmware.references.unwinding import is_unwinding_table, unwinding


@dataclass(frozen=True, slots=True)
class Reference:
    """Node `source` refers to node `target`; without `certain` it may be a number that looks like an address."""

    source: int
    target: int
    kind: Kind
    certain: bool


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceGraph:
    """Nodes and what they refer to.

    `successors` is a graph whose first vertices are the nodes. A reference to a node leads to its vertex
    `entries[node]`, which is the node itself. Where several nodes share an input section it is a vertex of its own: it
    leads to one more vertex for the section, and this to all nodes in it, so that a node may stay for another's sake.
    Everything is reachable from the entries of `roots`. `from_relocations` says that the file has relocations.
    """

    nodes: Nodes
    roots: dict[int, Root]
    references: References = field(repr=False)
    successors: tuple[tuple[int, ...], ...] = field(repr=False)
    entries: tuple[int, ...] = field(repr=False)
    from_relocations: bool

    def reference(self, source: int, target: int) -> Reference | None:
        """The reference from node `source` to node `target`, None where there is none."""
        first, last = np.searchsorted(self.references.sources, [source, source + 1]).tolist()
        rows = first + np.flatnonzero(self.references.targets[first:last] == target)
        if not rows.size:
            return None
        row = int(rows[0])
        return Reference(source, target, Kind(int(self.references.kinds[row])), bool(self.references.certain[row]))


def reference_graph(firmware: Firmware) -> ReferenceGraph:
    """Find the references of `firmware`. Takes about a second for a megabyte of code.

    Raises FirmwareError when its relocations are damaged.
    """
    elf = firmware.elf
    scanned = scan(elf)
    found = relocated(elf, scanned)
    every = joined([found.where(_is_usual(elf, found)), unwinding(elf, _code_addresses(firmware))])
    nodes = make_nodes(firmware, every)
    roots = find_roots(firmware, nodes)
    references = with_members(believed_references(firmware, nodes, every), members_that_keep(firmware, nodes, roots))
    entries, successors = _vertices(references, sharing(firmware, nodes), len(nodes))
    missing = missing_starts(successors, entries, [entries[root] for root in roots])
    roots |= dict.fromkeys(list(missing), Root.UNEXPLAINED)
    return ReferenceGraph(nodes, roots, references, successors, entries, found is not scanned)


def _is_usual(elf: Elf, found: Mentions) -> NDArray[np.bool_]:
    """Which mentions are neither of unwinding tables nor of lists that start-up code walks through."""
    usual = np.ones(len(found.targets), np.bool_)
    for section in elf.allocated:
        if is_unwinding_table(section):
            usual &= found.sections != section.index
        elif is_list(section):
            usual &= (found.targets < section.address) | (found.targets >= section.end)
    return usual


def _code_addresses(firmware: Firmware) -> Integers:
    """Where the ranges begin that may be functions, sorted."""
    sections = firmware.elf.sections
    code = {each.address for each in firmware.ranges if each.symbol >= 0 and sections[each.section].executable}
    return np.array(sorted(code), np.int64)


def _vertices(
    references: References, shared: list[list[int]], count: int
) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """`ReferenceGraph.entries` and `successors` of `count` nodes, of which those of each list share a section."""
    entries = list(range(count))
    behind_entries: list[tuple[int, ...]] = []
    for inside in shared:
        section = count + len(behind_entries)
        behind_entries.append(tuple(inside))
        for node in inside:
            entries[node] = count + len(behind_entries)
            behind_entries.append((section,))
    bounds = np.searchsorted(references.sources, np.arange(count + 1)).tolist()
    targets = np.array(entries, np.int64)[references.targets].tolist()
    direct = [tuple(targets[first:last]) for first, last in pairwise(bounds)]
    return tuple(entries), (*direct, *behind_entries)
