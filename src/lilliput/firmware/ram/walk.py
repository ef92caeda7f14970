"""Program -> FunctionStack: one function followed along all of its paths, with the stack pointer's way from its entry.

What cannot be followed is noted, never skipped: a call through a pointer takes no stack, and a stack pointer moved by
an unknown amount is taken not to have moved. Without such notes the frame and the depth at each call are upper limits.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lilliput.errors import FirmwareError
from lilliput.firmware.code.instruction import Flow, Instruction
from lilliput.firmware.code.program import Program
from lilliput.firmware.code.spans import Span
from lilliput.firmware.ram.functions import FunctionStack, Reason, Unknown
from lilliput.firmware.ram.registers import AT_ENTRY, CALLER, STACK, State, Value, address_of, execute, join
from lilliput.progress import Progress, silent

_MOST_VISITS = 64
"""How often an instruction may be reached with less known than before; more, and a loop moves the stack pointer."""

_MOST_STEPS_PER_BYTE = 64
_FUNCTIONS_PER_REPORT = 100
_NO_OPERATION = frozenset({"nop", "c.nop", "mov r8, r8"})
_CALLER = -1
_SWITCH_HELPER = "__gnu_thumb1_case_"
"""libgcc's jump tables for Armv6-M: called with the table behind the call, they return to one of its targets."""


@dataclass(slots=True)
class _Walk:
    """One function followed from one entry: what is known before each instruction, and what was found on the way.

    `at_tables` is what holds at all jumps whose targets are not known: through tables, or `through_registers`, at those
    addresses, which may be either that or calls through pointers.
    """

    function: Span
    states: dict[int, State] = field(default_factory=dict[int, State])
    calls: dict[int, int] = field(default_factory=dict[int, int])
    visits: Counter[int] = field(default_factory=Counter[int])
    unknowns: dict[tuple[Reason, int], Unknown] = field(default_factory=dict[tuple[Reason, int], Unknown])
    at_tables: State | None = None
    through_registers: set[int] = field(default_factory=set[int])
    frame_bytes: int = 0

    def note(self, reason: Reason, address: int) -> None:
        """Note what is not known at `address`."""
        self.unknowns[reason, address] = Unknown(reason, self.function.name, address)

    def call(self, target: int, state: State) -> None:
        """Note a call of `target`, or a jump to it that ends this function."""
        depth = max(0, -state["sp"].offset) if state["sp"].base == STACK else 0
        self.calls[target] = max(self.calls.get(target, 0), depth)

    def leave_by_table(self, state: State) -> None:
        """Note a jump that may go to any instruction which no other path reaches."""
        self.at_tables = state if self.at_tables is None else join(self.at_tables, state)


def reachable(program: Program, entries: Iterable[int], progress: Progress = silent) -> dict[int, FunctionStack]:
    """Walk `entries` and everything that they call, directly or not.

    Raises FirmwareError when the paths of a damaged program are too many to follow.
    """
    functions: dict[int, FunctionStack] = {}
    waiting = list(entries)
    most_steps = _MOST_STEPS_PER_BYTE * sum(each.size_bytes for each in program.elf.allocated if each.executable)
    steps = 0
    while waiting:
        address = waiting.pop()
        if address in functions:
            continue
        functions[address], taken = _follow_function(program, address)
        waiting.extend(functions[address].calls)
        if len(functions) % _FUNCTIONS_PER_REPORT == 0:
            progress("following machine code", len(functions), len(program.functions))
        steps += taken
        if steps > most_steps:
            fact = "paths through the machine code are too many to follow"
            raise FirmwareError(fact, program.elf.name, "Leave the worst-case stack out.")
    return functions


def _follow_function(program: Program, entry: int) -> tuple[FunctionStack, int]:
    """Follow the function that holds `entry` from there on; also how many instructions that took."""
    function = program.function_at(entry)
    if function is None:
        name = f"{entry:#x}"
        return FunctionStack(name, 0, {}, (Unknown(Reason.NO_CODE, name, entry),)), 1
    walk = _Walk(function)
    _spread(program, walk, [(entry, AT_ENTRY)])
    _spread_cases(program, walk)
    stack = FunctionStack(function.name, walk.frame_bytes, walk.calls, tuple(walk.unknowns.values()))
    return stack, walk.visits.total()


def _spread_cases(program: Program, walk: _Walk) -> None:
    """Take every instruction that no path has reached for a target of the jumps through tables."""
    cases: list[int] = []
    spread: State | None = None
    while walk.at_tables is not None and walk.at_tables != spread:
        spread = walk.at_tables
        _spread(program, walk, [(case, spread) for case in cases])
        for address, instruction in program.instructions(walk.function).items():
            if address not in walk.states and instruction.text not in _NO_OPERATION:
                cases.append(address)
                _spread(program, walk, [(address, spread)])
    # One of the jumps leads to the cases. Which one cannot be seen, nor whether the others do; but Thumb code leaves
    # for pointers by BX, which may change the instruction set, and writes to pc only for tables.
    for number, address in enumerate(sorted(walk.through_registers)):
        instruction = program.instructions(walk.function).get(address)
        is_table = number == 0 or (instruction is not None and instruction.text.startswith("mov pc"))
        if not (cases and is_table):
            walk.note(Reason.POINTER_JUMP, address)


def _spread(program: Program, walk: _Walk, waiting: list[tuple[int, State]]) -> None:
    """Follow all paths from `waiting` until nothing more becomes known."""
    while waiting:
        address, state = waiting.pop()
        known = walk.states.get(address)
        merged = state if known is None else join(known, state)
        if merged != known:
            walk.states[address] = merged
            walk.visits[address] += 1
            if walk.visits[address] > _MOST_VISITS:
                walk.note(Reason.DATA, address)
            else:
                waiting.extend(_follow(program, walk, address, merged))


def _follow(program: Program, walk: _Walk, address: int, state: State) -> Iterator[tuple[int, State]]:
    """Execute the instruction at `address`: note what it calls, yield where execution goes within the function."""
    here = program.function_at(address)
    instruction = program.instructions(here).get(address) if here else None
    if here is None or instruction is None:
        walk.note(Reason.NO_CODE, address)
        return
    before = _on_its_stack(instruction, state)
    after = _moved(program, walk, instruction, before)
    if instruction.flow is Flow.CALL:
        yield from _call(program, walk, instruction, before, after)
    elif instruction.flow is Flow.JUMP:
        yield from _jump(program, walk, instruction, before, after)
    following = address + instruction.size
    if instruction.conditional or instruction.flow is Flow.NEXT:
        if following in program.instructions(here):
            yield following, after
        elif following >= here.end and program.begins_function(following):
            walk.call(following, after)
        elif instruction.text not in _NO_OPERATION:
            # No-operations fill up behind calls that do not return.
            walk.note(Reason.NO_CODE, following)


def _on_its_stack(instruction: Instruction, state: State) -> State:
    """`state`, where a stack pointer that was made from numbers alone, and is complete, begins a new stack."""
    complete = not any(assignment.register == "sp" for assignment in instruction.assignments)
    return {**state, "sp": Value(STACK, 0)} if complete and state.get("sp", Value("", 0)).base != STACK else state


def _moved(program: Program, walk: _Walk, instruction: Instruction, before: State) -> State:
    """The state after `instruction`, its stack pointer noted; an address that has a name begins a new stack."""
    after = execute(instruction, before)
    pointer = after.get("sp")
    if pointer is None:
        walk.note(Reason.DATA, instruction.address)
        after["sp"] = before["sp"]
    elif pointer.base == CALLER:
        # Loaded from the stack, it is the pointer of the function's beginning, which lies higher.
        after["sp"] = before["sp"]
    elif pointer.base == STACK:
        walk.frame_bytes = max(walk.frame_bytes, -pointer.offset)
    elif address_of(pointer) in program.addresses:
        after["sp"] = Value(STACK, 0)
    return after


def _call(
    program: Program, walk: _Walk, instruction: Instruction, before: State, after: State
) -> Iterator[tuple[int, State]]:
    destination = _destination(instruction, before)
    here = program.function_at(instruction.address)
    called = None if destination is None else program.function_at(destination)
    if destination is None or destination == _CALLER:
        walk.note(Reason.POINTER_CALL, instruction.address)
    elif called == here and not program.begins_function(destination):
        # Armv6-M has no other jump that reaches so far: clang takes BL for it, and nothing returns.
        yield destination, after
        return
    else:
        walk.call(destination, before)
    following = instruction.address + instruction.size
    if called and called.name.startswith(_SWITCH_HELPER):
        walk.leave_by_table(after)
    elif here and following in program.instructions(here):
        # Behind a call that does not return there need not be code.
        yield following, after


def _jump(
    program: Program, walk: _Walk, instruction: Instruction, before: State, after: State
) -> Iterator[tuple[int, State]]:
    destination = _destination(instruction, before)
    if destination is None and instruction.leaves:
        walk.note(Reason.POINTER_JUMP, instruction.address)
    elif destination is None:
        walk.leave_by_table(after)
        if instruction.target is not None:
            walk.through_registers.add(instruction.address)
    elif destination != _CALLER:
        here = program.function_at(instruction.address)
        if instruction.keeps_frame or program.function_at(destination) in (here, walk.function):
            yield destination, after
        else:
            walk.call(destination, after)


def _destination(instruction: Instruction, state: State) -> int | None:
    """The address where a jump or call goes, `_CALLER` when it returns, None when it is not known."""
    if not isinstance(instruction.target, str):
        return instruction.target
    value = state.get(instruction.target)
    if value is None or value.base == STACK:
        return None
    return _CALLER if value.base else address_of(value._replace(offset=value.offset + instruction.offset)) & ~1
