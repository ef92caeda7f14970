"""What can be reached in a directed graph, without recursion: firmware may be a chain of a million."""

from collections.abc import Iterable, Iterator, Sequence


def reach(successors: Sequence[Sequence[int]], starts: Iterable[int], reached: set[int]) -> None:
    """Add to `reached` the `starts` and all that they lead to, by way of what was not in it before."""
    waiting = [start for start in starts if start not in reached]
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached.add(here)
            waiting.extend(successor for successor in successors[here] if successor not in reached)


def missing_starts(successors: Sequence[Sequence[int]], entries: Sequence[int], starts: Iterable[int]) -> Iterator[int]:
    """Which vertices to start from as well to reach all of the first `len(entries)`, each through its entry.

    They are those that no other of the unreached leads to, then the first of each remaining cycle.
    """
    reached: set[int] = set()
    reach(successors, starts, reached)
    wanted = {each for vertex in range(len(entries)) if vertex not in reached for each in successors[vertex]}
    unwanted = [vertex for vertex, entry in enumerate(entries) if entry not in wanted]
    for vertex in (*unwanted, *range(len(entries))):
        if vertex not in reached:
            yield vertex
            reach(successors, [entries[vertex]], reached)
