"""Instructions -> what registers hold, as far as it follows from the code: the stack pointer above all."""

from typing import NamedTuple

from lilliput.firmware.code.instruction import RETURN_ADDRESS, Assignment, Instruction

STACK, CALLER = "stack", "caller"
_ADDRESS_MASK = 0xFFFFFFFF


class Value(NamedTuple):
    """`offset` bytes from `base`: `STACK` (the stack pointer at entry), `CALLER` (its address) or "" (zero)."""

    base: str
    offset: int


State = dict[str, Value]
"""What each register holds; the value of a register that is absent is not known."""

AT_ENTRY: State = {"sp": Value(STACK, 0), "zero": Value("", 0), RETURN_ADDRESS: Value(CALLER, 0)}


def execute(instruction: Instruction, before: State) -> State:
    """What registers hold after `instruction`; "sp" is absent when its value is not known any more."""
    after = {register: value for register, value in before.items() if register not in instruction.clobbers}
    for assignment in instruction.assignments:
        value = _evaluate(assignment, before)
        if value is None:
            after.pop(assignment.register, None)
        else:
            after[assignment.register] = value
    if not instruction.conditional:
        return after
    joined = join(before, after)
    if "sp" not in after:
        joined.pop("sp", None)
    return joined


def _evaluate(assignment: Assignment, state: State) -> Value | None:
    zero = Value("", 0)
    source = state.get(assignment.source) if assignment.source else zero
    addend = state.get(assignment.addend) if assignment.addend else zero
    if source is None or addend is None:
        return None
    if (source.base and (addend.base or assignment.shift)) or (addend.base and assignment.sign < 0):
        return None
    base = source.base or addend.base
    total = (source.offset << assignment.shift) + assignment.sign * addend.offset + assignment.constant
    # Where a stack begins is not known, so that rounding down may take all of the alignment but a byte.
    total -= assignment.alignment - 1 if base else total % assignment.alignment
    return Value(base, (total + 0x80000000) % 0x100000000 - 0x80000000)


def join(one: State, other: State) -> State:
    """What holds on both of two paths that meet; of two stack pointers the deeper, or the one that is known."""
    joined = {register: value for register, value in one.items() if other.get(register) == value}
    pointers = [state["sp"] for state in (one, other) if "sp" in state and state["sp"].base == STACK]
    if pointers:
        joined["sp"] = min(pointers)
    return joined


def address_of(value: Value) -> int:
    """The address that a number without a base is."""
    return value.offset & _ADDRESS_MASK
