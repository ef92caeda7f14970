"""SizeReport -> tables that the terminal and Markdown show alike."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lilliput.errors import InvariantError
from lilliput.firmware.debug.attribution import Lines
from lilliput.firmware.firmware import Region
from lilliput.firmware.report import SizeReport
from lilliput.firmware.snapshot import Entry, Total, object_title
from lilliput.reports.columns import Column
from lilliput.reports.size_lines import function_table, inlined_table, line_table
from lilliput.reports.size_retained import removal_tables, retained_tables
from lilliput.reports.size_stack import reserved_table, stack_table, unknown_table
from lilliput.reports.size_table import UNKNOWN_OBJECT, SizeTable


@dataclass(frozen=True, slots=True)
class View:
    """Which tables to show, by the keys of `_TABLES`, with how many rows; 0 for all.

    Without any it shows an overview, unless the report answers another question.
    """

    tables: tuple[str, ...] = ()
    most_rows: int = 20


def size_tables(report: SizeReport, view: View) -> Iterator[SizeTable]:
    """The tables of a view."""
    if view.tables:
        yield from (_TABLES[name](report, view.most_rows) for name in view.tables)
    elif not report.answers_question:
        yield region_table(report)
        yield group_table(report)
        yield symbol_table(report, view.most_rows)


def answer_tables(report: SizeReport, view: View) -> Iterator[SizeTable]:
    """The tables of stacks and reserved memory, and of what would go away, where they were asked for; no empty one."""
    stacks, areas = report.stacks or (), report.reserved or ()
    tables = [stack_table(stacks), unknown_table(stacks), reserved_table(areas)]
    if report.retained is not None:
        tables += retained_tables(report.retained, view.most_rows)
    if report.removal is not None:
        tables += removal_tables(report.removal, view.most_rows)
    return (table for table in tables if table.columns[0].cells)


def region_table(report: SizeReport) -> SizeTable:
    """What is used of every memory region."""
    regions = report.firmware.regions
    return SizeTable(
        "Memory regions",
        (
            Column("region", [each.name for each in regions]),
            Column("address", [f"{each.address:#010x}" for each in regions]),
            Column("used", [f"{each.used_bytes:,}" for each in regions], "right"),
            Column("size", [f"{each.size_bytes:,}" if each.size_bytes else "" for each in regions], "right"),
            Column("share", [_region_share(each) for each in regions], "right"),
        ),
    )


def group_table(report: SizeReport) -> SizeTable:
    """Flash and RAM of every group."""
    return _totals_table(report, "Groups", report.groups, 0, "group")


def section_table(report: SizeReport, most: int) -> SizeTable:
    """Flash and RAM of every output section."""
    return _totals_table(report, "Sections", report.sections, most, "section", unnamed="(between sections)")


def object_table(report: SizeReport, most: int) -> SizeTable:
    """Flash and RAM of every object file."""
    return _totals_table(report, "Object files", report.objects, most, "object file", unnamed=UNKNOWN_OBJECT)


def archive_table(report: SizeReport, most: int) -> SizeTable:
    """Flash and RAM of every archive."""
    return _totals_table(report, "Archives", report.archives, most, "archive", unnamed="(from no archive)")


def symbol_table(report: SizeReport, most: int) -> SizeTable:
    """The largest symbols and what stands in for one; all when `most` is 0."""
    entries = sorted(report.snapshot.entries, key=lambda each: (-each.flash_bytes, -each.ram_bytes, each.address))
    shown = entries[:most] if most else entries
    return SizeTable(
        "Largest symbols" if len(shown) < len(entries) else "Symbols",
        (
            *_size_columns(report, shown),
            Column("symbol", [each.demangled for each in shown], gives_way=True),
            Column("group", [each.group for each in shown]),
            Column("from", [object_title(each) or each.section for each in shown], gives_way=True),
        ),
        len(entries) - len(shown),
    )


def _totals_table(
    report: SizeReport, title: str, totals: Sequence[Total], most: int, heading: str, unnamed: str = ""
) -> SizeTable:
    shown = totals[:most] if most else totals
    names = Column(heading, [each.name or unnamed for each in shown], gives_way=True)
    return SizeTable(title, (*_size_columns(report, shown), names), len(totals) - len(shown))


def _size_columns(report: SizeReport, rows: Sequence[Entry] | Sequence[Total]) -> Iterable[Column]:
    flash, ram = report.snapshot.flash_bytes, report.snapshot.ram_bytes
    yield Column("flash", [f"{each.flash_bytes:,}" for each in rows], "right", total=f"{flash:,}")
    yield Column("share", [_share(each.flash_bytes, flash) for each in rows], "right")
    yield Column("RAM", [f"{each.ram_bytes:,}" for each in rows], "right", total=f"{ram:,}")


def _region_share(region: Region) -> str:
    return _share(region.used_bytes, region.size_bytes) if region.size_bytes else ""


def _share(part_bytes: int, all_bytes: int) -> str:
    return f"{part_bytes / all_bytes:.1%}" if part_bytes and all_bytes else ""


def _of_lines(make: Callable[[Lines, int], SizeTable]) -> Callable[[SizeReport, int], SizeTable]:
    """A table of the report's lines, which are there when it is in the view."""

    def table(report: SizeReport, most: int) -> SizeTable:
        if report.lines is None:
            raise InvariantError("the lines were not asked for")
        return make(report.lines, most)

    return table


_TABLES: Mapping[str, Callable[[SizeReport, int], SizeTable]] = {
    "sections": section_table,
    "archives": archive_table,
    "objects": object_table,
    "symbols": symbol_table,
    "functions": _of_lines(function_table),
    "lines": _of_lines(line_table),
    "inlined": _of_lines(inlined_table),
}
