"""An entry's addresses (section 2.17): DW_AT_low_pc and DW_AT_high_pc, .debug_ranges, .debug_rnglists -> intervals."""

from collections.abc import Iterator

from lilliput.firmware.debug.encoding import Cursor, reading
from lilliput.firmware.debug.numbers import Attribute, Form, RangeList
from lilliput.firmware.debug.units import DebugFile, Unit, Values, address, indexed_address, number

Interval = tuple[int, int]
"""Addresses [start, end)."""


def intervals(file: DebugFile, unit: Unit, values: Values) -> tuple[Interval, ...]:
    """The non-empty intervals of addresses that the entry with these values covers. Raises DamagedDebugInfo."""
    if Attribute.RANGES not in values:
        found = _from_low_to_high(file, unit, values)
    else:
        found = _range_list(file, unit, values) if unit.layout.version == 5 else _ranges(file, unit, values)
    mask = file.address_mask
    with reading("a list of ranges"):
        return tuple((start & mask, end & mask) for start, end in found if start < end)


def _from_low_to_high(file: DebugFile, unit: Unit, values: Values) -> Iterator[Interval]:
    low = address(file, unit, values, Attribute.LOW_PC)
    if low is not None and Attribute.HIGH_PC in values:
        high = address(file, unit, values, Attribute.HIGH_PC)
        yield low, low + number(values, Attribute.HIGH_PC) if high is None else high


def _base(file: DebugFile, unit: Unit) -> int:
    return address(file, unit, unit.top, Attribute.LOW_PC) or 0


def _ranges(file: DebugFile, unit: Unit, values: Values) -> Iterator[Interval]:
    """Pairs of addresses relative to a base, which a pair that begins with the highest address changes (DWARF 4)."""
    size = unit.layout.address_bytes
    cursor = file.cursor(file.sections.ranges, number(values, Attribute.RANGES))
    base, change = _base(file, unit), (1 << 8 * size) - 1
    while True:
        file.allowance.spend(2 * size)
        start, end = cursor.fixed(size), cursor.fixed(size)
        if start == end == 0:
            return
        if start == change:
            base = end
        else:
            yield base + start, base + end


def _range_list(file: DebugFile, unit: Unit, values: Values) -> Iterator[Interval]:
    form, position = values[Attribute.RANGES][0], number(values, Attribute.RANGES)
    if form == Form.RNGLISTX:
        table = number(unit.top, Attribute.RNGLISTS_BASE)
        offset_bytes = unit.layout.offset_bytes
        position = table + file.cursor(file.sections.range_lists, table + position * offset_bytes).fixed(offset_bytes)
    cursor = file.cursor(file.sections.range_lists, position)
    base = _base(file, unit)
    while (kind := cursor.fixed(1)) != RangeList.END_OF_LIST:
        file.allowance.spend(4)
        if kind in (RangeList.BASE_ADDRESS, RangeList.BASE_ADDRESSX):
            base = _one_address(file, unit, cursor, indexed=kind == RangeList.BASE_ADDRESSX)
        else:
            yield _entry(file, unit, cursor, kind, base)


def _entry(file: DebugFile, unit: Unit, cursor: Cursor, kind: int, base: int) -> Interval:
    match kind:
        case RangeList.OFFSET_PAIR:
            return base + cursor.unsigned(), base + cursor.unsigned()
        case RangeList.START_END | RangeList.STARTX_ENDX:
            indexed = kind == RangeList.STARTX_ENDX
            start = _one_address(file, unit, cursor, indexed=indexed)
            return start, _one_address(file, unit, cursor, indexed=indexed)
        case RangeList.START_LENGTH | RangeList.STARTX_LENGTH:
            start = _one_address(file, unit, cursor, indexed=kind == RangeList.STARTX_LENGTH)
            return start, start + cursor.unsigned()
        case _:
            raise IndexError


def _one_address(file: DebugFile, unit: Unit, cursor: Cursor, *, indexed: bool) -> int:
    if indexed:
        return indexed_address(file, unit, cursor.unsigned())
    return cursor.fixed(unit.layout.address_bytes)
