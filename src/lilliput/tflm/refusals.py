"""What TFLM's interpreter refuses when it prepares a model, found before anything is flashed."""

from collections.abc import Callable, Sequence

from lilliput.ir import DType
from lilliput.tflm.decode.header import OPERATOR
from lilliput.tflm.model_file import FileNode, ModelFile, Subgraph

_WEIGHTED = ("conv_2d", "depthwise_conv_2d", "fully_connected")
_MOST_JOINED = 10

Refusal = Callable[[Subgraph, FileNode], bool]


def hybrid(graph: Subgraph, node: FileNode) -> bool:
    """Activations are float, weights integer (a dynamic-range model): quantise the activations, too."""
    if node.operator not in _WEIGHTED or len(node.inputs) < 2 or min(node.inputs[:2]) < 0:
        return False
    source, weights = (graph.tensors[index] for index in node.inputs[:2])
    return source.dtype is DType.FLOAT32 and weights.dtype is not DType.FLOAT32


def joins_too_many(_: Subgraph, node: FileNode) -> bool:
    """More than 10 inputs are joined at once: join them in steps."""
    return node.operator == "concatenation" and len(node.inputs) > _MOST_JOINED


def decodes_no_pairs(graph: Subgraph, node: FileNode) -> bool:
    """Each output is decoded from two constants: the encoded and the ancillary tensor."""
    if node.operator != OPERATOR:
        return False
    constant = all(index >= 0 and graph.tensors[index].is_constant for index in node.inputs)
    return not constant or not node.outputs or len(node.inputs) != 2 * len(node.outputs)


REFUSALS: Sequence[Refusal] = (hybrid, joins_too_many, decodes_no_pairs)
"""Each refusal's docstring is what the error says."""


def refused(model: ModelFile) -> tuple[str, ...]:
    """Why TFLM refuses the model, a line for each node; empty when nothing is known against it."""
    return tuple(
        f"operator {index} {node.operator.upper()}: {refusal.__doc__}"
        for graph in model.subgraphs
        for index, node in enumerate(graph.nodes)
        for refusal in REFUSALS
        if refusal(graph, node)
    )
