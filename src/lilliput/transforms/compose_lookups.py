"""A chain of functions of single int8 elements, of which one is a table anyway, becomes one table.

QUANTIZE before LOGISTIC, RELU behind TANH, LOGISTIC behind TANH: a TABLE_LOOKUP of 256 bytes does all of it, exactly as
TFLM computes one after the other.
"""

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import DType, Graph, Node, Origin, Tensor
from lilliput.operators import support
from lilliput.operators.fixed_point import INT8_RANGE
from lilliput.operators.table_lookup import TableLookup
from lilliput.transforms.rewiring import Rewiring
from lilliput.transforms.transform import Transform

_NAME = "compose_lookups"


def compose_lookups(graph: Graph) -> Graph:
    """Replace each such chain, as long as it is, by one node."""
    rewiring = Rewiring(graph, _NAME)
    tensors = list(graph.tensors)
    for position in range(len(graph.nodes)):
        chain = _chain(graph, rewiring, position)
        if len(chain) > 1 and any(_is_lookup(graph.nodes[each]) for each in chain):
            first, last = graph.nodes[chain[0]], graph.nodes[position]
            tensors.append(_constant(last.origin, _composed(_table(graph, each) for each in chain)))
            for each in chain[:-1]:
                rewiring.remove(each)
            rewiring.put(position, _lookup(first, last, len(tensors) - 1))
    return graph if len(tensors) == len(graph.tensors) else replace(rewiring.graph, tensors=tuple(tensors))


def _chain(graph: Graph, rewiring: Rewiring, last: int) -> list[int]:
    """The positions of functions that end at `last`, first to last; none where the next node goes on."""
    output = graph.nodes[last].outputs
    if len(output) == 1 and rewiring.is_step(output[0]) and _table(graph, rewiring.readers(output[0])[0]) is not None:
        return []
    chain: list[int] = []
    position: int | None = last
    while position is not None and _table(graph, position) is not None:
        chain.append(position)
        source = graph.nodes[position].inputs[0]
        position = rewiring.maker(source) if rewiring.is_step(source) else None
    return chain[::-1]


def _table(graph: Graph, position: int) -> NDArray[np.int8] | None:
    node = graph.nodes[position]
    operator = support.find(node)
    if operator is None or not support.is_sound(operator, graph, node):
        return None
    return operator.table(graph, node)


def _is_lookup(node: Node) -> bool:
    operator = support.find(node)
    return operator is not None and operator.is_lookup


def _composed(tables: Iterable[NDArray[np.int8] | None]) -> NDArray[np.int8]:
    values = np.arange(INT8_RANGE[0], INT8_RANGE[1] + 1)
    for table in tables:
        values = np.asarray(table, np.int64)[values - INT8_RANGE[0]]
    return values.astype(np.int8)


def _constant(origin: Origin, table: NDArray[np.int8]) -> Tensor:
    table.setflags(write=False)
    made = replace(origin, transforms=(*origin.transforms, _NAME))
    return Tensor(f"{origin.name}_table", DType.INT8, table.shape, None, table, made)


def _lookup(first: Node, last: Node, table: int) -> Node:
    """The last node with what the first one reads, as a TABLE_LOOKUP."""
    return replace(
        last,
        operator=TableLookup.name,
        version=TableLookup.versions[0],
        inputs=(first.inputs[0], table),
        options=MappingProxyType({}),
    )


COMPOSE_LOOKUPS = Transform(
    _NAME, "Functions of single elements behind or before a look-up in a table become part of the table.",
    compose_lookups, contract="tflm", expressible=False,
)  # fmt: skip
