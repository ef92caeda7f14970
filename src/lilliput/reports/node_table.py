"""Inspection -> the table of nodes: shapes, quantisation and costs, as much of it as the width allows."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from lilliput.inspection import Inspection, NodeCost, operator_title
from lilliput.ir import Graph, Quantization, Tensor
from lilliput.reports.column_chart import bar
from lilliput.reports.columns import Column, table_lines, table_width
from lilliput.reports.tensor_text import shape_of, short_name, type_of

_LONGEST_BAR = 10
_SHORTEST_BAR = 2
_LONGEST_NAME = 40
_SHORTEST_NAME = 16


def print_nodes(inspection: Inspection, console: Console) -> None:
    """Print one table with everything where the width allows it, else one of costs and one of types."""
    names = _name_columns(inspection)
    shapes, details = _shape_columns(inspection), _detail_columns(inspection)
    console.print(f"{len(inspection.nodes)} nodes: {_census(inspection)}", style="bold", markup=False)
    if table_width((*names, *shapes, *details, *_cost_columns(inspection))) <= console.width:
        _print_table(console, _filled_up(inspection, console, (*names, *shapes, *details)))
    else:
        _print_table(console, _filled_up(inspection, console, (*names, shapes[1])))
        console.print()
        console.print("Types and quantisation", style="bold")
        _print_table(console, (*names, shapes[0], *details))


def _print_table(console: Console, columns: Sequence[Column]) -> None:
    console.print(Text("\n").join(table_lines(columns, console.width)), no_wrap=True, overflow="crop")


def _census(inspection: Inspection) -> str:
    counts = Counter(operator_title(cost.node) for cost in inspection.nodes)
    return ", ".join(f"{count} {operator}" for operator, count in counts.most_common())


def _name_columns(inspection: Inspection) -> tuple[Column, Column]:
    operators, styles = zip(*map(_operator, inspection.nodes), strict=True) if inspection.nodes else ((), ())
    return (
        Column("node", [str(cost.node.origin.index) for cost in inspection.nodes], "right"),
        Column("operator", operators, gives_way=True, styles=styles),
    )


def _operator(cost: NodeCost) -> tuple[str, str]:
    """The operator's name, marked when it cannot be compiled or need not be, and its style."""
    name = operator_title(cost.node)
    if cost.problems:
        return f"{name} !", "red"
    return (f"{name} (removed)", "dim") if cost.removed else (name, "")


def _input(graph: Graph, cost: NodeCost) -> Tensor | None:
    """The first input that is computed; the first one where all are constant."""
    tensors = [tensor for tensor in graph.input_tensors(cost.node) if tensor is not None]
    return next((tensor for tensor in tensors if not tensor.is_constant), tensors[0] if tensors else None)


def _output(graph: Graph, cost: NodeCost) -> Tensor | None:
    return graph.output(cost.node) if cost.node.outputs else None


def _shape_columns(inspection: Inspection) -> tuple[Column, Column]:
    def of_input(cost: NodeCost) -> str:
        tensor = _input(inspection.graph, cost)
        return "" if tensor is None else shape_of(tensor)

    def of_output(cost: NodeCost) -> str:
        tensor, more = _output(inspection.graph, cost), len(cost.node.outputs) - 1
        return "" if tensor is None else f"{shape_of(tensor)}{f' +{more}' if more else ''}"

    return (
        Column("input", [of_input(cost) for cost in inspection.nodes], gives_way=True),
        Column("output", [of_output(cost) for cost in inspection.nodes], gives_way=True),
    )


def _detail_columns(inspection: Inspection) -> tuple[Column, ...]:
    graph, nodes = inspection.graph, inspection.nodes

    def types(cost: NodeCost) -> str:
        ends = (_input(graph, cost), _output(graph, cost))
        return " > ".join(dict.fromkeys(type_of(tensor) for tensor in ends if tensor is not None))

    def of_output(cost: NodeCost, show: Callable[[Quantization], str]) -> str:
        tensor = _output(graph, cost)
        return "" if tensor is None or tensor.quantization is None else show(tensor.quantization)

    scales = [of_output(cost, lambda quantization: f"{quantization.scale:.4g}") for cost in nodes]
    zero_points = [of_output(cost, lambda quantization: str(quantization.zero_point)) for cost in nodes]
    return (
        Column("type", [types(cost) for cost in nodes]),
        Column("weight\nscales", [_weight_scales(graph, cost) for cost in nodes]),
        Column("output\nscale", scales, "right"),
        Column("zero\npoint", zero_points, "right"),
    )


def _weight_scales(graph: Graph, cost: NodeCost) -> str:
    """What each scale of the largest constant serves, and the constant's type when it is not the output's."""
    constants = [tensor for tensor in graph.input_tensors(cost.node) if tensor is not None and tensor.is_constant]
    weights = max(constants, key=lambda tensor: tensor.size_bytes, default=None)
    output = _output(graph, cost)
    if weights is None or weights.quantization is None:
        return ""
    kind = "" if output is not None and output.dtype is weights.dtype else f"{type_of(weights)} "
    return f"{kind}{'tensor' if weights.quantization.per_tensor else 'channel'}"


def _cost_columns(inspection: Inspection, bar_width: int = 0, *, ascii_only: bool = False) -> tuple[Column, ...]:
    def with_bars(column: Column, values: Sequence[int]) -> Iterable[Column]:
        yield column
        if bar_width:
            largest = max(values, default=0)
            bars = [bar(value, largest, bar_width, ascii_only=ascii_only) for value in values]
            yield Column("", bars, styles=("cyan",) * len(bars))

    nodes = inspection.nodes
    macs = [cost.macs for cost in nodes]
    weights = [cost.weight_bytes for cost in nodes]
    total_macs = f"{'>= ' if None in macs else ''}{inspection.macs:,}"
    return (
        *with_bars(Column("MACs", [_number(count) for count in macs], "right", total_macs), [n or 0 for n in macs]),
        *with_bars(Column("weight\nbytes", [_number(n) for n in weights], "right", f"{sum(weights):,}"), weights),
        Column("output\nbytes", [_number(cost.activation_bytes) for cost in nodes], "right"),
    )


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}" if value else "-"


def _filled_up(inspection: Inspection, console: Console, columns: Sequence[Column]) -> Sequence[Column]:
    """The columns and the costs, with bars for MACs and weights and then names as far as there is room."""

    def spare(shown: Sequence[Column]) -> int:
        return console.width - table_width((*shown, Column("", ())))

    index, operator, *others = columns
    columns = (index, replace(operator, total="total"), *others)
    without_bars = (*columns, *_cost_columns(inspection))
    # A second bar needs a gap of its own.
    bar_width = min(_LONGEST_BAR, spare((*without_bars, Column("", ()))) // 2)
    if bar_width < _SHORTEST_BAR:
        return without_bars
    shown = (*columns, *_cost_columns(inspection, bar_width, ascii_only=console.options.ascii_only))
    width = min(_LONGEST_NAME, spare(shown))
    if width < _SHORTEST_NAME:
        return shown
    names = [_end_of(short_name(cost.node.origin.name), width) for cost in inspection.nodes]
    return (*shown, Column("name", names, styles=("dim",) * len(names)))


def _end_of(name: str, width: int) -> str:
    """The end of a name, which tells more than its start."""
    return name if len(name) <= width else f"..{name[2 - width :]}"
