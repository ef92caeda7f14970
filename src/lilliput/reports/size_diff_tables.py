"""Difference -> a line of summary and tables of text, which the terminal and Markdown show each in its way."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lilliput.firmware.difference import Difference, Kind, RegionChange, Sizes, SymbolChange, object_name

MOST_ROWS = 25
"""Rows of object files and of symbols, where nobody asks for more."""

_SIZE_HEADINGS = ("flash", "change", "RAM", "change")
_NO_OBJECT = "(object file not known)"


@dataclass(frozen=True, slots=True)
class DiffTable:
    """Cells of text under headings, of which the first `names` are no numbers. `hidden_rows` more would follow."""

    title: str
    names: int
    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    hidden_rows: int


def summary(difference: Difference) -> str:
    """One line: flash, RAM, and what happened to how many symbols."""
    total = difference.total
    counts = Counter(each.kind for each in difference.symbols if not each.entry.stands_in)
    kinds = ", ".join(f"{counts[kind]} {kind.value}" for kind in Kind if counts[kind])
    flash = _total("flash", total.old_flash_bytes, total.new_flash_bytes)
    ram = _total("RAM", total.old_ram_bytes, total.new_ram_bytes)
    return f"{flash}; {ram}; symbols: {kinds or 'none changed'}"


def diff_tables(difference: Difference, most_rows: int = MOST_ROWS) -> tuple[DiffTable, ...]:
    """Regions and groups, then the object files and symbols that changed most; no table without rows."""
    objects = [_sizes_row(each) for each in difference.objects if each.changed]
    symbols = [_symbol_row(each) for each in difference.symbols]
    groups = [_sizes_row(each) for each in difference.groups]
    tables = (
        DiffTable("Regions", 1, ("region", "used", "change", "of"), [*map(_region_row, difference.regions)], 0),
        DiffTable("Groups", 1, ("group", *_SIZE_HEADINGS), groups, 0),
        _largest("Object files", 1, ("object file", *_SIZE_HEADINGS), objects, most_rows),
        _largest("Symbols", 3, ("symbol", "", "object file", *_SIZE_HEADINGS), symbols, most_rows),
    )
    return tuple(table for table in tables if table.rows)


def _largest(title: str, names: int, headings: tuple[str, ...], rows: list[tuple[str, ...]], most: int) -> DiffTable:
    return DiffTable(title, names, headings, rows[:most], max(0, len(rows) - most))


def _total(memory: str, before: int, after: int) -> str:
    if before == after:
        return f"{memory} {after:,} bytes as before"
    share = f", {(after - before) / before:+.1%}" if before else ""
    return f"{memory} {before:,} -> {after:,} bytes ({after - before:+,}{share})"


def _change(change_bytes: int) -> str:
    return f"{change_bytes:+,}" if change_bytes else ""


def _region_row(region: RegionChange) -> tuple[str, ...]:
    change = _change(region.new_used_bytes - region.old_used_bytes)
    return region.name, f"{region.new_used_bytes:,}", change, f"{region.size_bytes:,}" if region.size_bytes else ""


def _sizes_row(sizes: Sizes) -> tuple[str, ...]:
    return sizes.name or _NO_OBJECT, *_cells(sizes)


def _symbol_row(change: SymbolChange) -> tuple[str, ...]:
    name = change.entry.demangled
    if change.kind is Kind.RENAMED and change.old is not None:
        name = f"{change.old.demangled} -> {name}"
    place = object_name(change.entry)
    if change.kind is Kind.MOVED and change.old is not None:
        before = object_name(change.old)
        place = f"{before} -> {place}" if before != place else f"{change.old.section} -> {change.entry.section}"
    return name, change.kind.value, place, *_cells(change.sizes)


def _cells(sizes: Sizes) -> tuple[str, ...]:
    return (
        f"{sizes.new_flash_bytes:,}",
        _change(sizes.flash_change_bytes),
        f"{sizes.new_ram_bytes:,}",
        _change(sizes.ram_change_bytes),
    )
