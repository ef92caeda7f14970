"""Inspection -> text for people: the file, its nodes, memory over time, and whether it can be compiled.

Everything fits 80 columns; what more there is, is used for types, quantisation, bars and names beside the costs.
"""

import os
from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO, TextIOWrapper
from pathlib import Path

from rich.console import Console
from rich.text import Text

from lilliput.inspection import Inspection, operator_title
from lilliput.ir import Quantization
from lilliput.reports.column_chart import bar
from lilliput.reports.memory_chart import print_memory
from lilliput.reports.node_table import print_nodes
from lilliput.reports.plan_map import print_map
from lilliput.reports.plan_picture import comparison, inspected_plan, running
from lilliput.reports.tensor_text import byte_count, grid, name_of, shape_of, type_of

_WIDTH_IN_A_PIPE = 120
_FILE_BAR_WIDTH = 30


Print = Callable[[Inspection, Console], None]


def print_inspection(inspection: Inspection) -> None:
    """Print everything about a model: in colour and as wide as the terminal, or as plain text into a pipe."""
    _print_to_stdout(inspection, _print)


def print_inspected_plan(inspection: Inspection, written: Path | None = None, *, draw: bool) -> None:
    """Print how the memory is planned: the figures, where the picture was written, and the map to `draw`."""
    _print_to_stdout(inspection, partial(_print_plan, written=written, draw=draw))


def inspection_text(inspection: Inspection, width: int, encoding: str = "utf-8") -> str:
    """What goes into a pipe: no colours, no spaces at the ends of lines, only characters that `encoding` has."""
    return _text(inspection, width, encoding, _print)


def plan_text(inspection: Inspection, width: int, encoding: str = "utf-8") -> str:
    """What `--plan` sends into a pipe, likewise."""
    return _text(inspection, width, encoding, partial(_print_plan, written=None, draw=True))


def _print_to_stdout(inspection: Inspection, show: Print) -> None:
    console = Console(highlight=False)
    if console.is_terminal:
        show(inspection, console)
    else:
        width = console.width if "COLUMNS" in os.environ else _WIDTH_IN_A_PIPE
        console.file.write(_text(inspection, width, console.encoding, show))


def _text(inspection: Inspection, width: int, encoding: str, show: Print) -> str:
    with TextIOWrapper(BytesIO(), encoding, errors="replace", newline="\n") as text:
        show(inspection, Console(file=text, width=width, highlight=False, color_system=None))
        text.seek(0)
        return "".join(f"{line.rstrip()}\n" for line in text)


def _print_plan(inspection: Inspection, console: Console, written: Path | None, *, draw: bool) -> None:
    _print_name(inspection, console)
    picture = inspected_plan(inspection)
    if picture is None or inspection.memory is None:
        console.print("There is no memory to plan.")
    else:
        plan = picture.plan
        compared = comparison(plan, inspection.memory.plan.arena_bytes)
        console.print(Text.assemble((f"arena {byte_count(plan.arena_bytes)}", "bold"), f" ({compared})"))
        console.print(running(plan))
        if draw:
            print_map(picture, console)
    if written is not None:
        console.print(f"wrote {written}", markup=False)
    if inspection.problems:
        console.print()
        _print_verdict(inspection, console)


def _print_name(inspection: Inspection, console: Console) -> None:
    source = inspection.graph.source
    console.print(Text.assemble((source.name, "bold"), (f"  sha256 {source.sha256[:12]}", "dim")))


def _print(inspection: Inspection, console: Console) -> None:
    _print_file(inspection, console)
    _print_edges(inspection, console)
    print_nodes(inspection, console)
    console.print()
    if inspection.memory is not None:
        print_memory(inspection.memory, console)
        console.print()
    for warning in inspection.graph.source.warnings:
        console.print(f"warning: {warning}", style="yellow", markup=False)
    _print_verdict(inspection, console)


def _print_file(inspection: Inspection, console: Console) -> None:
    source = inspection.graph.source
    _print_name(inspection, console)
    table = grid("left", "right", "right", "left")
    for name, size in (("constants", source.constant_bytes), ("metadata", inspection.metadata_bytes)):
        share = bar(size, source.file_bytes, _FILE_BAR_WIDTH, ascii_only=console.options.ascii_only)
        table.add_row(name, f"{size:,}", f"{size / max(1, source.file_bytes):.1%}", Text(share, style="cyan"))
    table.add_row("file", f"{source.file_bytes:,}", "bytes", style="bold")
    console.print(table)
    if inspection.unused_constant_bytes:
        console.print(f"No operator uses {byte_count(inspection.unused_constant_bytes)} of the constants.")
    console.print()


def _print_edges(inspection: Inspection, console: Console) -> None:
    graph = inspection.graph
    table = grid("left", "left", "left", "right", "left", "left")
    for kind, indices in (("input", graph.inputs), ("output", graph.outputs)):
        for tensor in graph.select(indices):
            size, quantization = byte_count(tensor.size_bytes), _quantization(tensor.quantization)
            table.add_row(kind, shape_of(tensor), type_of(tensor), size, quantization, name_of(tensor))
    console.print(table)
    console.print()


def _quantization(quantization: Quantization | None) -> str:
    if quantization is None:
        return "not quantised"
    if quantization.per_tensor:
        return f"scale {quantization.scale:.4g}, zero point {quantization.zero_point}"
    return f"{len(quantization.scales)} scales along dimension {quantization.axis}"


def _print_verdict(inspection: Inspection, console: Console) -> None:
    if not inspection.problems:
        console.print("Lilliput can compile this model.", style="bold green")
        return
    console.print("Lilliput cannot compile this model:", style="bold red")
    table = grid("left", "left")
    for problem in _grouped_problems(inspection):
        table.add_row("  -", Text(problem))
    console.print(table)


def _grouped_problems(inspection: Inspection) -> Iterable[str]:
    """The rules that operators break, each once with all operators that break it; then every other problem."""
    grouped: dict[str, dict[str, list[str]]] = {}
    others = dict.fromkeys(inspection.problems)
    for cost in inspection.nodes:
        index = str(cost.node.origin.index)
        place = f"operator {index} {cost.node.operator.upper()}: "
        for problem in cost.problems:
            if problem.startswith(place):
                others.pop(problem, None)
                reason = problem.removeprefix(place)
                grouped.setdefault(reason, {}).setdefault(operator_title(cost.node), []).append(index)
    for reason, operators in grouped.items():
        where = "; ".join(f"{operator} {', '.join(indices)}" for operator, indices in operators.items())
        yield f"{reason}: {where}"
    yield from others
