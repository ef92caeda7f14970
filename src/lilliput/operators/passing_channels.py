"""The channels of operators that compute each output channel from the same channel of their input, without weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators.channels import ChannelRules, Ranges, full_ranges
from lilliput.operators.fixed_point import INT8_RANGE, activation_range


class PassingChannels(ChannelRules):
    """Values stay what they are."""

    def same(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """The activations."""
        return (0,)

    def applies(self, graph: Graph, node: Node) -> bool:
        """Input and output must have the same channels."""
        source, target = graph.input(node).shape, graph.output(node).shape
        return bool(source and target) and source[-1] == target[-1]

    def ranges(self, graph: Graph, node: Node, inputs: Mapping[int, Ranges], slack: int) -> Ranges:
        """The input's."""
        return inputs[0]


class PoolingChannels(PassingChannels):
    """Mean or largest value of a window, clamped."""

    def ranges(self, graph: Graph, node: Node, inputs: Mapping[int, Ranges], slack: int) -> Ranges:
        """Within the input's, clamped."""
        low, high = activation_range(node.option("fused_activation_function"), graph.output(node))
        return Ranges(np.clip(inputs[0].low, low, high), np.clip(inputs[0].high, low, high))


@dataclass(frozen=True, slots=True)
class SurroundedChannels(PassingChannels):
    """Values stay what they are, or are the one that `value` gives."""

    value: Callable[[Graph, Node], int]

    def ranges(self, graph: Graph, node: Node, inputs: Mapping[int, Ranges], slack: int) -> Ranges:
        """The input's, and the value."""
        value = self.value(graph, node)
        return Ranges(np.minimum(inputs[0].low, value), np.maximum(inputs[0].high, value))


@dataclass(frozen=True, slots=True)
class ElementChannels(PassingChannels):
    """Values become what `table` gives for -128 to 127."""

    table: Callable[[Graph, Node], NDArray[np.int8] | None]

    def ranges(self, graph: Graph, node: Node, inputs: Mapping[int, Ranges], slack: int) -> Ranges:
        """The smallest and largest of what the input's values become."""
        table = self.table(graph, node)
        if table is None:
            return full_ranges(graph.output(node))
        ends = zip(inputs[0].low - INT8_RANGE[0], inputs[0].high - INT8_RANGE[0] + 1, strict=True)
        parts = [table[start:stop] for start, stop in ends]
        low, high = (np.array([choose(part) for part in parts], np.int64) for choose in (np.min, np.max))
        return Ranges(np.clip(low - slack, *INT8_RANGE), np.clip(high + slack, *INT8_RANGE))
