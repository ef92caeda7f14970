"""Firmware, DebugInformation -> which inlined call every byte of code belongs to.

Each byte of a range is painted with the number of the innermost call that covers it, inside the bytes of the call
around it only. So no byte counts twice, whatever the file says.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.firmware.debug.names import Names
from lilliput.firmware.debug.placement import Code, is_named, place
from lilliput.firmware.debug.scopes import Scope

_BYTES_PER_STEP = 64
"""Bytes that are painted in the time that reading one byte of debug information takes."""
_BYTES_PER_STEP_OF_MEMORY = 8
"""Code is as long as its debug information at most, so that this bounds memory as the above bounds time."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function that lies in some range (`parent` 0) or a call inlined into call number `parent`."""

    parent: int
    scope: Scope
    unit: int


@dataclass(frozen=True, slots=True, eq=False)
class Painting:
    """`owners` has for each range with a known function an array with the number of the call of each byte, 0: none.

    `calls` are numbered from 1. `homes` is the call number of the function that gives a range its name, or lies in it.
    """

    calls: tuple[Call, ...]
    owners: dict[int, NDArray[np.int32]]
    homes: dict[int, int]

    def call(self, number: int) -> Call:
        """The call with this number."""
        return self.calls[number - 1]

    def unit(self, index: int) -> int | None:
        """The unit that range `index` comes from."""
        return self.call(self.homes[index]).unit if index in self.homes else None

    def inlined_chain(self, number: int) -> Iterator[int]:
        """The inlined calls around a byte with this owner, the innermost first; none where a function owns it."""
        while number and (parent := self.call(number).parent):
            yield number
            number = parent


def paint(code: Code, names: Names) -> Painting:
    """Paint the ranges of `code`."""
    calls: list[Call] = []
    owners: dict[int, NDArray[np.int32]] = {}
    homes: dict[int, int] = {}
    for unit, scopes in enumerate(names.information.scopes):
        numbers: list[int] = []
        ranges: tuple[int, ...] = ()
        with names.information.file.noting(f"the inlined calls of unit {unit + 1}"):
            for scope in scopes:
                if scope.parent < 0:
                    ranges = place(scope, code, names)
                parent = 0 if scope.parent < 0 else numbers[scope.parent]
                calls.append(Call(parent, scope, unit))
                numbers.append(len(calls))
                for index in ranges:
                    _paint_scope(scope, parent, len(calls), index, code, owners, names)
                    if scope.parent < 0 and (index not in homes or is_named(code.ranges[index], scope, names)):
                        homes[index] = len(calls)
    return Painting(tuple(calls), owners, homes)


def _paint_scope(
    scope: Scope,
    parent: int,
    number: int,
    index: int,
    code: Code,
    owners: dict[int, NDArray[np.int32]],
    names: Names,
) -> None:
    """Paint what `scope` covers of the range `index` and belongs to the call `parent` so far."""
    start, size = code.starts[index], code.ranges[index].size_bytes
    if index not in owners:
        names.information.file.allowance.spend(size // _BYTES_PER_STEP_OF_MEMORY)
        owners[index] = np.zeros(size, np.int32)
    for first, last in scope.intervals:
        painted = owners[index][max(first - start, 0) : max(last - start, 0)]
        names.information.file.allowance.spend(1 + len(painted) // _BYTES_PER_STEP)
        painted[painted == parent] = number
