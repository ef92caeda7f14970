"""PAD, and PADV2, into the padding of the convolutions and maximum poolings that read them.

A convolution's taps that fall on its padding add nothing, as those on zero points; the largest value of a window is
none of the padding's. A node with padding goes when every node that reads it can do without.

Two transforms: where a file's "same" or "valid" says what padding there is, and where only numbers do, which no .tflite
can hold.
"""

from collections.abc import Callable

from lilliput.ir import Graph, Node
from lilliput.operators import support
from lilliput.operators.operator import Border
from lilliput.operators.spatial import EXPLICIT
from lilliput.transforms.rewiring import Rewiring, renamed
from lilliput.transforms.transform import Transform

_SAME, _EXPLICIT = "merge_same_padding", "merge_explicit_padding"


def merge_same_padding(graph: Graph) -> Graph:
    """Merge where the padding has a name in files."""
    return _merge(graph, _SAME, lambda node: node.option("padding") != EXPLICIT)


def merge_explicit_padding(graph: Graph) -> Graph:
    """Merge wherever the kernels can."""
    return _merge(graph, _EXPLICIT, lambda _: True)


def _merge(graph: Graph, transform: str, allowed: Callable[[Node], bool]) -> Graph:
    rewiring = Rewiring(graph, transform)
    for position in range(len(graph.nodes)):
        node = rewiring.node(position)
        border = None if node is None else _border(graph, node)
        if node is None or border is None or not rewiring.is_private(node.outputs[0]):
            continue
        readers = rewiring.readers(node.outputs[0])
        merged = [_within(graph, rewiring.node(reader), border, node) for reader in readers]
        found = [each for each in merged if each is not None and allowed(each)]
        if len(found) == len(readers):
            rewiring.remove(position)
            for reader, other in zip(readers, found, strict=True):
                rewiring.put(reader, other)
    return rewiring.graph


def _border(graph: Graph, node: Node) -> Border | None:
    operator = support.find(node)
    return operator.border(graph, node) if operator and support.is_sound(operator, graph, node) else None


def _within(graph: Graph, reader: Node | None, border: Border, pad: Node) -> Node | None:
    """A reader that reads what the node pads; None where there is none that is sound."""
    operator = None if reader is None else support.find(reader)
    if reader is None or operator is None or not support.is_sound(operator, graph, reader):
        return None
    found = operator.within_border(graph, reader, border)
    if found is None:
        return None
    wanted = renamed(found, {pad.outputs[0]: pad.inputs[0]})
    return wanted if support.is_sound(operator, graph, wanted) else None


MERGE_SAME_PADDING = Transform(
    _SAME, 'PAD goes where "same" padding, or none, of the node that reads it says as much.', merge_same_padding
)
MERGE_EXPLICIT_PADDING = Transform(
    _EXPLICIT, "PAD goes where the node that reads it can pad as much by itself.", merge_explicit_padding,
    expressible=False,
)  # fmt: skip
