"""Firmware, the name of a function -> Listing: its source and machine code interleaved, with the bytes of each line."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lilliput import extras
from lilliput.firmware.debug.finding import find_function
from lilliput.firmware.debug.naming import NameAt
from lilliput.firmware.debug.painting import Painting, paint
from lilliput.firmware.debug.source_files import SourceFiles
from lilliput.firmware.debug.spans import line_spans
from lilliput.firmware.demangle import demangled
from lilliput.firmware.firmware import Firmware
from lilliput.progress import Progress, silent

if TYPE_CHECKING:
    from lilliput.firmware.debug.disassembly import Decoded

_DEEPEST = 100
"""Inlined calls around an instruction that are shown."""


@dataclass(frozen=True, slots=True)
class InlinedCall:
    """A call of `callee`, at `call_line` of `call_file`, in whose place the callee's body stands."""

    callee: str
    call_file: str
    call_line: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """Instructions at [`start`, `end`) that come from one line in one place."""

    start: int
    end: int
    file: str
    line: int
    inlined: tuple[InlinedCall, ...]


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
    index = find_function(painting.code, name, firmware.elf.name)
    each = painting.code.ranges[index]
    sources = SourceFiles(source_folders)
    decoder = disassembler(firmware.elf, NameAt.of(firmware))
    decode = partial(decoder.decode, firmware.elf.sections[each.section])
    return Listing(
        name=each.name,
        demangled=each.demangled,
        address=each.address,
        size_bytes=each.size_bytes,
        machine=firmware.elf.machine,
        is_disassembled=decoder.knows_machine,
        blocks=tuple(_blocks(index, painting, sources, decode)),
        missing_files=sources.missing(),
        unread=tuple(painting.names.information.file.problems),
    )


def _blocks(
    index: int, painting: Painting, sources: SourceFiles, decode: "Callable[[int, int], Iterator[Decoded]]"
) -> Iterator[Block]:
    pieces = tuple(_pieces(index, painting))
    line_bytes: Counter[tuple[str, int]] = Counter()
    for piece in pieces:
        line_bytes[piece.file, piece.line] += piece.end - piece.start
    for (file, line, inlined), same in groupby(pieces, key=lambda piece: (piece.file, piece.line, piece.inlined)):
        instructions = tuple(each for piece in same for each in decode(piece.start, piece.end))
        size_bytes = sum(len(each.code) for each in instructions)
        yield Block(file, line, sources.line(file, line), size_bytes, line_bytes[file, line], inlined, instructions)


def _pieces(index: int, painting: Painting) -> Iterator[_Piece]:
    """The spans of a range, cut where another inlined call begins."""
    each, information = painting.code.ranges[index], painting.names.information
    owners = painting.owners.get(index, np.zeros(each.size_bytes, np.int32))
    changes = (np.flatnonzero(np.diff(owners)) + 1 + each.address).tolist()
    inlined_calls = cache(partial(_inlined_calls, painting))
    for span in line_spans(each, painting.unit(index), information):
        inside = changes[bisect_right(changes, span.start) : bisect_left(changes, span.end)]
        for start, end in zip((span.start, *inside), (*inside, span.end), strict=True):
            inlined = inlined_calls(int(owners[start - each.address]))
            yield _Piece(start, end, information.paths[span.file], span.line, inlined)


def _inlined_calls(painting: Painting, number: int) -> tuple[InlinedCall, ...]:
    names = painting.names
    calls = [painting.call(each) for each in islice(painting.inlined_chain(number), _DEEPEST)]
    return tuple(
        InlinedCall(
            callee=demangled(names.of(call.scope.entry).linkage),
            call_file=names.information.path(call.unit, call.scope.call_file),
            call_line=call.scope.call_line,
        )
        for call in calls
    )
