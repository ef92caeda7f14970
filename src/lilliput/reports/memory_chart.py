"""Memory -> a chart of the bytes alive over time, the peak marked, and what lies in memory there."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from lilliput.inspection import Memory, operator_title
from lilliput.ir import Node
from lilliput.reports.column_chart import ColumnChart, column_chart
from lilliput.reports.tensor_text import byte_count, grid, name_of, shape_of, type_of

_ROWS = 8
_WIDTH = 120
_SHOWN_CONTRIBUTORS = 6


def print_memory(memory: Memory, console: Console) -> None:
    """Print the chart, the tensors at the peak, and the arena that whole layers need."""
    steps = len(memory.live_bytes)
    console.print(f"Memory over {steps} steps, layer by layer: the most bytes alive while each node runs", style="bold")
    width = max(1, min(_WIDTH, console.width - len(f"{memory.peak_bytes:,}") - 2))
    chart = column_chart(memory.live_bytes, width, _ROWS, ascii_only=console.options.ascii_only)
    for line in _chart_lines(chart, memory, console.options.ascii_only):
        console.print(line, no_wrap=True, overflow="crop")
    if chart.values_per_column > 1:
        console.print(f"Each column is the largest of {chart.values_per_column} steps.", style="dim")
    console.print()
    _print_contributors(memory, console)
    arena = f"arena {byte_count(memory.plan.arena_bytes)}"
    console.print(Text.assemble((arena, "bold"), " layer by layer; --plan shows the plan by rows"))


def _chart_lines(chart: ColumnChart, memory: Memory, ascii_only: bool) -> Iterable[Text]:
    """The chart with its axes, the peak's column marked and labelled."""
    top = f"{memory.peak_bytes:,}"
    arrow, side, corner, line = "v|+-" if ascii_only else "▼│└─"
    start = chart.starts[memory.peak_step // chart.values_per_column]
    yield Text(" " * (len(top) + 2) + _peak_label(f"peak {byte_count(memory.peak_bytes)}", arrow, start), "bold red")
    for level, row in enumerate(chart.rows):
        end = start + chart.column_width
        yield Text.assemble(
            (f"{top if level == 0 else '':>{len(top)}} {side}", "dim"),
            (row[:start], "cyan"),
            (row[start:end], "bold red"),
            (row[end:], "cyan"),
        )
    yield Text(f"{0:>{len(top)}} {corner}{line * len(chart.rows[0])}", "dim")
    yield Text(f"{'node':>{len(top)}}  {_axis(chart, memory)}", "dim")


def _peak_label(label: str, arrow: str, start: int) -> str:
    """The arrow stands at `start`, the label on its left where there is room."""
    return f"{label} {arrow}".rjust(start + 1) if start > len(label) else f"{' ' * start}{arrow} {label}"


def _axis(chart: ColumnChart, memory: Memory) -> str:
    """The index in the file of each column's first node; of every second, fifth ... one where room is short."""
    labels = [str(memory.node(step).origin.index) for step in range(0, len(memory.live_bytes), chart.values_per_column)]
    needed = max(map(len, labels)) + 1
    every = next(each for each in (1, 2, 5, 10, 20, 50, 100) if each * chart.pitch >= needed)
    return "".join(label.ljust(every * chart.pitch) for label in labels[::every])


def _print_contributors(memory: Memory, console: Console) -> None:
    makers = {index: node for node in memory.graph.nodes for index in node.outputs}
    peak = _place(memory.node(memory.peak_step))
    console.print(Text.assemble(("peak", "bold red"), f" while {peak} runs, in memory:"))
    table = grid("right", "right", "left", "left", "left")
    shown = list(memory.contributors.items())
    for index, alive in shown[:_SHOWN_CONTRIBUTORS]:
        tensor = memory.graph.tensors[index]
        given = "variable" if tensor.is_variable else "input"
        made_by = _place(makers[index]) if index in makers else given
        what = f"{shape_of(tensor)} {type_of(tensor)}"
        table.add_row(*_amount(memory, alive), what, made_by, name_of(tensor))
    rest = [alive for _, alive in shown[_SHOWN_CONTRIBUTORS:]]
    if rest:
        table.add_row(*_amount(memory, sum(rest)), f"{len(rest)} more tensor{'' if len(rest) == 1 else 's'}")
    console.print(table)


def _place(node: Node) -> str:
    return f"node {node.origin.index} {operator_title(node)}"


def _amount(memory: Memory, size_bytes: int) -> tuple[str, str]:
    return f"  {size_bytes:,}", f"{size_bytes / max(1, memory.peak_bytes):.0%}"
