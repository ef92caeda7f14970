"""Firmware and Mentions -> the nodes of the reference graph: what a linker keeps or drops as one.

A node is a range, or a piece of a range without a symbol: merged strings and unwinding tables are cut where something
refers to them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lilliput.firmware.elf import Elf, Section
from lilliput.firmware.firmware import Firmware, Range, Source
from lilliput.firmware.references.mentions import Integers, Kind, Mentions
from lilliput.firmware.references.unwinding import is_unwinding_table

_WORD_BYTES = 4

_CUT_BY_LINKERS = re.compile(r"\.str\d|\.cst\d|\.ARM\.ex|\.eh_frame|\.gcc_except_table")
"""Input sections of which linkers merge, keep or drop each piece by itself."""


@dataclass(frozen=True, eq=False)
class Nodes:
    """Arrays of one length, a node each, sorted by section and address.

    `ranges` are indices into `Firmware.ranges`. `sizes_bytes` are lengths; `flash_bytes` and `ram_bytes` are what the
    nodes cost there, with padding.
    """

    ranges: Integers
    sections: Integers
    addresses: Integers
    sizes_bytes: Integers
    flash_bytes: Integers
    ram_bytes: Integers

    def __len__(self) -> int:
        return len(self.ranges)

    @cached_property
    def by_section(self) -> dict[int, slice]:
        """Where the nodes of a section stand."""
        names, firsts, counts = np.unique(self.sections, return_index=True, return_counts=True)
        rows = zip(names.tolist(), firsts.tolist(), counts.tolist(), strict=True)
        return {name: slice(first, first + count) for name, first, count in rows}

    def holding(self, section: int, addresses: Integers) -> Integers:
        """For each address the node of the section that holds it, -1 where there is none."""
        place = self.by_section.get(section)
        if place is None:
            return np.full(len(addresses), -1)
        found = np.searchsorted(self.addresses[place], addresses, "right") - 1 + place.start
        ends = self.addresses[found] + self.sizes_bytes[found]
        return np.where((found >= place.start) & (addresses < ends), found, -1)


def make_nodes(firmware: Firmware, found: Mentions) -> Nodes:
    """Cut the ranges of `firmware`, other than padding and gaps, at what `found` mentions."""
    cuts = _cuts(firmware.elf, found)
    order = sorted(range(len(firmware.ranges)), key=lambda i: (firmware.ranges[i].section, firmware.ranges[i].address))
    rows: list[tuple[int, int, int, int]] = []
    for index in order:
        each = firmware.ranges[index]
        if each.section >= 0 and each.size_bytes and each.source is not Source.PADDING:
            pieces = _pieces(each, cuts.get(each.section))
            rows += [(index, each.section, start, end - start) for start, end in pieces]
    ranges, sections, addresses, sizes = np.array(rows, np.int64).reshape(-1, 4).T
    padded = sizes + _padding(sections, addresses, sizes)
    flashed = np.array([bool(each.flash_bytes) for each in firmware.ranges], np.bool_)[ranges]
    in_ram = np.array([bool(each.ram_bytes) for each in firmware.ranges], np.bool_)[ranges]
    return Nodes(ranges, sections, addresses, sizes, padded * flashed, padded * in_ram)


def _padding(sections: Integers, addresses: Integers, sizes: Integers) -> Integers:
    """The bytes of padding that each node costs.

    A little is there because the node before it ends at an odd place, more because the node behind it must begin at a
    multiple of a large number.
    """
    before = np.zeros(len(sections), np.int64)
    before[1:] = np.where(sections[1:] == sections[:-1], addresses[1:] - addresses[:-1] - sizes[:-1], 0)
    by_next = np.where(before < _WORD_BYTES, before, 0)
    return before - by_next + np.append(by_next[1:], 0)


def _pieces(each: Range, cuts: Integers | None) -> Iterator[tuple[int, int]]:
    """[Start, end) of the pieces of a range; one that the linker keeps as a whole stays whole."""
    end = each.address + each.size_bytes
    inside: list[int] = []
    if cuts is not None and each.symbol < 0 and (each.contribution < 0 or _CUT_BY_LINKERS.search(each.name)):
        first, last = np.searchsorted(cuts, [each.address + 1, end])
        inside = cuts[first:last].tolist()
    yield from zip([each.address, *inside], [*inside, end], strict=True)


def sharing(firmware: Firmware, nodes: Nodes) -> list[list[int]]:
    """Nodes that share an input section, two or more, so that the linker keeps all of them or none."""
    together: dict[tuple[int, int], list[int]] = {}
    for node, index in enumerate(nodes.ranges.tolist()):
        each = firmware.ranges[index]
        if each.contribution >= 0 and not (each.symbol < 0 and _CUT_BY_LINKERS.search(each.name)):
            together.setdefault((each.section, each.contribution), []).append(node)
    return [inside for inside in together.values() if len(inside) > 1]


def _cuts(elf: Elf, found: Mentions) -> dict[int, Integers]:
    """Sorted addresses where a piece of data may begin, by section. Constants often stand among code."""
    cuts: dict[int, Integers] = {}
    for section in elf.allocated:
        inside = (section.address <= found.targets) & (found.targets < section.end) & (found.kinds != Kind.BRANCH)
        if is_unwinding_table(section):
            inside &= found.kinds == Kind.UNWINDING
        here = np.unique(found.targets[inside])
        cuts[section.index] = here[_begins_object(section, here)]
    return cuts


def _begins_object(section: Section, addresses: Integers) -> NDArray[np.bool_]:
    """Whether an aligned object or, behind a terminator, a string begins there; else it is the tail of a string."""
    aligned = addresses % _WORD_BYTES == 0
    if not section.has_bytes:
        return aligned
    content = np.frombuffer(section.data, np.uint8)
    before = content[np.maximum(addresses - section.address - 1, 0)]
    return aligned | (before == 0)
