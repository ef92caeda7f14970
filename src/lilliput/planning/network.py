"""Graph -> network: which bytes of memory each node reads and writes, row by row where its operator can do so.

A home is a tensor with memory of its own, named by its index; views lie in the home of what they view. Constants and
tensors that no node touches have none. The memory of a home is divided into units: the largest ranges of equal size in
which all that use it by rows can count.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators.operator import Operator, RowCall, RowStyle, Window

OperatorOf = Callable[[Node], Operator | None]
"""The operator whose rules a node keeps. None where there is none: the node then runs as a whole, with own outputs."""
Steps = NDArray[np.int64]
"""Indices of steps."""


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What the row steps of a node read of `tensor`, which lies in `home`.

    Step r reads rows [`first_rows[r]`, `needed_rows[r]`); unit u is read for the last time by row step `last_rows[u]`
    (-1: never). `row_on_row`: step r reads row r only.
    """

    tensor: int
    home: int
    row_bytes: int
    first_rows: Sequence[int]
    needed_rows: Sequence[int]
    last_rows: Steps
    row_on_row: bool


@dataclass(frozen=True, slots=True, eq=False)
class RowAccess:
    """How a node works row by row: a step writes `row_bytes` of `tensor`, a reduction all of it in the last one.

    The sums of a reduction lie in memory from the first step to the last, the scratch while each single step runs.
    """

    steps: int
    reads: tuple[Read, ...]
    tensor: int
    home: int
    row_bytes: int
    reduces: bool
    sums_bytes: int
    scratch_bytes: int


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """What a node does with memory when it runs as a whole, and by rows where it can.

    A view does nothing; `has_steps` tells whether an interleaved segment would run it all the same. `in_place` are the
    homes that its first output may take over.
    """

    is_view: bool
    has_steps: bool
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    in_place: tuple[int, ...]
    rows: RowAccess | None


@dataclass(frozen=True, slots=True, eq=False)
class Home:
    """Memory of its own: its tensors in the order in which they are written, and the nodes that touch it.

    `by_rows`: every node that touches it can do so by rows of `unit_bytes`. `lasts`: the caller, or the next run,
    reads it.
    """

    tensors: tuple[int, ...]
    size_bytes: int
    alignment_bytes: int
    unit_bytes: int
    units: int
    users: tuple[int, ...]
    by_rows: bool
    lasts: bool


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A graph as planning sees it: its nodes in the `order` in which they run, by which they are counted from here on.

    `members` are the nodes of the model that each of them stands for: itself, or the nodes of a chain. `given` are the
    homes that hold a value before the first node runs.
    """

    graph: Graph
    order: tuple[int, ...]
    members: tuple[tuple[int, ...], ...]
    nodes: tuple[Access, ...]
    homes: Mapping[int, Home]
    given: tuple[int, ...]


def network(graph: Graph, operator_of: OperatorOf, order: Sequence[int] | None = None) -> Network:
    """What each node of the graph does with memory; `order` is the file's unless given."""
    order = range(len(graph.nodes)) if order is None else order
    graph_nodes = [graph.nodes[index] for index in order]
    operators = [operator_of(node) for node in graph_nodes]
    home_of = _homes(graph, graph_nodes, operators)
    calls = [
        None if operator is None or _is_view(graph, node, operator, home_of) else operator.rows(graph, node)
        for node, operator in zip(graph_nodes, operators, strict=True)
    ]
    unit_bytes = _units(graph, home_of, calls)
    nodes = tuple(
        _access(graph, node, operator, call, home_of, unit_bytes)
        for node, operator, call in zip(graph_nodes, operators, calls, strict=True)
    )
    homes = {home: _home(graph, nodes, home, home_of, unit_bytes[home]) for home in dict.fromkeys(home_of.values())}
    given = {home_of[i] for i in home_of if i in graph.inputs or graph.tensors[i].is_variable}
    members = tuple((index,) for index in order)
    return Network(graph, tuple(order), members, nodes, homes, tuple(home for home in homes if home in given))


def row_bytes(graph: Graph, tensor: int) -> int:
    """The bytes of one index of the second dimension."""
    shape = graph.tensors[tensor].shape
    return graph.tensors[tensor].size_bytes // max(1, shape[1] if len(shape) > 1 else 1)


def _is_view(graph: Graph, node: Node, operator: Operator | None, home_of: Mapping[int, int]) -> bool:
    if operator is None or not node.outputs or not operator.view(graph, node) or node.inputs[0] not in home_of:
        return False
    return graph.input(node).size_bytes == graph.output(node).size_bytes


def _homes(graph: Graph, nodes: Sequence[Node], operators: Sequence[Operator | None]) -> dict[int, int]:
    """Tensor -> home, for everything that lies in memory, in the order in which it is written."""
    touched = dict.fromkeys((*graph.inputs, *graph.outputs))
    for node in nodes:
        touched |= dict.fromkeys((*node.inputs, *node.outputs))
    made = {index for node in nodes for index in node.outputs}
    first = (i for i in touched if i >= 0 and i not in made and not graph.tensors[i].is_constant)
    home_of = {index: index for index in first}
    for node, operator in zip(nodes, operators, strict=True):
        view = _is_view(graph, node, operator, home_of)
        for index in node.outputs:
            home_of[index] = home_of[node.inputs[0]] if view and index == node.outputs[0] else index
    return home_of


def _units(graph: Graph, home_of: Mapping[int, int], calls: Sequence[RowCall | None]) -> dict[int, int]:
    """Home -> bytes of a unit."""
    unit_bytes = {home: graph.tensors[home].size_bytes for home in home_of.values()}
    for call in calls:
        if call is not None:
            written = () if call.style is RowStyle.REDUCTION else (call.output,)
            for index in (*call.inputs, *written):
                home = home_of[index]
                unit_bytes[home] = math.gcd(unit_bytes[home], row_bytes(graph, index))
    return unit_bytes


def _access(
    graph: Graph,
    node: Node,
    operator: Operator | None,
    call: RowCall | None,
    home_of: Mapping[int, int],
    unit_bytes: Mapping[int, int],
) -> Access:
    if _is_view(graph, node, operator, home_of):
        return Access(True, operator is not None and operator.rows(graph, node) is not None, (), (), (), None)
    permitted = () if operator is None else operator.in_place(graph, node)
    readers = [home_of.get(index, -1) for index in node.inputs]
    # The memory of one input may be read by another one, too: it must stand being overwritten as well.
    forbidden = {home for position, home in enumerate(readers) if position not in permitted}
    return Access(
        is_view=False,
        has_steps=call is not None,
        reads=tuple(dict.fromkeys(home for home in readers if home >= 0)),
        writes=tuple(home_of[index] for index in node.outputs),
        in_place=tuple(dict.fromkeys(readers[p] for p in permitted if readers[p] not in forbidden | {-1})),
        rows=None if call is None else _row_access(graph, call, home_of, unit_bytes),
    )


def _row_access(graph: Graph, call: RowCall, home_of: Mapping[int, int], unit_bytes: Mapping[int, int]) -> RowAccess:
    return RowAccess(
        steps=call.steps,
        reads=tuple(
            _read(graph, call.steps, index, window, home_of[index], unit_bytes[home_of[index]])
            for index, window in zip(call.inputs, call.windows, strict=True)
        ),
        tensor=call.output,
        home=home_of[call.output],
        row_bytes=row_bytes(graph, call.output),
        reduces=call.style is RowStyle.REDUCTION,
        sums_bytes=call.sums_bytes,
        scratch_bytes=call.scratch_bytes,
    )


def _read(graph: Graph, steps: int, tensor: int, window: Window, home: int, unit_bytes: int) -> Read:
    bytes_of_row = row_bytes(graph, tensor)
    rows = graph.tensors[tensor].size_bytes // max(1, bytes_of_row)
    first_rows: list[int] = []
    needed_rows: list[int] = []
    last_rows = np.full(rows, -1, np.int64)
    for step in range(steps):
        start = step * window.stride // window.divisor + window.first
        first, end = max(0, start), min(rows, start + window.extent)
        first_rows.append(first if first < end else 0)
        needed_rows.append(end if first < end else 0)
        last_rows[first : max(first, end)] = step
    last_rows = np.repeat(last_rows, bytes_of_row // max(1, unit_bytes))
    return Read(tensor, home, bytes_of_row, first_rows, needed_rows, last_rows, window == Window())


def _home(graph: Graph, nodes: Sequence[Access], home: int, home_of: Mapping[int, int], unit_bytes: int) -> Home:
    tensors = tuple(index for index, place in home_of.items() if place == home)
    users = tuple(index for index, node in enumerate(nodes) if home in node.reads or home in node.writes)
    variable = any(graph.tensors[index].is_variable for index in tensors)
    size_bytes = graph.tensors[home].size_bytes
    return Home(
        tensors=tensors,
        size_bytes=size_bytes,
        alignment_bytes=max(max(1, graph.tensors[index].dtype.bits // 8) for index in tensors),
        unit_bytes=unit_bytes,
        units=size_bytes // unit_bytes if unit_bytes else 1,
        users=users,
        by_rows=not variable and all(_uses_rows(nodes[user], home, unit_bytes) for user in users),
        lasts=variable or any(index in graph.outputs for index in tensors),
    )


def _uses_rows(node: Access, home: int, unit_bytes: int) -> bool:
    """Whether the node reads or writes all that it uses of the home in rows of `unit_bytes`."""
    rows = node.rows
    if rows is None or (rows.home == home and (rows.reduces or rows.row_bytes != unit_bytes)):
        return False
    return all(read.row_bytes == unit_bytes for read in rows.reads if read.home == home)
