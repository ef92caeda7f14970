"""Nodes -> what an image shrinks by without some of them: the linker places the others again, with padding as needed.

What a node must be aligned to is not in the file. Where padding stands before it, the least alignment that explains the
padding is taken, else what its address allows up to a word.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.firmware.elf import Section
from lilliput.firmware.firmware import Firmware
from lilliput.firmware.references.mentions import Integers
from lilliput.firmware.references.nodes import Nodes

_WORD_BYTES = 4
_MOST_ALIGNMENT_BYTES = 4096


@dataclass(frozen=True, slots=True)
class _Placed:
    """A section, and what its size and alignment are without the nodes that are gone."""

    section: Section
    size_bytes: int
    alignment_bytes: int


def saved_bytes(firmware: Firmware, nodes: Nodes, lost: list[int]) -> tuple[int, int]:
    """Bytes of flash and of RAM that go away with the nodes `lost`, padding included."""
    gone = np.zeros(len(nodes), np.bool_)
    gone[lost] = True
    flashed: list[_Placed] = []
    ram_bytes = 0
    for index, place in nodes.by_section.items():
        placed = _place_again(nodes, place, gone[place], firmware.elf.sections[index])
        if nodes.ram_bytes[place].any():
            ram_bytes += placed.section.size_bytes - placed.size_bytes
        if nodes.flash_bytes[place].any():
            flashed.append(placed)
    flash_bytes = sum(each.section.size_bytes - each.size_bytes for each in flashed)
    return flash_bytes + _saved_between(flashed), ram_bytes


def _saved_between(flashed: list[_Placed]) -> int:
    """How much smaller the alignment between sections becomes where one directly follows another in flash."""
    saved = 0
    old_end = new_end = 0
    for each in sorted(flashed, key=lambda each: each.section.load_address):
        start = each.section.load_address
        follows = old_end <= start == _aligned(old_end, each.section.alignment_bytes)
        new_start = _aligned(new_end, each.alignment_bytes) if follows else start
        if follows and each.size_bytes:
            saved += (start - old_end) - (new_start - new_end)
        elif follows:
            saved += start - old_end
            new_start = new_end
        old_end, new_end = start + each.section.size_bytes, new_start + each.size_bytes
    return saved


def _place_again(nodes: Nodes, place: slice, gone: NDArray[np.bool_], section: Section) -> _Placed:
    if not gone.any():
        return _Placed(section, section.size_bytes, section.alignment_bytes)
    starts, sizes = nodes.addresses[place], nodes.sizes_bytes[place]
    alignments = _alignments(starts, starts + sizes, section)
    position = 0
    for size, alignment, is_gone in zip(sizes.tolist(), alignments[:-1].tolist(), gone.tolist(), strict=True):
        if not is_gone:
            position = _aligned(position, alignment) + size
    kept = alignments[:-1][~gone]
    largest = int(kept.max(initial=1))
    explained = int(alignments.max(initial=1)) >= section.alignment_bytes
    alignment = min(largest, section.alignment_bytes) if explained else section.alignment_bytes
    lead = int(starts[0]) - section.address
    return _Placed(section, _aligned(lead + position, int(alignments[-1])) if position else 0, alignment)


def _alignments(starts: Integers, ends: Integers, section: Section) -> Integers:
    """What each node is aligned to, in bytes, and last what the section's end is."""
    begins = np.append(starts, section.end)
    before = np.concatenate([starts[:1], ends])
    alignments = np.minimum(begins & -begins, _WORD_BYTES)
    alignments[-1] = 1
    unexplained = begins != before
    alignment = 2
    while alignment <= _MOST_ALIGNMENT_BYTES and unexplained.any():
        explains = unexplained & (before + -before % alignment == begins)
        alignments[explains] = alignment
        unexplained &= ~explains
        alignment *= 2
    # A section is aligned as its most demanding node: if none is known to be, then the one with the most padding.
    padding = np.where(begins % section.alignment_bytes == 0, begins - before, 0)[:-1]
    if alignments[:-1].max() < section.alignment_bytes and padding.max() >= _WORD_BYTES:
        alignments[np.argmax(padding)] = section.alignment_bytes
    return np.maximum(alignments, 1)


def _aligned(address: int, alignment_bytes: int) -> int:
    return address + -address % alignment_bytes
