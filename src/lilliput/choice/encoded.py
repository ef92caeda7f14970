"""A build with dense weights -> the smallest one found that stores some of them encoded, if there is one.

What is worth building follows from predicted bytes; what is taken follows from measured ones: flash of the whole
image, RAM, and instructions of an inference.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, TypeVar

import numpy as np

from lilliput.choice import codes
from lilliput.choice.built import Built
from lilliput.choice.codes import Coded
from lilliput.choice.implementations import Implementations
from lilliput.choice.slowdown import Slowdown, slowdown
from lilliput.errors import DoesNotFitError
from lilliput.operators.encoded import MOST_SCRATCH_BYTES, Encoded, can_be_encoded
from lilliput.progress import Progress, silent

B = TypeVar("B", bound=Built)

_KERNEL_BYTES = 600
"""More than one more kernel takes: a kind of layer that saves that much is worth it without trying."""
_OTHER_KERNEL_BYTES = 150
"""More than a kernel that decodes takes in the place of the dense one."""
_FIELD_BYTES = 8
"""What `struct encoded` adds to a layer's parameters."""
_MOST_BUILDS = 6
"""As many as there may be."""


@dataclass(frozen=True, slots=True)
class Choice(Generic[B]):
    """The smallest build; `slowdown` is what its encoded weights cost, None where all are dense."""

    built: B
    slowdown: Slowdown | None = None


def encode_weights(
    dense: B,
    rebuild: Callable[[Implementations], B],
    max_slowdown: float,
    *,
    ram_bytes: int | None = None,
    progress: Progress = silent,
) -> Choice[B]:
    """Try alternatives to `dense`, which `rebuild` makes with other implementations.

    An inference may take `max_slowdown` times the instructions. RAM may grow by what decoding may need, but not beyond
    `ram_bytes` where that is given.
    """
    most_ram_bytes = dense.footprint.ram_bytes + MOST_SCRATCH_BYTES
    if ram_bytes is not None:
        most_ram_bytes = min(most_ram_bytes, max(ram_bytes, dense.footprint.ram_bytes))
    search = _Search(dense, rebuild, most_ram_bytes, progress)
    nodes = search.smallest()
    while nodes and (best := search.build(nodes)) is not None:
        cost = slowdown(dense, best)
        if cost.factor <= max_slowdown:
            return Choice(best, cost) if best.footprint.flash_bytes < dense.footprint.flash_bytes else Choice(dense)
        nodes = search.faster(nodes, cost, max_slowdown)
    return Choice(dense)


@dataclass(slots=True)
class _Search(Generic[B]):
    """Sets of nodes whose weights are encoded, and what building them gave."""

    dense: B
    rebuild: Callable[[Implementations], B]
    most_ram_bytes: int
    progress: Progress
    coded: Mapping[int, Coded] = field(init=False)
    built: dict[frozenset[int], B | None] = field(init=False, default_factory=dict[frozenset[int], "B | None"])

    def __post_init__(self) -> None:
        graph, found = self.dense.graph, self.dense.implementations
        usable = {i: node for i, node in enumerate(graph.nodes) if can_be_encoded(found(node), graph, node)}
        self.coded = codes.assign({i: np.asarray(graph.input(node, 1).data) for i, node in usable.items()})

    def smallest(self) -> frozenset[int]:
        """The nodes whose encoding gives the least flash, among a few sets that come into question."""
        gainful = frozenset(index for index in self.coded if self.saving(index) > 0)
        if sum(map(self.saving, gainful)) <= codes.DECODER_BYTES:
            return frozenset()
        best = gainful | self._others_of_their_kinds(gainful)
        if self.build(best) is None:
            # Nodes that hand over pixels need less memory.
            best -= {node for chain in self.dense.plan.chains for node in chain}
        for kind in sorted({self._kind(index) for index in best}):
            members = frozenset(index for index in best if self._kind(index) == kind)
            takes_place = all(index in best for index in self.coded if self._kind(index) == kind)
            if sum(map(self.saving, members)) < (_OTHER_KERNEL_BYTES if takes_place else _KERNEL_BYTES):
                best = self.smaller(best, best - members)
        return best

    def smaller(self, one: frozenset[int], other: frozenset[int]) -> frozenset[int]:
        """That of two sets whose build takes less flash."""
        return min(one, other, key=self._flash_bytes)

    def build(self, nodes: frozenset[int]) -> B | None:
        """The build with the weights of `nodes` encoded; None where it takes too much RAM."""
        if not nodes:
            return self.dense
        if nodes not in self.built:
            self.progress(f"compiling with {len(nodes)} tensors encoded", len(self.built), _MOST_BUILDS)
            try:
                built = self.rebuild(self._implementations(nodes))
            except DoesNotFitError:
                built = None
            fits = built is not None and built.footprint.ram_bytes <= self.most_ram_bytes
            self.built[nodes] = built if fits else None
        return self.built[nodes]

    def faster(self, nodes: frozenset[int], cost: Slowdown, max_slowdown: float) -> frozenset[int]:
        """The nodes without those that cost the most instructions for a byte, until the rest is fast enough."""
        left = set(nodes)
        more = sum(cost.more.values())
        for index in sorted(nodes, key=lambda i: cost.more.get(i, 0) / max(self.saving(i), 1), reverse=True):
            left.discard(index)
            more -= cost.more.get(index, 0)
            if cost.instructions + more <= max_slowdown * cost.instructions:
                break
        return frozenset(left)

    def saving(self, index: int) -> int:
        """The bytes that encoding a node's weights saves, without shared tables."""
        graph = self.dense.graph
        dense_bytes = graph.input(graph.nodes[index], 1).elements
        return dense_bytes - self.coded[index].size_bytes - _FIELD_BYTES

    def _flash_bytes(self, nodes: frozenset[int]) -> float:
        built = self.build(nodes)
        return math.inf if built is None else built.footprint.flash_bytes

    def _others_of_their_kinds(self, gainful: frozenset[int]) -> frozenset[int]:
        """The nodes that are alone in needing a dense kernel, where encoding them loses less than it takes."""
        found: set[int] = set()
        for kind in {self._kind(index) for index in gainful}:
            rest = [index for index in self.coded if self._kind(index) == kind and index not in gainful]
            if sum(map(self.saving, rest)) > -_OTHER_KERNEL_BYTES:
                found.update(rest)
        return frozenset(found)

    def _kind(self, index: int) -> str:
        return self.dense.graph.nodes[index].operator

    def _implementations(self, nodes: frozenset[int]) -> Implementations:
        graph, before = self.dense.graph, self.dense.implementations
        encoded = {
            graph.nodes[index].outputs: Encoded(before(graph.nodes[index]), coded.encoding, coded.code)
            for index, coded in self.coded.items()
            if index in nodes
        }
        return Implementations(MappingProxyType({**before.chosen, **encoded}))
