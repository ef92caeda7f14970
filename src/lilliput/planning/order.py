"""Graph -> orders in which its nodes may run: the file's, and where branches meet, the shorter or the longer one first.

Which branch runs first decides whose rows wait for the other's.
"""

from collections.abc import Mapping, Sequence

from lilliput.ir import DType, Graph


def orders(graph: Graph) -> tuple[tuple[int, ...], ...]:
    """Distinct orders worth trying, the file's first; only that one where the graph keeps a state."""
    files = tuple(range(len(graph.nodes)))
    if any(tensor.is_variable or tensor.dtype is DType.RESOURCE for tensor in graph.tensors):
        return (files,)
    makers = {index: position for position, node in enumerate(graph.nodes) for index in node.outputs}
    sources = [sorted({makers[index] for index in node.inputs if index in makers}) for node in graph.nodes]
    depths: list[int] = []
    for before in sources:
        depths.append(1 + max((depths[source] for source in before), default=0))
    shorter = dict(enumerate(depths))
    longer = {node: -depth for node, depth in enumerate(depths)}
    ends = [makers[index] for index in graph.outputs if index in makers]
    return tuple(dict.fromkeys((files, *(_branch_by_branch([*ends, *files], sources, by) for by in (shorter, longer)))))


def _branch_by_branch(
    ends: Sequence[int], sources: Sequence[Sequence[int]], rank: Mapping[int, int]
) -> tuple[int, ...]:
    """Each node as late as possible before the first that reads it; of a node's sources, the lowest rank first."""
    found: dict[int, None] = {}
    stack = list(reversed(ends))
    while stack:
        node = stack[-1]
        missing = [source for source in sources[node] if source not in found]
        if node in found or not missing:
            found.setdefault(node)
            stack.pop()
        else:
            stack.append(min(missing, key=lambda source: rank[source]))
    return tuple(found)
