"""Firmware, the name of a function -> Listing: its source and machine code interleaved, with the bytes of each line."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lilliput import extras
from lilliput.errors import UsageError
from lilliput.firmware.debug.naming import NameAt
from lilliput.firmware.debug.painting import Painting, paint
from lilliput.firmware.debug.placement import end_of
from lilliput.firmware.debug.source_files import SourceFiles
from lilliput.firmware.debug.spans import LineSpan, line_spans
from lilliput.firmware.demangle import demangled
from lilliput.firmware.firmware import Firmware, Range
from lilliput.progress import Progress, silent

if TYPE_CHECKING:
    from lilliput.firmware.debug.disassembly import Decoded, Disassembler

_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class InlinedCall:
    """A call of `callee`, at `call_line` of `call_file`, in whose place the callee's body stands."""

    callee: str
    call_file: str
    call_line: int


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive instructions of one line.

    `source` is the line's text, "" where the file is not present. `line_bytes` is what the line takes in all blocks of
    the function together. `inlined` are the calls that the line was inlined by, the innermost first; none for a line
    of the function itself.
    """

    file: str
    line: int
    source: str
    size_bytes: int
    line_bytes: int
    inlined: tuple[InlinedCall, ...]
    instructions: "tuple[Decoded, ...]"


@dataclass(frozen=True, slots=True)
class Listing:
    """A function in the order of its addresses: its blocks add up to its bytes.

    `missing_files` are source files that are not present, `unread` is debug information that is missing or damaged.
    Without a disassembler for `machine` the instructions have no text.
    """

    name: str
    demangled: str
    address: int
    size_bytes: int
    machine: str
    is_disassembled: bool
    blocks: tuple[Block, ...]
    missing_files: tuple[str, ...]
    unread: tuple[str, ...]


def listing(
    firmware: Firmware, name: str, *, source_folders: Sequence[Path] = (), progress: Progress = silent
) -> Listing:
    """List the function `name`: its symbol, its C++ name with or without parameters, or an address inside it.

    Sources that are not where the compiler saw them are looked for below `source_folders`. Raises UsageError when no
    function, or more than one, has the name, ToolError when the disassembler is not installed.
    """
    extras.require("size")
    from lilliput.firmware.debug.disassembly import disassembler

    painting = paint(firmware, progress)
    index = _find(painting, name, firmware.elf.name)
    each = painting.code.ranges[index]
    decoder = disassembler(firmware.elf, NameAt.of(firmware))
    sources = SourceFiles(source_folders)
    pieces = tuple(_pieces(index, painting))
    line_bytes: Counter[tuple[int, int]] = Counter()
    for span, _ in pieces:
        line_bytes[span.file, span.line] += span.end - span.start
    blocks: list[Block] = []
    for (file, line, number), spans in groupby(pieces, key=lambda piece: (piece[0].file, piece[0].line, piece[1])):
        path = painting.names.information.paths[file]
        instructions = tuple(_decoded(firmware, each, (span for span, _ in spans), decoder))
        blocks.append(
            Block(
                file=path,
                line=line,
                source=sources.line(path, line),
                size_bytes=sum(len(instruction.code) for instruction in instructions),
                line_bytes=line_bytes[file, line],
                inlined=tuple(_inlined_calls(painting, number)),
                instructions=instructions,
            )
        )
    return Listing(
        name=each.name,
        demangled=each.demangled,
        address=each.address,
        size_bytes=each.size_bytes,
        machine=firmware.elf.machine,
        is_disassembled=decoder.knows_machine,
        blocks=tuple(blocks),
        missing_files=sources.missing(),
        unread=tuple(painting.names.information.file.problems),
    )


def _find(painting: Painting, name: str, where: str) -> int:
    """The index of the range that is meant."""
    for found in _candidates(painting, name):
        if len(found) == 1:
            return found[0]
        if found:
            places = [f"{painting.code.starts[index]:#x} {painting.code.ranges[index].object}" for index in found]
            advice = f"Give the address of one of them: {', '.join(places[:_MOST_NAMED])}"
            raise UsageError(f"{len(found)} functions are called {name}", where, advice)
    known = {_without_parameters(each.demangled) for each in painting.code.ranges}
    close = get_close_matches(name, sorted(known), 3)
    advice = f"Did you mean {' or '.join(close)}?" if close else "--functions lists all functions."
    raise UsageError(f"there is no function {name}", where, advice)


def _candidates(painting: Painting, name: str) -> Iterator[list[int]]:
    """The ranges that the name fits, the best way of fitting first."""
    ranges = list(enumerate(painting.code.ranges))
    yield [index for index, each in ranges if name in (each.name, each.demangled, *each.aliases)]
    yield [index for index, each in ranges if name == _without_parameters(each.demangled)]
    if name[:2].lower() == "0x":
        try:
            address = int(name, 16)
        except ValueError:
            return
        yield [index for index, each in ranges if each.address <= address < end_of(each)]


def _without_parameters(name: str) -> str:
    return name.split("(", 1)[0]


def _pieces(index: int, painting: Painting) -> Iterator[tuple[LineSpan, int]]:
    """The spans of a range, cut where another inlined call begins, with the number of the innermost call."""
    each = painting.code.ranges[index]
    owners = painting.owners.get(index, np.zeros(each.size_bytes, np.int32))
    changes = (np.flatnonzero(np.diff(owners)) + 1 + each.address).tolist()
    for span in line_spans(each, painting.unit(index), painting.names.information):
        inside = [change for change in changes if span.start < change < span.end]
        for start, end in zip((span.start, *inside), (*inside, span.end), strict=True):
            yield LineSpan(start, end, span.file, span.line), int(owners[start - each.address])


def _inlined_calls(painting: Painting, number: int) -> Iterator[InlinedCall]:
    names = painting.names
    for each in painting.inlined_chain(number):
        call = painting.call(each)
        callee = demangled(names.of(call.scope.entry).linkage)
        yield InlinedCall(callee, names.information.path(call.unit, call.scope.call_file), call.scope.call_line)


def _decoded(
    firmware: Firmware, each: Range, spans: Iterable[LineSpan], decoder: "Disassembler"
) -> "Iterator[Decoded]":
    section = firmware.elf.sections[each.section]
    for span in spans:
        yield from decoder.decode(section, span.start, span.end)
