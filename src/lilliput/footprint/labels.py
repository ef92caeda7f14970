"""Elf + DebugInfo + CSource -> labelled ranges of a section: the most specific source that knows a byte labels it.

Sources in order: data symbols of the generated source; its line table, so that a kernel inlined into another function
still counts as that kernel; functions and data of the start-up files and of runtime libraries; alignment; the section.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from lilliput.codegen.csource import CSource, Label, Part
from lilliput.firmware.code.spans import Span, spans
from lilliput.firmware.elf import Elf, Section, SymbolKind
from lilliput.footprint.debug_info import DebugInfo, Row

Claim = tuple[int, int, Label]
"""Addresses [start, end) and what they are for."""

PADDING = Label(Part.PADDING, "alignment")

_MOST_PADDING_BYTES = 31
"""Compilers align data to 32 bytes at most (GCC on x86); what is longer is data of zeros."""

_FILL_BYTES = {
    "arm": b"\xbf\xc0\x46\xd4",
    "riscv": b"\x01\x13",
    "x86_64": b"\x66\x2e\x0f\x1f\x40\x44\x80\x84\x90\xcc",
}
"""Of what assemblers and linkers make gaps besides zeros: the bytes of `nop`s and of lld's traps."""


def claims_of(elf: Elf, debug: DebugInfo, source: CSource) -> tuple[tuple[Claim, ...], ...]:
    """What each kind of source claims, the most specific kind first, each sorted by address."""
    known: list[Claim] = []
    lines: list[Claim] = []
    others: list[Claim] = []
    for span in spans(elf, SymbolKind.OBJECT):
        label = _constant_label(span, debug, source)
        (known if label else others).append((span.start, span.end, label or _foreign_data(span, debug, source)))
    row_starts = [row.start for row in debug.rows]
    for function in spans(elf, SymbolKind.FUNCTION):
        first, end = (bisect_left(row_starts, address) for address in (function.start, function.end))
        if rows := debug.rows[first:end]:
            lines.extend(_line_claims(function, rows, source))
        else:
            others.append((function.start, function.end, _foreign_code(function, debug)))
    return tuple(known), tuple(lines), tuple(sorted(others, key=lambda claim: claim[:2]))


def label_section(section: Section, claims: Sequence[Sequence[Claim]], machine: str) -> list[Claim]:
    """Label every address of `section`, sorted, without gap or overlap. Of overlapping claims the first wins."""
    holes = [(section.address, section.end)]
    labelled: list[Claim] = []
    for kind in claims:
        painted, holes = _paint(holes, kind)
        labelled.extend(painted)
    labelled.extend((start, end, _hole_label(section, start, end, machine)) for start, end in holes)
    return sorted(labelled, key=lambda claim: claim[0])


def _paint(holes: list[tuple[int, int]], claims: Sequence[Claim]) -> tuple[list[Claim], list[tuple[int, int]]]:
    """Cut sorted `claims` to the sorted `holes`: the parts that fit, and the holes that remain."""
    painted: list[Claim] = []
    remaining: list[tuple[int, int]] = []
    first = 0
    for position, end in holes:
        while first < len(claims) and claims[first][1] <= position:
            first += 1
        index = first
        while index < len(claims) and claims[index][0] < end:
            start, stop = max(claims[index][0], position), min(claims[index][1], end)
            if start < stop:
                if position < start:
                    remaining.append((position, start))
                painted.append((start, stop, claims[index][2]))
                position = stop
            index += 1
        if position < end:
            remaining.append((position, end))
    return painted, remaining


def _constant_label(span: Span, debug: DebugInfo, source: CSource) -> Label | None:
    """The label of a data symbol, or of the line that declares it.

    Compilers append `.number` to the names of copies and of local statics.
    """
    for name in span.names:
        label = source.symbols.get(name) or source.symbols.get(name.partition(".")[0])
        if label:
            return label
    return _line_label(debug.data_lines.get(span.start, 0), source)


def _line_label(line: int, source: CSource) -> Label | None:
    return source.lines[line - 1] if 0 < line <= len(source.lines) else None


def _line_claims(function: Span, rows: Sequence[Row], source: CSource) -> Iterator[Claim]:
    """The function's rows, from its first byte to its last; literal pools go with the row before them.

    Lines without a label take that of the function's first labelled line, or else the function itself is the label.
    """
    labels = [_line_label(row.line, source) for row in rows]
    fallback = next((label for label in labels if label), Label(Part.GRAPH, function.name))
    position = function.start
    for row, label in zip(rows, labels, strict=True):
        if position < row.start:
            yield position, row.start, fallback
        yield row.start, min(row.end, function.end), label or fallback
        position = row.end
    if position < function.end:
        yield position, function.end, fallback


def _foreign_code(function: Span, debug: DebugInfo) -> Label:
    """The label of a function that is not in the generated source's line table."""
    startup = next((name for name in function.names if name in debug.startup_names), None)
    if startup is not None:
        return Label(Part.STARTUP, startup)
    return Label(Part.KERNELS, f"runtime library: {function.name}")


def _foreign_data(span: Span, debug: DebugInfo, source: CSource) -> Label:
    """The label of data that the generator did not name: start-up data, a compiler's table, a library's table."""
    if span.name in debug.startup_names:
        return Label(Part.STARTUP, span.name)
    if PurePosixPath(span.file).name == f"{source.name}.c":
        return Label(Part.KERNELS, f"compiler's table {span.name}")
    return Label(Part.KERNELS, f"runtime library: {span.name}")


def _hole_label(section: Section, start: int, end: int, machine: str) -> Label:
    """Padding when the bytes are fill and fewer than the next item's alignment explains; the section otherwise."""
    length = end - start
    content = bytes(section.data[start - section.address : end - section.address])
    fill = _FILL_BYTES.get(machine, b"") + b"\0"
    if length <= _MOST_PADDING_BYTES and length < (end & -end) and not content.strip(fill):
        return PADDING
    return Label(Part.KERNELS, f"section {section.name}")
