"""Elf -> StackBound: the deepest stack that any path from the reset handler can reach, proven from the machine code.

Each function is followed along all of its paths with the stack pointer's distance from its value at entry; calls are
edges with the distance at the call. Interrupts are not counted: an application adds its own exception frames.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import NamedTuple

from lilliput.errors import InvariantError
from lilliput.firmware.code.instruction import RETURN_ADDRESS, Assignment, Flow, Instruction
from lilliput.firmware.code.program import Program, is_decoded, open_program
from lilliput.firmware.code.spans import Span
from lilliput.firmware.elf import Elf

_MOST_VISITS = 64
"""How often an instruction may be reached with less known than before; more, and a loop moves the stack pointer."""

_NO_OPERATION = frozenset({"nop", "c.nop", "mov r8, r8"})
_CALLER = -1
_SWITCH_HELPER = "__gnu_thumb1_case_"
"""libgcc's jump tables for Armv6-M: called with the table behind the call, they return to one of its targets."""


@dataclass(frozen=True, slots=True)
class StackBound:
    """`stack_bytes` is reached when the functions of `chain` call each other, outermost first.

    `frames` is what each reachable function itself takes at its deepest, in bytes.
    """

    stack_bytes: int
    chain: tuple[str, ...]
    frames: Mapping[str, int]


def worst_case_stack(elf: Elf, entry: str) -> StackBound:
    """Bound the stack of everything that runs from the function `entry` on; zero bytes on machines not analysed.

    Raises InvariantError where no bound follows from the code: recursion, calls through pointers, a stack pointer that
    depends on data. Generated code has none of these.
    """
    if not is_decoded(elf):
        return StackBound(0, (), {})
    program = open_program(elf)
    function = program.function_named(entry)
    if function is None:
        raise InvariantError(f"the image has no function {entry}")
    start = function.start
    walks = _reachable(program, start)
    depths: dict[int, tuple[int, tuple[str, ...]]] = {}
    for address in _callees_first(walks, start):
        walk = walks[address]
        deepest = (walk.frame_bytes, (walk.function.name,))
        for callee, depth in walk.calls.items():
            below, chain = depths[callee]
            deepest = max(deepest, (depth + below, (walk.function.name, *chain)), key=lambda item: item[0])
        depths[address] = deepest
    frames: dict[str, int] = {}
    for walk in walks.values():
        frames[walk.function.name] = max(frames.get(walk.function.name, 0), walk.frame_bytes)
    return StackBound(*depths[start], frames)


class _Value(NamedTuple):
    """What a register holds: `offset` bytes from `base`, which is "stack" (sp at entry), "caller" or "" (zero)."""

    base: str
    offset: int


_State = dict[str, _Value]
_AT_ENTRY: _State = {"sp": _Value("stack", 0), "zero": _Value("", 0), RETURN_ADDRESS: _Value("caller", 0)}


@dataclass(slots=True)
class _Walk:
    """One function followed from one entry: what is known before each instruction, and the deepest call of each callee.

    `open_jumps` are the states at jumps whose targets are unknown: through tables, or `jumps_by_register`, which may be
    either that or calls through pointers.
    """

    function: Span
    states: dict[int, _State] = field(default_factory=dict[int, _State])
    calls: dict[int, int] = field(default_factory=dict[int, int])
    visits: Counter[int] = field(default_factory=Counter[int])
    open_jumps: list[_State] = field(default_factory=list[_State])
    jumps_by_register: bool = False
    frame_bytes: int = 0

    def unbounded(self) -> InvariantError:
        """The error for a stack pointer that cannot be followed."""
        return InvariantError(f"the stack of {self.function.name} depends on data")

    def call(self, target: int, state: _State) -> None:
        """Note a call of `target`, or a jump to it that ends this function."""
        self.calls[target] = max(self.calls.get(target, 0), self.deepen(state))

    def deepen(self, state: _State) -> int:
        """How far below its value at entry the stack pointer is, in bytes; the deepest is the frame."""
        pointer = state.get("sp")
        if pointer is None or pointer.base != "stack":
            raise self.unbounded()
        self.frame_bytes = max(self.frame_bytes, -pointer.offset)
        return -pointer.offset


def _reachable(program: Program, entry: int) -> dict[int, _Walk]:
    """Walk `entry` and everything that it calls, directly or not."""
    walks: dict[int, _Walk] = {}
    waiting = [entry]
    while waiting:
        address = waiting.pop()
        if address not in walks:
            walks[address] = _walk(program, address)
            waiting.extend(walks[address].calls)
    return walks


def _callees_first(walks: Mapping[int, _Walk], entry: int) -> Iterator[int]:
    """Entries in an order in which every function comes after those that it calls; recursion raises InvariantError."""
    done: set[int] = set()
    path = [entry]
    active = {entry}
    while path:
        unseen = next((callee for callee in walks[path[-1]].calls if callee not in done), None)
        if unseen is None:
            active.discard(path[-1])
            done.add(path[-1])
            yield path.pop()
        elif unseen in active:
            raise InvariantError(f"{walks[unseen].function.name} calls itself, so its stack has no bound")
        else:
            path.append(unseen)
            active.add(unseen)


def _walk(program: Program, entry: int) -> _Walk:
    walk = _Walk(_function_at(program, entry))
    _spread(program, walk, [(entry, _AT_ENTRY)])
    cases: list[int] = []
    while walk.open_jumps:
        known_jumps = len(walk.open_jumps)
        at_jump = reduce(_join, walk.open_jumps)
        _spread(program, walk, [(case, at_jump) for case in cases])
        case = _first_unreached(program, walk)
        if case is not None:
            cases.append(case)
        elif not cases and walk.jumps_by_register:
            raise InvariantError(f"{walk.function.name} jumps through a pointer, so its stack has no bound")
        elif len(walk.open_jumps) == known_jumps:
            break
    return walk


def _first_unreached(program: Program, walk: _Walk) -> int | None:
    """The lowest instruction that no path has reached: where a jump through a table has a case."""
    for address, instruction in program.instructions(walk.function).items():
        if address not in walk.states and instruction.text not in _NO_OPERATION:
            return address
    return None


def _spread(program: Program, walk: _Walk, waiting: list[tuple[int, _State]]) -> None:
    """Follow all paths from `waiting` until nothing more becomes known."""
    while waiting:
        address, state = waiting.pop()
        known = walk.states.get(address)
        merged = state if known is None else _join(known, state)
        if merged != known:
            walk.states[address] = merged
            walk.visits[address] += 1
            if walk.visits[address] > _MOST_VISITS:
                raise walk.unbounded()
            waiting.extend(_follow(program, walk, address, merged))


def _follow(program: Program, walk: _Walk, address: int, state: _State) -> Iterator[tuple[int, _State]]:
    """Execute the instruction at `address`: note what it calls, yield where execution goes within the function."""
    here = _function_at(program, address)
    instruction = program.instructions(here).get(address)
    if instruction is None:
        return
    after = _execute(program, instruction, state)
    if not _is_number(after.get("sp")):
        walk.deepen(after)
    destination = _destination(instruction, state)
    goes_on = instruction.flow in {Flow.NEXT, Flow.CALL} or instruction.conditional
    if instruction.flow is Flow.CALL:
        if destination is None:
            raise InvariantError(f"{here.name} calls through a pointer at {address:#x}, so its stack has no bound")
        if destination not in program.starts and _function_at(program, destination) == here:
            # Armv6-M has no other jump that reaches so far: clang takes BL for it, and nothing returns.
            yield destination, after
            return
        walk.call(destination, state)
        if _function_at(program, destination).name.startswith(_SWITCH_HELPER):
            walk.open_jumps.append(after)
            goes_on = False
    elif instruction.flow is Flow.JUMP and destination is None:
        walk.open_jumps.append(after)
        walk.jumps_by_register |= instruction.target is not None
    elif instruction.flow is Flow.JUMP and destination is not None and destination != _CALLER:
        if instruction.keeps_frame or _function_at(program, destination) in (here, walk.function):
            yield destination, after
        else:
            walk.call(destination, after)
    following = address + instruction.size
    if goes_on and following < here.end:
        yield following, after
    elif goes_on and instruction.flow is not Flow.CALL and following in program.starts:
        walk.call(following, after)


def _function_at(program: Program, address: int) -> Span:
    function = program.function_at(address)
    if function is None:
        raise InvariantError(f"no function holds the code address {address:#x}")
    return function


def _destination(instruction: Instruction, state: _State) -> int | None:
    """The address where a jump or call goes, `_CALLER` when it returns, None when it is not known."""
    if not isinstance(instruction.target, str):
        return instruction.target
    value = state.get(instruction.target)
    if value is None or value.base == "stack":
        return None
    return _CALLER if value.base else (value.offset + instruction.offset) & 0xFFFFFFFE


def _execute(program: Program, instruction: Instruction, before: _State) -> _State:
    after = {register: value for register, value in before.items() if register not in instruction.clobbers}
    for assignment in instruction.assignments:
        value = _evaluate(assignment, before)
        if value is None:
            after.pop(assignment.register, None)
        else:
            after[assignment.register] = value
    pointer = after.get("sp")
    if pointer is not None and _is_number(pointer) and pointer.offset & 0xFFFFFFFF in program.addresses:
        after["sp"] = _Value("stack", 0)
    return _join(before, after) if instruction.conditional else after


def _evaluate(assignment: Assignment, state: _State) -> _Value | None:
    zero = _Value("", 0)
    source = state.get(assignment.source) if assignment.source else zero
    addend = state.get(assignment.addend) if assignment.addend else zero
    if source is None or addend is None:
        return None
    if (source.base and (addend.base or assignment.shift)) or (addend.base and assignment.sign < 0):
        return None
    total = (source.offset << assignment.shift) + assignment.sign * addend.offset + assignment.constant
    return _Value(source.base or addend.base, (total + 0x80000000) % 0x100000000 - 0x80000000)


def _join(one: _State, other: _State) -> _State:
    """What holds on both of two paths that meet; of two stack pointers the deeper."""
    joined = {register: value for register, value in one.items() if other.get(register) == value}
    pointers = [state["sp"] for state in (one, other) if "sp" in state]
    if len(pointers) == 2 and pointers[0].base == pointers[1].base == "stack":
        joined["sp"] = min(pointers, key=lambda pointer: pointer.offset)
    return joined


def _is_number(value: _Value | None) -> bool:
    return value is not None and not value.base
