"""Graph -> Graph, exactly: rewrites after which every output byte is as it was.

`ALL` is in the order in which they run, again and again until none finds anything. Folding comes first: it leaves nodes
and constants that nobody needs.
"""

import difflib
from collections.abc import Collection
from dataclasses import dataclass

from lilliput.errors import UsageError
from lilliput.ir import Graph
from lilliput.ir.checker import check
from lilliput.transforms.compose_lookups import COMPOSE_LOOKUPS
from lilliput.transforms.drop_channels import DROP_CHANNELS, DROP_ROUNDED_CHANNELS
from lilliput.transforms.fold_constants import FOLD_CONSTANTS
from lilliput.transforms.fuse_activations import FUSE_ACTIVATIONS
from lilliput.transforms.merge_elementwise import MERGE_ELEMENTWISE
from lilliput.transforms.merge_padding import MERGE_EXPLICIT_PADDING, MERGE_SAME_PADDING
from lilliput.transforms.remove_dead_nodes import REMOVE_DEAD_NODES
from lilliput.transforms.remove_identities import REMOVE_IDENTITIES
from lilliput.transforms.share_constants import SHARE_CONSTANTS
from lilliput.transforms.transform import Saving, Transform, saving

ALL: tuple[Transform, ...] = (
    FOLD_CONSTANTS,
    REMOVE_DEAD_NODES,
    REMOVE_IDENTITIES,
    MERGE_SAME_PADDING,
    MERGE_EXPLICIT_PADDING,
    FUSE_ACTIVATIONS,
    MERGE_ELEMENTWISE,
    COMPOSE_LOOKUPS,
    DROP_CHANNELS,
    DROP_ROUNDED_CHANNELS,
    SHARE_CONSTANTS,
)

_ROUNDS = 8
"""What one round changes can leave more to do; a file could ask for any number."""


@dataclass(frozen=True, slots=True, eq=False)
class Rewriting:
    """A graph after the transforms, and what each of those that ran has saved, in their order."""

    graph: Graph
    savings: tuple[Saving, ...]


def without(names: Collection[str]) -> tuple[Transform, ...]:
    """All transforms but those with these names. Raises UsageError, with the nearest names, when there is no such."""
    known = [transform.name for transform in ALL]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name.lower().replace("-", "_"), known, n=3) or known
            raise UsageError(f'there is no transform "{name}"', advice=f"Choose one of: {', '.join(near)}.")
    return tuple(transform for transform in ALL if transform.name not in names)


def rewrite(graph: Graph, chosen: Collection[Transform] = ALL) -> Rewriting:
    """Run transforms until none changes the graph. Raises InvariantError when one leaves an unsound graph."""
    savings = {transform.name: Saving(transform.name) for transform in chosen}
    for _ in range(_ROUNDS):
        before_round = graph
        for transform in chosen:
            rewritten = transform.rewrite(graph)
            if rewritten is not graph:
                check(rewritten)
                savings[transform.name] = saving(savings[transform.name], graph, rewritten)
            graph = rewritten
        if graph is before_round:
            break
    return Rewriting(graph, tuple(savings.values()))


def apply(graph: Graph) -> Graph:
    """The graph after all transforms."""
    return rewrite(graph).graph


__all__ = ["ALL", "Rewriting", "Saving", "Transform", "apply", "rewrite", "without"]
