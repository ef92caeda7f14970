"""Debug information of an image -> which node begins at which address."""

from collections.abc import Iterator

import numpy as np
from elftools.dwarf.compileunit import CompileUnit
from elftools.dwarf.die import DIE
from elftools.dwarf.dwarfinfo import DWARFInfo
from elftools.dwarf.ranges import BaseAddressEntry
from elftools.elf.elffile import ELFFile
from numpy.typing import NDArray

from lilliput.codegen.csource import CSource, Part
from lilliput.toolchain.counter import NO_OWNER
from lilliput.toolchain.image import Image

FIRST_NODE = NO_OWNER + 1
"""The marker of node 0."""

_REMOVED = 0
"""The address that debug information keeps for functions that the linker left out. No image has code there."""

_Span = tuple[int, int, int]
"""Addresses [start, end) and the line that they are the code of."""


def node_markers(image: Image) -> NDArray[np.uint16]:
    """For each halfword of the flash image: FIRST_NODE + n where code of node n stands, else NO_OWNER or 0.

    Code of a node is what its lines of the graph's code became, and whatever was inlined there. NO_OWNER is the graph's
    other code. 0 is all the rest: kernels, which work for the node that called them.
    """
    markers = np.zeros((len(image.binary) + 1) // 2, np.uint16)
    line_markers = _line_markers(image.source)
    origin = image.target.flash_origin
    with image.elf.open("rb") as stream:
        for start, end, line in _spans(ELFFile(stream).get_dwarf_info(), f"{image.source.name}.c"):
            marker = line_markers.get(line, 0)
            if marker != 0 and origin < start:
                markers[(start - origin) // 2 : (end - origin + 1) // 2] = marker
    return markers


def _line_markers(source: CSource) -> dict[int, int]:
    markers: dict[int, int] = {}
    for line, label in enumerate(source.lines, 1):
        if label is not None and label.part is Part.GRAPH:
            markers[line] = NO_OWNER if label.node is None else FIRST_NODE + label.node
    return markers


def _spans(dwarf: DWARFInfo, file_name: str) -> Iterator[_Span]:
    """The spans of the compilation unit `file_name`, those of inlined calls (by the line of the call) first.

    So of the lines of graph code that a function was inlined into, the innermost counts.
    """
    for unit in dwarf.iter_CUs():
        attribute = unit.get_top_DIE().attributes.get("DW_AT_name")
        if attribute is not None and attribute.value.decode(errors="replace") == file_name:
            yield from _inlined_calls(dwarf, unit)
            yield from _rows(dwarf, unit)


def _rows(dwarf: DWARFInfo, unit: CompileUnit) -> Iterator[_Span]:
    """The rows of the line table. One without code still marks the two bytes that it points at."""
    program = dwarf.line_program_for_CU(unit)
    states = [] if program is None else [entry.state for entry in program.get_entries() if entry.state is not None]
    removed = False
    for previous, state, following in zip([None, *states], states, states[1:], strict=False):
        if previous is None or previous.end_sequence:
            removed = state.address == _REMOVED
        if not state.end_sequence and not removed:
            yield state.address, max(following.address, state.address + 2), state.line


def _inlined_calls(dwarf: DWARFInfo, unit: CompileUnit) -> Iterator[_Span]:
    top = unit.get_top_DIE()
    for function in top.iter_children():
        low = function.attributes.get("DW_AT_low_pc")
        if low is not None and low.value != _REMOVED:
            for die in _descendants(function):
                line = die.attributes.get("DW_AT_call_line")
                if die.tag == "DW_TAG_inlined_subroutine" and line is not None:
                    yield from ((start, end, line.value) for start, end in _addresses(dwarf, unit, die))


def _descendants(die: DIE) -> Iterator[DIE]:
    for child in die.iter_children():
        yield child
        yield from _descendants(child)


def _addresses(dwarf: DWARFInfo, unit: CompileUnit, die: DIE) -> Iterator[tuple[int, int]]:
    low, high, ranges = (die.attributes.get(f"DW_AT_{name}") for name in ("low_pc", "high_pc", "ranges"))
    if low is not None and high is not None:
        yield low.value, high.value if high.form == "DW_FORM_addr" else low.value + high.value
    lists = dwarf.range_lists()
    if ranges is None or lists is None:
        return
    unit_low = unit.get_top_DIE().attributes.get("DW_AT_low_pc")
    base = 0 if unit_low is None else unit_low.value
    for entry in lists.get_range_list_at_offset(ranges.value, unit):
        if isinstance(entry, BaseAddressEntry):
            base = entry.base_address
        else:
            start = 0 if entry.is_absolute else base
            yield start + entry.begin_offset, start + entry.end_offset
