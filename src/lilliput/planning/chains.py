"""Fusible edges -> networks with chains: those of all nodes that take turns, or one edge more or less."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from lilliput.ir import Graph
from lilliput.planning.fusion import Edge, fused_network, pixel_bytes
from lilliput.planning.network import Network, OperatorOf
from lilliput.planning.schedule import PUSH, Segment, alone, can_join, interleaved

Variant = tuple[Network, list[Segment]]
"""A network with other chains, and segments of the same nodes in the same order."""
_Groups = list[list[int]]
"""The nodes of the graph, segment by segment."""


@dataclass(frozen=True, slots=True)
class Chains:
    """What can be fused in a graph."""

    graph: Graph
    operator_of: OperatorOf
    edges: tuple[Edge, ...]

    @property
    def pixel_bytes(self) -> Mapping[int, int]:
        """The tensors that can be handed over, and the bytes of one pixel."""
        handed = [self.graph.nodes[producer].outputs[0] for producer, _ in self.edges]
        return {index: pixel_bytes(self.graph.tensors[index]) for index in handed}

    def all_in_turns(self, network: Network, segments: Sequence[Segment]) -> Iterator[Variant]:
        """Whatever can be fused within each segment, in at most one variant."""
        groups = _groups(network, segments)
        fused = {edge for edge in self.edges if any(set(edge) <= set(group) for group in groups)}
        yield from self._variant(network, segments, fused, groups)

    def toggled(self, network: Network, segments: Sequence[Segment], edge: Edge) -> Iterator[Variant]:
        """This edge fused if it was not, and the other way round.

        A chain that runs by itself, not on pushed rows, becomes two that do; two neighbours that run by themselves
        become a chain.
        """
        fused = {each for each in self.edges if any(set(each) <= set(members) for members in network.members)}
        groups = _groups(network, segments)
        variant = partial(self._variant, network, segments)
        producer, consumer = edge
        first = next(position for position, group in enumerate(groups) if producer in group)
        end = next(position for position, group in enumerate(groups) if consumer in group) + 1
        joined = [node for group in groups[first:end] for node in group]
        others = (groups[:first], groups[end:])
        if end == first + 1:
            yield from variant(fused ^ {edge}, groups)
        elif all(len(segment.nodes) == 1 for segment in segments[first:end]):
            yield from variant(fused | {edge}, [*others[0], joined, *others[1]])
        if edge in fused and len(segments[first].nodes) == 1 and PUSH not in segments[first].at:
            before, after = joined.index(producer) + 1, joined.index(consumer)
            apart = [joined[:before], *([view] for view in joined[before:after]), joined[after:]]
            yield from variant(fused - {edge}, [*others[0], *apart, *others[1]])

    def _variant(
        self, plain: Network, segments: Sequence[Segment], fused: set[Edge], groups: _Groups
    ) -> Iterator[Variant]:
        """The network with these chains, if the nodes of each group can take turns then."""
        pushed_rows = len(segments[0].at.get(PUSH, ()))
        order = [node for group in groups for node in group]
        network = fused_network(self.graph, self.operator_of, fused, order, parts=plain.has_parts)
        found: list[Segment] = []
        end = 0
        for group in groups:
            first, end = end, end + sum(members[-1] in group for members in network.members)
            nodes = range(first, end)
            pushed = 0 if found else pushed_rows
            if len(group) == 1 and not pushed:
                found.append(alone(network, first))
            elif all(can_join(network, range(first, node), node) for node in nodes):
                found.append(interleaved(network, nodes, pushed))
            else:
                return
        yield network, found


def _groups(network: Network, segments: Sequence[Segment]) -> _Groups:
    return [[node for each in segment.nodes for node in network.members[each]] for segment in segments]
