"""Graph -> Graph, exactly: rewrites after which every output byte is as it was.

`ALL` is in the order in which they run. Folding comes first: it leaves nodes and constants that nobody needs.
"""

from collections.abc import Callable

from lilliput.ir import Graph
from lilliput.ir.checker import check
from lilliput.transforms.drop_channels import drop_channels
from lilliput.transforms.fold_constants import fold_constants
from lilliput.transforms.remove_dead_nodes import remove_dead_nodes

Transform = Callable[[Graph], Graph]

ALL: tuple[Transform, ...] = (
    fold_constants,
    remove_dead_nodes,
    drop_channels,
    remove_dead_nodes,
)


def apply(graph: Graph) -> Graph:
    """Run all transforms, checking the graph after each. Raises InvariantError when one leaves an unsound graph."""
    for transform in ALL:
        graph = transform(graph)
        check(graph)
    return graph


__all__ = ["ALL", "Transform", "apply"]
