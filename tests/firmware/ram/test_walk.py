"""The stack of functions followed in machine code, against frames counted by hand and gcc's -fstack-usage."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lilliput.firmware.code.instruction import Assignment, Flow
from lilliput.firmware.code.program import open_program
from lilliput.firmware.code.riscv import decode_riscv
from lilliput.firmware.elf import read_elf
from lilliput.firmware.ram.bounds import Bound
from lilliput.firmware.ram.functions import Reason
from tests.firmware.ram.programs import LINK, MACHINES, assembly, bound, link

ONE_FUNCTION = {
    "leaf": ("bx lr", 0),
    "push and pop": ("push {r4, r5, lr}; pop {r4, r5, pc}", 12),
    "locals below saved registers": ("push {r4, lr}; sub sp, #24; add sp, #24; pop {r4, pc}", 32),
    "a store with write-back": ("str lr, [sp, #-8]!; ldr pc, [sp], #8", 8),
    "two registers with write-back": ("strd r4, r5, [sp, #-16]!; ldrd r4, r5, [sp], #16; bx lr", 16),
    "floating-point registers": ("vpush {d8, d9}; vpush {s20}; add sp, #4; vpop {d8, d9}; bx lr", 20),
    "a large frame": ("subw sp, sp, #3000; addw sp, sp, #3000; bx lr", 3000),
    "a frame of a literal": ("ldr r3, =-4096; add sp, r3; ldr r3, =4096; add sp, r3; bx lr; .ltorg", 4096),
    "a frame of two halves": ("movw r3, #0; movt r3, #1; sub sp, r3; add sp, r3; bx lr", 65536),
    "a frame of a shifted constant": ("movs r3, #1; lsls r3, r3, #10; sub sp, sp, r3; add sp, r3; bx lr", 1024),
    "an early return": ("cmp r0, #0; it eq; bxeq lr; push {r4, lr}; cmp r0, #1; it eq; popeq {r4, pc}; push {r1}; "
                        "add sp, #4; pop {r4, pc}", 12),
    "a frame pointer": ("push {r7, lr}; add r7, sp, #0; sub sp, #40; mov sp, r7; pop {r7, pc}", 48),
    "a loop that pushes and pops": ("1: push {r0}; pop {r0}; subs r0, #1; bne 1b; bx lr", 4),
    "a return through a low register": ("push {r4, lr}; pop {r4}; pop {r1}; bx r1", 8),
    "data after the code": ("push {lr}; pop {pc}; .word 0xb5ffb5ff", 4),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_FUNCTION)
def test_the_frame_of_a_thumb_function_is_its_deepest_stack(name: str, tmp_path: Path) -> None:
    body, expected = ONE_FUNCTION[name]
    assert assembly(tmp_path, "cortex-m4", f"start: {body}") == Bound(expected, ("start",), {"start": expected}, ())


RISCV_FUNCTION = {
    "leaf": ("ret", 0),
    "compressed": ("addi sp, sp, -16; sw ra, 12(sp); lw ra, 12(sp); addi sp, sp, 16; ret", 16),
    "two steps": ("addi sp, sp, -2032; addi sp, sp, -64; addi sp, sp, 64; addi sp, sp, 2032; ret", 2096),
    "a large frame": ("li t0, -4096; add sp, sp, t0; li t0, 4096; add sp, sp, t0; ret", 4096),
    "a subtracted frame": ("lui t0, 1; addi t0, t0, 16; sub sp, sp, t0; add sp, sp, t0; ret", 4112),
    "a frame pointer": ("addi sp, sp, -16; addi s0, sp, 16; addi sp, sp, -32; addi sp, s0, -16; ret", 48),
    "the first instructions": ("la sp, stack_top; addi sp, sp, -16; 1: j 1b", 16),
}  # fmt: skip


@pytest.mark.parametrize("name", RISCV_FUNCTION)
def test_the_frame_of_a_riscv_function_is_its_deepest_stack(name: str, tmp_path: Path) -> None:
    body, expected = RISCV_FUNCTION[name]
    assert assembly(tmp_path, "rv32imc", f"start: {body}") == Bound(expected, ("start",), {"start": expected}, ())


def test_a_call_adds_the_frame_at_the_call_and_the_callee(tmp_path: Path) -> None:
    caller = "start: push {r4, lr}; bl leaf; sub sp, #64; add sp, #64; pop {r4, pc}"
    result = assembly(tmp_path, "cortex-m4", caller, "leaf: push {r4-r7, lr}; pop {r4-r7, pc}")
    assert result == Bound(72, ("start",), {"start": 72, "leaf": 20}, ())


def test_the_deepest_of_several_chains_counts(tmp_path: Path) -> None:
    start = "start: push {lr}; bl wide; bl narrow; pop {pc}"
    wide = "wide: sub sp, #40; add sp, #40; bx lr"
    narrow = "narrow: push {r4, lr}; bl wide; pop {r4, pc}"
    result = assembly(tmp_path, "cortex-m4", start, wide, narrow)
    assert (result.stack_bytes, result.chain) == (52, ("start", "narrow", "wide"))


def test_a_tail_call_does_not_keep_the_callers_frame(tmp_path: Path) -> None:
    caller = "start: push {r4-r7, lr}; pop {r4-r7}; pop {r3}; mov lr, r3; b leaf"
    result = assembly(tmp_path, "cortex-m4", caller, "leaf: push {r0-r5}; add sp, #24; bx lr")
    assert (result.stack_bytes, result.chain) == (24, ("start", "leaf"))


def test_a_call_through_a_register_of_known_value_is_followed(tmp_path: Path) -> None:
    caller = "start: push {r4, lr}; ldr r4, =leaf; blx r4; blx r4; pop {r4, pc}; .ltorg"
    result = assembly(tmp_path, "cortex-m0plus", caller, "leaf: push {r0-r5}; add sp, #24; bx lr")
    assert (result.stack_bytes, result.chain) == (32, ("start", "leaf"))


def test_a_far_riscv_call_is_followed(tmp_path: Path) -> None:
    caller = "start: addi sp, sp, -16; auipc ra, 0; jalr ra, 12(ra); addi sp, sp, 16; ret"
    result = assembly(tmp_path, "rv32imc", caller, "leaf: addi sp, sp, -32; addi sp, sp, 32; ret")
    assert (result.stack_bytes, result.chain) == (48, ("start", "leaf"))


def test_a_veneer_that_loads_the_program_counter_is_followed(tmp_path: Path) -> None:
    caller, veneer = "start: push {lr}; bl veneer; pop {pc}", "veneer: ldr pc, =leaf; .ltorg"
    result = assembly(tmp_path, "cortex-m4", caller, veneer, "leaf: push {r0-r5}; add sp, #24; bx lr")
    assert result == Bound(28, ("start", "veneer", "leaf"), {"start": 4, "veneer": 0, "leaf": 24}, ())


def test_a_stack_pointer_made_from_a_number_begins_a_new_stack(tmp_path: Path) -> None:
    result = assembly(tmp_path, "cortex-m4", "start: push {r0-r7}; ldr sp, =0x20001230; push {r4, lr}; b .; .ltorg")
    assert (result.stack_bytes, result.unknowns) == (32, ())


@pytest.mark.parametrize(
    ("machine", "body"),
    [
        ("cortex-m4", "mov r0, sp; bic r1, r0, #7; mov sp, r1; push {r0, lr}; pop {r0, lr}; mov sp, r0; bx lr"),
        ("rv32imc", "addi sp, sp, -8; addi s0, sp, 8; andi sp, sp, -8; addi sp, s0, 0; ret"),
    ],
)
def test_a_stack_pointer_that_is_aligned_may_lose_all_of_the_alignment_but_a_byte(
    machine: str, body: str, tmp_path: Path
) -> None:
    assert assembly(tmp_path, machine, f"start: {body}") == Bound(15, ("start",), {"start": 15}, ())


LEAF = "leaf: push {r0-r5}; add sp, #24; bx lr"
TABLE_AND_POINTER = (
    "start: cmp r0, #1; bhi 3f; tbb [pc, r0]; 0: .byte (1f-0b)/2; .byte (2f-0b)/2; "
    "1: push {r4-r7}; pop {r4-r7}; bx lr; 2: ldr r3, [r1]; bx r3; 3: bx lr"
)
RISCV_TABLE_AND_POINTER = (
    "start: addi sp, sp, -16; addi sp, sp, 16; lw a5, 0(a0); jr a5; 1: li a0, 3; ret; 2: lw a5, 4(a0); jr a5"
)
UNKNOWN = {
    "a recursion": ("cortex-m4", ("start: push {r4, lr}; bl start; pop {r4, pc}",), 8, Reason.RECURSION),
    "a call through a pointer": (
        "cortex-m4",
        ("start: push {lr}; ldr r3, [r0]; blx r3; bl leaf; pop {pc}", LEAF),
        28,
        Reason.POINTER_CALL,
    ),
    "a jump through a pointer": (
        "cortex-m4",
        ("start: push {r4}; pop {r4}; ldr r3, [r0]; bx r3",),
        4,
        Reason.POINTER_JUMP,
    ),
    "a jump through a pointer beside one through a table": ("cortex-m4", (TABLE_AND_POINTER,), 16, Reason.POINTER_JUMP),
    "a frame of unknown size": ("cortex-m4", ("start: push {r4}; sub sp, sp, r0; bl leaf", LEAF), 28, Reason.DATA),
    "a loop that only pushes": ("cortex-m4", ("start: push {r0}; b start",), 256, Reason.DATA),
    "code without an end": ("cortex-m4", ("start: push {r4, r5}",), 8, Reason.NO_CODE),
    "a RISC-V call through a pointer": ("rv32imc", ("start: addi sp, sp, -16; jalr a0; ret",), 16, Reason.POINTER_CALL),
    "a RISC-V jump through a pointer": ("rv32imc", ("start: lw a5, 0(a0); jr a5",), 0, Reason.POINTER_JUMP),
    "a RISC-V jump through a pointer beside one through a table": (
        "rv32imc",
        (RISCV_TABLE_AND_POINTER,),
        16,
        Reason.POINTER_JUMP,
    ),
    "a RISC-V frame of unknown size": ("rv32imc", ("start: addi sp, sp, -16; sub sp, sp, a0; ret",), 16, Reason.DATA),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_named_and_the_rest_is_counted(name: str, tmp_path: Path) -> None:
    machine, functions, stack_bytes, reason = UNKNOWN[name]
    result = assembly(tmp_path, machine, *functions)
    assert [(each.reason, each.function) for each in result.unknowns] == [(reason, "start")]
    assert result.stack_bytes == stack_bytes


def test_a_recursion_names_all_of_its_functions_and_counts_each_once(tmp_path: Path) -> None:
    other = "other: push {r4, lr}; bl leaf; bl start; pop {r4, pc}"
    result = assembly(tmp_path, "cortex-m4", "start: push {lr}; bl other; pop {pc}", other, LEAF)
    assert [(each.reason, each.function, each.others) for each in result.unknowns] == [
        (Reason.RECURSION, "start", ("other",))
    ]
    assert (result.stack_bytes, result.chain) == (4 + 8 + 24, ("start", "other", "leaf"))


def test_a_call_of_an_address_without_code_is_named(tmp_path: Path) -> None:
    caller = "start: push {lr}; ldr r3, =0x1000001; blx r3; pop {pc}; .ltorg"
    result = assembly(tmp_path, "cortex-m4", caller)
    assert [(each.reason, each.address) for each in result.unknowns] == [(Reason.NO_CODE, 0x1000000)]
    assert (result.stack_bytes, result.chain) == (4, ("start",))


def test_code_behind_a_call_that_does_not_return_is_not_missed(tmp_path: Path) -> None:
    halt = "halt: push {r4, lr}; 1: b 1b"
    result = assembly(tmp_path, "cortex-m4", "start: push {lr}; bl halt; nop; .word 0xffffffff", halt)
    assert (result.stack_bytes, result.unknowns) == (12, ())


SWITCH = """
extern int sink(const volatile char *);
__attribute__((noinline)) int sink(const volatile char *text) { return text[0]; }
__attribute__((noinline)) int choose(int which)
{
    volatile char room[200];
    room[0] = (char)which;
    switch (which) {
    case 0: return sink(room + 1);
    case 1: return sink(room + 20) * 3;
    case 2: return sink(room + 30) ^ 5;
    case 3: return sink(room) << 3;
    case 4: return sink(room) / which;
    case 5: room[3] = 3; return 4;
    case 6: return sink(room + 5) - 7;
    default: return 0;
    }
}
int start(int which) { return choose(which) + 1; }
"""


FLAGS = (
    *((machine, (level,)) for machine in MACHINES for level in ("-Os", "-O2", "-O0")),
    ("rv32imc", ("-msave-restore",)),
)


@pytest.mark.parametrize(("machine", "flags"), FLAGS)
def test_frames_are_those_of_gccs_stack_usage(machine: str, flags: tuple[str, ...], tmp_path: Path) -> None:
    result = bound(link(tmp_path, machine, SWITCH, *flags, "-fstack-usage"))
    usage = next(tmp_path.glob("*.su")).read_text()
    expected = {name: int(size) for name, size in re.findall(r":(\w+)\t(\d+)\tstatic", usage)}
    assert expected["choose"] >= 200
    assert {name: result.frames[name] for name in expected} == expected
    assert result.chain[:2] == ("start", "choose")


PUSHES = {
    0xB842: ("cm.push", -16),
    0xB87E: ("cm.push", -64),
    0xB8AE: ("cm.push", -80),
    0xB8F2: ("cm.push", -64),
    0xBA92: ("cm.pop", 32),
    0xBECE: ("cm.popret", 96),
    0xBC42: ("cm.popretz", 16),
}


@pytest.mark.parametrize("code", PUSHES)
def test_riscv_instructions_that_push_or_pop_registers_move_the_stack_pointer(code: int) -> None:
    name, moved_bytes = PUSHES[code]
    (instruction,) = decode_riscv(code.to_bytes(2, "little"), 0x100, pushes=True)
    assert (instruction.text, instruction.assignments) == (name, (Assignment("sp", "sp", moved_bytes),))
    assert (instruction.flow is Flow.RETURN) == ("ret" in name)


def test_other_instructions_of_that_encoding_neither_push_nor_pop() -> None:
    for code, pushes in ((0xAD2E, True), (0xB832, True), (0xB842, False)):
        (instruction,) = decode_riscv(code.to_bytes(2, "little"), 0x100, pushes=pushes)
        assert instruction.assignments == ()


def test_frames_of_clangs_pushes_are_seen(tmp_path: Path) -> None:
    (tmp_path / "program.c").write_text(SWITCH)
    (tmp_path / "link.ld").write_text(LINK)
    command = (sys.executable, "-P", "-m", "ziglang", "cc", "-target", "riscv32-freestanding", "-g", "-Os", "-nostdlib")
    machine = (
        "-mcpu=generic_rv32+m+c+zcmp",
        "-fomit-frame-pointer",
        "-fno-sanitize=undefined",
        "-T",
        "link.ld",
        "-Wl,-e,start",
        "program.c",
        "-o",
        "program.elf",
    )
    subprocess.run([*command, *machine], cwd=tmp_path, check=True, capture_output=True, text=True)
    program = open_program(read_elf(tmp_path / "program.elf"))
    start = program.function_named("start")
    assert start is not None
    assert "cm.push" in [each.text for each in program.instructions(start).values()]
    result = bound(tmp_path / "program.elf")
    assert (result.frames["start"], result.unknowns) == (16, ())
    assert result.stack_bytes == 16 + result.frames["choose"] >= 16 + 200
