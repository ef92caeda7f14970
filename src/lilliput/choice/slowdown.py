"""Two builds of one graph -> how many more instructions the second takes, by node: counted by emulation, or predicted.

A prediction adds what decoding takes to what portable kernels take for the same multiply-accumulate operations. Both
figures are those of a Cortex-M4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from lilliput.choice.built import Built
from lilliput.operators.encoded import Encoded
from lilliput.targets import Architecture
from lilliput.toolchain import emulate

_INSTRUCTIONS_PER_MAC = 7
_MOST_EMULATED = 1_000_000_000
"""Instructions that are predicted; emulating more takes longer than all the rest of a build."""


@dataclass(frozen=True, slots=True)
class Slowdown:
    """Instructions of one inference, before and by how many more each node takes; by emulation when `measured`."""

    instructions: int
    more: Mapping[int, int]
    measured: bool

    @property
    def factor(self) -> float:
        """Instructions after, for one before."""
        return (self.instructions + sum(self.more.values())) / max(self.instructions, 1)


def slowdown(dense: Built, encoded: Built) -> Slowdown:
    """How much slower `encoded` is, on inputs of zeros where it is emulated."""
    graph = dense.graph
    macs = sum(dense.implementations(node).macs(graph, node) for node in graph.nodes)
    can_run = dense.image.target.architecture is not Architecture.HOST and find_spec("unicorn") is not None
    if can_run and macs * _INSTRUCTIONS_PER_MAC <= _MOST_EMULATED:
        before, after = count_instructions(dense), count_instructions(encoded)
        more = {node: after.get(node, 0) - before.get(node, 0) for node in range(len(graph.nodes))}
        return Slowdown(sum(before.values()), more, measured=True)
    implementations = [encoded.implementations(node) for node in graph.nodes]
    more = {
        index: operator.decoding_instructions(graph, node)
        for index, (node, operator) in enumerate(zip(graph.nodes, implementations, strict=True))
        if isinstance(operator, Encoded)
    }
    return Slowdown(macs * _INSTRUCTIONS_PER_MAC, more, measured=False)


def count_instructions(built: Built) -> Mapping[int | None, int]:
    """The instructions of each node for inputs of zeros, emulated; None stands for code that belongs to no node."""
    graph = built.graph
    inputs = [bytes(tensor.size_bytes) for tensor in graph.select(graph.inputs)]
    sizes = [tensor.size_bytes for tensor in graph.select(graph.outputs)]
    return emulate(built.image, [inputs], sizes).node_instructions
