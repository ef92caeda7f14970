"""Two functions of single int8 elements, one behind the other, become one where that is exact for all 256 values.

Tried are the first one and the second one, each from the first one's input to the second one's output: RELU behind
RELU6, QUANTIZE behind QUANTIZE, QUANTIZE behind RELU, and so on. Tables such as LOGISTIC's are for `compose_lookups`.
The values are those of TFLM's arithmetic; LiteRT may round a QUANTIZE otherwise.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators import support
from lilliput.operators.fixed_point import INT8_RANGE
from lilliput.transforms.rewiring import Rewiring
from lilliput.transforms.transform import Transform

_NAME = "merge_elementwise"


def merge_elementwise(graph: Graph) -> Graph:
    """Replace such pairs by the one that computes the same, first to last."""
    rewiring = Rewiring(graph, _NAME)
    for position in range(len(graph.nodes)):
        node = rewiring.node(position)
        if node is None or len(node.inputs) != 1 or not rewiring.is_step(node.inputs[0]):
            continue
        maker = rewiring.maker(node.inputs[0])
        first = None if maker is None else rewiring.node(maker)
        merged = None if first is None else next(_merged(graph, first, node), None)
        if maker is not None and merged is not None:
            rewiring.remove(maker)
            rewiring.put(position, merged)
    return rewiring.graph


def _merged(graph: Graph, first: Node, second: Node) -> Iterator[Node]:
    """The nodes that alone do what both do."""
    tables = [_table(graph, node) for node in (first, second)]
    if tables[0] is None or tables[1] is None:
        return
    wanted = tables[1][tables[0].astype(np.int64) - INT8_RANGE[0]]
    for candidate in (second, first):
        found = replace(candidate, inputs=first.inputs, outputs=second.outputs)
        table = _table(graph, found)
        if table is not None and np.array_equal(table, wanted):
            yield found


def _table(graph: Graph, node: Node) -> NDArray[np.int8] | None:
    operator = support.find(node)
    if operator is None or operator.is_lookup or not support.is_sound(operator, graph, node):
        return None
    return operator.table(graph, node)


MERGE_ELEMENTWISE = Transform(
    _NAME, "Of two functions of single elements one goes where the other does for both.", merge_elementwise,
    contract="tflm",
)  # fmt: skip
