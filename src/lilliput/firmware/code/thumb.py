"""Thumb machine code -> `Instruction`s (Armv6-M to Armv8-M Mainline; Armv7-M Architecture Reference Manual, A7)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from capstone import CS_ARCH_ARM, CS_MODE_MCLASS, CS_MODE_THUMB, CS_MODE_V8, Cs, CsInsn
from capstone import arm_const as arm

from lilliput.firmware.code.instruction import RETURN_ADDRESS, Assignment, Flow, Instruction

_CALL_CLOBBERS = ("r0", "r1", "r2", "r3", "ip", "lr")
_LOADS = frozenset({arm.ARM_INS_LDR, arm.ARM_INS_LDRD, arm.ARM_INS_LDM, arm.ARM_INS_POP, arm.ARM_INS_VPOP})
_ALIGNMENTS = frozenset({4, 8, 16, 32, 64})
_RELATIVE = ("b", "cb", "adr")
"""How instructions begin that depend on their address, among others."""

_CHUNK_BYTES = 1 << 16
"""So much is copied for the disassembler at once: functions are shorter, damaged files not."""

_WIDE_PREFIXES = frozenset({0b11101, 0b11110, 0b11111})


@dataclass(frozen=True, slots=True)
class _Effect:
    assignments: tuple[Assignment, ...] = ()
    flow: Flow = Flow.NEXT
    target: int | str | None = None
    leaves: bool = False


def decode_thumb(code: bytes, start: int, word_at: Callable[[int], int | None]) -> Iterator[Instruction]:
    """Decode `code`, which runs at `start`; `word_at` reads a little-endian word of the firmware for literal loads.

    Instructions that the disassembler does not know are taken to leave the core registers alone.
    """
    machine = _machine()
    position = 0
    while position + 2 <= len(code):
        begin = position
        for _, size, mnemonic, operands in machine.disasm_lite(code[begin : begin + _CHUNK_BYTES], start + begin):
            yield _decode(code[position : position + size], start + position, mnemonic, operands, word_at)
            position += size
        if position == begin:
            size = 4 if code[position + 1] >> 3 in _WIDE_PREFIXES else 2
            yield Instruction(start + position, size, "unknown")
            position += size


@cache
def _machine() -> Cs:
    machine = Cs(CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_MCLASS | CS_MODE_V8)
    machine.detail = True
    return machine


def _decode(
    code: bytes, address: int, mnemonic: str, operands: str, word_at: Callable[[int], int | None]
) -> Instruction:
    if mnemonic.startswith(_RELATIVE) or "pc" in operands:
        return _decode_alone(code, address, mnemonic, operands, word_at)
    return replace(_decode_anywhere(code, mnemonic, operands), address=address)


@lru_cache(maxsize=1 << 16)
def _decode_anywhere(code: bytes, mnemonic: str, operands: str) -> Instruction:
    """Decode an instruction that means the same at every address: details take long, and programs repeat themselves."""
    return _decode_alone(code, 0, mnemonic, operands, lambda _: None)


def _decode_alone(
    code: bytes, address: int, mnemonic: str, operands: str, word_at: Callable[[int], int | None]
) -> Instruction:
    """Decode one instruction; in an IT block `mnemonic` has a condition that the code by itself does not have."""
    decoded = next(_machine().disasm(code, address))
    instruction = _instruction(decoded, word_at)
    conditional = instruction.conditional or mnemonic != decoded.mnemonic
    return replace(instruction, text=f"{mnemonic} {operands}".strip(), conditional=conditional)


def _instruction(decoded: CsInsn, word_at: Callable[[int], int | None]) -> Instruction:
    effect = _stack_transfer(decoded) or _branch(decoded) or _arithmetic(decoded, word_at) or _Effect()
    written = {_name(decoded, register) for register in decoded.regs_access()[1]}
    if "pc" in written and effect.flow is Flow.NEXT:
        effect = _Effect(effect.assignments, Flow.JUMP)
    followed = {assignment.register for assignment in effect.assignments}
    clobbers = _CALL_CLOBBERS if effect.flow is Flow.CALL else tuple(written - followed)
    return Instruction(
        address=decoded.address,
        size=decoded.size,
        text=decoded.mnemonic,
        assignments=effect.assignments,
        clobbers=clobbers,
        flow=effect.flow,
        target=effect.target,
        leaves=effect.leaves,
        conditional=decoded.cc not in {arm.ARM_CC_AL, arm.ARM_CC_INVALID}
        or decoded.id in {arm.ARM_INS_CBZ, arm.ARM_INS_CBNZ},
    )


def _stack_transfer(decoded: CsInsn) -> _Effect | None:
    """Stores and loads that move the stack pointer: push, pop, and sp as a base register with write-back."""
    moved = _stack_step_bytes(decoded)
    if moved is None:
        return None
    registers = [_name(decoded, o.reg) for o in decoded.operands if o.type == arm.ARM_OP_REG]
    popped = [r for r in registers if r in {"r0", "r1", "r2", "r3", "lr"}] if decoded.id in _LOADS else []
    assignments = [Assignment("sp", "sp", moved), *(Assignment(r, RETURN_ADDRESS) for r in popped)]
    returns = decoded.id in _LOADS and "pc" in registers
    return _Effect(tuple(assignments), Flow.RETURN if returns else Flow.NEXT)


def _stack_step_bytes(decoded: CsInsn) -> int | None:
    """How far `decoded` moves sp while it stores or loads; None when it does something else."""
    operands = decoded.operands
    memory = next((o for o in operands if o.type == arm.ARM_OP_MEM), None)
    if decoded.id in {arm.ARM_INS_PUSH, arm.ARM_INS_VPUSH}:
        return -_register_bytes(decoded, 0)
    if decoded.id in {arm.ARM_INS_POP, arm.ARM_INS_VPOP}:
        return _register_bytes(decoded, 0)
    if not decoded.writeback:
        return None
    if memory is not None and _name(decoded, memory.mem.base) == "sp":
        last = operands[-1]
        return last.imm if last.type == arm.ARM_OP_IMM else memory.mem.disp
    if memory is None and operands and _name(decoded, operands[0].reg) == "sp":
        stores = decoded.id in {arm.ARM_INS_STMDB, arm.ARM_INS_VSTMDB}
        return -_register_bytes(decoded, 1) if stores else _register_bytes(decoded, 1)
    return None


def _register_bytes(decoded: CsInsn, first: int) -> int:
    names = [_name(decoded, o.reg) for o in decoded.operands[first:]]
    return sum(8 if name[0] == "d" else 4 for name in names)


def _branch(decoded: CsInsn) -> _Effect | None:
    operands = decoded.operands
    match decoded.id:
        case arm.ARM_INS_B:
            return _Effect(flow=Flow.JUMP, target=operands[0].imm)
        case arm.ARM_INS_CBZ | arm.ARM_INS_CBNZ:
            return _Effect(flow=Flow.JUMP, target=operands[1].imm)
        case arm.ARM_INS_BL:
            return _Effect(flow=Flow.CALL, target=operands[0].imm)
        case arm.ARM_INS_BLX:
            return _Effect(flow=Flow.CALL, target=_name(decoded, operands[0].reg))
        case arm.ARM_INS_BX:
            return _register_jump(_name(decoded, operands[0].reg), leaves=True)
        case arm.ARM_INS_MOV if _name(decoded, operands[0].reg) == "pc":
            return _register_jump(_name(decoded, operands[1].reg), leaves=False)
        case arm.ARM_INS_TBB | arm.ARM_INS_TBH:
            return _Effect(flow=Flow.JUMP)
        case arm.ARM_INS_UDF:
            return _Effect(flow=Flow.STOP)
        case _:
            return None


def _register_jump(register: str, *, leaves: bool) -> _Effect:
    if register == "lr":
        return _Effect(flow=Flow.RETURN)
    return _Effect(flow=Flow.JUMP, target=register, leaves=leaves)


def _arithmetic(decoded: CsInsn, word_at: Callable[[int], int | None]) -> _Effect | None:
    """Moves, additions and literal loads whose result can be followed."""
    operands = decoded.operands
    if not operands or operands[0].type != arm.ARM_OP_REG or any(o.shift.type for o in operands):
        return None
    register = _name(decoded, operands[0].reg)
    sources = [_name(decoded, o.reg) for o in operands[1:] if o.type == arm.ARM_OP_REG]
    constant = operands[-1].imm if operands[-1].type == arm.ARM_OP_IMM else 0
    assignment: Assignment | None = None
    match decoded.id:
        case arm.ARM_INS_MOV | arm.ARM_INS_MOVW:
            assignment = Assignment(register, sources[0] if sources else None, constant)
        case arm.ARM_INS_MOVT:
            assignment = Assignment(register, register, constant << 16)
        case arm.ARM_INS_LSL if not sources[1:]:
            assignment = Assignment(register, sources[0] if sources else register, shift=constant)
        case arm.ARM_INS_ADD | arm.ARM_INS_SUB:
            sign = 1 if decoded.id == arm.ARM_INS_ADD else -1
            explicit = len(operands) == 3
            source = sources[0] if explicit else register
            others = sources[1:] if explicit else sources
            assignment = Assignment(register, source, sign * constant, 0, others[0] if others else None, sign)
        case arm.ARM_INS_BIC if constant + 1 in _ALIGNMENTS:
            assignment = Assignment(register, sources[0] if sources else register, alignment=constant + 1)
        case arm.ARM_INS_LDR:
            value = _literal(decoded, word_at)
            if value is not None and register == "pc":
                return _Effect(flow=Flow.JUMP, target=value & ~1)
            assignment = None if value is None else Assignment(register, None, value)
        case _:
            pass
    return _Effect((assignment,)) if assignment and register != "pc" and "pc" not in sources else None


def _literal(decoded: CsInsn, word_at: Callable[[int], int | None]) -> int | None:
    """The word that a load relative to the program counter reads."""
    memory = decoded.operands[1]
    if memory.type != arm.ARM_OP_MEM or memory.mem.index or _name(decoded, memory.mem.base) != "pc":
        return None
    return word_at(((decoded.address + 4) & ~3) + memory.mem.disp)


def _name(decoded: CsInsn, register: int) -> str:
    return str(decoded.reg_name(register))
