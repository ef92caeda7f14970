"""The channels of operators that compute each output channel from the same channel of their input, without weights."""

from collections.abc import Mapping

import numpy as np

from lilliput.ir import Graph, Node
from lilliput.operators.channels import ChannelRules, Ranges
from lilliput.operators.fixed_point import activation_range


class PassingChannels(ChannelRules):
    """Values stay what they are."""

    def same(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The activations."""
        return (0,)

    def applies(self, graph: Graph, node: Node) -> bool:
        """Input and output must have the same channels."""
        source, target = graph.input(node).shape, graph.output(node).shape
        return bool(source and target) and source[-1] == target[-1]

    def ranges(self, graph: Graph, node: Node, inputs: Mapping[int, Ranges]) -> Ranges:
        """The input's."""
        return inputs[0]


class PoolingChannels(PassingChannels):
    """Mean or largest value of a window, clamped."""

    def ranges(self, graph: Graph, node: Node, inputs: Mapping[int, Ranges]) -> Ranges:
        """Within the input's, clamped."""
        low, high = activation_range(node.option("fused_activation_function"), graph.output(node))
        return Ranges(np.clip(inputs[0].low, low, high), np.clip(inputs[0].high, low, high))
