"""An entry of .debug_info -> the name of the function that it stands for, and where the source declares it."""

from bisect import bisect_right
from dataclasses import dataclass, field

from lilliput.firmware.debug.encoding import DamagedDebugInfo
from lilliput.firmware.debug.information import DebugInformation
from lilliput.firmware.debug.numbers import Attribute
from lilliput.firmware.debug.units import entry_values, number, reference, text

_LONGEST_CHAIN = 8
"""An inlined call refers to its abstract function, that to its declaration; longer chains are loops."""


@dataclass(frozen=True, slots=True)
class Name:
    """`linkage` is the mangled name where there is one, else the name in the source; `file` and `line` declare it."""

    linkage: str
    file: str
    line: int


_UNKNOWN = Name("", "", 0)


@dataclass(frozen=True, slots=True)
class Names:
    """Looks names up, each once."""

    information: DebugInformation
    known: dict[int, Name] = field(default_factory=dict[int, Name])

    def of(self, entry: int) -> Name:
        """The name of the entry at offset `entry`; an empty one when the file does not tell it."""
        if entry not in self.known:
            self.known[entry] = _UNKNOWN
            with self.information.file.noting(f"the name of the function at {entry:#x} of .debug_info"):
                self.known[entry] = self._followed(entry)
        return self.known[entry]

    def _followed(self, entry: int | None) -> Name:
        """What is said first on the way to the declaration, but a linkage name before any other."""
        linkage, plain, file, line = "", "", "", 0
        information = self.information
        for _ in range(_LONGEST_CHAIN):
            index = -1 if entry is None else self._unit(entry)
            if entry is None or index < 0:
                return Name(linkage or plain, file, line)
            unit = information.units[index]
            values = entry_values(information.file, unit, entry)
            for attribute in (Attribute.LINKAGE_NAME, Attribute.MIPS_LINKAGE_NAME):
                linkage = linkage or text(information.file, unit, values, attribute)
            plain = plain or text(information.file, unit, values, Attribute.NAME)
            if not line:
                line = number(values, Attribute.DECL_LINE)
                file = information.path(index, number(values, Attribute.DECL_FILE))
            origin = reference(unit, values, Attribute.ABSTRACT_ORIGIN)
            entry = reference(unit, values, Attribute.SPECIFICATION) if origin is None else origin
        raise DamagedDebugInfo("it refers to itself")

    def _unit(self, entry: int) -> int:
        """The index of the unit that holds the entry, -1 when there is none."""
        units = self.information.units
        index = bisect_right(units, entry, key=lambda unit: unit.start) - 1
        return index if index >= 0 and units[index].first_entry <= entry < units[index].end else -1
