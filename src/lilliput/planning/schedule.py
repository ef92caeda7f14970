"""Segments -> steps: in which order the row steps of nodes run.

The nodes of an interleaved segment run by one rule, which needs no schedule at run time: again and again, one row step
of the last node that is ready. Rows that the caller pushes are one more node, before all others, that is always ready.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lilliput.planning.network import Network, Steps

PUSH = -1
"""The caller as a node of the first segment, whose row steps write the input."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Nodes that run one after another and share no steps with others.

    `at[node][row]` is the step of each of the node's row steps, counted from the segment's first; a node that runs as a
    whole has one step, `rows[node]` is False then. `interleaved` segments follow the rule.
    """

    nodes: tuple[int, ...]
    at: Mapping[int, Steps]
    by_rows: frozenset[int]
    steps: int
    interleaved: bool


def alone(network: Network, node: int) -> Segment:
    """A segment of one node, which runs by rows in order, or as a whole."""
    rows = network.nodes[node].rows
    by_rows = rows is not None and not rows.reduces
    count = rows.steps if rows is not None and by_rows else 1
    return Segment((node,), {node: np.arange(count)}, frozenset({node} if by_rows else ()), count, interleaved=False)


def interleaved(network: Network, nodes: Sequence[int], pushed_rows: int = 0) -> Segment:
    """A segment that follows the rule; `can_join` must hold for each node and those before it.

    With `pushed_rows` the first graph input is pushed.
    """
    runners = ([PUSH] if pushed_rows else []) + [node for node in nodes if network.nodes[node].rows is not None]
    sequence = np.array(_run(network, runners, pushed_rows), np.int64)
    at = {node: np.flatnonzero(sequence == position) for position, node in enumerate(runners)}
    return Segment(tuple(nodes), at, frozenset(runners), len(sequence), interleaved=True)


def can_join(network: Network, nodes: Sequence[int], node: int) -> bool:
    """Whether a node can run interleaved with the nodes before it: it works row by row on the rows that they write."""
    access = network.nodes[node]
    if access.rows is None:
        return access.is_view and not access.has_steps
    made = [rows for before in nodes if (rows := network.nodes[before].rows) is not None]
    return not any(
        rows.span.meets(read.span) and (rows.reduces or rows.tensor != read.tensor)
        for read in access.rows.reads
        for rows in made
    )


def _run(network: Network, runners: Sequence[int], pushed_rows: int) -> list[int]:
    """The positions in `runners` in the order of their row steps."""
    total, sources, readers = _links(network, runners, pushed_rows)
    done = [0] * len(runners)
    ready = 0
    for position in range(len(runners)):
        if total[position] and all(needed[0] <= 0 for _, needed in sources[position]):
            ready |= 1 << position
    sequence: list[int] = []
    while ready:
        runner = ready.bit_length() - 1
        sequence.append(runner)
        done[runner] += 1
        for position in readers[runner]:
            row = done[position]
            bit = 1 << position
            ready &= ~bit
            if row < total[position]:
                for source, needed in sources[position]:
                    if done[source] < needed[row]:
                        break
                else:
                    ready |= bit
    return sequence


def _links(
    network: Network, runners: Sequence[int], pushed_rows: int
) -> tuple[list[int], list[list[tuple[int, Sequence[int]]]], list[list[int]]]:
    """For each runner: its steps; the runners that it reads from with the rows needed; itself and its readers."""
    total: list[int] = []
    sources: list[list[tuple[int, Sequence[int]]]] = []
    readers: list[list[int]] = []
    made: dict[int, int] = {}
    for position, node in enumerate(runners):
        rows = network.nodes[node].rows if node != PUSH else None
        total.append(pushed_rows if rows is None else rows.steps)
        reads = () if rows is None else rows.reads
        sources.append([(made[read.tensor], read.needed_rows) for read in reads if read.tensor in made])
        readers.append([position])
        for source in dict(sources[-1]):
            readers[source].append(position)
        made[network.graph.inputs[0] if rows is None else rows.tensor] = position
    return total, sources, readers
