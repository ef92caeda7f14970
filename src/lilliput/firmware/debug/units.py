""".debug_info -> its units (section 7.5.1) and the values of single entries, with strings and addresses resolved."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from lilliput.firmware.debug.abbreviations import Abbreviation, AbbreviationTables
from lilliput.firmware.debug.encoding import Allowance, Cursor, DamagedDebugInfo, reading, string_at
from lilliput.firmware.debug.forms import Layout, read_value
from lilliput.firmware.debug.numbers import Attribute, Form, UnitType
from lilliput.firmware.debug.sections import DebugSections, debug_sections
from lilliput.firmware.elf import Elf

Values = Mapping[int, tuple[int, int | bytes]]
"""Of an entry: attribute -> form and value."""

_WITH_SIGNATURE = frozenset({UnitType.TYPE, UnitType.SPLIT_TYPE})
_WITH_IDENTIFIER = frozenset({UnitType.SKELETON, UnitType.SPLIT_COMPILE})
_ADDRESS_INDICES = frozenset(
    {Form.ADDRX, Form.ADDRX1, Form.ADDRX2, Form.ADDRX3, Form.ADDRX4, Form.GNU_ADDR_INDEX}
)  # fmt: skip
_STRING_INDICES = frozenset({Form.STRX, Form.STRX1, Form.STRX2, Form.STRX3, Form.STRX4, Form.GNU_STR_INDEX})
_LOCAL_REFERENCES = frozenset({Form.REF1, Form.REF2, Form.REF4, Form.REF8, Form.REF_UDATA})
_OTHER_FILES = frozenset({Form.GNU_REF_ALT, Form.REF_SUP4, Form.REF_SUP8, Form.REF_SIG8})


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit at [`start`, `end`) of .debug_info; its entries begin at `first_entry`, whose values are `top`."""

    start: int
    first_entry: int
    end: int
    layout: Layout
    abbreviations: Mapping[int, Abbreviation]
    top: Values


@dataclass(frozen=True, slots=True)
class DebugFile:
    """The debug information of one file and the allowance for reading it.

    `address_mask` clears the bits of an address that are none: Arm assemblers mark Thumb functions with the lowest.
    """

    sections: DebugSections
    allowance: Allowance
    tables: AbbreviationTables
    address_mask: int
    problems: list[str] = field(default_factory=list[str])
    """What could not be read, and why."""

    @contextmanager
    def noting(self, what: str) -> Generator[None]:
        """Leave out `what` when it turns out to be damaged, and note why."""
        try:
            yield
        except DamagedDebugInfo as problem:
            self.problems.append(f"{what}: {problem}")

    def cursor(self, content: bytes, position: int, layout: Layout | None = None) -> Cursor:
        """A place in a section, for a unit with this layout."""
        return Cursor(content, position, self.sections.order, layout.offset_bytes if layout else 4)


def open_debug_file(elf: Elf) -> DebugFile:
    """The debug information of `elf`, of which nothing is read yet."""
    sections = debug_sections(elf)
    allowance = Allowance.for_bytes(sections.size_bytes)
    tables = AbbreviationTables(sections.abbreviations, allowance)
    return DebugFile(sections, allowance, tables, ~1 if elf.machine == "arm" else ~0, list(sections.unread))


def units(file: DebugFile) -> Iterator[Unit]:
    """The units that describe code or may be referred to, in order; the damaged ones are left out and noted."""
    position = 0
    while position < len(file.sections.info):
        start, end = position, len(file.sections.info)
        with file.noting(f"the units from {start:#x} of .debug_info on"), reading("the header"):
            end = _end(file, start)
        unit: Unit | None = None
        with file.noting(f"the unit at {start:#x} of .debug_info"), reading("the first entry"):
            unit = _unit(file, start, end)
        if unit is not None:
            yield unit
        position = end


def _end(file: DebugFile, start: int) -> int:
    cursor = file.cursor(file.sections.info, start)
    length = cursor.initial_length()
    end = cursor.position + length
    if end > len(file.sections.info):
        raise DamagedDebugInfo(f"a length of {length:,} bytes is more than there are")
    return end


def _unit(file: DebugFile, start: int, end: int) -> Unit | None:
    """The unit, or None for one that holds nothing but types."""
    cursor = file.cursor(file.sections.info, start)
    cursor.initial_length()
    version = cursor.fixed(2)
    if version not in range(2, 6):
        raise DamagedDebugInfo(f"version {version} of DWARF is not known")
    kind = cursor.fixed(1) if version == 5 else int(UnitType.COMPILE)
    address_bytes = cursor.fixed(1) if version == 5 else 0
    table = cursor.offset()
    layout = Layout(version, address_bytes or cursor.fixed(1), cursor.offset_bytes)
    if layout.address_bytes not in (2, 4, 8):
        raise DamagedDebugInfo(f"addresses of {layout.address_bytes} bytes are not known")
    if kind in _WITH_SIGNATURE:
        return None
    if kind in _WITH_IDENTIFIER:
        cursor.skip(8)
    abbreviations = file.tables.table(table, layout)
    first_entry = cursor.position
    code = cursor.unsigned() if first_entry < end else 0
    top = read_values(cursor, abbreviations[code], layout) if code in abbreviations else {}
    return Unit(start, first_entry, end, layout, abbreviations, top)


def read_values(cursor: Cursor, abbreviation: Abbreviation, layout: Layout) -> Values:
    """The values of the entry whose code was just read."""
    return {
        attribute: read_value(cursor, form, constant, layout) for attribute, form, constant in abbreviation.attributes
    }


def entry_values(file: DebugFile, unit: Unit, offset: int) -> Values:
    """The values of the entry at `offset` of .debug_info, which lies in `unit`. Raises DamagedDebugInfo."""
    with reading("an entry"):
        cursor = file.cursor(file.sections.info, offset, unit.layout)
        abbreviation = unit.abbreviations.get(cursor.unsigned())
        if abbreviation is None:
            return {}
        values = read_values(cursor, abbreviation, unit.layout)
        file.allowance.spend(cursor.position - offset)
        return values


def number(values: Values, attribute: int) -> int:
    """A number as it stands in the entry; 0 when the attribute is missing."""
    _, value = values.get(attribute, (0, 0))
    return value if isinstance(value, int) else 0


def text(file: DebugFile, unit: Unit, values: Values, attribute: int) -> str:
    """A string, wherever it is stored; "" when it is missing."""
    form, value = values.get(attribute, (0, b""))
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if form in _STRING_INDICES:
        size = unit.layout.offset_bytes
        # Before DWARF 5 the table has no header, from which the base would lead away.
        base = number(unit.top, Attribute.STR_OFFSETS_BASE) or (8 if unit.layout.version == 5 else 0)
        with reading("the table of strings"):
            value = file.cursor(file.sections.string_offsets, base + value * size).fixed(size)
    elif form not in (Form.STRP, Form.LINE_STRP):
        return ""
    content = file.sections.line_strings if form == Form.LINE_STRP else file.sections.strings
    return string_at(content, value, file.allowance)


def indexed_address(file: DebugFile, unit: Unit, index: int) -> int:
    """Entry `index` of the unit's part of .debug_addr. Raises DamagedDebugInfo."""
    size = unit.layout.address_bytes
    base = number(unit.top, Attribute.ADDR_BASE) or (8 if unit.layout.version == 5 else 0)
    with reading("the table of addresses"):
        return file.cursor(file.sections.addresses, base + index * size).fixed(size)


def address(file: DebugFile, unit: Unit, values: Values, attribute: int) -> int | None:
    """An address; None when the attribute is missing or is no address but a size."""
    form, value = values.get(attribute, (0, 0))
    if form in _ADDRESS_INDICES and isinstance(value, int):
        return indexed_address(file, unit, value)
    return value if form == Form.ADDR and isinstance(value, int) else None


def reference(unit: Unit, values: Values, attribute: int) -> int | None:
    """The offset in .debug_info of the entry that is referred to; None when there is none in this file."""
    form, value = values.get(attribute, (0, 0))
    if not isinstance(value, int) or attribute not in values or form in _OTHER_FILES:
        return None
    return unit.start + value if form in _LOCAL_REFERENCES else value
