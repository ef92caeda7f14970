"""Firmware and Nodes -> where the linker begins to keep things: what stays although nothing refers to it."""

import re
from enum import Enum
from itertools import pairwise

import numpy as np

from lilliput.firmware.elf import Section
from lilliput.firmware.firmware import Firmware, Source
from lilliput.firmware.references.mentions import Integers, Kind
from lilliput.firmware.references.nodes import Nodes
from lilliput.firmware.references.plausible import References


class Root(Enum):
    """Why a node is kept without a reference."""

    ENTRY = "the program starts or ends here"
    VECTORS = "the processor finds it by its address"
    LISTED = "the start-up code runs what such sections list"
    ASKED_FOR = "the command line of the linker asks for it (-u)"
    RESERVED = "the linker script reserves it"
    UNEXPLAINED = "kept by the linker, and nothing that refers to it was found"


_VECTORS = re.compile(r"\.?(isr|interrupt|exception|reset)?_?vectors?(_table)?|g_pfnvectors|intvec", re.IGNORECASE)
_VECTORS_FIRST = frozenset({"arm", "avr"})
"""Processors whose vector table is at the begin of the flash."""

_LISTED = re.compile(r"\.(preinit_array|init_array|fini_array|ctors|dtors|init\d?|fini\d?)\b.*")
_KEPT_BY_NAME = {
    "_init": Root.ENTRY,
    "_fini": Root.ENTRY,
    "_printf_float": Root.ASKED_FOR,
    "_scanf_float": Root.ASKED_FOR,
}
"""What GNU ld takes for the start and the end (-init, -fini), and what the small printf and scanf of newlib use."""


def is_list(section: Section) -> bool:
    """Whether start-up code finds the entries of `section` by its begin and end, and nothing else refers to them."""
    return bool(_LISTED.fullmatch(section.name))


def find_roots(firmware: Firmware, nodes: Nodes) -> dict[int, Root]:
    """The nodes that linker scripts keep by themselves, and why."""
    roots: dict[int, Root] = {}
    for node, index in enumerate(nodes.ranges.tolist()):
        each = firmware.ranges[index]
        section = firmware.elf.sections[each.section]
        names = (section.name, *(name.lstrip("_") for name in (each.name, *each.aliases)))
        if is_list(section) or _LISTED.fullmatch(each.name.strip("[]")):
            roots[node] = Root.LISTED
        elif each.name in _KEPT_BY_NAME:
            roots[node] = _KEPT_BY_NAME[each.name]
        elif each.source is Source.RESERVED:
            roots[node] = Root.RESERVED
        elif any(_VECTORS.fullmatch(name) for name in names):
            roots[node] = Root.VECTORS
    flashed = np.flatnonzero(nodes.flash_bytes)
    if flashed.size and firmware.elf.machine in _VECTORS_FIRST:
        loads = [firmware.ranges[index].load_address for index in nodes.ranges[flashed].tolist()]
        roots.setdefault(int(flashed[int(np.argmin(loads))]), Root.VECTORS)
    entry = np.array([firmware.elf.entry & ~1 if firmware.elf.machine == "arm" else firmware.elf.entry])
    for section in nodes.by_section:
        if (holder := int(nodes.holding(section, entry)[0])) >= 0:
            roots[holder] = Root.ENTRY
    return roots


def members_that_keep(firmware: Firmware, nodes: Nodes, roots: dict[int, Root]) -> Integers:
    """[source, target] rows: each other node of an archive member, and what the member's presence keeps.

    A linker takes in a member of an archive for a reference only; its constructors are kept from then on. So they are
    no roots, unless they are all that the member has: they leave `roots`.
    """
    members: dict[tuple[str, str], list[int]] = {}
    for node, index in enumerate(nodes.ranges.tolist()):
        each = firmware.ranges[index]
        if each.archive:
            members.setdefault((each.archive, each.object), []).append(node)
    rows: list[tuple[int, int]] = []
    for inside in members.values():
        listed = [node for node in inside if roots.get(node) is Root.LISTED]
        others = [node for node in inside if node not in roots]
        if listed and others:
            rows += [(other, listed[0]) for other in others]
            rows += pairwise(listed)
            for node in listed:
                del roots[node]
    return np.array(rows, np.int64).reshape(-1, 2).T


def with_members(references: References, members: Integers) -> References:
    """`references` and those of archive members to what they keep, sorted by source."""
    count = members.shape[1]
    sources = np.concatenate([references.sources, members[0]])
    targets = np.concatenate([references.targets, members[1]])
    kinds = np.concatenate([references.kinds, np.full(count, int(Kind.MEMBER))])
    certain = np.concatenate([references.certain, np.zeros(count, np.bool_)])
    order = np.lexsort((kinds, targets, sources))
    return References(sources[order], targets[order], kinds[order], certain[order])
