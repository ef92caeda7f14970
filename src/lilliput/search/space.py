"""int8 graph -> what there is to choose from: for each layer the same named choices."""

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType

from lilliput.compress import LayerChoice, compressible
from lilliput.ir import Graph, Node
from lilliput.operators import support
from lilliput.operators.encoded import can_be_encoded

UNCHANGED = "unchanged"

_LEVELS = (127, 63, 31, 15, 7, 5, 3)
_CLUSTERS = (64, 32, 16, 8, 4)
_PRUNED = (0.25, 0.5, 0.75)
_PRUNED_LEVELS = (63, 31, 15, 7)

LADDER: Mapping[str, LayerChoice] = MappingProxyType(
    {
        UNCHANGED: LayerChoice(),
        **{f"{levels} levels": LayerChoice(levels=levels) for levels in _LEVELS},
        **{f"{count} values": LayerChoice(clusters=count) for count in _CLUSTERS},
        **{
            f"{levels} levels, {share:.0%} zero": LayerChoice(levels=levels, pruned=share)
            for share, levels in product(_PRUNED, _PRUNED_LEVELS)
        },
    }
)
"""The choices for a layer by name."""

Chosen = Mapping[int, str]
"""Layer, as an index into the graph's nodes, -> the name of its choice."""


def layers_of(graph: Graph, prepared: Graph) -> tuple[int, ...]:
    """The layers of a graph that can be compressed and whose weights can then be stored in fewer bytes.

    `prepared` is the same graph after the exact rewrites.
    """
    encodable = {node.origin.index for node in encodable_nodes(prepared)}
    return tuple(index for index in compressible(graph) if graph.nodes[index].origin.index in encodable)


def encodable_nodes(prepared: Graph) -> list[Node]:
    """The nodes of a prepared graph whose weights can be encoded."""
    return [node for node in prepared.nodes if can_be_encoded(support.operator_of(node), prepared, node)]


def described(chosen: Chosen, layers: int) -> str:
    """What was done, in words: choices with the layers that have them."""
    by_choice: dict[str, list[int]] = {}
    for layer, name in sorted(chosen.items()):
        by_choice.setdefault(name, []).append(layer)
    changed = {name: members for name, members in by_choice.items() if name != UNCHANGED}
    if not changed:
        return UNCHANGED
    if len(changed) == 1 and (members := next(iter(changed.values()))) and len(members) == layers:
        return f"{next(iter(changed))} everywhere"
    return "; ".join(f"{name} in {', '.join(map(str, members))}" for name, members in changed.items())
