"""Directed graph -> dominator tree (T. Lengauer and R. E. Tarjan, 1979, the simple version: O(edges x log nodes)).

Node d dominates node n when every path from the root to n goes through d: without d, n cannot be reached.
"""

from collections.abc import Iterator, Sequence


def immediate_dominators(successors: Sequence[Sequence[int]], root: int) -> list[int]:
    """For each node the nearest other node that dominates it; the root has itself, what it does not reach -1."""
    order, parents = _depth_first(successors, root)
    number = [-1] * len(successors)
    for position, node in enumerate(order):
        number[node] = position
    predecessors: list[list[int]] = [[] for _ in order]
    for position, node in enumerate(order):
        for successor in successors[node]:
            predecessors[number[successor]].append(position)
    dominators = _dominators_by_number(parents, predecessors)
    found = [-1] * len(successors)
    for position, node in enumerate(order):
        found[node] = order[dominators[position]]
    return found


def leaves_first(dominators: Sequence[int], root: int) -> Iterator[int]:
    """All nodes that the root reaches, but for itself, each before the node that dominates it."""
    below = [0] * len(dominators)
    for node, dominator in enumerate(dominators):
        if dominator >= 0 and node != root:
            below[dominator] += 1
    waiting = [node for node, dominator in enumerate(dominators) if dominator >= 0 and not below[node] and node != root]
    while waiting:
        node = waiting.pop()
        yield node
        dominator = dominators[node]
        below[dominator] -= 1
        if not below[dominator] and dominator != root:
            waiting.append(dominator)


def _depth_first(successors: Sequence[Sequence[int]], root: int) -> tuple[list[int], list[int]]:
    """Nodes in the order of a depth-first search, and for each place in it the place of its parent."""
    order: list[int] = []
    parents: list[int] = []
    seen = bytearray(len(successors))
    waiting = [(root, 0)]
    while waiting:
        node, parent = waiting.pop()
        if not seen[node]:
            seen[node] = 1
            here = len(order)
            order.append(node)
            parents.append(parent)
            waiting.extend((successor, here) for successor in successors[node] if not seen[successor])
    return order, parents


def _dominators_by_number(parents: list[int], predecessors: list[list[int]]) -> list[int]:
    """The algorithm itself, on depth-first numbers; steps 2 to 4 of the paper."""
    count = len(parents)
    semidominators = list(range(count))
    ancestors = [-1] * count
    labels = list(range(count))
    buckets: list[list[int]] = [[] for _ in range(count)]
    dominators = [0] * count
    for node in range(count - 1, 0, -1):
        for predecessor in predecessors[node]:
            best = _evaluate(predecessor, ancestors, labels, semidominators)
            semidominators[node] = min(semidominators[node], semidominators[best])
        buckets[semidominators[node]].append(node)
        parent = parents[node]
        ancestors[node] = parent
        for waiting in buckets[parent]:
            best = _evaluate(waiting, ancestors, labels, semidominators)
            dominators[waiting] = best if semidominators[best] < semidominators[waiting] else parent
        buckets[parent].clear()
    for node in range(1, count):
        if dominators[node] != semidominators[node]:
            dominators[node] = dominators[dominators[node]]
    return dominators


def _evaluate(node: int, ancestors: list[int], labels: list[int], semidominators: list[int]) -> int:
    """The node with the smallest semidominator on the forest path above `node`, which it shortens."""
    path: list[int] = []
    while ancestors[node] >= 0 and ancestors[ancestors[node]] >= 0:
        path.append(node)
        node = ancestors[node]
    for below in reversed(path):
        above = ancestors[below]
        if semidominators[labels[above]] < semidominators[labels[below]]:
            labels[below] = labels[above]
        ancestors[below] = ancestors[above]
    return labels[path[0] if path else node]
