"""Elf -> which entries of the tables that unwind the stack belong to which function, and what the entries refer to.

Linkers keep an entry exactly when they keep its function, though it is the entry that mentions the function: these
references run against the bytes. Sources: "Exception Handling ABI for the Arm Architecture", 6, and for all others
"Exception Frames" of the Linux Standard Base.
"""

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lilliput.firmware.elf import Elf, Section
from lilliput.firmware.references.mentions import ANYWHERE, Integers, Kind, Mentions, joined, mentions

_ARM_EXIDX = 0x70000001
_CANNOT_UNWIND = 1
_PERSONALITIES = tuple(f"__aeabi_unwind_cpp_pr{index}" for index in range(3))
"""The library's own personality routines, which compact entries name by number."""


def is_unwinding_table(section: Section) -> bool:
    """Whether nothing refers to what is in `section` but by the functions that it describes."""
    return section.kind == _ARM_EXIDX or section.name == ".eh_frame"


def unwinding(elf: Elf, functions: Integers) -> Mentions:
    """From the functions at the sorted addresses `functions` to their entries, and from these to what they refer to."""
    order = "<" if elf.little_endian else ">"
    found: list[Mentions] = []
    for section in elf.allocated:
        if section.kind == _ARM_EXIDX:
            found.append(_index_entries(elf, section, order, functions))
        elif section.name == ".eh_frame":
            found.append(_frame_entries(elf, section, order, functions))
    return joined(found)


def _index_entries(elf: Elf, section: Section, order: str, functions: Integers) -> Mentions:
    """ARM: pairs of words, sorted by function; the linker leaves out an entry that equals the one before it."""
    words = _words(section, order)
    words = words[: len(words) // 2 * 2]
    sites = section.address + 8 * np.arange(len(words) // 2)
    begins, content = _prel31(words[::2], sites), words[1::2]
    if not len(sites):
        return joined([])
    entry = np.searchsorted(begins, functions, "right") - 1
    described = entry >= 0
    in_table = (content >> 31 == 0) & (content != _CANNOT_UNWIND)
    tables = _prel31(content, sites + 4)[in_table]
    return joined(
        [
            mentions(ANYWHERE, functions[described], sites[entry[described]], Kind.UNWINDING),
            mentions(section.index, sites[in_table], tables, Kind.UNWINDING),
            _personalities(elf, section.index, sites[content >> 31 == 1], content[content >> 31 == 1]),
            *_table_personalities(elf, order, tables),
        ]
    )


def _table_personalities(elf: Elf, order: str, tables: Integers) -> Iterator[Mentions]:
    """The first word of the entry at each of `tables`: the personality routine, by its number or its address."""
    for section in elf.allocated:
        words = _words(section, order)
        here = (section.address <= tables) & (tables < section.address + 4 * len(words))
        sites = np.unique(tables[here])
        first = words[(sites - section.address) // 4]
        named = first >> 31 == 1
        yield _personalities(elf, section.index, sites[named], first[named])
        yield mentions(section.index, sites[~named], _prel31(first, sites)[~named], Kind.UNWINDING)


def _words(section: Section, order: str) -> Integers:
    return np.frombuffer(section.data, f"{order}u4", len(section.data) // 4).astype(np.int64)


def _personalities(elf: Elf, section: int, sites: Integers, words: Integers) -> Mentions:
    """Compact entries keep the routine that bits 24 to 27 give the number of, though no address says so."""
    addresses = {symbol.name: symbol.address for symbol in elf.symbols if symbol.name in _PERSONALITIES}
    targets = np.array([addresses.get(name, -1) for name in _PERSONALITIES] + [-1] * 13)[words >> 24 & 15]
    return mentions(section, sites[targets >= 0], targets[targets >= 0], Kind.UNWINDING)


def _prel31(words: Integers, sites: Integers) -> Integers:
    """Addresses of words whose lower 31 bits are an offset from where they are."""
    return (sites + ((words & 0x7FFFFFFF) ^ 0x40000000) - 0x40000000) & 0xFFFFFFFF


def _frame_entries(elf: Elf, section: Section, order: str, functions: Integers) -> Mentions:
    """Records of .eh_frame: one for each function, which names an earlier common record by the distance to it.

    What else they refer to is found by trying every position, since only functions and exception tables count.
    """
    begins, common = _frame_records(section, order)
    if not len(begins):
        return joined([])
    raw = np.frombuffer(section.data, np.uint8).astype(np.int64)
    weights = range(4) if order == "<" else range(3, -1, -1)
    words = sum((raw[index : len(raw) - 3 + index] << 8 * weight for index, weight in enumerate(weights)), np.int64(0))
    offsets = np.arange(len(raw) - 3)
    targets = np.where(np.isin(words, functions), words, (section.address + offsets + words) & 0xFFFFFFFF)
    record = np.searchsorted(begins, offsets, "right") - 1
    is_function = np.isin(targets, functions)
    describes = is_function & (offsets == begins[record] + 8) & (common[record] >= 0)
    uses = (is_function | _in_exception_tables(elf, targets)) & ~describes & (offsets >= begins[record] + 9)
    has_common = common >= 0
    sites = section.address + begins
    return joined(
        [
            mentions(ANYWHERE, targets[describes], sites[record[describes]], Kind.UNWINDING),
            mentions(section.index, sites[record[uses]], targets[uses], Kind.UNWINDING),
            mentions(section.index, sites[has_common], section.address + common[has_common], Kind.UNWINDING),
        ]
    )


def _frame_records(section: Section, order: str) -> tuple[Integers, Integers]:
    """Offset of each record of .eh_frame and of its common record, -1 for one that is such itself.

    A damaged length ends the table.
    """
    begins: list[int] = []
    common: list[int] = []
    position = 0
    while position + 8 <= len(section.data):
        length, distance = struct.unpack_from(f"{order}2I", section.data, position)
        if length < 4 or position + 4 + length > len(section.data):
            break
        begins.append(position)
        common.append(max(0, position + 4 - distance) if distance else -1)
        position += 4 + length
    return np.array(begins, np.int64), np.array(common, np.int64)


def _in_exception_tables(elf: Elf, addresses: Integers) -> NDArray[np.bool_]:
    inside = np.zeros(len(addresses), np.bool_)
    for section in elf.allocated:
        if section.name.startswith(".gcc_except_table"):
            inside |= (section.address <= addresses) & (addresses < section.end)
    return inside
