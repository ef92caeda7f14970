"""Network -> the smallest packed partition found, or the plainest that fits.

The partition that looks best by pairs of segments is where the search begins. Cuts next to where the arena peaks are
moved, each time packing everything anew, as long as that helps. At last rings get a row or two more than they need, so
that rows which come and go lie better, and outputs get memory of their own where working in place is in the way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from lilliput.planning.chains import Chains
from lilliput.planning.fusion import Edge
from lilliput.planning.lifetimes import Lifetime, Scope, lifetimes, peak_live_bytes
from lilliput.planning.network import Network
from lilliput.planning.packing import Packing, pack
from lilliput.planning.partition import Cut, Partitions
from lilliput.planning.schedule import PUSH, Segment, alone

_EFFORT = 2_000
"""Buffers placed to judge a partition."""
_WORK = 0.01
"""The solver's work to judge a partition."""
_MOVES_PER_SECOND = 20
"""Partitions, or variants of one, that are packed in about a second."""
_ROWS_MORE = 2
"""How many rows a ring may get in addition."""
_STACK_OF_CHAINS_BYTES = 64
"""What chains take of the stack: the parameters of their first nodes change from pixel to pixel."""
_WORTH_A_HANDOVER_BYTES = 16
"""What fusing two nodes must save of the arena: it takes some 100 bytes of flash."""


@dataclass(frozen=True, slots=True)
class Variation:
    """Nodes of the model whose outputs get memory of their own, and how many rows more the rings of tensors get."""

    apart: frozenset[int] = frozenset()
    more_rows: Mapping[tuple[int, ...], int] = field(default_factory=dict[tuple[int, ...], int])


_AS_IT_IS = Variation()


@dataclass(frozen=True, slots=True, eq=False)
class Arena:
    """A packed partition."""

    network: Network
    segments: tuple[Segment, ...]
    variation: Variation
    buffers: tuple[Lifetime, ...]
    packing: Packing

    @property
    def size_bytes(self) -> int:
        """The bytes of the arena."""
        return self.packing.arena_bytes

    @property
    def interleaved_nodes(self) -> int:
        """How many nodes do not run alone."""
        members = self.network.members
        return sum(len(members[node]) for each in self.segments if each.interleaved for node in each.nodes)

    @property
    def handovers(self) -> int:
        """How often a node of a chain hands pixels to the next one."""
        return sum(len(members) - 1 for members in self.network.members)

    @property
    def rank(self) -> tuple[int, int]:
        """Less is better: bytes of the arena, and of the stack and a part of the flash that chains take besides."""
        extra_bytes = _STACK_OF_CHAINS_BYTES * (self.handovers > 0) + _WORTH_A_HANDOVER_BYTES * self.handovers
        return self.size_bytes + extra_bytes, self.interleaved_nodes


def whole_layers(networks: Sequence[Network], seconds: float) -> Arena:
    """Every node runs alone, in the best of several orders."""
    arenas = [_packed(each, [alone(each, node) for node in range(len(each.nodes))]) for each in networks]
    return _vary(min(arenas, key=lambda arena: arena.size_bytes), int(seconds * _MOVES_PER_SECOND))


def smallest(choices: Sequence[Partitions], seconds: float, bound_bytes: int) -> Arena | None:
    """The smallest arena found with some nodes interleaved, in one of several orders; None where nothing can be.

    It cannot be smaller than `bound_bytes`.
    """
    found = [(cost, number, cuts) for number, each in enumerate(choices) for cost, cuts in _search(each, bound_bytes)]
    if not found:
        return None
    moves = int(seconds * _MOVES_PER_SECOND)
    _, number, cuts = min(found)
    return _vary(_move_cuts(choices[number], cuts, moves, bound_bytes), moves, bound_bytes)


def fuse(plain: Arena, chains: Chains, seconds: float, bound_bytes: int) -> Arena:
    """An arena with chains of nodes that take turns in `plain`, where one was found that is better; else `plain`.

    First all that can be fused is; then each pair of nodes is taken apart, or fused, if that helps.
    """
    best = min(
        (_packed(*each) for each in chains.all_in_turns(plain.network, plain.segments)), key=_rank, default=plain
    )
    moves = int(seconds * _MOVES_PER_SECOND)
    best = _toggle(best, chains, moves, plain.variation)
    best = _vary(best, moves, bound_bytes)
    if best.variation != _AS_IT_IS:
        best = _toggle(best, chains, moves, best.variation)
    return min(plain, best, key=_rank)


def _toggle(best: Arena, chains: Chains, moves: int, variation: Variation) -> Arena:
    """The best arena found by taking chains apart, or fusing where it peaks; as it is, or varied so."""
    variations = [_AS_IT_IS] if variation == _AS_IT_IS else [_AS_IT_IS, variation]
    for edge in chains.edges:
        if moves > 0 and (_is_fused(best, edge) or _is_at_peak(best, edge)):
            moves -= 1
            variants = chains.toggled(best.network, best.segments, edge)
            arenas = [_packed(*variant, variation) for variant in variants for variation in variations]
            best = min((best, *arenas), key=_rank)
    return best


def _is_fused(arena: Arena, edge: Edge) -> bool:
    return any(set(edge) <= set(members) for members in arena.network.members)


def _is_at_peak(arena: Arena, edge: Edge) -> bool:
    """Whether one of its nodes runs when the arena is full."""
    near = (node for position in _peak_segments(arena) for node in arena.segments[position].nodes)
    return any(not set(edge).isdisjoint(arena.network.members[node]) for node in near)


def _rank(arena: Arena) -> tuple[int, int]:
    return arena.rank


def _search(partitions: Partitions, bound_bytes: int) -> list[tuple[int, list[Cut]]]:
    """The best partition by pairs of segments, in a list. Looks first for what costs little more than the bound."""
    limit_bytes = bound_bytes
    while not partitions.complete:
        limit_bytes = 2 * limit_bytes + 1
        partitions.explore(limit_bytes)
        found = partitions.search()
        if found is not None and (found[0] <= limit_bytes or partitions.complete):
            return [found]
    return []


def plainest(partitions: Partitions, ram_bytes: int, seconds: float) -> Arena | None:
    """The arena of at most `ram_bytes` with the fewest interleaved nodes, as far as the search can tell, or None."""
    partitions.explore(ram_bytes)
    ceiling_bytes = ram_bytes
    for _ in range(_ROWS_MORE * 2):
        found = partitions.search(ceiling_bytes)
        if found is None:
            return None
        arena = _packed(partitions.network, partitions.segments(found[1]))
        if arena.size_bytes > ram_bytes:
            arena = _vary(arena, int(seconds * _MOVES_PER_SECOND / 4), ram_bytes)
        if arena.size_bytes <= ram_bytes:
            return arena
        ceiling_bytes = min(ceiling_bytes, found[0]) - (arena.size_bytes - ram_bytes)
    return None


def _scope(network: Network, segments: Sequence[Segment]) -> Scope:
    pushed = network.graph.inputs[0] if any(PUSH in segment.at for segment in segments) else -1
    return Scope(segments, [span for span in network.given if span.home != pushed], network.lasting)


def _packed(network: Network, segments: Sequence[Segment], variation: Variation = _AS_IT_IS) -> Arena:
    """Pack everything."""
    apart = [node for node, members in enumerate(network.members) if members[-1] in variation.apart]
    found = lifetimes(network, _scope(network, segments), apart=apart)
    buffers = tuple(
        replace(each, slots=min(len(each.first), each.slots + variation.more_rows.get(each.tensors, 0)))
        for each in found
    )
    return Arena(network, tuple(segments), variation, buffers, pack(buffers, _EFFORT, _WORK))


def _move_cuts(partitions: Partitions, cuts: Sequence[Cut], moves: int, bound_bytes: int) -> Arena:
    """The best arena found by moving, adding and removing cuts one after another."""
    best = _packed(partitions.network, partitions.segments(cuts))
    seen = {tuple(cuts)}
    while moves > 0 and best.size_bytes > bound_bytes:
        for other in _neighbours(partitions, cuts, best):
            if moves <= 0 or tuple(other) in seen:
                continue
            moves -= 1
            seen.add(tuple(other))
            arena = _packed(partitions.network, partitions.segments(other))
            if arena.rank < best.rank:
                best, cuts = arena, other
                break
        else:
            break
    return best


def _neighbours(partitions: Partitions, cuts: Sequence[Cut], arena: Arena) -> Iterator[list[Cut]]:
    """Partitions with another cut near where the arena peaks, that might need less."""
    count = len(partitions.network.nodes)
    ends = {end for _, end in cuts if end < count}
    peak = _peak_segments(arena)
    near = range(max(1, cuts[max(0, peak.start - 1)][0]), min(count, cuts[min(len(cuts), peak.stop + 1) - 1][1] + 3))
    toggles = [{end} for end in near] + [{end, end + 1} for end in near if (end in ends) != (end + 1 in ends)]
    for toggle in toggles:
        borders = [0, *sorted(ends ^ {end for end in toggle if end < count}), count]
        other = list(pairwise(borders))
        if max(partitions.costs.get(cut, arena.size_bytes) for cut in other) < arena.size_bytes:
            yield other


def _peak_segments(arena: Arena) -> range:
    """The segments during which a buffer at the arena's end is alive."""
    top = [
        buffer
        for buffer, offset in zip(arena.buffers, arena.packing.offsets, strict=True)
        if offset + buffer.size_bytes == arena.size_bytes
    ]
    first, end = min(int(each.first.min()) for each in top), max(int(each.end.max()) for each in top)
    positions: list[int] = []
    start = 0
    for position, segment in enumerate(arena.segments):
        if start < end and first < start + segment.steps:
            positions.append(position)
        start += segment.steps
    return range(positions[0], positions[-1] + 1) if positions else range(1)


def _vary(best: Arena, moves: int, enough_bytes: int = 0) -> Arena:
    """The best arena of the same segments with longer rings, or with outputs apart from inputs."""
    while moves > 0 and best.size_bytes > max(enough_bytes, peak_live_bytes(best.buffers)):
        for variation in _variations(best):
            if moves <= 0:
                break
            moves -= 1
            arena = _packed(best.network, best.segments, variation)
            if arena.size_bytes < best.size_bytes:
                best = arena
                break
        else:
            break
    return best


def _variations(arena: Arena) -> Iterator[Variation]:
    """All nodes apart, each node apart, each ring with more rows."""
    now, members = arena.variation, arena.network.members
    in_place = {members[node][-1] for node, access in enumerate(arena.network.nodes) if access.in_place} - now.apart
    if len(in_place) > 1:
        yield replace(now, apart=now.apart | in_place)
    for node in sorted(in_place):
        yield replace(now, apart=now.apart | {node})
    for buffer in arena.buffers:
        if buffer.tensors and buffer.slots < len(buffer.first):
            rows = now.more_rows.get(buffer.tensors, 0)
            for more in range(1, _ROWS_MORE + 1):
                yield replace(now, more_rows={**now.more_rows, buffer.tensors: rows + more})
