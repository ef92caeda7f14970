"""Fit and Survey -> text for people: a table of parts, bars, a verdict for each framework, and the smallest chips."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console

from lilliput.chips import Chip
from lilliput.fit.column import Column, Part
from lilliput.fit.cores import core_of
from lilliput.fit.fit import NAMES, Fit, Survey
from lilliput.fit.framework import Absence, Name
from lilliput.fit.surroundings import Surroundings
from lilliput.reports.columns import Column as TableColumn
from lilliput.reports.columns import table_lines

TITLES: Mapping[Name, str] = {
    "lilliput": "Lilliput",
    "tflm-reference": "TFLM reference",
    "tflm-cmsis-nn": "TFLM CMSIS-NN",
}
"""Frameworks as people read them."""
_BAR_WIDTH = 50
_FILLINGS = "█▓▒░▚"
_LETTERS = "OFMA+"


def print_fit(fit: Fit, console: Console) -> None:
    """Print the parts, the bars, the verdicts and what to do."""
    _say(console, f"{fit.model} on {_heading(fit.chip)}", "bold")
    for memory, available in (("Flash", fit.chip.flash_bytes), ("RAM", fit.chip.ram_bytes)):
        console.print()
        print_table(_parts_table(memory, available, fit.columns), console)
        for line in _bars(memory, available, fit.columns, ascii_only=not console.encoding.startswith("utf")):
            _say(console, line)
    console.print()
    for column in fit.columns:
        _say(console, _verdict(column), "bold green" if column.fits else "bold red")
        for sentence in (*column.framework.notes, *fit.advice[column.framework.name]):
            _say(console, f"  {sentence}")
    for absence in fit.absences:
        _say(console, _absence(absence), "yellow")
    for note in fit.notes:
        _say(console, f"note: {note}", "yellow")
    console.print()
    for line in _sources(fit):
        _say(console, line, "dim")


def print_survey(found: Survey, console: Console) -> None:
    """Print the smallest chips for each framework, side by side."""
    _say(console, f"{found.model}: the smallest of {found.chips:,} chips that hold it", "bold")
    console.print()
    shown: list[Name] = [name for name in NAMES if found.smallest[name]]
    rows = max((len(found.smallest[name]) for name in shown), default=0)
    table: list[TableColumn] = []
    for name in shown:
        columns = found.smallest[name]
        empty = [""] * (rows - len(columns))
        table.append(TableColumn(f"{TITLES[name]}\nchip", [*(each.chip.title for each in columns), *empty]))
        table.append(TableColumn("flash", [*(_kib(each.chip.flash_bytes) for each in columns), *empty], "right"))
        table.append(TableColumn("RAM", [*(_kib(each.chip.ram_bytes) for each in columns), *empty], "right"))
    if table:
        print_table(table, console)
        console.print()
    for name in NAMES:
        _say(console, f"{TITLES[name]}: {found.fitting[name]:,} chips hold it{_needs(found.smallest[name])}")
    for absence in found.absences:
        _say(console, _absence(absence), "yellow")
    _say(console, "TFLM's figures for Cortex-M3 and RISC-V are those of the nearest core that was measured.", "dim")


def print_table(columns: Sequence[TableColumn], console: Console) -> None:
    """Print the lines of a table."""
    for line in table_lines(columns, console.width):
        console.print(line, soft_wrap=True)


def chip_text(chip: Chip) -> str:
    """A chip's memory in a few words."""
    return f"{chip.title} ({_kib(chip.flash_bytes)} flash, {_kib(chip.ram_bytes)} RAM)"


def _absence(absence: Absence) -> str:
    first, *others = absence.reasons
    more = f" ({len(others)} more reasons: `lilliput inspect` lists all)" if others else ""
    return f"{TITLES[absence.name]}: none, {first}{more}"


def _needs(columns: Sequence[Column]) -> str:
    if not columns:
        return ""
    return f"; on the smallest it takes {columns[0].flash_bytes:,} bytes of flash and {columns[0].ram_bytes:,} of RAM"


def _heading(chip: Chip) -> str:
    clock = f", {chip.clock_hz / 1e6:g} MHz" if chip.clock_hz else ""
    name = f"{chip.title} ({chip.name})" if chip.board else chip.title
    spans = ", ".join(f"{span.name} {_kib(span.size_bytes)}" for span in chip.ram_spans if span.kind != "retention")
    return f"{name}: {chip.core}{clock}, {_kib(chip.flash_bytes)} flash, RAM {spans}"


def _kib(size_bytes: int) -> str:
    return f"{size_bytes / 1024:g} KiB" if size_bytes % 128 == 0 else f"{size_bytes:,} B"


def _parts(column: Column, memory: str) -> Sequence[Part]:
    return column.flash_parts if memory == "Flash" else column.ram_parts


def _parts_table(memory: str, available: int, columns: Sequence[Column]) -> Sequence[TableColumn]:
    names = [name for name, _ in _parts(columns[0], memory)] if columns else []
    extra = ["total", "available", "left"] + (["arena in"] if memory == "RAM" else [])
    table = [TableColumn(memory, [*map(_row_title, names), *extra])]
    for column in columns:
        total = column.flash_bytes if memory == "Flash" else column.ram_bytes
        cells = [f"{size:,}" for _, size in _parts(column, memory)]
        cells += [f"{total:,}", f"{available:,}", f"{available - total:,}"]
        if memory == "RAM":
            cells.append(column.arena_region.name if column.arena_region else "nowhere")
        table.append(TableColumn(TITLES[column.framework.name], cells, "right"))
    return table


def _row_title(role: str) -> str:
    return "operating system" if role == "os" else role


def _bars(memory: str, available: int, columns: Sequence[Column], *, ascii_only: bool) -> Iterator[str]:
    """A bar for each framework, as wide as the chip's memory; the part beyond it stands behind the border."""
    marks = _LETTERS if ascii_only else _FILLINGS
    width = max(map(len, TITLES.values()))
    for column in columns:
        bar, position = "", 0
        for index, (_, size_bytes) in enumerate(_parts(column, memory)):
            position += size_bytes
            end = min(-(-position * _BAR_WIDTH // available), 2 * _BAR_WIDTH)
            bar += marks[min(index, len(marks) - 1)] * (end - len(bar))
        yield f"{TITLES[column.framework.name]:{width}} |{bar[:_BAR_WIDTH]:{_BAR_WIDTH}}|{bar[_BAR_WIDTH:]}"
    names = ("operating system", "framework", "model", "application", "other")
    yield f"{'':{width}}  {', '.join(f'{mark} {name}' for mark, name in zip(marks, names, strict=True))}"


def _verdict(column: Column) -> str:
    time = column.milliseconds
    took = "" if time is None else f"; about {_time(time[0])} to {_time(time[1])} an inference"
    flash, ram = column.flash_margin_bytes, column.ram_margin_bytes
    verdict = "fits" if column.fits else "does NOT fit"
    return f"{TITLES[column.framework.name]} {verdict}: {_margin(flash, 'flash')}, {_margin(ram, 'RAM')}{took}"


def _margin(margin_bytes: int, memory: str) -> str:
    return f"{abs(margin_bytes):,} bytes of {memory} {'left' if margin_bytes >= 0 else 'missing'}"


def _time(milliseconds: float) -> str:
    return f"{milliseconds:.3g} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.3g} s"


def _sources(fit: Fit) -> Iterator[str]:
    for column in fit.columns:
        yield f"{TITLES[column.framework.name]}: {column.framework.basis}"
    if any(column.milliseconds for column in fit.columns):
        least, most = core_of(fit.chip.core).cycles_per_instruction
        yield (
            f"Time, a range: {least:g} to {most:g} cycles an instruction, an assumption for {fit.chip.core}, at the "
            "highest clock; Lilliput's instructions counted in emulation, TFLM's from its range over measured models"
        )
    if fit.columns:
        yield from _surroundings(fit.columns[0].surroundings)
    yield f"{fit.chip.title}: {fit.chip.source}"


def _surroundings(around: Surroundings) -> Iterator[str]:
    for each in (around.system, around.application, *around.others):
        yield f"{each.name}: {each.source}"


def _say(console: Console, sentence: str, style: str = "") -> None:
    console.print(sentence, style=style or None, markup=False, soft_wrap=True)
