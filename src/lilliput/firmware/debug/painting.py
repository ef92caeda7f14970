"""Firmware -> which function and which inlined call every byte of its code belongs to.

Each byte of a range is painted with the number of the innermost call that covers it, inside the bytes of the call
around it only. So no byte counts twice, whatever the file says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.firmware.debug.information import debug_information
from lilliput.firmware.debug.names import Names
from lilliput.firmware.debug.placement import Code, code_of, is_named, place
from lilliput.firmware.debug.scopes import Scope
from lilliput.firmware.firmware import Firmware, Range
from lilliput.progress import Progress

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

    code: Code
    names: Names
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


def paint(firmware: Firmware, progress: Progress) -> Painting:
    """Read the debug information of `firmware` and paint its code."""
    names, code = Names(debug_information(firmware.elf, progress)), code_of(firmware)
    calls: list[Call] = []
    owners: dict[int, NDArray[np.int32]] = {}
    homes: dict[int, int] = {}
    for unit, scopes in enumerate(names.information.scopes):
        first = len(calls) + 1
        placed: list[tuple[int, ...]] = []
        with names.information.file.noting(f"the inlined calls of unit {unit + 1}"):
            for scope in scopes:
                is_function = scope.parent < 0
                placed.append(place(scope, code, names) if is_function else placed[scope.parent])
                calls.append(Call(0 if is_function else first + scope.parent, scope, unit))
                for index in placed[-1]:
                    _paint_scope(calls, index, code, owners, names)
                    if is_function and _is_better_home(scope, homes.get(index), calls, code.ranges[index], names):
                        homes[index] = len(calls)
    return Painting(code, names, tuple(calls), owners, homes)


def _is_better_home(function: Scope, home: int | None, calls: Sequence[Call], each: Range, names: Names) -> bool:
    """Whether `function` says more of a range than its `home` so far.

    Of equal functions from several units, such as templates, linkers keep the first and let all claim its address.
    """
    if home is None:
        return True
    return is_named(each, function, names) and not is_named(each, calls[home - 1].scope, names)


def _paint_scope(
    calls: Sequence[Call], index: int, code: Code, owners: dict[int, NDArray[np.int32]], names: Names
) -> None:
    """Paint what the last of `calls` covers of the range `index` and belongs to its parent so far."""
    call, allowance = calls[-1], names.information.file.allowance
    start, size = code.starts[index], code.ranges[index].size_bytes
    if index not in owners:
        allowance.spend(size // _BYTES_PER_STEP_OF_MEMORY)
        owners[index] = np.zeros(size, np.int32)
    for first, last in call.scope.intervals:
        painted = owners[index][max(first - start, 0) : max(last - start, 0)]
        allowance.spend(1 + len(painted) // _BYTES_PER_STEP)
        painted[painted == call.parent] = len(calls)
