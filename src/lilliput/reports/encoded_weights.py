"""Build -> one row for each tensor whose weights are encoded: what it took before and what it takes now."""

from dataclasses import dataclass

from lilliput.codegen import Part
from lilliput.ir import Node
from lilliput.operators.encoded import Encoded
from lilliput.pipeline import Build


@dataclass(frozen=True, slots=True)
class EncodedWeights:
    """The weights of a node, dense and as measured in the image, without tables that several tensors share."""

    node: Node
    encoding: str
    dense_bytes: int
    encoded_bytes: int


def encoded_weights(build: Build) -> tuple[EncodedWeights, ...]:
    """The rows, in the order of the nodes."""
    graph = build.graph
    rows: list[EncodedWeights] = []
    for index, node in enumerate(graph.nodes):
        operator = build.implementations(node)
        if isinstance(operator, Encoded):
            measured = sum(
                item.end - item.start
                for item in build.footprint.ranges
                if item.label.part is Part.WEIGHTS
                and item.label.node == index
                and item.label.name == operator.constant_name
            )
            rows.append(EncodedWeights(node, operator.encoding.name, graph.input(node, 1).size_bytes, measured))
    return tuple(rows)
