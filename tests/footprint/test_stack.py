"""The bound of the deepest stack, against frames counted by hand, gcc's -fstack-usage and an emulated run."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lilliput import pipeline, targets, tflite
from lilliput.errors import InvariantError
from lilliput.firmware.elf import read_elf
from lilliput.firmware.ram.bounds import Bound
from lilliput.footprint import measure_stack
from lilliput.footprint.stack import worst_case_stack
from lilliput.options import Options
from lilliput.oracles.inputs import random_inputs
from lilliput.toolchain import Toolchain, emulate
from tests.footprint.programs import BUILDS, MODEL, image_of

LINK = """
SECTIONS
{
    .text 0x8000 : { *(.text*) *(.rodata*) }
    .data 0x20000000 : { *(.data*) *(.bss*) }
    /DISCARD/ : { *(.ARM.exidx*) *(.eh_frame*) }
}
stack_top = 0x20010000;
"""
MACHINES = {
    "cortex-m0plus": ("arm-none-eabi-gcc", "-mcpu=cortex-m0plus", "-mthumb"),
    "cortex-m4": ("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard"),
    "rv32imc": ("riscv64-unknown-elf-gcc", "-march=rv32imc", "-mabi=ilp32"),
}


def bound(folder: Path, machine: str, text: str, *flags: str, suffix: str = "c") -> Bound:
    """The stack of the function `start` in a program of one file."""
    command = MACHINES[machine]
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]} on the PATH")
    (folder / f"program.{suffix}").write_text(text)
    (folder / "link.ld").write_text(LINK)
    options = ("-Os", *flags, "-ffreestanding", "-nostdlib", "-nostartfiles", "-Wl,--no-warn-rwx-segments")
    arguments = (f"program.{suffix}", "-T", "link.ld", "-Wl,-e,start", "-lgcc", "-o", "program.elf")
    subprocess.run([*command, *options, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return worst_case_stack(read_elf(folder / "program.elf"), "start")


def assembly(folder: Path, machine: str, *functions: str) -> Bound:
    """The stack of the first of assembler functions, each "name: instruction; instruction"."""
    lines = [".syntax unified" if machine.startswith("cortex") else "", ".text"]
    for function in functions:
        name, _, body = function.partition(":")
        lines += [f".type {name}, %function", f".global {name}", f"{name}:"]
        lines += [*(instruction.strip() for instruction in body.split(";")), f".size {name}, . - {name}"]
    return bound(folder, machine, "\n".join(lines) + "\n", suffix="S")


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


@pytest.mark.parametrize(
    ("machine", "functions", "message"),
    [
        ("cortex-m4", ("start: push {lr}; bl start; pop {pc}",), "calls itself"),
        ("cortex-m4", ("start: push {lr}; bl other; pop {pc}", "other: push {lr}; bl start; pop {pc}"), "calls itself"),
        ("cortex-m4", ("start: push {lr}; ldr r3, [r0]; blx r3; pop {pc}",), "calls through a pointer"),
        ("cortex-m4", ("start: ldr r3, [r0]; bx r3",), "jumps through a pointer"),
        ("cortex-m4", ("start: sub sp, sp, r0; bl leaf", "leaf: bx lr"), "depends on data"),
        ("cortex-m4", ("start: push {r0}; b start",), "depends on data"),
        ("rv32imc", ("start: addi sp, sp, -16; jalr a0; ret",), "calls through a pointer"),
        ("rv32imc", ("start: lw a5, 0(a0); jr a5",), "jumps through a pointer"),
        ("rv32imc", ("start: sub sp, sp, a0; ret",), "depends on data"),
    ],
)
def test_code_without_a_bound_is_refused(
    machine: str, functions: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InvariantError, match=message):
        assembly(tmp_path, machine, *functions)


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
    result = bound(tmp_path, machine, SWITCH, *flags, "-fstack-usage")
    usage = next(tmp_path.glob("*.su")).read_text()
    expected = {name: int(size) for name, size in re.findall(r":(\w+)\t(\d+)\tstatic", usage)}
    assert expected["choose"] >= 200
    assert {name: result.frames[name] for name in expected} == expected
    assert result.chain[:2] == ("start", "choose")


@pytest.mark.parametrize(("target", "toolchain"), BUILDS)
def test_an_emulated_run_never_goes_deeper_than_the_bound(target: str, toolchain: str) -> None:
    image = image_of(target, toolchain)
    seen = emulate(image, [()], ()).stack_bytes
    assert 300 < seen <= measure_stack(image).stack_bytes <= seen + 64


@pytest.mark.parametrize(("target", "toolchain"), BUILDS)
def test_the_bound_is_exact_where_every_path_is_taken(target: str, toolchain: str) -> None:
    text = re.sub(r"(?s)__attribute__.*?(?=void model_run)", "", MODEL)
    text = re.sub(r".*(choose|divide)\(.*\n", "\n", text)
    image = image_of(target, toolchain, text)
    result = measure_stack(image)
    assert result.stack_bytes == emulate(image, [()], ()).stack_bytes
    assert result.chain[-2:] == ("main", "model_run")
    assert result.frames["model_run"] >= 300


@pytest.mark.slow
@pytest.mark.parametrize(("target", "toolchain"), BUILDS)
def test_the_bound_of_a_real_model_is_what_its_inference_uses(
    target: str, toolchain: Toolchain, tmp_path: Path, shared_models: Path
) -> None:
    if toolchain == "gcc" and shutil.which(f"{targets.find(target).gcc}gcc") is None:
        pytest.skip(f"needs {targets.find(target).gcc}gcc on the PATH")
    graph = tflite.read(shared_models / "micro_speech.tflite")
    built = pipeline.build(graph, Options(target=target, toolchain=toolchain), tmp_path)
    (inputs,) = random_inputs(graph, 1, 0)
    seen = emulate(built.image, [inputs], [1]).stack_bytes
    assert seen == built.footprint.stack_bytes > 0
