"""Quantized -> text for people."""

from rich.console import Console

from lilliput.quantize import LayerNoise, Quantized, Report
from lilliput.reports.columns import Column, table_lines

_MOST_REASONS = 5


def print_quantized(quantized: Quantized, output: str, console: Console) -> None:
    """Signal to noise behind each layer, the worst of them, what to know, and what was written where."""
    report = quantized.report
    if report.layers is None:
        console.print("note: no interpreter that is installed runs the new model: nothing was measured", style="yellow")
    else:
        for line in table_lines(_columns(report.layers), console.width):
            console.print(line, soft_wrap=True)
        console.print()
    if report.worst:
        worst = ", ".join(f"{each.operator.upper()} {each.origin}" for each in report.worst)
        console.print(f"Most noise behind: {worst}", markup=False, soft_wrap=True)
    _print_notes(report, console)
    constants = f"{quantized.graph.source.constant_bytes:,} bytes of constants"
    console.print(f"Written to {output}: {constants}", style="bold", markup=False, soft_wrap=True)


def _columns(layers: tuple[LayerNoise, ...]) -> list[Column]:
    ratios = ["exact" if each.signal_to_noise is None else f"{each.signal_to_noise:.1f} dB" for each in layers]
    return [
        Column("node", [str(each.origin) for each in layers], "right"),
        Column("operator", [each.operator.upper() for each in layers]),
        Column("signal to noise", ratios, "right"),
        Column("activations", [each.activations for each in layers]),
        Column("output", [each.name for each in layers], gives_way=True),
    ]


def _print_notes(report: Report, console: Console) -> None:
    notes = list(report.notes)
    if report.not_compiled:
        reasons = "; ".join(report.not_compiled[:_MOST_REASONS])
        more = len(report.not_compiled) - _MOST_REASONS
        notes.append(f"lilliput compile does not take this model: {reasons}{f'; and {more} more' if more > 0 else ''}")
    for note in notes:
        console.print(f"note: {note}", style="yellow", markup=False, soft_wrap=True)
