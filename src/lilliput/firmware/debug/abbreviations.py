""".debug_abbrev -> tables of abbreviations (section 7.5.3): what an entry with a given code is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lilliput.firmware.debug.encoding import Allowance, Cursor, reading
from lilliput.firmware.debug.forms import LEB128_FORMS, Layout, fixed_bytes
from lilliput.firmware.debug.numbers import Attribute, Form, Tag

LEB128 = -1
OTHER = 0x1000000
"""What is added to a form that is neither of fixed size nor LEB128 in `Abbreviation.steps`."""

_STEPS = 40
"""An abbreviation takes as long to read as so many bytes of entries."""
_SCOPES = frozenset({Tag.SUBPROGRAM, Tag.INLINED_SUBROUTINE})
_PLACES = frozenset({Attribute.LOW_PC, Attribute.RANGES})


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """The shape of entries.

    `attributes` are (attribute, form, constant). `steps` lead over the values: that many bytes, a LEB128 number,
    or one value of the form `step - OTHER`. What `describes_code` is a function or an inlined call with addresses.
    """

    tag: int
    has_children: bool
    attributes: tuple[tuple[int, int, int], ...]
    steps: tuple[int, ...]
    describes_code: bool


@dataclass(frozen=True, slots=True)
class AbbreviationTables:
    """Reads the tables of a file, each once for each layout that units use it with."""

    content: bytes
    allowance: Allowance
    known: dict[tuple[int, Layout], Mapping[int, Abbreviation]] = field(
        default_factory=dict[tuple[int, Layout], Mapping[int, Abbreviation]]
    )

    def table(self, offset: int, layout: Layout) -> Mapping[int, Abbreviation]:
        """The abbreviations at `offset` by their code. Raises DamagedDebugInfo."""
        key = (offset, layout)
        if key not in self.known:
            with reading("the table of abbreviations"):
                self.known[key] = _table(Cursor(self.content, offset, "little"), layout, self.allowance)
        return self.known[key]


def _table(cursor: Cursor, layout: Layout, allowance: Allowance) -> Mapping[int, Abbreviation]:
    table: dict[int, Abbreviation] = {}
    while code := cursor.unsigned():
        start = cursor.position
        tag, has_children = cursor.unsigned(), bool(cursor.fixed(1))
        attributes = _attributes(cursor)
        allowance.spend(cursor.position - start + _STEPS)
        names = {attribute for attribute, _, _ in attributes}
        table[code] = Abbreviation(
            tag=tag,
            has_children=has_children,
            attributes=attributes,
            steps=_steps(attributes, layout),
            describes_code=tag in _SCOPES and not _PLACES.isdisjoint(names),
        )
    return table


def _attributes(cursor: Cursor) -> tuple[tuple[int, int, int], ...]:
    found: list[tuple[int, int, int]] = []
    while True:
        attribute, form = cursor.unsigned(), cursor.unsigned()
        constant = cursor.signed() if form == Form.IMPLICIT_CONST else 0
        if not attribute and not form:
            return tuple(found)
        found.append((attribute, form, constant))


def _steps(attributes: tuple[tuple[int, int, int], ...], layout: Layout) -> tuple[int, ...]:
    steps: list[int] = []
    for _, form, _ in attributes:
        size = fixed_bytes(form, layout)
        if size is not None and steps and 0 <= steps[-1] < OTHER:
            steps[-1] += size
        elif size is not None:
            steps.append(size)
        else:
            steps.append(LEB128 if form in LEB128_FORMS else OTHER + form)
    return tuple(steps)
