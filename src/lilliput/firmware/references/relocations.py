"""Elf -> the relocations that the linker kept (--emit-relocs): which places hold an address, and whose."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import FirmwareError
from lilliput.firmware.elf import Elf, Section
from lilliput.firmware.references.mentions import Integers, Kind, Mentions, joined, mentions

_SYMTAB, _RELA, _REL = 2, 4, 9
_FUNCTION, _SECTION = 2, 3
_FIRST_RESERVED_SECTION = 0xFF00
_NOWHERE = -1


def relocated(elf: Elf, scanned: Mentions) -> Mentions:
    """What relocations confirm: `scanned` mentions at relocated places, and the symbols that relocations name.

    Where a relocation without an addend names a section, its target is only in the bytes, where `scanned` has it.
    Branches stay in any case: assemblers leave no relocation for those inside a section. Without any relocations all of
    `scanned`. Raises FirmwareError when a relocation names no symbol.
    """
    symbols = next((each for each in elf.sections if each.kind == _SYMTAB), None)
    tables = [(table, patched) for table in elf.sections if (patched := _patched(elf, table)) is not None]
    if not tables or symbols is None:
        return scanned
    values = _symbol_values(elf, symbols)
    found = [scanned.where(scanned.kinds == Kind.BRANCH)]
    for table, patched in tables:
        sites, targets = _sites_and_targets(elf, table, values)
        if table.kind == _REL:
            at_site = scanned.where(np.isin(scanned.sites, sites) & (scanned.sections == patched.index))
            found.append(replace(at_site, confirmed=np.ones_like(at_site.confirmed)))
        known = targets != _NOWHERE
        kind = Kind.ADDRESS if patched.executable else Kind.POINTER
        found.append(mentions(patched.index, sites[known], targets[known], kind, confirmed=True))
    return joined(found)


def _patched(elf: Elf, table: Section) -> Section | None:
    """The section in memory that `table` holds the relocations of; None when it is no such table."""
    if table.kind not in {_REL, _RELA} or table.allocated or not 0 < table.info < len(elf.sections):
        return None
    patched = elf.sections[table.info]
    return patched if patched.allocated and patched.has_bytes else None


def _sites_and_targets(elf: Elf, table: Section, values: NDArray[np.void]) -> tuple[Integers, Integers]:
    """Relocated addresses and what they refer to, `_NOWHERE` where only the bytes there know."""
    has_addend = table.kind == _RELA
    fields = "offset info addend" if has_addend else "offset info"
    rows = _records(elf, table, [(name, "i4" if name == "addend" else "u4") for name in fields.split()])
    index = rows["info"].astype(np.int64) >> 8
    if index.size and index.max() >= len(values):
        raise FirmwareError(
            "a relocation names a symbol that is not there", f"{elf.name}, {table.name}", "Link it again."
        )
    targets = values["address"][index]
    if has_addend:
        targets = np.where(targets == _NOWHERE, _NOWHERE, targets + rows["addend"])
    else:
        targets = np.where(values["is_section"][index], _NOWHERE, targets)
    return rows["offset"].astype(np.int64), targets


def _symbol_values(elf: Elf, table: Section) -> NDArray[np.void]:
    """For each entry of the symbol table, also those that `Elf.symbols` leaves out: `address` and `is_section`."""
    formats = [("name", "u4"), ("value", "u4"), ("size", "u4"), ("info", "u1"), ("other", "u1"), ("section", "u2")]
    rows = _records(elf, table, formats)
    values = np.zeros(len(rows), [("address", "i8"), ("is_section", "?")])
    placed = (rows["section"] > 0) & (rows["section"] < _FIRST_RESERVED_SECTION)
    thumb_bit = (rows["info"] & 15 == _FUNCTION) & (elf.machine == "arm")
    address = rows["value"].astype(np.int64)
    values["address"] = np.where(placed, np.where(thumb_bit, address & ~1, address), _NOWHERE)
    values["is_section"] = rows["info"] & 15 == _SECTION
    return values


def _records(elf: Elf, table: Section, fields: list[tuple[str, str]]) -> NDArray[Any]:
    """The table's records, as many as are there in full."""
    order = "<" if elf.little_endian else ">"
    record = np.dtype([(name, order + kind) for name, kind in fields])
    return np.frombuffer(table.data, record, len(table.data) // record.itemsize)
