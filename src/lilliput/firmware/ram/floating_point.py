"""Elf -> whether Arm code may use floating-point registers, by its build attributes (Arm IHI 0045, section 3)."""

from lilliput.firmware.debug.encoding import DamagedDebugInfo, unsigned_leb128
from lilliput.firmware.elf import Elf

_HEADER_BYTES = len(b"A") + 4 + len(b"aeabi\0") + 1 + 4
"""Version, length and vendor of the section, then tag and length of what holds for the whole file."""

_FLOATING_POINT = frozenset({10, 48})
"""Tag_FP_arch and Tag_MVE_arch: 0, or left out, where the code uses no such registers."""

_STRINGS = frozenset({4, 5, 67})
_COMPATIBILITY = 32
"""The one tag with a number and a string; of higher tags the odd ones have strings."""


def may_use_floating_point(elf: Elf) -> bool:
    """False where the file says that no code uses floating-point registers; True also where it says nothing."""
    section = elf.section(".ARM.attributes")
    data = b"" if section is None else bytes(section.data)
    if data[:1] != b"A" or data[5:12] != b"aeabi\0\1":
        return True
    end = min(len(data), 11 + int.from_bytes(data[12:16], "little" if elf.little_endian else "big"))
    return _has_floating_point(data[:end], _HEADER_BYTES)


def _has_floating_point(data: bytes, position: int) -> bool:
    """Whether a tag says so from `position` on; a value that ends too early says nothing, which is taken for yes."""
    while position < len(data):
        try:
            tag, position = unsigned_leb128(data, position)
            number = 0
            if tag not in _STRINGS and (tag <= _COMPATIBILITY or tag % 2 == 0):
                number, position = unsigned_leb128(data, position)
            if tag in _STRINGS or (tag >= _COMPATIBILITY and (tag == _COMPATIBILITY or tag % 2)):
                position = data.index(b"\0", position) + 1
        except (DamagedDebugInfo, IndexError, ValueError):
            return True
        if tag in _FLOATING_POINT and number:
            return True
    return False
