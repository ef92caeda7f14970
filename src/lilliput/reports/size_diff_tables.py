"""Difference -> a line of summary, and tables that the terminal and Markdown show alike."""

from collections import Counter
from collections.abc import Sequence

from lilliput.firmware.difference import Difference, Kind, Sizes, SymbolChange
from lilliput.firmware.snapshot import object_title
from lilliput.reports.columns import Column
from lilliput.reports.size_table import UNKNOWN_OBJECT, SizeTable

ONE_MAP = "Only one of the two has a map, so that object files cannot be compared; give --map and --diff-map."

_STYLES = {"+": "red", "-": "green"}


def summary(difference: Difference) -> str:
    """One line: flash, RAM, and what happened to how many symbols."""
    total = difference.total
    counts = Counter(each.kind for each in difference.symbols if not each.entry.stands_in)
    kinds = ", ".join(f"{counts[kind]} {kind.value}" for kind in Kind if counts[kind])
    flash = _total("flash", total.old_flash_bytes, total.new_flash_bytes)
    ram = _total("RAM", total.old_ram_bytes, total.new_ram_bytes)
    return f"{flash}; {ram}; symbols: {kinds or 'none changed'}"


def diff_tables(difference: Difference, most: int) -> tuple[SizeTable, ...]:
    """Regions and groups, then at `most` object files and symbols that changed most (all for 0); no empty table."""
    groups = [each for each in difference.groups if each.changed]
    objects = [] if difference.one_map else [each for each in difference.objects if each.changed]
    tables = (
        _region_table(difference),
        _sizes_table("Groups", "group", groups, 0),
        _sizes_table("Object files", "object file", objects, most),
        _symbol_table(difference.symbols, most),
    )
    return tuple(table for table in tables if table.columns[0].cells)


def change_column(changes_bytes: Sequence[int]) -> Column:
    """Signed numbers, in red what has grown; nothing where nothing has changed."""
    cells = [f"{each:+,}" if each else "" for each in changes_bytes]
    return Column("change", cells, "right", styles=[_STYLES.get(cell[:1], "") for cell in cells])


def _total(memory: str, before: int, after: int) -> str:
    if before == after:
        return f"{memory} {after:,} bytes as before"
    share = f", {(after - before) / before:+.1%}" if before else ""
    return f"{memory} {before:,} -> {after:,} bytes ({after - before:+,}{share})"


def _region_table(difference: Difference) -> SizeTable:
    regions = difference.regions
    return SizeTable(
        "Memory regions",
        (
            Column("region", [each.name for each in regions]),
            Column("used", [f"{each.new_used_bytes:,}" for each in regions], "right"),
            change_column([each.new_used_bytes - each.old_used_bytes for each in regions]),
            Column("size", [f"{each.size_bytes:,}" if each.size_bytes else "" for each in regions], "right"),
        ),
    )


def _sizes_table(title: str, heading: str, sizes: Sequence[Sizes], most: int) -> SizeTable:
    shown = sizes[:most] if most else sizes
    names = Column(heading, [each.name or UNKNOWN_OBJECT for each in shown], gives_way=True)
    return SizeTable(title, (*_size_columns(shown), names), len(sizes) - len(shown))


def _symbol_table(changes: Sequence[SymbolChange], most: int) -> SizeTable:
    shown = changes[:most] if most else changes
    return SizeTable(
        "Symbols",
        (
            *_size_columns([each.sizes for each in shown]),
            Column("", [each.kind.value for each in shown]),
            Column("symbol", [_name(each) for each in shown], gives_way=True),
            Column("from", [_place(each) for each in shown], gives_way=True),
        ),
        len(changes) - len(shown),
    )


def _size_columns(sizes: Sequence[Sizes]) -> tuple[Column, ...]:
    return (
        Column("flash", [f"{each.new_flash_bytes:,}" for each in sizes], "right"),
        change_column([each.flash_change_bytes for each in sizes]),
        Column("RAM", [f"{each.new_ram_bytes:,}" for each in sizes], "right"),
        change_column([each.ram_change_bytes for each in sizes]),
    )


def _name(change: SymbolChange) -> str:
    names = [change.entry.demangled] if change.old is None else [change.old.demangled, change.entry.demangled]
    return " -> ".join(dict.fromkeys(names))


def _place(change: SymbolChange) -> str:
    """The object file, else the section; both before and after where they differ."""
    entries = [change.entry] if change.old is None else [change.old, change.entry]
    objects = [object_title(each) for each in entries]
    sections = [each.section for each in entries]
    return " -> ".join(dict.fromkeys(objects if all(objects) and len(set(sections)) == 1 else sections))
