"""Mentions and Nodes -> the references that are believed, and how sure that is.

A branch, a relocation or an unwinding table is certain. A number that equals an address may be just a number. It is
taken for an address by where it stands and where it points to; the limits below are such that pointers are found even
if a few numbers are too, since a reference too many only makes a promised saving smaller.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from lilliput.firmware.elf import Elf, SymbolKind
from lilliput.firmware.firmware import Firmware
from lilliput.firmware.references.mentions import ANYWHERE, Integers, Kind, Mentions
from lilliput.firmware.references.nodes import Nodes
from lilliput.firmware.references.unwinding import is_unwinding_table

_FIRST_UNUSUAL_NUMBER = 0x10000
"""From here on a number that equals the address of an object hardly does so by chance."""

_MOST_STRUCTURE_BYTES = 1024
"""Larger objects may be arrays of numbers, such as weights: in them only pointers to the begin of an object count."""

_FILLERS = frozenset({"__do_clear_bss", "__do_copy_data"})
"""Start-up code of AVR's libgcc, which has half of each end address in an instruction of its own."""

_WORD_BYTES = 4


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """Arrays of one length, sorted by source: node `sources[i]` refers to node `targets[i]`."""

    sources: Integers
    targets: Integers
    kinds: Integers
    certain: NDArray[np.bool_]


class _Trust(IntEnum):
    """How far a mention is believed to be a reference."""

    NONE = 0
    BOUNDARY = 1
    """It may mean the begin of a section, where the object only happens to stand: believed when nothing else is."""
    LIKELY = 2
    CERTAIN = 3


def believed_references(firmware: Firmware, nodes: Nodes, found: Mentions) -> References:
    """The references between different nodes; of several from one to another the surest of the lowest kind."""
    functions = _are_functions(firmware, nodes)
    every_source = _sources(nodes, found)
    borders = _mean_borders(firmware, nodes, found, every_source)
    parts = [np.zeros((4, 0), np.int64)]
    for section in firmware.elf.allocated:
        inside = (section.address <= found.targets) & (found.targets < section.end) & (every_source >= 0)
        if is_unwinding_table(section):
            inside &= found.kinds == Kind.UNWINDING
        here, sources = found.where(inside), every_source[inside]
        targets = nodes.holding(section.index, here.targets)
        trust = _trust(firmware.elf, nodes, here, sources, targets, functions[targets])
        trust[borders[inside] & (trust > _Trust.BOUNDARY)] = _Trust.BOUNDARY
        parts.append(np.stack([sources, targets, here.kinds, trust])[:, (targets >= 0) & (sources != targets)])
    return _merged(np.concatenate(parts, axis=1))


def _trust(
    elf: Elf, nodes: Nodes, found: Mentions, sources: Integers, targets: Integers, to_function: NDArray[np.bool_]
) -> Integers:
    """The `_Trust` in each mention from a node to a node; the first row that fits decides."""
    exact = found.targets == nodes.addresses[targets]
    if elf.machine == "arm":
        entry = found.targets - 1 == nodes.addresses[targets]
        in_a32 = exact & any(symbol.name[:2] == "$a" for symbol in elf.symbols)
        exact = np.where(to_function, entry | in_a32, exact)
    small = nodes.sizes_bytes[sources] <= _MOST_STRUCTURE_BYTES
    unusual = (found.targets >= _FIRST_UNUSUAL_NUMBER) & (elf.machine != "avr")
    formed, literal = found.kinds == Kind.ADDRESS, found.kinds == Kind.LITERAL
    given = np.isin(found.kinds, (Kind.BRANCH, Kind.UNWINDING))
    rows = (
        (given | found.confirmed, _Trust.CERTAIN),
        (to_function & ~exact, _Trust.NONE),
        (unusual & (exact | formed), _Trust.CERTAIN),
        (unusual & (literal | small), _Trust.LIKELY),
        (exact & (formed | literal | small), _Trust.LIKELY),
        (~to_function & (formed | literal), _Trust.LIKELY),
    )
    return np.select([condition for condition, _ in rows], [int(value) for _, value in rows], int(_Trust.NONE))


def _mean_borders(firmware: Firmware, nodes: Nodes, found: Mentions, sources: Integers) -> NDArray[np.bool_]:
    """Which mentions are of a section's begin or end, or its last word, as in the start-up code that fills memory.

    That is whatever mentions two addresses that linker scripts give names to.
    """
    owners = {name for each in firmware.ranges for name in (each.name, *each.aliases)}
    borders = [
        symbol.address
        for symbol in firmware.elf.symbols
        if symbol.kind is SymbolKind.LABEL and symbol.is_global and not symbol.size_bytes and symbol.name not in owners
    ]
    given = np.isin(found.kinds, (Kind.BRANCH, Kind.UNWINDING))
    at_border = np.isin(found.targets, borders) & ~given
    pairs = np.unique(np.stack([sources[at_border], found.targets[at_border]]), axis=1)
    fillers, counts = np.unique(pairs[0], return_counts=True)
    named = [node for node, index in enumerate(nodes.ranges.tolist()) if firmware.ranges[index].name in _FILLERS]
    last_words = (np.array(borders, np.int64)[:, None] - range(1, _WORD_BYTES + 1)).ravel()
    in_last_word = np.isin(found.targets, last_words) & ~np.isin(found.targets, nodes.addresses) & ~given
    return (at_border | in_last_word) & np.isin(sources, [*fillers[counts > 1].tolist(), *named])


def _merged(rows: Integers) -> References:
    """Rows of source, target, kind and trust, without those that are not believed and without duplicates."""
    believed = rows[:, rows[3] >= _Trust.LIKELY]
    boundary = rows[:, rows[3] == _Trust.BOUNDARY]
    boundary = boundary[:, ~np.isin(boundary[1], believed[1])]
    rows = np.concatenate([believed, boundary], axis=1)
    rows = rows[:, np.lexsort((rows[2], -rows[3], rows[1], rows[0]))]
    pairs = rows[:2]
    first = np.ones(rows.shape[1], np.bool_)
    first[1:] = np.any(pairs[:, 1:] != pairs[:, :-1], axis=0)
    sources, targets, kinds, trust = rows[:, first]
    return References(sources, targets, kinds, trust == _Trust.CERTAIN)


def _sources(nodes: Nodes, found: Mentions) -> Integers:
    """The node that holds each mention's site, -1 where there is none."""
    sources = np.full(len(found.sites), -1)
    for section in nodes.by_section:
        here = (found.sections == section) | (found.sections == ANYWHERE) & (sources < 0)
        sources[here] = nodes.holding(section, found.sites[here])
    return sources


def _are_functions(firmware: Firmware, nodes: Nodes) -> NDArray[np.bool_]:
    """Which nodes are code that is entered at its begin only."""
    symbols, sections = firmware.elf.symbols, firmware.elf.sections
    functions = np.zeros(len(nodes), np.bool_)
    for node, index in enumerate(nodes.ranges.tolist()):
        each = firmware.ranges[index]
        if each.symbol >= 0:
            kind = symbols[each.symbol].kind
            functions[node] = kind is SymbolKind.FUNCTION or (
                kind is SymbolKind.LABEL and sections[each.section].executable
            )
    return functions
