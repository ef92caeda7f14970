"""FunctionStacks -> Bound: the deepest stack below a function, along the chain of calls that reaches it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lilliput.firmware.ram.functions import FunctionStack, Reason, Unknown
from lilliput.firmware.ram.recursion import call_groups


@dataclass(frozen=True, slots=True)
class Bound:
    """`stack_bytes` is reached when the functions of `chain` call each other, outermost first.

    It is an upper limit where there are no `unknowns`. Otherwise it is what is known: what calls through pointers and
    unknown code take is missing, and a recursion counts as if each of its functions were entered once. `frames` is
    what each reachable function itself takes at its deepest.
    """

    stack_bytes: int
    chain: tuple[str, ...]
    frames: Mapping[str, int]
    unknowns: tuple[Unknown, ...]


@dataclass(frozen=True, slots=True)
class _Depth:
    """The functions `names`, and what they go deepest by calling: linked, since chains share their ends."""

    stack_bytes: int
    names: tuple[str, ...]
    below: "_Depth | None" = field(repr=False)

    @property
    def chain(self) -> tuple[str, ...]:
        """All names from here down."""
        found: list[str] = []
        depth: _Depth | None = self
        while depth is not None:
            found += depth.names
            depth = depth.below
        return tuple(found)


def bounds(functions: Mapping[int, FunctionStack], starts: Iterable[int]) -> dict[int, Bound]:
    """The bound of each of `starts`; `functions` holds them and all that they call, directly or not."""
    callees = {address: tuple(function.calls) for address, function in functions.items()}
    wanted = tuple(dict.fromkeys(starts))
    depths: dict[int, _Depth] = {}
    recursions: dict[int, Unknown] = {}
    for group in call_groups(callees, wanted):
        depths |= dict.fromkeys(group, _depth(functions, group, depths))
        if any(callee in group for callee in callees[group[-1]]):
            recursions[min(group)] = _recursion(functions, group)
    return {start: _bound(functions, callees, start, depths[start], recursions) for start in wanted}


def _depth(functions: Mapping[int, FunctionStack], group: tuple[int, ...], depths: Mapping[int, _Depth]) -> _Depth:
    """The depth of a function, or of functions that call each other when each is entered once at most.

    One of them, the last, goes deepest by itself or by what it calls outside; the others are at their deepest call
    inside.
    """
    members = set(group)
    inside = {each: max((d for c, d in functions[each].calls.items() if c in members), default=0) for each in group}
    ways = {each: _deepest_way_out(functions[each], members, depths) for each in group}
    last = max(group, key=lambda each: (ways[each][0] - inside[each], each))
    names = (*(functions[each].name for each in group if each != last), functions[last].name)
    stack_bytes, below = ways[last]
    return _Depth(sum(inside.values()) - inside[last] + stack_bytes, names, below)


def _deepest_way_out(
    function: FunctionStack, members: set[int], depths: Mapping[int, _Depth]
) -> tuple[int, _Depth | None]:
    """What a function takes by itself, or by a call of what is no member of its recursion; and the depth of that."""
    ways: list[tuple[int, _Depth | None]] = [(function.frame_bytes, None)]
    for callee, depth in function.calls.items():
        if callee not in members:
            ways.append((depth + depths[callee].stack_bytes, depths[callee]))
    return max(ways, key=lambda way: way[0])


def _recursion(functions: Mapping[int, FunctionStack], group: tuple[int, ...]) -> Unknown:
    first = min(group)
    others = tuple(functions[each].name for each in sorted(group) if each != first)
    return Unknown(Reason.RECURSION, functions[first].name, first, others)


def _bound(
    functions: Mapping[int, FunctionStack],
    callees: Mapping[int, tuple[int, ...]],
    start: int,
    depth: _Depth,
    recursions: Mapping[int, Unknown],
) -> Bound:
    frames: dict[str, int] = {}
    unknowns: dict[Unknown, None] = {}
    for group in call_groups(callees, [start]):
        for each in group:
            function = functions[each]
            frames[function.name] = max(frames.get(function.name, 0), function.frame_bytes)
            unknowns |= dict.fromkeys(function.unknowns)
            if each in recursions:
                unknowns[recursions[each]] = None
    return Bound(depth.stack_bytes, depth.chain, frames, tuple(unknowns))
