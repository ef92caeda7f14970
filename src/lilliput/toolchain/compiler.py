"""C compilers: which command compiles for a target, with which flags, and how its failures are reported."""

import functools
import importlib.util
import shutil
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from lilliput.errors import ToolError
from lilliput.targets import Target
from lilliput.toolchain.process import run

Toolchain = Literal["zig", "gcc"]
Optimize = Literal["size", "speed"]

# Products and sums of floats stay two roundings (-ffp-contract=off), as they are in the interpreters.
COMMON_FLAGS = (
    "-std=c99",
    "-g",
    "-ffreestanding",
    "-ffp-contract=off",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-common",
    "-fno-stack-protector",
    "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables",
    "-fomit-frame-pointer",
    "-Wall",
    "-Wextra",
)

# A number that does not fit into its field of a kernel's parameters must not be cut silently.
TOOLCHAIN_FLAGS: dict[Toolchain, tuple[str, ...]] = {
    "zig": ("-fno-sanitize=undefined", "-Werror=constant-conversion"),
    "gcc": ("-Werror=overflow",),
}

OPTIMIZE_FLAGS: dict[Optimize, tuple[str, ...]] = {
    "size": ("-Os",),
    "speed": ("-O2",),
}

# Measured on Cortex-M4: 16 to 32 bytes of flash and of stack less, instructions within 1 %.
TUNING_FLAGS: dict[tuple[Toolchain, Optimize], tuple[str, ...]] = {("gcc", "size"): ("-fno-move-loop-invariants",)}

# -P: what lies in the folder that is compiled must not pass for a Python module.
_ZIG = (sys.executable, "-P", "-m", "ziglang", "cc")
_NATIVE_COMPILERS = ("gcc", "clang", "cc")


def compiler_command(target: Target, toolchain: Toolchain) -> tuple[str, ...]:
    """The words that start the C compiler. Raises ToolError, saying what to install, when it is missing."""
    if toolchain == "zig":
        if importlib.util.find_spec("ziglang") is None:
            raise ToolError(
                "the Zig compiler is not installed", advice="Install it with: pip install 'lilliput[compiler]'"
            )
        return _ZIG
    command = f"{target.gcc}gcc"
    if shutil.which(command) is None:
        advice = f"Install {command}, or choose the toolchain zig, which comes with pip install 'lilliput[compiler]'"
        raise ToolError(f"there is no {command} on the PATH", advice=advice)
    return (command,)


def sanitizing_compiler() -> tuple[str, ...]:
    """The words that start a C compiler with AddressSanitizer. Raises ToolError when there is none."""
    for command in _NATIVE_COMPILERS:
        if shutil.which(command) is not None:
            return (command,)
    advice = "Install gcc or clang: the compiler that comes with pip has no AddressSanitizer."
    raise ToolError("there is no C compiler with sanitizers", advice=advice)


def native_compiler() -> tuple[str, ...]:
    """The words that start some C compiler for programs of this machine. Raises ToolError when there is none."""
    if importlib.util.find_spec("ziglang") is not None:
        return _ZIG
    for command in _NATIVE_COMPILERS:
        if shutil.which(command) is not None:
            return (command,)
    raise ToolError("there is no C compiler", advice="Install one with: pip install 'lilliput[compiler]'")


def compiler_version(target: Target, toolchain: Toolchain) -> str:
    """The version as the compiler itself states it, such as "arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205"."""
    command = compiler_command(target, toolchain)
    return f"zig {version('ziglang')}" if toolchain == "zig" else _first_line_of_version(command[0])


@functools.cache
def _first_line_of_version(command: str) -> str:
    return run([command, "--version"], Path()).splitlines()[0]


def target_flags(target: Target, toolchain: Toolchain) -> tuple[str, ...]:
    """The flags that choose the target's instruction set."""
    return target.zig_flags if toolchain == "zig" else target.gcc_flags


def size_flags(target: Target, toolchain: Toolchain, optimize: Optimize) -> tuple[str, ...]:
    """All flags that decide which instructions come out."""
    return (
        *target_flags(target, toolchain),
        *COMMON_FLAGS,
        *TOOLCHAIN_FLAGS[toolchain],
        *OPTIMIZE_FLAGS[optimize],
        *TUNING_FLAGS.get((toolchain, optimize), ()),
    )


def compile_object(
    source: Path,
    output: Path,
    target: Target,
    *,
    toolchain: Toolchain,
    optimize: Optimize,
    flags: Sequence[str] = (),
) -> None:
    """Compile one C file to the object file `output`, in the file's own folder and free of its path.

    `flags` come last, such as ("-Wconversion", "-Werror"). Raises ToolError when the compiler is missing or fails.
    """
    command = [
        *compiler_command(target, toolchain),
        *size_flags(target, toolchain, optimize),
        *without_path(source.parent),
        *flags,
    ]
    run([*command, "-c", source.name, "-o", str(output.resolve())], source.parent)


def without_path(folder: Path) -> tuple[str, ...]:
    """The flags that keep the absolute path of `folder` out of what is compiled in it."""
    return (f"-ffile-prefix-map={folder.resolve()}=.",)
