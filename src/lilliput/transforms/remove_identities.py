"""Nodes whose output is their input, in shape, type, quantisation and every byte, go.

So do RESHAPE to the same shape, QUANTIZE to the same scale and zero point, PAD by nothing, SPLIT into one,
CONCATENATION of one, STRIDED_SLICE of everything, TRANSPOSE that leaves the order, RELU of what is never negative, and
pooling of single elements: all that `Operator.views` knows.
"""

from lilliput.ir import Graph, Tensor
from lilliput.operators import support
from lilliput.transforms.rewiring import Rewiring
from lilliput.transforms.transform import Transform

_NAME = "remove_identities"


def remove_identities(graph: Graph) -> Graph:
    """Let readers of such an output read the input, or the input's maker write the output."""
    rewiring = Rewiring(graph, _NAME)
    for position, node in enumerate(graph.nodes):
        node = rewiring.node(position) or node
        source = support.viewed(graph, node) if len(node.outputs) == 1 else None
        if source is not None and _are_alike(graph.tensors[source], graph.output(node)):
            _bypass(rewiring, position, source, node.outputs[0])
    return rewiring.graph


def _are_alike(one: Tensor, other: Tensor) -> bool:
    return (one.dtype, one.shape, one.quantization) == (other.dtype, other.shape, other.quantization)


def _bypass(rewiring: Rewiring, position: int, source: int, target: int) -> None:
    """Take the node away, unless both its ends are the graph's."""
    if rewiring.is_private(target):
        rewiring.remove(position)
        for reader in rewiring.readers(target):
            rewiring.rename(reader, {target: source})
    elif rewiring.is_private(source):
        rewiring.remove(position)
        maker = rewiring.maker(source)
        for each in (*rewiring.readers(source), *(() if maker is None else (maker,))):
            rewiring.rename(each, {source: target})


REMOVE_IDENTITIES = Transform(_NAME, "Nodes whose output is their input, byte for byte, go.", remove_identities)
