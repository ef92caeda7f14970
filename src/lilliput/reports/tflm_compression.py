"""CompressionReport -> text for people: each tensor of weights in each format, and what file and arena become."""

from collections.abc import Iterator

from rich.console import Console

from lilliput.reports.columns import Column, table_lines
from lilliput.tflm.decode.header import Format
from lilliput.tflm.report import CompressionReport


def print_compression(report: CompressionReport, console: Console) -> None:
    """Print the table of weights, what saves most first, then the sums."""
    if report.found.weights:
        console.print()
        for line in table_lines(_table(report), console.width):
            console.print(line, soft_wrap=True)
        console.print()
    for line in _sums(report):
        console.print(line, markup=False, soft_wrap=True)


def _table(report: CompressionReport) -> list[Column]:
    weights = sorted(report.found.weights, key=lambda each: (-each.saved_bytes, -each.dense_bytes))
    return [
        Column("Weights", [each.name for each in weights], gives_way=True),
        Column("dense", [f"{each.dense_bytes:,}" for each in weights], "right"),
        *(
            Column(
                form.name.lower(), [f"{each.sizes[form]:,}" if form in each.sizes else "-" for each in weights], "right"
            )
            for form in Format
        ),
        Column("kept as", [each.chosen.name.lower() if each.chosen else "dense" for each in weights]),
        Column("file", [f"-{each.saved_bytes:,}" if each.saved_bytes else "" for each in weights], "right"),
    ]


def _sums(report: CompressionReport) -> Iterator[str]:
    found = report.found
    if found.data is None:
        yield f"Compression: none, {found.reason} ({found.size_bytes_before:,} bytes)."
        return
    yield (
        f"Compression: the file takes {found.size_bytes_after:,} bytes instead of {found.size_bytes_before:,}; "
        f"{found.rewritten_bytes - found.size_bytes_after:,} less by weights, "
        f"{found.size_bytes_before - found.rewritten_bytes:,} by writing the rest more tightly."
    )
    yield (
        f"The arena ({report.kernels} kernels) takes {report.arena_bytes_after:,} bytes instead of "
        f"{report.arena_bytes_before:,}: each tensor is decoded into it before its layer runs."
    )
    yield "The code of TFLM's DECODE operator comes on top in flash; its size is not known here."
