"""Emulation: the right outputs, exact counts of instructions, the stack, and clear faults."""

import sys
from pathlib import Path

import pytest

from lilliput.errors import ToolError, UsageError
from lilliput.targets import Architecture, find
from lilliput.toolchain import Image, Optimize, Toolchain, emulate
from lilliput.toolchain.machine import boot, call, proceed
from tests.toolchain.programs import (
    EMULATED,
    OPTIMIZATIONS,
    SUMS,
    SUMS_INPUTS,
    SUMS_OUTPUTS,
    TOOLCHAINS,
    body,
    build,
    run,
    source,
)

CALLER_ARENA = """#include "net.h"
int8_t *net_input(void *memory) { return memory; }
const int8_t *net_output(void *memory) { return (int8_t *)memory + 8; }
void net_run(void *memory)
{
    int8_t *values = memory;
    int64_t *aligned = memory;
    values[8] = (int8_t)(values[0] * 3);
    values[9] = (int8_t)((uintptr_t)aligned % 8);
}
"""

# 2 + 10 * 6 + 4 instructions of both lengths: one whose condition fails counts.
CONDITIONS = """
    .syntax unified
    movs r0, #0
    movw r1, #10
1:  tst r1, #1
    ite ne
    addne r0, r0, #1
    subeq r0, r0, #1
    subs r1, r1, #1
    bne 1b
    cmp r1, #0
    it ne
    bxne lr
    bx lr
"""
# 3 + 10 * 3 + 1 instructions.
ARM_LOOP = """
    .syntax unified
    movs r0, #0
    movs r1, #10
    mrs r2, apsr
1:  adds r0, r0, #1
    subs r1, r1, #1
    bne 1b
    bx lr
"""
RISCV_LOOP = """
    li a0, 0
    li a1, 10
    .option norvc
    li a2, 0
1:  addi a0, a0, 1
    .option rvc
    addi a1, a1, -1
    bnez a1, 1b
    ret
"""


def assembly(text: str) -> str:
    """A NAME_run of these instructions alone."""
    lines = "".join(f'"{line}\\n"' for line in text.splitlines())
    return f"__attribute__((naked)) void net_run(void) {{ __asm__ volatile({lines}); }}"


def machine_code(target: str, arm: str, riscv: str) -> str:
    return assembly(arm if find(target).architecture is Architecture.ARM else riscv)


@pytest.mark.parametrize("optimize", OPTIMIZATIONS)
@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize("target", EMULATED)
def test_every_target_computes_and_keeps_its_state(target: str, toolchain: Toolchain, optimize: Optimize):
    result = run(source(SUMS), target, toolchain, inputs=SUMS_INPUTS, output_bytes=3, optimize=optimize)
    assert result.outputs == SUMS_OUTPUTS
    assert sum(result.node_instructions.values()) == result.instructions
    assert result.stack_bytes < 200


@pytest.mark.parametrize("target", ["cortex-m0plus", "rv32imc"])
def test_the_caller_owns_an_aligned_arena(target: str):
    result = run(source(CALLER_ARENA, caller_arena=True), target, inputs=[[b"\7"], [b"\5"]], output_bytes=2)
    assert result.outputs == ((b"\x15\0",), (b"\x0f\0",))


@pytest.mark.parametrize("target", EMULATED)
def test_the_count_of_a_loop_is_exact(target: str):
    assert run(body(machine_code(target, ARM_LOOP, RISCV_LOOP)), target).instructions == 3 + 10 * 3 + 1


@pytest.mark.parametrize("target", ["cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33"])
def test_an_instruction_whose_condition_fails_counts(target: str):
    assert run(body(assembly(CONDITIONS)), target).instructions == 2 + 10 * 6 + 4


@pytest.mark.parametrize("target", ["cortex-m0plus", "rv32imc"])
def test_the_count_agrees_with_single_steps(target: str, tmp_path: Path):
    """These two targets have no conditional instructions, which Unicorn's own steps leave out."""
    image = build(source(SUMS), target, "zig", tmp_path, optimize="speed")
    assert emulate(image, SUMS_INPUTS, [3]).instructions == _single_steps(image, SUMS_INPUTS[0][0])


def _single_steps(image: Image, value: bytes) -> int:
    from unicorn import UC_HOOK_CODE

    machine = boot(image)
    proceed(machine, machine.symbol("net_run"))
    machine.engine.mem_write(machine.symbol("arena"), value)
    steps = 0

    def step(*_: object) -> None:
        nonlocal steps
        steps += 1

    machine.engine.hook_add(UC_HOOK_CODE, step)
    call(machine, machine.symbol("net_run"), ())
    return steps


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize("attribute", ["", "__attribute__((noinline)) ", "__attribute__((always_inline)) inline "])
@pytest.mark.parametrize("target", ["cortex-m4", "rv32imc"])
def test_a_kernel_works_for_the_node_that_calls_it(target: str, attribute: str, toolchain: Toolchain):
    code = source(SUMS.replace("static int32_t total", f"{attribute}static int32_t total"))
    nodes = run(code, target, toolchain, inputs=SUMS_INPUTS, output_bytes=3).node_instructions
    assert nodes[0] > 16 * 4
    assert 8 * 4 < nodes[1] < nodes[0] * 0.6
    assert 0 < nodes[2] < 16
    assert 0 < nodes[None] < 16


def test_only_the_first_set_of_inputs_is_counted():
    once, twice = (run(source(SUMS), "cortex-m4", inputs=SUMS_INPUTS[:sets], output_bytes=3) for sets in (1, 2))
    assert once.instructions == twice.instructions


@pytest.mark.parametrize(
    ("arm", "riscv", "stack_bytes"),
    [
        ("push {r4-r7}\npop {r4-r7}\nbx lr", "addi sp, sp, -16\nsw zero, 0(sp)\naddi sp, sp, 16\nret", 16),
        ("sub sp, #256\nb 1f\n1: add sp, #256\nbx lr", "addi sp, sp, -256\nj 1f\n1: addi sp, sp, 256\nret", 256),
    ],
    ids=["written", "reserved"],
)
@pytest.mark.parametrize("target", ["cortex-m0plus", "cortex-m4", "rv32imc"])
def test_the_stack_is_measured_to_the_byte(target: str, arm: str, riscv: str, stack_bytes: int):
    idle = run(body(machine_code(target, "bx lr", "ret")), target).stack_bytes
    assert run(body(machine_code(target, arm, riscv)), target).stack_bytes == idle + stack_bytes


def test_memory_begins_as_garbage_but_static_data_does_not():
    code = "static int32_t zero[4], seven = 7;\nvoid net_run(void) { arena[0] = (int8_t)(zero[3] + seven); }"
    beyond = "void net_run(void) { arena[0] = *(volatile int8_t *)0x20800000; }"
    assert run(body(code), "cortex-m4").outputs == ((b"\7",),)
    assert run(body(beyond), "cortex-m4").outputs == ((b"\xa5",),)


@pytest.mark.parametrize("target", ["cortex-m0plus", "cortex-m4", "rv32imc"])
@pytest.mark.parametrize(
    "code",
    [
        "*(volatile int32_t *)(uintptr_t)&net_run = 1;",
        "arena[0] = *(volatile int8_t *)0x40000000;",
        "__builtin_trap();",
    ],
    ids=["writes flash", "reads outside", "undefined instruction"],
)
def test_a_fault_tells_where_it_was(target: str, code: str):
    with pytest.raises(ToolError) as error:
        run(body(f"void net_run(void) {{ {code} }}"), target)
    assert error.value.where.startswith("net_run")


@pytest.mark.parametrize(
    "instructions",
    ["movs r2, #1\nldr r0, =0x20000000\nldr r1, [r0, r2]\nbx lr", ".short 0xfb90, 0xf2f1\nnop\nnop\nbx lr"],
    ids=["unaligned access", "division"],
)
def test_the_smallest_core_faults_where_the_chip_does(instructions: str):
    assert run(body(assembly(instructions)), "cortex-m4").instructions == 4
    with pytest.raises(ToolError):
        run(body(assembly(instructions)), "cortex-m0plus")


@pytest.mark.parametrize("target", EMULATED)
def test_the_chosen_processor_is_the_one_that_runs(target: str, tmp_path: Path):
    machine = boot(build(source(SUMS), target, "zig", tmp_path))
    assert machine.engine.ctl_get_cpu_model() == find(target).emulator_model


@pytest.mark.parametrize("target", ["cortex-m4", "rv32imc"])
def test_an_endless_loop_ends(target: str):
    with pytest.raises(ToolError, match="end"):
        run(body("void net_run(void) { for (;;) { *(volatile int8_t *)arena = 1; } }"), target)


def test_progress_is_told_after_every_set(tmp_path: Path):
    told: list[tuple[int, int]] = []
    image = build(source(SUMS), "cortex-m4", "zig", tmp_path)
    emulate(image, SUMS_INPUTS, [3], progress=lambda done, sets: told.append((done, sets)))
    assert told == [(1, 2), (2, 2)]


def test_the_host_is_not_emulated(tmp_path: Path):
    with pytest.raises(UsageError):
        emulate(build(source(SUMS), "host", "zig", tmp_path), SUMS_INPUTS, [3])


def test_a_missing_emulator_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    image = build(source(SUMS), "cortex-m4", "zig", tmp_path)
    monkeypatch.setitem(sys.modules, "unicorn", None)
    with pytest.raises(ToolError) as error:
        emulate(image, SUMS_INPUTS, [3])
    assert "pip install 'lilliput[emulator]'" in error.value.advice
