"""What a transform is, and how much a graph takes before and after it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from lilliput.ir import Graph
from lilliput.operators import support

Contract = Literal["both", "tflm"]


@dataclass(frozen=True, slots=True)
class Transform:
    """An exact rewrite: every output byte stays as it was, for every input.

    `rewrite` returns a sound graph, and the same object when there was nothing to do. `contract` says whose arithmetic
    it is exact for: TFLM's alone, or LiteRT's as well. `expressible` says whether the result can be a .tflite file
    whenever the graph before it could.
    """

    name: str
    description: str
    rewrite: Callable[[Graph], Graph]
    contract: Contract = "both"
    expressible: bool = True


@dataclass(frozen=True, slots=True)
class Saving:
    """What a transform took away: nodes, bytes of the constants that nodes read, and multiply-accumulates."""

    transform: str
    nodes: int = 0
    constant_bytes: int = 0
    macs: int = 0


def saving(transform: str, earlier: Saving, before: Graph, after: Graph) -> Saving:
    """What the step from one graph to the next saves, in addition to an earlier saving."""
    return Saving(
        transform,
        earlier.nodes + len(before.nodes) - len(after.nodes),
        earlier.constant_bytes + _constant_bytes(before) - _constant_bytes(after),
        earlier.macs + _macs(before) - _macs(after),
    )


def _constant_bytes(graph: Graph) -> int:
    read = {index for node in graph.nodes for index in node.inputs if index >= 0}
    return sum(graph.tensors[index].size_bytes for index in read if graph.tensors[index].is_constant)


def _macs(graph: Graph) -> int:
    found = ((support.find(node), node) for node in graph.nodes)
    return sum(
        operator.macs(graph, node) for operator, node in found if operator and support.is_sound(operator, graph, node)
    )
