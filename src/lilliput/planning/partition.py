"""Network -> partitions: which runs of nodes are interleaved, by dynamic programming over the cuts between them.

What a segment needs at least is the most bytes alive at one step. What two segments in a row need together is found by
packing what is alive in both, but only of those that the search comes upon.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lilliput.planning.lifetimes import Scope, lifetimes, peak_live_bytes
from lilliput.planning.network import Network
from lilliput.planning.packing import pack
from lilliput.planning.places import Span
from lilliput.planning.schedule import Segment, alone, can_join, interleaved

Cut = tuple[int, int]
"""Nodes [first, end)."""
_LOCAL_EFFORT = 600
"""Buffers placed to find what two segments need together."""
_NOTHING: Cut = (0, 0)


@dataclass(slots=True)
class Partitions:
    """The segments that come into question. `pushed_rows` is not 0 where the input is pushed row by row."""

    network: Network
    pushed_rows: int
    limit_bytes: int = -1
    """What has been looked for: segments that cost no more."""
    complete: bool = False
    """Whether a higher limit would find no others."""
    costs: dict[Cut, int] = field(default_factory=dict[Cut, int])
    """What an arena needs at least while a segment runs, for all that have been found."""
    settled: dict[tuple[Cut, Cut], int] = field(default_factory=dict[tuple[Cut, Cut], int])
    """What two segments in a row need, as far as could be found."""
    _segments: dict[Cut, Segment] = field(default_factory=dict[Cut, Segment])
    _needs: dict[Cut, tuple[int, int]] = field(default_factory=dict[Cut, tuple[int, int]])

    def explore(self, limit_bytes: int) -> None:
        """Find all segments that cost no more than `limit_bytes`."""
        self.limit_bytes, self.complete = limit_bytes, True
        count = len(self.network.nodes)
        # With an input by rows the first node must be interleaved.
        for first in range(1 if self.pushed_rows else 0, count):
            self._look((first, first + 1))
        for first in range(count):
            end = first
            runners = 0
            while end < count and can_join(self.network, range(first, end), end):
                runners += self.network.nodes[end].rows is not None
                end += 1
                if runners > 1 and not self._look((first, end)):
                    break

    def _look(self, cut: Cut) -> bool:
        """Look at a segment; False when longer ones will cost too much, too."""
        if cut not in self._needs:
            self._segments[cut] = (
                alone(self.network, cut[0])
                if cut[1] - cut[0] == 1
                else interleaved(self.network, range(*cut), 0 if cut[0] else self.pushed_rows)
            )
            self._needs[cut] = self._cost(cut)
        cost, inside = self._needs[cut]
        if cost <= self.limit_bytes:
            self.costs[cut] = cost
        else:
            self.complete = False
        return inside <= self.limit_bytes

    def segments(self, cuts: Sequence[Cut]) -> tuple[Segment, ...]:
        """The steps of cuts."""
        return tuple(self._segments[cut] for cut in cuts)

    def search(self, ceiling_bytes: int | None = None) -> tuple[int, list[Cut]] | None:
        """The partition that needs least, as far as pairs of segments tell, and what it needs.

        Of those alike, the one with the fewest interleaved nodes. With `ceiling_bytes`, the same among all that need
        no more; None if there are none.
        """
        limit = self._bottleneck() if ceiling_bytes is None else ceiling_bytes
        while limit is not None:
            cuts = self._path(limit)
            if cuts is None:
                limit = self._bottleneck() if ceiling_bytes is None else None
            elif not self._settle(cuts):
                return max((self._pair(*pair) for pair in _pairs(cuts)), default=0), cuts
        return None

    def _settle(self, cuts: Sequence[Cut]) -> bool:
        """Pack all pairs of neighbours that have not been packed yet; False when there was none."""
        pairs = [pair for pair in _pairs(cuts) if pair not in self.settled]
        for before, cut in pairs:
            both = [before, cut] if before != _NOTHING else [cut]
            self.settled[before, cut] = pack(lifetimes(self.network, self.scope(both)), _LOCAL_EFFORT).arena_bytes
        return bool(pairs)

    def _pair(self, before: Cut, cut: Cut) -> int:
        found = self.settled.get((before, cut))
        return max(self.costs.get(before, 0), self.costs[cut]) if found is None else found

    def _by_first(self, limit: int | None = None) -> list[list[Cut]]:
        """The segments that begin with each node; with `limit`, those that cost no more."""
        found: list[list[Cut]] = [[] for _ in self.network.nodes]
        for cut, cost in self.costs.items():
            if limit is None or cost <= limit:
                found[cut[0]].append(cut)
        return found

    def _bottleneck(self) -> int | None:
        """The least that any partition needs, as far as is known."""
        best: dict[Cut, int] = {_NOTHING: 0}
        ending: list[list[Cut]] = [[] for _ in range(len(self.network.nodes) + 1)]
        ending[0].append(_NOTHING)
        for first, cuts in enumerate(self._by_first()):
            cheapest_first = sorted(ending[first], key=lambda cut: best[cut])
            for cut in cuts:
                least: int | None = None
                for before in cheapest_first:
                    if least is not None and best[before] >= least:
                        break
                    need = max(best[before], self._pair(before, cut))
                    least = need if least is None else min(least, need)
                if least is not None:
                    best[cut] = least
                    ending[cut[1]].append(cut)
        return min((best[cut] for cut in ending[-1]), default=None)

    def _path(self, limit: int) -> list[Cut] | None:
        """The partition with the fewest interleaved nodes whose pairs need at most `limit` bytes."""
        best: dict[Cut, tuple[int, int, Cut]] = {_NOTHING: (0, 0, _NOTHING)}
        ending: list[list[Cut]] = [[] for _ in range(len(self.network.nodes) + 1)]
        ending[0].append(_NOTHING)
        for first, cuts in enumerate(self._by_first(limit)):
            plainest_first = sorted(ending[first], key=lambda cut: best[cut])
            for cut in cuts:
                before = next((each for each in plainest_first if self._pair(each, cut) <= limit), None)
                if before is not None:
                    nodes = cut[1] - cut[0] if self._segments[cut].interleaved else 0
                    best[cut] = (best[before][0] + nodes, best[before][1] + 1, before)
                    ending[cut[1]].append(cut)
        if not ending[-1]:
            return None
        cuts = [min(ending[-1], key=lambda cut: best[cut])]
        while best[cuts[0]][2] != _NOTHING:
            cuts.insert(0, best[cuts[0]][2])
        return [cut for cut in cuts if cut != _NOTHING]

    def _cost(self, cut: Cut) -> tuple[int, int]:
        """The most bytes alive at one step; the same without what grows row by row to be read later."""
        scope = self.scope([cut])
        buffers = lifetimes(self.network, scope)
        made = {span.home for span in set(scope.kept).difference(scope.given)}
        inside = [buffer for buffer in buffers if not made.intersection(buffer.tensors)]
        return peak_live_bytes(buffers), peak_live_bytes(inside)

    def scope(self, cuts: Sequence[Cut]) -> Scope:
        """Segments in a row, with what lives before and after them."""
        network = self.network
        given: list[Span] = []
        kept: list[Span] = []
        first, end = cuts[0][0], cuts[-1][1]
        pushed = network.graph.inputs[0] if self.pushed_rows and first == 0 else -1
        for value in network.values:
            made, last = value.made, value.last
            if (made < first <= last or (made < first == 0)) and value.span.home != pushed:
                given.append(value.span)
            if made < end <= last:
                kept.append(value.span)
        return Scope(self.segments(cuts), given, kept)


def _pairs(cuts: Sequence[Cut]) -> list[tuple[Cut, Cut]]:
    return list(zip([_NOTHING, *cuts], cuts, strict=False))
