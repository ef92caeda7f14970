"""Graph -> graph with chains of nodes as single nodes: what the one computes, the next takes pixel by pixel.

A chain runs row by row like any other node. For each pixel of a row its first node computes one pixel, the next turns
this pixel into one of its own, and so on; the last writes it into its row, or adds it to its sums. So the tensors
between them never exist: of each, one pixel lies in memory while a step runs.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from lilliput.errors import InvariantError
from lilliput.ir import DType, Graph, Node, Tensor
from lilliput.operators.operator import Call, Operator, RowCall, RowStyle, Window
from lilliput.operators.views import viewed
from lilliput.planning.network import Network, OperatorOf, network

Edge = tuple[int, int]
"""A node of the graph, and the node that takes its output pixel by pixel."""
_MOST_OPERANDS = 2
"""What a row step can read: tensors in memory, and sums."""


@dataclass(frozen=True, eq=False)
class Chain:
    """Nodes that hand over pixels; `calls` are those that compute something, views in between left out."""

    graph: Graph
    nodes: tuple[int, ...]
    calls: tuple[tuple[int, RowCall], ...]

    @cached_property
    def pixel_bytes(self) -> Mapping[int, int]:
        """The tensors that are handed over, and the bytes of one pixel."""
        tensors = [call.output for _, call in self.calls[:-1]]
        return {index: pixel_bytes(self.graph.tensors[index]) for index in tensors}

    @cached_property
    def operands(self) -> tuple[tuple[int, int, Window], ...]:
        """What the chain reads from memory: the node, the tensor and the rows of it that a step needs."""
        reads = [
            (node, tensor, window)
            for node, call in self.calls
            for tensor, window in zip(call.inputs, call.windows, strict=True)
        ]
        return tuple(each for each in reads if each[1] not in self.pixel_bytes)

    @property
    def call(self) -> RowCall:
        """The chain as one row call; `kernel` and `parameters` are left to code generation."""
        (_, first), (_, last) = self.calls[0], self.calls[-1]
        style = RowStyle.REDUCTION if last.style is RowStyle.REDUCTION else first.style
        return RowCall(
            style=style,
            source="",
            kernel=f"chain{self.nodes[-1]:02d}_row",
            structure="",
            parameters={},
            inputs=tuple(tensor for _, tensor, _ in self.operands),
            windows=tuple(window for _, _, window in self.operands),
            output=last.output,
            steps=last.steps,
            sums_bytes=last.sums_bytes,
            scratch_bytes=sum(self.pixel_bytes.values()),
        )


class _ChainOperator(Operator):
    """A chain as planning sees it: an operator for one node."""

    name = "chain"

    def __init__(self, chain: Chain, operator_of: OperatorOf) -> None:
        self._chain, self._operator_of = chain, operator_of

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """None: a chain does not run as a whole."""
        raise InvariantError("a chain only runs by rows")

    def rows(self, graph: Graph, node: Node) -> RowCall:
        """The chain's row call."""
        return self._chain.call

    def in_place(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """What is read pixel by pixel in pixels of the output's size; by the last node, if it allows that."""
        chain, output = self._chain, graph.output(node)
        last = chain.graph.nodes[chain.nodes[-1]]
        operator = self._operator_of(last)
        permitted = () if operator is None else operator.in_place(chain.graph, last)
        forbidden = {index for position, index in enumerate(last.inputs) if position not in permitted}
        calls = dict(chain.calls)
        return tuple(
            position
            for position, (reader, tensor, _) in enumerate(chain.operands)
            if graph.tensors[tensor].shape == output.shape
            and works_by_pixels(calls[reader])
            and (reader != chain.nodes[-1] or tensor not in forbidden)
        )


def pixel_bytes(tensor: Tensor) -> int:
    """The bytes of all channels of one pixel of [1, height, width, channels]."""
    return tensor.size_bytes // (tensor.shape[1] * tensor.shape[2])


def chain_of(graph: Graph, operator_of: OperatorOf, nodes: Sequence[int]) -> Chain:
    """The chain of these nodes, in the order in which they run."""
    calls: list[tuple[int, RowCall]] = []
    for index in nodes:
        node = graph.nodes[index]
        operator = operator_of(node)
        call = None if operator is None or operator.views(graph, node) else operator.rows(graph, node)
        if call is not None:
            calls.append((index, call))
    return Chain(graph, tuple(nodes), tuple(calls))


def edges(graph: Graph, operator_of: OperatorOf) -> tuple[Edge, ...]:
    """Where pixels can be handed over, all at the same time. Any part of these edges can be fused as well."""
    calls = {
        index: call
        for index, node in enumerate(graph.nodes)
        if (operator := operator_of(node)) is not None
        and not operator.views(graph, node)
        and (call := operator.rows(graph, node)) is not None
    }
    readers = _readers(graph)
    users = Counter(call.kernel for call in calls.values())
    producers: dict[int, int] = {}
    for producer, call in calls.items():
        consumer = _path(graph, operator_of, readers, producer)[-1]
        # A kernel that one node alone uses is compiled for its parameters, so they must not move: it was 20 % slower.
        is_fixed = users[call.kernel] == 1 and not works_by_pixels(call)
        if not is_fixed and consumer in calls and _can_hand_over(graph, call, calls[consumer]):
            # Of two producers the later one is fused: what the earlier one made waits in memory.
            producers[consumer] = producer
    operands = {index: len(call.inputs) + (call.sums_bytes > 0) for index, call in calls.items()}
    found: list[Edge] = []
    for consumer, producer in sorted(producers.items()):
        together = operands[producer] + operands[consumer] - 1
        if together <= _MOST_OPERANDS:
            operands[consumer] = together
            found.append((producer, consumer))
    return tuple(found)


def _readers(graph: Graph) -> Mapping[int, Sequence[int]]:
    """Tensor -> the nodes that read it, twice those that read it twice."""
    found: dict[int, list[int]] = {}
    for position, node in enumerate(graph.nodes):
        for index in node.inputs:
            found.setdefault(index, []).append(position)
    return found


def _path(
    graph: Graph, operator_of: OperatorOf, readers: Mapping[int, Sequence[int]], producer: int
) -> tuple[int, ...]:
    """The nodes from a producer over views to the only one that reads what it makes; the last may be the producer."""
    path = [producer]
    while True:
        outputs = graph.nodes[path[-1]].outputs
        if len(outputs) != 1 or len(readers.get(outputs[0], ())) != 1 or outputs[0] in graph.outputs:
            return tuple(path)
        path += readers[outputs[0]]
        node = graph.nodes[path[-1]]
        operator = operator_of(node)
        if operator is None or viewed(graph, node, operator.views(graph, node)) != outputs[0]:
            return tuple(path)


def _can_hand_over(graph: Graph, producer: RowCall, consumer: RowCall) -> bool:
    """Whether the one can compute single pixels of which the other needs one at a time."""
    tensors = graph.select((*producer.inputs, producer.output, *consumer.inputs, consumer.output))
    if producer.scratch_bytes or consumer.scratch_bytes:
        return False
    if any(tensor.dtype is not DType.INT8 or tensor.is_variable for tensor in tensors):
        return False
    computes = producer.style is not RowStyle.REDUCTION and (producer.column_stride > 0 or works_by_pixels(producer))
    takes = producer.output in consumer.inputs and works_by_pixels(consumer)
    return computes and takes and graph.tensors[producer.output].shape[2] > 1


def works_by_pixels(call: RowCall) -> bool:
    """Whether a pixel of the output depends on the pixels in its place only, or a sum on one pixel at a time."""
    return call.pixel is not None and all(window == Window() for window in call.windows)


def fused_network(
    graph: Graph, operator_of: OperatorOf, fused: Collection[Edge], order: Sequence[int], *, parts: bool = True
) -> Network:
    """The network with chains along the fused edges; they run where their last nodes stand in the `order`."""
    smaller, operator, members = _contract(graph, operator_of, fused)
    position = {nodes[-1]: index for index, nodes in enumerate(members)}
    found = network(smaller, operator, [position[node] for node in order if node in position], parts=parts)
    return replace(found, members=tuple(members[node] for node in found.order))


def _contract(
    graph: Graph, operator_of: OperatorOf, fused: Collection[Edge]
) -> tuple[Graph, OperatorOf, tuple[tuple[int, ...], ...]]:
    """The graph with each chain as one node, the operators of its nodes, and the nodes that each of them stands for."""
    readers = _readers(graph)
    before = {consumer: _path(graph, operator_of, readers, producer)[:-1] for producer, consumer in fused}
    inner = {node for path in before.values() for node in path}
    members: list[tuple[int, ...]] = []
    nodes: list[Node] = []
    chains: dict[Node, Operator] = {}
    for index, node in enumerate(graph.nodes):
        if index in inner:
            continue
        chain_nodes = (index,)
        while chain_nodes[0] in before:
            chain_nodes = (*before[chain_nodes[0]], *chain_nodes)
        if len(chain_nodes) > 1:
            chain = chain_of(graph, operator_of, chain_nodes)
            node = replace(node, operator="chain", inputs=chain.call.inputs, options=MappingProxyType({}))
            chains[node] = _ChainOperator(chain, operator_of)
        nodes.append(node)
        members.append(chain_nodes)

    def operator(node: Node) -> Operator | None:
        return chains[node] if node in chains else operator_of(node)

    return replace(graph, nodes=tuple(nodes)), operator, tuple(members)
