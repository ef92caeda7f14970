"""A unit of .debug_info -> the functions that it defines and the calls that were inlined into them, as a forest.

This reads every entry of the file, nearly all of which describe types; they are passed over as fast as Python can.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lilliput.firmware.debug.abbreviations import LEB128, OTHER, Abbreviation
from lilliput.firmware.debug.encoding import Cursor, DamagedDebugInfo, reading, unsigned_leb128
from lilliput.firmware.debug.forms import Layout, read_value
from lilliput.firmware.debug.numbers import Attribute, Tag
from lilliput.firmware.debug.ranges import Interval, intervals
from lilliput.firmware.debug.units import DebugFile, Unit, Values, number, read_values, reference

_NO_SCOPE = -1


@dataclass(frozen=True, slots=True)
class Scope:
    """A function (`parent` -1) or a call inlined into the scope `parent`, an index into the scopes of its unit.

    `entry` is the offset in .debug_info of what names it: itself, or the function that was inlined. `call_file` is an
    index into the unit's file table, `call_line` the line of the call; both 0 for a function.
    """

    parent: int
    entry: int
    intervals: tuple[Interval, ...]
    call_file: int
    call_line: int


def scopes(file: DebugFile, unit: Unit) -> tuple[Scope, ...]:
    """The functions and inlined calls with code, each behind its parent. Raises DamagedDebugInfo."""
    file.allowance.spend(unit.end - unit.start)
    found: list[Scope] = []
    with reading("the unit"):
        for parent, offset, inlined, values in _entries_with_code(file, unit):
            entry = reference(unit, values, Attribute.ABSTRACT_ORIGIN) if inlined else offset
            is_call = inlined and parent != _NO_SCOPE
            found.append(
                Scope(
                    parent=parent if is_call else _NO_SCOPE,
                    entry=offset if entry is None else entry,
                    intervals=intervals(file, unit, values),
                    call_file=number(values, Attribute.CALL_FILE) if is_call else 0,
                    call_line=number(values, Attribute.CALL_LINE) if is_call else 0,
                )
            )
    return tuple(found)


def _entries_with_code(file: DebugFile, unit: Unit) -> Iterator[tuple[int, int, bool, Values]]:
    """The number of the enclosing one, the offset, whether it is an inlined call, and the values of each such entry."""
    content = file.sections.info[unit.start : unit.end]
    abbreviations, layout = unit.abbreviations, unit.layout
    position, end = unit.first_entry - unit.start, len(content)
    enclosing: list[int] = []
    scope, count = _NO_SCOPE, 0
    while position < end:
        start = position
        code = content[position]
        position += 1
        if code > 0x7F:
            code, position = unsigned_leb128(content, start)
        if code == 0:
            # Beyond the last level, zeros fill the unit up.
            scope = enclosing.pop() if enclosing else _NO_SCOPE
            continue
        abbreviation = abbreviations.get(code)
        if abbreviation is None:
            raise DamagedDebugInfo(f"an entry has abbreviation {code}, which is not defined")
        if abbreviation.has_children:
            enclosing.append(scope)
        if abbreviation.describes_code:
            cursor = Cursor(content, position, file.sections.order, layout.offset_bytes)
            values = read_values(cursor, abbreviation, layout)
            yield scope, unit.start + start, abbreviation.tag == Tag.INLINED_SUBROUTINE, values
            position = cursor.position
            if abbreviation.has_children:
                scope = count
            count += 1
        else:
            position = _behind(content, position, abbreviation, file, layout)
    if position > end:
        raise IndexError


def _behind(content: bytes, position: int, abbreviation: Abbreviation, file: DebugFile, layout: Layout) -> int:
    """Where the values of an entry end."""
    for step in abbreviation.steps:
        if 0 <= step < OTHER:
            position += step
        elif step == LEB128:
            while content[position] > 0x7F:
                position += 1
            position += 1
        else:
            cursor = Cursor(content, position, file.sections.order, layout.offset_bytes)
            read_value(cursor, step - OTHER, 0, layout)
            position = cursor.position
    return position
