"""Text of C and assembler -> linked programs without a C library, and the stack of their function `start`."""

import shutil
import subprocess
from pathlib import Path

import pytest

from lilliput.firmware.code.program import open_program
from lilliput.firmware.elf import read_elf
from lilliput.firmware.ram.bounds import Bound, bounds
from lilliput.firmware.ram.walk import reachable

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


def link(folder: Path, machine: str, text: str, *flags: str, suffix: str = "c", script: str = LINK) -> Path:
    """Build a program of one file. Skips the test where the compiler is missing."""
    command = MACHINES[machine]
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]} on the PATH")
    (folder / f"program.{suffix}").write_text(text)
    (folder / "link.ld").write_text(script)
    options = ("-Os", *flags, "-ffreestanding", "-nostdlib", "-nostartfiles", "-Wl,--no-warn-rwx-segments")
    arguments = (f"program.{suffix}", "-T", "link.ld", "-Wl,-e,start", "-lgcc", "-o", "program.elf")
    subprocess.run([*command, *options, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return folder / "program.elf"


def link_assembly(folder: Path, machine: str, *functions: str) -> Path:
    """A program of assembler functions, each "name: instruction; instruction"."""
    lines = [".syntax unified" if machine.startswith("cortex") else "", ".text"]
    for function in functions:
        name, _, body = function.partition(":")
        lines += [f".type {name}, %function", f".global {name}", f"{name}:"]
        lines += [*(instruction.strip() for instruction in body.split(";")), f".size {name}, . - {name}"]
    return link(folder, machine, "\n".join(lines) + "\n", suffix="S")


def bound(elf: Path) -> Bound:
    """The stack of the function `start`, from machine code."""
    program = open_program(read_elf(elf))
    start = program.function_named("start")
    assert start is not None
    return bounds(reachable(program, [start.start]), [start.start])[start.start]


def assembly(folder: Path, machine: str, *functions: str) -> Bound:
    """The stack of `start`, one of assembler functions."""
    return bound(link_assembly(folder, machine, *functions))
