"""RELU, RELU6 and other clamps go where the node before them can clamp as much by itself.

A layer's last step limits its output to what its fused activation allows. A function of single elements behind it,
which keeps scale and zero point, goes where the layer with one of the fused activations gives the same for every int8
value; the fused limits are those of LiteRT as well.
"""

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from lilliput.ir import Graph, Node
from lilliput.operators import support
from lilliput.operators.fixed_point import ACTIVATIONS, INT8_RANGE, activation_range
from lilliput.operators.rules import is_int8
from lilliput.transforms.rewiring import Rewiring, renamed
from lilliput.transforms.transform import Transform

_NAME = "fuse_activations"
_OPTION = "fused_activation_function"


def fuse_activations(graph: Graph) -> Graph:
    """Let such a layer write what the function writes."""
    rewiring = Rewiring(graph, _NAME)
    for position in range(len(graph.nodes)):
        node = rewiring.node(position)
        if node is None or len(node.inputs) != 1 or not rewiring.is_step(node.inputs[0]):
            continue
        maker = rewiring.maker(node.inputs[0])
        layer = None if maker is None else rewiring.node(maker)
        fused = None if layer is None else next(_fused(graph, layer, node), None)
        if maker is not None and fused is not None:
            rewiring.remove(position)
            rewiring.put(maker, fused)
    return rewiring.graph


def _fused(graph: Graph, layer: Node, function: Node) -> Iterator[Node]:
    """The layer with each fused activation that does what the function does behind it."""
    operator, other = support.find(layer), support.find(function)
    if operator is None or other is None or not operator.fuses_activation:
        return
    if not (support.is_sound(operator, graph, layer) and support.is_sound(other, graph, function)):
        return
    source, target = graph.input(function), graph.output(function)
    table = other.table(graph, function)
    if table is None or not is_int8(target) or source.quantization != target.quantization:
        return
    values = np.arange(INT8_RANGE[0], INT8_RANGE[1] + 1)
    given = np.clip(values, *activation_range(layer.option(_OPTION), source))
    for number in range(len(ACTIVATIONS)):
        limits = activation_range(number, target)
        if np.array_equal(table[given - INT8_RANGE[0]], np.clip(values, *limits)):
            options = MappingProxyType({**layer.options, _OPTION: number})
            found = renamed(replace(layer, options=options), {layer.outputs[0]: function.outputs[0]})
            if support.is_sound(operator, graph, found):
                yield found


FUSE_ACTIVATIONS = Transform(_NAME, "Clamps go where the layer before them clamps as much.", fuse_activations)
