"""Float graph -> float graph in which a RELU or RELU6 is part of the layer before it, where nothing else reads that.

Computes the same, and the layer's integers then need not hold what would be cut off at once.
"""

from collections import Counter
from dataclasses import replace
from types import MappingProxyType

from lilliput.ir import Graph, Node
from lilliput.operators import support
from lilliput.operators.fixed_point import ACTIVATIONS

_OPTION = "fused_activation_function"
_FUNCTIONS = ("relu", "relu6")


def fuse(graph: Graph) -> Graph:
    """The same network with fewer nodes; tensors keep their indices."""
    readers = Counter([*graph.outputs, *(index for node in graph.nodes for index in node.inputs)])
    makers = {node.outputs[0]: position for position, node in enumerate(graph.nodes)}
    nodes: list[Node | None] = list(graph.nodes)
    for position, node in enumerate(graph.nodes):
        maker = makers.get(node.inputs[0]) if node.inputs else None
        layer = None if maker is None else nodes[maker]
        if node.operator in _FUNCTIONS and maker is not None and layer is not None and _takes(layer):
            if readers[node.inputs[0]] > 1:
                continue
            options = MappingProxyType({**layer.options, _OPTION: ACTIVATIONS.index(node.operator)})
            nodes[maker] = replace(layer, options=options, outputs=node.outputs)
            makers[node.outputs[0]] = maker
            nodes[position] = None
    return replace(graph, nodes=tuple(node for node in nodes if node is not None))


def _takes(layer: Node) -> bool:
    operator = support.find(layer)
    return operator is not None and operator.fuses_activation and layer.option(_OPTION) == 0
