"""FULLY_CONNECTED for cores without SIMD: two outputs at a time."""

from typing import ClassVar

import numpy as np

from lilliput.ir import Graph, Node
from lilliput.operators.armv7em import biases, by_channel, folded_biases
from lilliput.operators.fully_connected.fully_connected import FullyConnected, has_one_scale, one_scale
from lilliput.operators.operator import Call, Constant, ConstantKind, one_call


class FullyConnectedBlocked(FullyConnected):
    """One scale for all outputs, one vector; where rows arrive one by one the portable kernels add them."""

    variant: ClassVar[str] = "blocked"

    def applies(self, graph: Graph, node: Node) -> bool:
        """Whether there is one scale and one vector, and no partial sum of stored values exceeds int32."""
        data = graph.input(node, 1).data
        if not has_one_scale(graph, node) or graph.input(node).elements != graph.input(node, 1).shape[1]:
            return False
        largest = 256 * np.abs(by_channel(np.asarray(data), 0)).sum(axis=1) + np.abs(biases(graph, node))
        return bool((largest < 1 << 31).all())

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call."""
        bias = Constant("bias", folded_biases(graph, node, 0), ConstantKind.WEIGHTS)
        unused = ("input_offset", "bias_bytes", "bias_shift")
        portable = {name: value for name, value in one_scale(graph, node).items() if name not in unused}
        return one_call(node, "operators/fully_connected/fully_connected_blocked.c", {**portable, "bias": bias})
