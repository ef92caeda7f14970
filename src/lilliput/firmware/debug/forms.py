"""Forms (section 7.5.6) -> how far to go to pass over a value, and how to read one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lilliput.firmware.debug.encoding import Cursor, DamagedDebugInfo
from lilliput.firmware.debug.numbers import Form


@dataclass(frozen=True, slots=True)
class Layout:
    """How the values of a unit are laid out."""

    version: int
    address_bytes: int
    offset_bytes: int


SIZES_BYTES: Mapping[int, int] = {
    Form.DATA1: 1, Form.DATA2: 2, Form.DATA4: 4, Form.DATA8: 8, Form.DATA16: 16, Form.FLAG: 1, Form.FLAG_PRESENT: 0,
    Form.REF1: 1, Form.REF2: 2, Form.REF4: 4, Form.REF8: 8, Form.REF_SIG8: 8, Form.REF_SUP4: 4, Form.REF_SUP8: 8,
    Form.STRX1: 1, Form.STRX2: 2, Form.STRX3: 3, Form.STRX4: 4,
    Form.ADDRX1: 1, Form.ADDRX2: 2, Form.ADDRX3: 3, Form.ADDRX4: 4, Form.IMPLICIT_CONST: 0,
}  # fmt: skip
"""The forms of one size."""

_OFFSETS = {Form.STRP, Form.LINE_STRP, Form.SEC_OFFSET, Form.STRP_SUP, Form.GNU_REF_ALT, Form.GNU_STRP_ALT}

_READERS: Mapping[int, Callable[[Cursor], int | bytes]] = {
    Form.UDATA: Cursor.unsigned,
    Form.REF_UDATA: Cursor.unsigned,
    Form.STRX: Cursor.unsigned,
    Form.ADDRX: Cursor.unsigned,
    Form.LOCLISTX: Cursor.unsigned,
    Form.RNGLISTX: Cursor.unsigned,
    Form.GNU_ADDR_INDEX: Cursor.unsigned,
    Form.GNU_STR_INDEX: Cursor.unsigned,
    Form.SDATA: Cursor.signed,
    Form.STRING: lambda cursor: cursor.string().encode(),
    Form.BLOCK: lambda cursor: cursor.block(cursor.unsigned()),
    Form.EXPRLOC: lambda cursor: cursor.block(cursor.unsigned()),
    Form.BLOCK1: lambda cursor: cursor.block(cursor.fixed(1)),
    Form.BLOCK2: lambda cursor: cursor.block(cursor.fixed(2)),
    Form.BLOCK4: lambda cursor: cursor.block(cursor.fixed(4)),
}
"""The forms whose size only the value tells."""

LEB128_FORMS = frozenset(form for form, reader in _READERS.items() if reader in (Cursor.unsigned, Cursor.signed))
"""The forms that end with the first byte below 128."""


def fixed_bytes(form: int, layout: Layout) -> int | None:
    """The size of a value of this form; None where only the value tells it."""
    if form in _OFFSETS:
        return layout.offset_bytes
    if form == Form.ADDR or (form == Form.REF_ADDR and layout.version == 2):
        return layout.address_bytes
    if form == Form.REF_ADDR:
        return layout.offset_bytes
    return SIZES_BYTES.get(form)


def read_value(cursor: Cursor, form: int, constant: int, layout: Layout) -> tuple[int, int | bytes]:
    """The form that the value really has, and the value as it stands there: offsets and indices are not followed.

    Strings inside the entry, blocks and expressions are bytes, everything else is a number. `constant` is the value
    of an attribute whose value stands in the abbreviation.
    """
    while form == Form.INDIRECT:
        form = cursor.unsigned()
    if form == Form.IMPLICIT_CONST:
        return form, constant
    size = fixed_bytes(form, layout)
    if size is not None:
        return form, cursor.fixed(size) if size else 1
    if form not in _READERS:
        raise DamagedDebugInfo(f"a value has the form {form:#x}, which DWARF does not have")
    return form, _READERS[form](cursor)
