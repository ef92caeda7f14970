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
    """What a transform took away of a graph's `Size`."""

    transform: str
    nodes: int = 0
    constant_bytes: int = 0
    macs: int = 0
    channels: int = 0


@dataclass(frozen=True, slots=True)
class Size:
    """What a graph takes: nodes, bytes of the constants that they read, multiply-accumulates, and channels.

    Channels are counted as the last dimensions of what nodes compute.
    """

    nodes: int
    constant_bytes: int
    macs: int
    channels: int


def size(graph: Graph) -> Size:
    """The size of a graph; nodes that cannot be compiled count without multiply-accumulates."""
    read = {index for node in graph.nodes for index in node.inputs if index >= 0}
    constant_bytes = sum(graph.tensors[index].size_bytes for index in read if graph.tensors[index].is_constant)
    found = ((support.find(node), node) for node in graph.nodes)
    macs = (
        operator.macs(graph, node) for operator, node in found if operator and support.is_sound(operator, graph, node)
    )
    channels = (sum(graph.tensors[index].shape[-1:]) for node in graph.nodes for index in node.outputs)
    return Size(len(graph.nodes), constant_bytes, sum(macs), sum(channels))


def saving(earlier: Saving, before: Graph, after: Graph) -> Saving:
    """What the step from one graph to the next saves, in addition to an earlier saving of the same transform."""
    large, small = size(before), size(after)
    return Saving(
        earlier.transform,
        earlier.nodes + large.nodes - small.nodes,
        earlier.constant_bytes + large.constant_bytes - small.constant_bytes,
        earlier.macs + large.macs - small.macs,
        earlier.channels + large.channels - small.channels,
    )
