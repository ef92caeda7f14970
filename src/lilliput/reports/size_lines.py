"""Lines -> tables of functions, source lines and inlined calls, the largest first, and the same for JSON."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from lilliput.firmware.debug.attribution import FunctionBytes, InlinedBytes, Lines
from lilliput.firmware.saved_report import Json, fields
from lilliput.reports.columns import Column
from lilliput.reports.size_table import SizeTable

UNKNOWN_LINE = "(line not known)"
_MOST_NOTES = 5


def function_table(lines: Lines, most: int) -> SizeTable:
    """Bytes of every function and how many of them were inlined into it; all functions when `most` is 0."""
    functions = sorted(lines.functions, key=lambda each: (-each.size_bytes, each.address))
    shown = functions[:most] if most else functions
    return SizeTable(
        "Functions",
        (
            *_bytes_columns([each.size_bytes for each in shown], _code_bytes(lines)),
            Column("of it\ninlined", [_count(each.inlined_bytes) for each in shown], "right"),
            Column("function", [each.demangled for each in shown], gives_way=True),
            Column("declared at", [place(each.file, each.line) if each.line else "" for each in shown]),
        ),
        len(functions) - len(shown),
    )


def line_table(lines: Lines, most: int) -> SizeTable:
    """Bytes of every source line in all functions together; all lines when `most` is 0."""
    sizes: Counter[tuple[str, int]] = Counter()
    holders: defaultdict[tuple[str, int], list[FunctionBytes]] = defaultdict(list)
    for each in lines.lines:
        sizes[each.file, each.line] += each.size_bytes
        holders[each.file, each.line].append(lines.functions[each.function])
    ordered = sorted(sizes, key=lambda line: (-sizes[line], line))
    shown = ordered[:most] if most else ordered
    return SizeTable(
        "Source lines",
        (
            *_bytes_columns([sizes[line] for line in shown], _code_bytes(lines)),
            Column("line", [place(*line) for line in shown]),
            Column("in", [_holders(holders[line]) for line in shown], gives_way=True),
            Column("folder", [str(PurePosixPath(file).parent) if file else "" for file, _ in shown], gives_way=True),
        ),
        len(ordered) - len(shown),
    )


def inlined_table(lines: Lines, most: int) -> SizeTable:
    """Bytes of every inlined function at each of its call sites; all of them when `most` is 0."""
    calls = sorted(lines.inlined, key=lambda each: (-each.size_bytes, each.callee, each.function))
    shown = calls[:most] if most else calls
    return SizeTable(
        "Inlined calls",
        (
            Column("bytes", [f"{each.size_bytes:,}" for each in shown], "right"),
            Column("own", [_count(each.own_bytes) for each in shown], "right"),
            Column("copies", [str(each.copies) for each in shown], "right"),
            Column("inlined function", [each.callee for each in shown], gives_way=True),
            Column("called at", [place(each.call_file, each.call_line) for each in shown]),
            Column("in", [_around(each, lines) for each in shown], gives_way=True),
        ),
        len(calls) - len(shown),
    )


def lines_json(lines: Lines, *, functions: bool = True, by_line: bool = True, inlined: bool = True) -> Json:
    """What was asked for, as keys of the report; `function` is the address of the function that holds the bytes."""
    address = [each.address for each in lines.functions]
    report: Json = {"unread_debug_information": list(lines.unread)}
    if functions:
        report["functions"] = [fields(each) for each in lines.functions]
    if by_line:
        report["lines"] = [{**fields(each), "function": address[each.function]} for each in lines.lines]
    if inlined:
        report["inlined"] = [{**fields(each), "function": address[each.function]} for each in lines.inlined]
    return report


def unread_notes(unread: Sequence[str]) -> list[str]:
    """What the tables cannot know because debug information is missing or damaged."""
    notes = [f"debug information left out: {problem}" for problem in unread[:_MOST_NOTES]]
    return [*notes, f"and {len(unread) - _MOST_NOTES:,} more parts"] if len(unread) > _MOST_NOTES else notes


def place(file: str, line: int) -> str:
    """FILE:LINE without the folder; a line of 0 is code that the compiler made for no line of the file."""
    return f"{PurePosixPath(file).name}:{line}" if file else UNKNOWN_LINE


def _bytes_columns(sizes: Sequence[int], all_bytes: int) -> tuple[Column, Column]:
    return (
        Column("bytes", [f"{size:,}" for size in sizes], "right", total=f"{all_bytes:,}"),
        Column("share", [f"{size / all_bytes:.1%}" for size in sizes], "right"),
    )


def _code_bytes(lines: Lines) -> int:
    return sum(each.size_bytes for each in lines.functions)


def _count(size_bytes: int) -> str:
    return f"{size_bytes:,}" if size_bytes else "-"


def _holders(functions: Sequence[FunctionBytes]) -> str:
    return functions[0].demangled if len(functions) == 1 else f"{len(functions)} functions"


def _around(call: InlinedBytes, lines: Lines) -> str:
    """The caller and, where that was itself inlined, the function that holds the bytes."""
    holder = lines.functions[call.function].demangled
    return holder if call.caller in (holder, lines.functions[call.function].name) else f"{call.caller}, {holder}"
