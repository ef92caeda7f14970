"""Graph + features of the core -> the fastest implementation of each node, as its operator ranks them."""

from collections.abc import Collection
from types import MappingProxyType

from lilliput.choice.implementations import Implementations
from lilliput.ir import Graph, Node
from lilliput.operators import support
from lilliput.operators.operator import Operator


def fastest(graph: Graph, features: frozenset[str], operators: Collection[str] | None = None) -> Implementations:
    """The implementations; `graph` keeps all rules. With `operators` all others keep their own."""
    nodes = (node for node in graph.nodes if operators is None or node.operator in operators)
    return Implementations(MappingProxyType({node.outputs: _fastest(graph, node, features) for node in nodes}))


def _fastest(graph: Graph, node: Node, features: frozenset[str]) -> Operator:
    own = support.operator_of(node)
    usable = (each for each in own.variants if each.features <= features and each.applies(graph, node))
    return next(usable, own)
