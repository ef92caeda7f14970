"""Graph + features of the core -> the fastest implementation of each node, as its operator ranks them.

Implementations that store rows as planes are chosen in pairs only: the one that writes a tensor and the only one that
reads it.
"""

from collections.abc import Collection
from types import MappingProxyType

from lilliput.choice.implementations import Implementations
from lilliput.ir import DType, Graph, Node
from lilliput.operators import support
from lilliput.operators.operator import Layout, Operator


def fastest(graph: Graph, features: frozenset[str], operators: Collection[str] | None = None) -> Implementations:
    """The implementations; `graph` keeps all rules. With `operators` all others keep their own."""
    candidates = [
        _candidates(graph, node, features)
        if operators is None or node.operator in operators
        else (support.operator_of(node),)
        for node in graph.nodes
    ]
    planes = _candidates_for_planes(graph, candidates)
    while True:
        chosen = [_first(each, graph, node, planes) for each, node in zip(candidates, graph.nodes, strict=True)]
        stuck = {
            tensor
            for node, operator in zip(graph.nodes, chosen, strict=True)
            if operator is None
            for tensor in (*node.inputs, *node.outputs)
        }
        if not planes & stuck:
            break
        planes -= stuck
    pairs = zip(graph.nodes, chosen, strict=True)
    return Implementations(MappingProxyType({node.outputs: each for node, each in pairs if each is not None}))


def _candidates(graph: Graph, node: Node, features: frozenset[str]) -> tuple[Operator, ...]:
    own = support.operator_of(node)
    usable = (each for each in own.variants if each.features <= features and each.applies(graph, node))
    return (*usable, own)


def _first(candidates: tuple[Operator, ...], graph: Graph, node: Node, planes: set[int]) -> Operator | None:
    """The first candidate that reads and writes the layouts of the node's tensors."""
    activations = {index for index in node.inputs if index >= 0 and not graph.tensors[index].is_constant}
    if planes & activations and not activations <= planes:
        return None
    reads = Layout.PLANES if planes & activations else Layout.PIXELS
    writes = Layout.PLANES if planes.intersection(node.outputs) else Layout.PIXELS
    return next((each for each in candidates if (each.input_layout, each.output_layout) == (reads, writes)), None)


def _candidates_for_planes(graph: Graph, candidates: list[tuple[Operator, ...]]) -> set[int]:
    """The tensors between two nodes that could write and read planes."""
    readers: dict[int, list[int]] = {}
    for position, node in enumerate(graph.nodes):
        for tensor in node.inputs:
            readers.setdefault(tensor, []).append(position)
    writers = {
        node.outputs[0]
        for node, each in zip(graph.nodes, candidates, strict=True)
        if any(operator.output_layout is Layout.PLANES for operator in each)
    }
    return {
        tensor
        for tensor in writers
        if len(readers.get(tensor, ())) == 1
        and any(operator.input_layout is Layout.PLANES for operator in candidates[readers[tensor][0]])
        and tensor not in graph.outputs
        and _is_image(graph, tensor)
    }


def _is_image(graph: Graph, index: int) -> bool:
    tensor = graph.tensors[index]
    return tensor.dtype is DType.INT8 and len(tensor.shape) == 4 and tensor.shape[0] == 1 and not tensor.is_variable
