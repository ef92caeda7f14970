"""RISC-V machine code -> `Instruction`s (RV32IMC, Zcmp; The RISC-V Instruction Set Manual, volume I)."""

from collections.abc import Iterator

from capstone import CS_ARCH_RISCV, CS_MODE_RISCV32, CS_MODE_RISCVC, Cs, CsInsn
from capstone import riscv_const as riscv

from lilliput.firmware.code.instruction import Assignment, Flow, Instruction

_CALL_CLOBBERS = ("ra", *(f"t{i}" for i in range(7)), *(f"a{i}" for i in range(8)))
_ALIGNMENTS = frozenset({4, 8, 16, 32, 64})
_ENDS = {"ret": Flow.RETURN, "mret": Flow.RETURN, "sret": Flow.RETURN, "uret": Flow.RETURN, "unimp": Flow.STOP}
_PUSHES_AND_POPS = {0xB802: "cm.push", 0xBA02: "cm.pop", 0xBC02: "cm.popretz", 0xBE02: "cm.popret"}
_CHUNK_BYTES = 1 << 12
"""So much is copied for the disassembler at once: functions are seldom longer, those of damaged files are."""

_STORES = frozenset({"sb", "sh", "sw", "swsp", "fsw", "fsd", "fswsp", "fsdsp"})


def decode_riscv(code: bytes, start: int, *, pushes: bool = False) -> Iterator[Instruction]:
    """Decode `code`, which runs at `start`; with `pushes` there are the instructions of the extension Zcmp.

    Instructions that the disassembler does not know change no register.
    """
    machine = Cs(CS_ARCH_RISCV, CS_MODE_RISCV32 | CS_MODE_RISCVC)
    machine.detail = True
    position = 0
    while position + 2 <= len(code):
        begin = position
        for decoded in machine.disasm(code[begin : begin + _CHUNK_BYTES], start + begin):
            known = _push_or_pop(code[position : position + 2], decoded.address) if pushes else None
            yield known or _instruction(decoded)
            position += decoded.size
        if position == begin:
            known = _push_or_pop(code[position : position + 2], start + position) if pushes else None
            size = 4 if code[position] & 3 == 3 else 2
            yield known or Instruction(start + position, size, "unknown")
            position += size


def _push_or_pop(code: bytes, address: int) -> Instruction | None:
    """cm.push, cm.pop, cm.popretz or cm.popret (RISC-V Code Size Reduction, 1.0.4, section 5.4)."""
    bits = int.from_bytes(code, "little")
    name = _PUSHES_AND_POPS.get(bits & 0xFF03)
    registers = bits >> 4 & 15
    if name is None or registers < 4:
        return None
    saved_bytes = 64 if registers == 15 else 16 * (registers // 4)
    moved_bytes = saved_bytes + 16 * (bits >> 2 & 3)
    return Instruction(
        address=address,
        size=2,
        text=name,
        assignments=(Assignment("sp", "sp", -moved_bytes if name == "cm.push" else moved_bytes),),
        flow=Flow.RETURN if "ret" in name else Flow.NEXT,
    )


def _instruction(decoded: CsInsn) -> Instruction:
    name = decoded.mnemonic.removeprefix("c.")
    registers = [_name(decoded, o.reg) for o in decoded.operands if o.type == riscv.RISCV_OP_REG]
    immediates = [o.imm for o in decoded.operands if o.type == riscv.RISCV_OP_IMM]
    immediate = immediates[0] if immediates else 0
    text = f"{decoded.mnemonic} {decoded.op_str}".strip()
    if name in _ENDS:
        return Instruction(decoded.address, decoded.size, text, flow=_ENDS[name])
    if name in {"j", "jal", "jr", "jalr"}:
        return _jump(decoded, text, name, registers, immediate)
    if name.startswith("b"):
        target = decoded.address + immediate
        return Instruction(decoded.address, decoded.size, text, flow=Flow.JUMP, target=target, conditional=True)
    assignment = _arithmetic(decoded.address, name, registers, immediate)
    clobbers = tuple(registers[:1]) if assignment is None and name not in _STORES else ()
    return Instruction(decoded.address, decoded.size, text, (assignment,) if assignment else (), clobbers)


def _jump(decoded: CsInsn, text: str, name: str, registers: list[str], immediate: int) -> Instruction:
    """Jumps and calls. The link register decides: ra makes a call, zero a jump, t0 a call that keeps the frame."""
    indirect = name in {"jr", "jalr"}
    link = "zero" if name in {"j", "jr"} else registers[0] if len(registers) > indirect else "ra"
    target = registers[-1] if indirect else decoded.address + immediate
    if link == "ra":
        flow, assignments, clobbers = Flow.CALL, (), _CALL_CLOBBERS
    elif link == "zero":
        flow, assignments, clobbers = Flow.RETURN if target == "ra" else Flow.JUMP, (), ()
    else:
        flow, assignments, clobbers = Flow.JUMP, (Assignment(link, None, decoded.address + decoded.size),), ()
    return Instruction(
        address=decoded.address,
        size=decoded.size,
        text=text,
        assignments=assignments,
        clobbers=clobbers,
        flow=flow,
        target=target,
        offset=immediate if indirect else 0,
        keeps_frame=bool(assignments),
    )


def _arithmetic(address: int, name: str, registers: list[str], immediate: int) -> Assignment | None:
    """Moves, additions and constants whose result can be followed."""
    if not registers or registers[0] == "zero":
        return None
    register = registers[0]
    match name:
        case "addi" | "addi16sp" | "addi4spn":
            return Assignment(register, registers[-1], immediate)
        case "mv":
            return Assignment(register, registers[1])
        case "li":
            return Assignment(register, None, immediate)
        case "lui":
            return Assignment(register, None, immediate << 12)
        case "auipc":
            return Assignment(register, None, address + (immediate << 12))
        case "andi" if -immediate in _ALIGNMENTS:
            return Assignment(register, registers[-1], alignment=-immediate)
        case "add" | "sub":
            return Assignment(register, registers[-2], addend=registers[-1], sign=1 if name == "add" else -1)
        case _:
            return None


def _name(decoded: CsInsn, register: int) -> str:
    return str(decoded.reg_name(register))
