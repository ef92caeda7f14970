"""Network -> partitions: which runs of nodes are interleaved, by dynamic programming over the cuts between them."""

from dataclasses import dataclass, field

import numpy as np

from lilliput.planning.lifetimes import Lifetime, Scope, lifetimes, live_bytes
from lilliput.planning.network import Network
from lilliput.planning.packing import pack
from lilliput.planning.schedule import Segment, alone, can_join, interleaved

Cut = tuple[int, int]
"""Nodes [first, end)."""
_LOCAL_EFFORT = 400
"""Buffers placed to find what a segment needs when it is packed alone."""


@dataclass(slots=True)
class Partitions:
    """The segments that come into question. A cost is what an arena needs at least while the segment runs.

    It is the most bytes alive at one step, until `settle` has packed the segment: then what it needs in an arena of its
    own, as far as could be found. `pushed_rows` is not 0 where the input is pushed row by row.
    """

    network: Network
    pushed_rows: int
    costs: dict[Cut, int] = field(default_factory=dict[Cut, int])
    _segments: dict[Cut, Segment] = field(default_factory=dict[Cut, Segment])
    _settled: set[Cut] = field(default_factory=set[Cut])

    def explore(self) -> None:
        """Find all segments that cost no more than the costliest node that runs alone."""
        count = len(self.network.nodes)
        # With an input by rows the first node must be interleaved.
        for first in range(1 if self.pushed_rows else 0, count):
            self._segments[first, first + 1] = alone(self.network, first)
            self.costs[first, first + 1] = self._cost((first, first + 1))[0]
        limit = max(self.costs.values(), default=0)
        for first in range(count):
            end = first
            while end < count and can_join(self.network, range(first, end), end):
                end += 1
                if not self._explore((first, end), limit):
                    break

    def _explore(self, cut: Cut, limit: int) -> bool:
        """Look at an interleaved segment; False when longer ones will cost too much, too."""
        runners = sum(1 for node in range(*cut) if self.network.nodes[node].rows is not None)
        if runners < 2:
            return True
        self._segments[cut] = interleaved(self.network, range(*cut), 0 if cut[0] else self.pushed_rows)
        cost, inside = self._cost(cut)
        if cost <= limit:
            self.costs[cut] = cost
        return inside <= limit

    def segment(self, cut: Cut) -> Segment:
        """The steps of a cut."""
        return self._segments[cut]

    def settle(self, cut: Cut) -> bool:
        """Raise the cost to what the segment needs when it is packed; False when that was done before."""
        if cut in self._settled:
            return False
        self._settled.add(cut)
        self.costs[cut] = pack(lifetimes(self.network, self._scope(cut)), _LOCAL_EFFORT).arena_bytes
        return True

    def best(self, ceiling_bytes: int | None = None) -> tuple[int, list[Cut]] | None:
        """The largest cost of the cheapest partition; of those alike, the one with the fewest interleaved nodes.

        With `ceiling_bytes`, of all that cost no more the one with the fewest interleaved nodes; None if there is none.
        """
        if ceiling_bytes is None:
            lowest = self._search(None)
            if lowest is None:
                return None
            ceiling_bytes = lowest[0]
        return self._search(ceiling_bytes)

    def _search(self, ceiling_bytes: int | None) -> tuple[int, list[Cut]] | None:
        count = len(self.network.nodes)
        by_end: dict[int, list[Cut]] = {}
        for cut in self.costs:
            by_end.setdefault(cut[1], []).append(cut)
        found: dict[int, tuple[int, int, int, Cut]] = {0: (0, 0, 0, (0, 0))}
        for end in range(1, count + 1):
            options: list[tuple[int, int, int, Cut]] = []
            for cut in by_end.get(end, ()):
                if cut[0] not in found or (ceiling_bytes is not None and self.costs[cut] > ceiling_bytes):
                    continue
                before = found[cut[0]]
                cost = max(before[0], self.costs[cut])
                length = end - cut[0]
                nodes = before[1] + (length if self._segments[cut].interleaved else 0)
                options.append((cost if ceiling_bytes is None else 0, nodes, before[2] + 1, cut))
            if options:
                found[end] = min(options)
        if count not in found:
            return None
        cuts: list[Cut] = []
        while count:
            cuts.insert(0, found[count][3])
            count = cuts[0][0]
        return max((self.costs[cut] for cut in cuts), default=0), cuts

    def _cost(self, cut: Cut) -> tuple[int, int]:
        """The most bytes alive at one step; the same without what grows row by row to be read later."""
        scope = self._scope(cut)
        buffers = lifetimes(self.network, scope)
        made = set(scope.kept).difference(scope.given)
        inside = [buffer for buffer in buffers if not made.intersection(buffer.tensors)]
        return _peak(buffers), _peak(inside)

    def _scope(self, cut: Cut) -> Scope:
        """The cut's segment with what lives before and after it."""
        network = self.network
        given: list[int] = []
        kept: list[int] = []
        first, end = cut
        for index, home in network.homes.items():
            made = home.users[0] if home.users and index not in network.given else -1
            last = len(network.nodes) if home.lasts else max(home.users, default=-1)
            pushed = self.pushed_rows and index == network.graph.inputs[0]
            if made < first <= last and not (pushed and first == 0):
                given.append(index)
            elif first == 0 and index in network.given and not pushed:
                given.append(index)
            if made < end <= last:
                kept.append(index)
        return Scope([self._segments[cut]], given, kept)


def _peak(buffers: tuple[Lifetime, ...] | list[Lifetime]) -> int:
    return int(np.max(live_bytes(buffers), initial=0))
