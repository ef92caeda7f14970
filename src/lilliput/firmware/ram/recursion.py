"""Calls -> groups of functions that call each other, callees first (Kosaraju; Sharir, 1981)."""

from collections.abc import Iterable, Iterator, Mapping


def call_groups(callees: Mapping[int, Iterable[int]], starts: Iterable[int]) -> tuple[tuple[int, ...], ...]:
    """The strongly connected components of what `starts` reach, each after those that it calls."""
    finished = list(_depth_first(callees, starts, set()))
    callers: dict[int, list[int]] = {function: [] for function in finished}
    for function in finished:
        for callee in callees[function]:
            callers[callee].append(function)
    grouped: set[int] = set()
    groups = [tuple(_depth_first(callers, [function], grouped)) for function in reversed(finished)]
    return tuple(group for group in reversed(groups) if group)


def _depth_first(edges: Mapping[int, Iterable[int]], starts: Iterable[int], seen: set[int]) -> Iterator[int]:
    """What `starts` reach without passing the `seen`, which grow, each after all that is first found behind it."""
    for start in starts:
        path = [] if start in seen else [(start, iter(edges[start]))]
        seen.add(start)
        while path:
            function, remaining = path[-1]
            following = next((each for each in remaining if each not in seen), None)
            if following is None:
                path.pop()
                yield function
            else:
                seen.add(following)
                path.append((following, iter(edges[following])))
