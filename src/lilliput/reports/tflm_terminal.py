"""TflmPackage -> text for people."""

from collections.abc import Iterator, Sequence

from rich.console import Console

from lilliput.reports.columns import Column, table_lines
from lilliput.reports.tflm_compression import print_compression
from lilliput.tflm.report import ModelReport, TflmPackage


def print_package(package: TflmPackage, folder: str, console: Console) -> None:
    """Print arena, flash and plan of every model, and what was written where."""
    for report in package.models:
        console.print(report.model.name, style="bold", markup=False)
        if report.compression is not None:
            print_compression(report.compression, console)
        for line in _plan(report, f"{report.name}.tflite"):
            console.print(line, markup=False, soft_wrap=True)
        _print_table(_arena_table(report), console)
        _print_table(_flash_table(report), console)
    if len(package.models) > 1:
        together = package.together["reference"].smallest_working_bytes
        after = package.one_after_the_other_bytes("reference")
        console.print(
            f"\nOne arena for all, reference kernels: {after:,} bytes one model after the other, "
            f"{together:,} bytes with all interpreters at once (one MicroAllocator)."
        )
    special = sum(1 for each in package.registrations if each.registration)
    console.print(
        f"\nResolver: {len(package.registrations)} operators, {special} of them registered for their types only."
    )
    for operator in package.missing:
        console.print(f"TFLM has no operator {operator}: register your own.", style="bold yellow", markup=False)
    _print_files(package, folder, console)


def print_compressed(package: TflmPackage, folder: str, console: Console) -> None:
    """Print only what compression did, for a single file that was to be written."""
    for report in package.models:
        console.print(report.model.name, style="bold", markup=False)
        if report.compression is not None:
            print_compression(report.compression, console)
        for line in _plan(report, "the file"):
            console.print(line, markup=False, soft_wrap=True)
    _print_files(package, folder, console)


def _print_files(package: TflmPackage, folder: str, console: Console) -> None:
    if package.files:
        console.print(f"Written to {folder}: {', '.join(sorted(package.files))}", markup=False, soft_wrap=True)
    else:
        console.print("Nothing was written.")


def _plan(report: ModelReport, file: str) -> Iterator[str]:
    plan = report.plan
    saved = plan.activation_bytes_before - plan.activation_bytes_after
    if plan.offsets is not None:
        yield (
            f"Offline plan: activations take {plan.activation_bytes_after:,} bytes, {saved:,} fewer than the "
            f"interpreter's own plan ({plan.activation_bytes_before:,}); written to {file}."
        )
    elif plan.reason:
        yield f"Offline plan: none, {plan.reason} ({plan.activation_bytes_before:,} bytes of activations)."
    else:
        yield f"Offline plan: left out; it would save {saved:,} bytes."


def _arena_table(report: ModelReport) -> Sequence[Column]:
    purposes: dict[str, list[int]] = {}
    for number, each in enumerate(report.arenas):
        sizes = [("activations", each.arena.activation_bytes)]
        sizes += [(part.purpose, part.size_bytes) for part in each.arena.parts]
        for purpose, size in sizes:
            purposes.setdefault(purpose, [0] * len(report.arenas))[number] += size
    names = list(purposes)
    columns = [Column("Arena", [*names, "used", "smallest that works"])]
    for number, each in enumerate(report.arenas):
        mark = "" if not each.unknown else " at most"
        cells = [f"{purposes[name][number]:,}" for name in names]
        cells += [f"{each.arena.used_bytes:,}{mark}", f"{each.arena.smallest_working_bytes:,}{mark}"]
        columns.append(Column(each.kernels, cells, "right"))
    return columns


def _flash_table(report: ModelReport) -> Sequence[Column]:
    return [
        Column("Flash, predicted", [each.description for each in report.flash], gives_way=True),
        Column("bytes", [f"{each.flash_bytes:,}" for each in report.flash], "right"),
        Column("without", [", ".join(each.unmeasured).upper() for each in report.flash]),
    ]


def _print_table(columns: Sequence[Column], console: Console) -> None:
    console.print()
    for line in table_lines(columns, console.width):
        console.print(line, soft_wrap=True)
