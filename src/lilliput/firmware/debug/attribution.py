"""Firmware -> Lines: how many bytes each function, each source line and each inlined call takes.

The lines of a function, the unknown one among them, add up to its bytes, and so do its own bytes and those of the calls
that were inlined into it; this is checked.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from lilliput.errors import InvariantError
from lilliput.firmware.debug.painting import Painting, paint
from lilliput.firmware.debug.spans import line_spans
from lilliput.firmware.demangle import demangled
from lilliput.firmware.firmware import Firmware, Range
from lilliput.progress import Progress, silent

_Site = tuple[str, str, str, int]
"""The callee, the caller, and the file and line of the call."""

UNNAMED = "[unnamed]"
"""A function whose name the debug information does not tell."""

_NOTHING = np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True)
class FunctionBytes:
    """A range of code: a function, or what has no function's name such as assembler code.

    `file` and `line` are where the source declares it, "" and 0 where nobody knows. `inlined_bytes` of `size_bytes`
    come from functions that were inlined into it.
    """

    name: str
    demangled: str
    address: int
    size_bytes: int
    inlined_bytes: int
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class LineBytes:
    """Bytes of `Lines.functions[function]` that come from a line of a file: its own or an inlined function's.

    `file` is "" and `line` 0 where the debug information does not say it. As everywhere with DWARF, a literal pool
    counts for the line before it.
    """

    function: int
    file: str
    line: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class InlinedBytes:
    """Bytes of `Lines.functions[function]` that the calls of `callee` at one place of the source take.

    The calls stand in `call_file` at `call_line` in the body of `caller`: the function, or what was itself inlined into
    it. There are several `copies` when the caller's body is. `size_bytes` includes what was inlined into the callee,
    `own_bytes` does not; the latter add up over a function.
    """

    function: int
    callee: str
    caller: str
    call_file: str
    call_line: int
    copies: int
    size_bytes: int
    own_bytes: int


@dataclass(frozen=True, slots=True)
class Lines:
    """What the debug information says about code; `unread` says which parts of it are damaged.

    `functions` are by address, `lines` and `inlined` by function.
    """

    functions: tuple[FunctionBytes, ...]
    lines: tuple[LineBytes, ...]
    inlined: tuple[InlinedBytes, ...]
    unread: tuple[str, ...]


def line_bytes(firmware: Firmware, progress: Progress = silent) -> Lines:
    """Attribute the code of `firmware`, whose lines are unknown where it has no (sound) debug information."""
    painting = paint(firmware, progress)
    functions: list[FunctionBytes] = []
    lines: list[LineBytes] = []
    inlined: list[InlinedBytes] = []
    for index, each in enumerate(painting.code.ranges):
        calls = tuple(_inlined(index, painting))
        by_line = _lines(index, each, painting)
        functions.append(_function(index, each, painting, sum(call.own_bytes for call in calls)))
        lines += by_line
        inlined += calls
        if sum(line.size_bytes for line in by_line) != each.size_bytes or functions[-1].inlined_bytes > each.size_bytes:
            raise InvariantError(f"the lines of {each.name} do not add up to its {each.size_bytes} bytes")
    return Lines(tuple(functions), tuple(lines), tuple(inlined), tuple(painting.names.information.file.problems))


def _function(index: int, each: Range, painting: Painting, inlined_bytes: int) -> FunctionBytes:
    file, line = "", 0
    if index in painting.homes:
        name = painting.names.of(painting.call(painting.homes[index]).scope.entry)
        file, line = name.file, name.line
    return FunctionBytes(each.name, each.demangled, each.address, each.size_bytes, inlined_bytes, file, line)


def _lines(index: int, each: Range, painting: Painting) -> list[LineBytes]:
    information = painting.names.information
    sizes: Counter[tuple[int, int]] = Counter()
    for span in line_spans(each, painting.unit(index), information):
        sizes[span.file, span.line] += span.end - span.start
    known = sorted((information.paths[file], line, size) for (file, line), size in sizes.items())
    return [LineBytes(index, path, line, size) for path, line, size in known]


def _inlined(index: int, painting: Painting) -> Iterator[InlinedBytes]:
    """The calls inlined into a range, copies of one call together; the largest first."""
    own: Counter[_Site] = Counter()
    whole: Counter[_Site] = Counter()
    copies: defaultdict[_Site, set[int]] = defaultdict(set)
    numbers, sizes = np.unique(painting.owners.get(index, _NOTHING), return_counts=True)
    site_of = cache(partial(_site, painting))
    file = painting.names.information.file
    with file.noting("calls that are inlined into each other"):
        for number, size in zip(numbers.tolist(), sizes.tolist(), strict=True):
            chain = list(painting.inlined_chain(number))
            file.allowance.spend(len(chain))
            sites = [site_of(each) for each in chain]
            own.update({sites[0]: size} if sites else {})
            whole.update(dict.fromkeys(sites, size))
            for each, site in zip(chain, sites, strict=True):
                copies[site].add(each)
    for site, size in sorted(whole.items(), key=lambda item: (-item[1], item[0])):
        callee, caller, path, line = site
        yield InlinedBytes(index, callee, caller, path, line, len(copies[site]), size, own[site])


def _site(painting: Painting, number: int) -> _Site:
    call, names = painting.call(number), painting.names
    callee, caller = (names.of(each.scope.entry).linkage for each in (call, painting.call(call.parent)))
    path = names.information.path(call.unit, call.scope.call_file)
    return demangled(callee) or UNNAMED, demangled(caller) or UNNAMED, path, call.scope.call_line
