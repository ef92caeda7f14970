"""Graph -> Plan: which nodes run row by row in turns, and where everything lies."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate
from types import MappingProxyType

from lilliput.errors import DoesNotFitError, UsageError
from lilliput.ir import Graph
from lilliput.planning.bounds import lower_bound_bytes
from lilliput.planning.chains import Chains
from lilliput.planning.checker import check_plan
from lilliput.planning.fusion import chain_of, edges
from lilliput.planning.lifetimes import Lifetime, Scope, lifetimes, peak_live_bytes
from lilliput.planning.liveness import contributors, live_bytes
from lilliput.planning.network import Network, OperatorOf, network
from lilliput.planning.order import orders
from lilliput.planning.partition import Partitions
from lilliput.planning.plan import Buffer, Plan, Step
from lilliput.planning.schedule import PUSH, alone
from lilliput.planning.search import Arena, fuse, plainest, smallest, whole_layers

_LARGEST_ARENA_BYTES = 1 << 23
"""More than the memory of any microcontroller; what a damaged file asks for must not be allocated by the checker."""
_NAMED_TENSORS = 5
"""How many tensors an error names."""
_NAME_CHARACTERS = 40
"""The end of a name tells: converters put all that was fused before it."""


class ArenaDoesNotFitError(DoesNotFitError):
    """No plan was found that keeps to the budget; `plan` is the smallest."""

    def __init__(self, fact: str, where: str, advice: str, plan: Plan) -> None:
        super().__init__(fact, where, advice)
        self.plan = plan


def plan(
    graph: Graph,
    operator_of: OperatorOf,
    *,
    seconds: float = 3.0,
    rows: bool = True,
    input_by_rows: bool = False,
    ram_bytes: int | None = None,
) -> Plan:
    """The smallest plan found, checked; with `ram_bytes` the one with the fewest interleaved nodes whose arena fits.

    `seconds` limits the search, deterministically: same graph, same plan. Without `rows` no nodes are interleaved. With
    `input_by_rows` the caller pushes the rows of the graph's only input. `operator_of` may return None for nodes
    without a usable operator.

    Raises UsageError when the input cannot be pushed by rows, ArenaDoesNotFitError when no plan within `ram_bytes` was
    found, and DoesNotFitError when the tensors that are alive together exceed 8 MiB.
    """
    if input_by_rows:
        _check_input(graph, rows=rows)
    variants = _variants(graph, operator_of)
    networks = [each for variant in variants for each in variant]
    chains = Chains(graph, operator_of, edges(graph, operator_of) if rows else ())
    if input_by_rows and networks[0].nodes[0].rows is None:
        raise _no_rows(graph, "its first node does not work row by row")
    whole_live_bytes = min(_whole_live_bytes(each) for each in networks)
    if whole_live_bytes > _LARGEST_ARENA_BYTES:
        raise _too_large(graph, whole_live_bytes)
    bound = whole_live_bytes
    if rows:
        bound = min(lower_bound_bytes(each, chains.pixel_bytes, pushed=input_by_rows) for each in networks)
    find = partial(_arenas, rows=rows, input_by_rows=input_by_rows, ram_bytes=ram_bytes)
    arenas: list[Arena] = []
    for each in variants:
        if ram_bytes is not None or not any(arena.size_bytes <= bound for arena in arenas):
            arenas += find(each, chains, seconds, bound)
    if not arenas:
        raise _no_rows(graph, "its first two nodes cannot run row by row in turns")
    arena = min(arenas, key=lambda arena: _preference(arena, ram_bytes))
    result = _plan(arena, chains, bound, input_by_rows=input_by_rows)
    check_plan(graph, operator_of, result)
    if ram_bytes is not None and result.arena_bytes > ram_bytes:
        raise _does_not_fit(graph, result, ram_bytes)
    return result


def _variants(graph: Graph, operator_of: OperatorOf) -> list[list[Network]]:
    """The graph in several orders, with tensors as parts of others where there are any, and without.

    Parts lie beside one another, which may be in the way of a tight packing.
    """
    found = orders(graph)
    with_parts = [network(graph, operator_of, order) for order in found]
    if not any(each.has_parts for each in with_parts):
        return [with_parts]
    return [with_parts, [network(graph, operator_of, order, parts=False) for order in found]]


def _whole_live_bytes(net: Network) -> int:
    """The most bytes alive at one step when every node runs alone."""
    segments = [alone(net, node) for node in range(len(net.nodes))]
    return peak_live_bytes(lifetimes(net, Scope(segments, net.given, net.lasting)))


def _preference(arena: Arena, ram_bytes: int | None) -> tuple[int, int]:
    """Less is better: the plainest that fits, else what takes least."""
    fits = ram_bytes is not None and arena.size_bytes <= ram_bytes
    return (0, arena.interleaved_nodes) if fits else arena.rank


def _arenas(
    networks: Sequence[Network],
    chains: Chains,
    seconds: float,
    bound: int,
    *,
    rows: bool,
    input_by_rows: bool,
    ram_bytes: int | None,
) -> list[Arena]:
    """The arenas that come into question: the plainest that fits, else the smallest."""
    whole = None if input_by_rows else whole_layers(networks, seconds)
    if whole is not None and (not rows or whole.size_bytes <= max(bound, ram_bytes or 0)):
        return [whole]
    graph = networks[0].graph
    pushed_rows = graph.tensors[graph.inputs[0]].shape[1] if input_by_rows else 0
    choices = [Partitions(each, pushed_rows) for each in networks]
    if ram_bytes is not None:
        fitting = [arena for each in choices if (arena := plainest(each, ram_bytes, seconds)) is not None]
        if fitting:
            return fitting
    found = [arena for arena in (whole, smallest(choices, seconds, bound)) if arena is not None]
    if not found:
        return []
    best = min(found, key=lambda arena: arena.rank)
    return [best if best.size_bytes <= bound else fuse(best, chains, seconds, bound)]


def _check_input(graph: Graph, *, rows: bool) -> None:
    """Whether the input can be pushed, as far as the graph alone tells."""
    readers = [index for index, node in enumerate(graph.nodes) if graph.inputs and graph.inputs[0] in node.inputs]
    shape = graph.tensors[graph.inputs[0]].shape if graph.inputs else ()
    if not rows:
        raise UsageError(
            "an input by rows needs interleaved nodes",
            graph.source.name,
            "Leave out one of the two options.",
        )
    if len(graph.inputs) != 1:
        raise _no_rows(graph, f"the model has {len(graph.inputs)} inputs")
    if len(shape) != 4 or shape[0] != 1:
        raise _no_rows(graph, f"its shape is {list(shape)}, not [1, height, width, channels]")
    if readers != [0] or graph.inputs[0] in graph.outputs:
        raise _no_rows(graph, "not only the first node reads it")


def _no_rows(graph: Graph, reason: str) -> UsageError:
    return UsageError(
        f"the input cannot be taken row by row: {reason}",
        graph.source.name,
        "Give the whole input at once (the default).",
    )


def _too_large(graph: Graph, live_bytes: int) -> DoesNotFitError:
    return DoesNotFitError(
        f"the model keeps {live_bytes:,} bytes of tensors alive at once, more than any microcontroller has",
        graph.source.name,
        "Make the model's input or its largest layers smaller.",
    )


def _does_not_fit(graph: Graph, plan: Plan, ram_bytes: int) -> ArenaDoesNotFitError:
    live = live_bytes(graph, plan)
    peak = live.index(max(live))
    largest = contributors(graph, plan, peak)[:_NAMED_TENSORS]
    names = ", ".join(f"{graph.tensors[index].name[-_NAME_CHARACTERS:]!r}" for index in largest)
    node = graph.nodes[plan.order[peak]]
    return ArenaDoesNotFitError(
        f"the arena needs {plan.arena_bytes:,} bytes, but only {ram_bytes:,} are available; at the peak, "
        f"while operator {node.origin.index} {node.operator.upper()} runs, it holds {names}",
        graph.source.name,
        "Allow more memory, make the model's largest layers smaller, or push the input row by row.",
        plan,
    )


def _plan(arena: Arena, fusible: Chains, bound: int, *, input_by_rows: bool) -> Plan:
    """The arena as others see it."""
    members = arena.network.members
    starts = list(accumulate((segment.steps for segment in arena.segments), initial=0))
    steps = [Step(PUSH, 0)] * starts[-1]
    for start, segment in zip(starts, arena.segments, strict=False):
        for node, at in segment.at.items():
            for row, step in enumerate(at.tolist()):
                steps[start + step] = Step(
                    node if node == PUSH else members[node][-1], row if node in segment.by_rows else -1
                )
    placed = list(zip(arena.buffers, arena.packing.offsets, strict=True))
    tensors = {
        index: (lifetime, offset + start)
        for lifetime, offset in placed
        for index, start in zip(lifetime.tensors, lifetime.starts_bytes, strict=True)
    }
    pixels = _pixels(arena, fusible)
    others = {life.node: offset for life, offset in placed if not (life.tensors or life.scratch)}
    scratch = {members[life.node]: offset for life, offset in placed if life.scratch}
    return Plan(
        segments=tuple(tuple(m for node in segment.nodes for m in members[node]) for segment in arena.segments),
        chains=tuple(nodes for nodes in members if len(nodes) > 1),
        steps=tuple(steps),
        buffers=tuple(_buffer(life, offset) for life, offset in placed if not life.scratch) + tuple(pixels),
        offsets=MappingProxyType({index: offset for index, (_, offset) in tensors.items()}),
        rows_kept=MappingProxyType(
            {i: each.slots for i, (each, _) in tensors.items() if _in_ring(arena.network.graph, i, each)}
        ),
        pixels=MappingProxyType({buffer.tensors[0]: buffer.offset_bytes for buffer in pixels}),
        sums=MappingProxyType({members[node][-1]: offset for node, offset in others.items() if node >= 0}),
        scratch=MappingProxyType({nodes[0]: offset for nodes, offset in scratch.items() if len(nodes) == 1}),
        progress_offset=others.get(-1),
        input_by_rows=input_by_rows,
        arena_bytes=arena.size_bytes,
        lower_bound_bytes=bound,
        alignment_bytes=max((lifetime.alignment_bytes for lifetime in arena.buffers), default=1),
    )


def _pixels(arena: Arena, fusible: Chains) -> list[Buffer]:
    """The pixels that chains hand over, one after another in each chain's scratch."""
    found: list[Buffer] = []
    for lifetime, start in zip(arena.buffers, arena.packing.offsets, strict=True):
        if lifetime.scratch:
            chain = chain_of(fusible.graph, fusible.operator_of, arena.network.members[lifetime.node])
            offset = start
            for tensor, size in chain.pixel_bytes.items():
                scratch = _buffer(lifetime, offset)
                found.append(replace(scratch, tensors=(tensor,), size_bytes=size, row_bytes=size))
                offset += size
    return found


def _in_ring(graph: Graph, index: int, lifetime: Lifetime) -> bool:
    """Whether a tensor lies in a ring of its rows; a flattened view of one has no rows."""
    tensor = graph.tensors[index]
    has_rows = len(tensor.shape) > 1 and tensor.size_bytes == tensor.shape[1] * lifetime.unit_bytes
    return has_rows and lifetime.slots < len(lifetime.first)


def _buffer(lifetime: Lifetime, offset_bytes: int) -> Buffer:
    return Buffer(
        tensors=lifetime.tensors,
        offset_bytes=offset_bytes,
        size_bytes=lifetime.size_bytes,
        alignment_bytes=lifetime.alignment_bytes,
        row_bytes=lifetime.unit_bytes,
        rows_kept=lifetime.slots,
        first_step=int(lifetime.first.min()),
        end_step=int(lifetime.end.max()),
    )
