"""The options that decide a build, declared once for every command that builds."""

from pathlib import Path
from typing import Annotated, Literal

import typer

ModelArgument = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A .tflite file, or a C file that holds one as an array.")
]
TargetOption = Annotated[str, typer.Option("--target", "-t", help="Instruction set to compile for.")]
ToolchainOption = Annotated[
    Literal["zig", "gcc"],
    typer.Option("--toolchain", help="zig (from pip) or gcc (arm-none-eabi-gcc, riscv64-unknown-elf-gcc)."),
]
OptimizeOption = Annotated[
    Literal["size", "speed"], typer.Option("--optimize", help="Fewest bytes, or fewest instructions.")
]
NameOption = Annotated[
    str | None, typer.Option("--name", help="C name of files and functions.  [default: the model file's name]")
]
ArenaOption = Annotated[
    Literal["static", "caller"],
    typer.Option("--arena", help="Working memory: static in the generated file, or passed in by the caller."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
