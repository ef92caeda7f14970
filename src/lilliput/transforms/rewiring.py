"""A graph whose nodes are taken away or replaced one by one: what transforms share that connect tensors anew."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from lilliput.ir import Graph, Node


class Rewiring:
    """Nodes by their positions in the graph that it started from, and who makes and reads each tensor at the moment.

    Tensors keep their indices; `graph` gives the result, the same object where nothing changed. Each change takes time
    in proportion to the operands of the nodes that it touches, so that a long graph is no trap.
    """

    def __init__(self, graph: Graph, transform: str) -> None:
        self._start = graph
        self._transform = transform
        self._nodes: dict[int, Node] = {}
        self._maker: dict[int, int] = {}
        self._readers: dict[int, dict[int, None]] = defaultdict(dict)
        self._fixed = {*graph.inputs, *graph.outputs}
        for position, node in enumerate(graph.nodes):
            self._enter(position, node)

    @property
    def graph(self) -> Graph:
        """The graph as it is now."""
        if tuple(self._nodes.items()) == tuple(enumerate(self._start.nodes)):
            return self._start
        return replace(self._start, nodes=tuple(self._nodes[position] for position in sorted(self._nodes)))

    def node(self, position: int) -> Node | None:
        """The node at a position; None where it has gone."""
        return self._nodes.get(position)

    def maker(self, tensor: int) -> int | None:
        """Position of the node that computes a tensor; None for inputs, constants and variables."""
        return self._maker.get(tensor)

    def readers(self, tensor: int) -> tuple[int, ...]:
        """Positions of the nodes that read a tensor."""
        return tuple(self._readers[tensor])

    def is_private(self, tensor: int) -> bool:
        """Whether a node computes the tensor, and only nodes see it."""
        return tensor in self._maker and tensor not in self._fixed and not self._start.tensors[tensor].is_variable

    def is_step(self, tensor: int) -> bool:
        """Whether a tensor is only what one node hands to one other, as one of its operands."""
        readers = self.readers(tensor)
        return self.is_private(tensor) and len(readers) == 1 and self._nodes[readers[0]].inputs.count(tensor) == 1

    def remove(self, position: int) -> None:
        """Take a node away."""
        node = self._nodes.pop(position)
        for index in node.inputs:
            self._readers[index].pop(position, None)
        for index in node.outputs:
            del self._maker[index]

    def put(self, position: int, node: Node) -> None:
        """Put another node in the place of one, changed by the transform."""
        self.remove(position)
        if self._transform not in node.origin.transforms:
            origin = replace(node.origin, transforms=(*node.origin.transforms, self._transform))
            node = replace(node, origin=origin)
        self._enter(position, node)

    def rename(self, position: int, other: Mapping[int, int]) -> None:
        """Give a node other tensors in place of some; that alone is no change to speak of."""
        node = self._nodes[position]
        self.remove(position)
        self._enter(position, renamed(node, other))

    def _enter(self, position: int, node: Node) -> None:
        self._nodes[position] = node
        for index in node.inputs:
            self._readers[index][position] = None
        for index in node.outputs:
            self._maker[index] = position


def renamed(node: Node, other: Mapping[int, int]) -> Node:
    """The node with other tensors in place of some."""
    inputs, outputs = (tuple(other.get(each, each) for each in ends) for ends in (node.inputs, node.outputs))
    return replace(node, inputs=inputs, outputs=outputs)
