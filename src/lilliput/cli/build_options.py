"""The options that decide a build, declared once for every command that builds."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from lilliput.options import Options
from lilliput.sizes import parse_size


def size_bytes(text: str) -> int:
    """The bytes that an option's value means, for typer."""
    try:
        return parse_size(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


ModelArgument = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A .tflite file, or a C file that holds one as an array.")
]
TargetOption = Annotated[str, typer.Option("--target", "-t", help="Instruction set to compile for.")]
ToolchainOption = Annotated[
    Literal["zig", "gcc"],
    typer.Option("--toolchain", help="zig (from pip) or gcc (arm-none-eabi-gcc, riscv64-unknown-elf-gcc)."),
]
OptimizeOption = Annotated[
    Literal["size", "balanced", "speed"],
    typer.Option("--optimize", help="Fewest bytes, fewest instructions, or the best between within the budgets."),
]
PointOption = Annotated[
    str | None, typer.Option("--point", metavar="NAME", help="Build a point of --pareto, such as dense+conv_2d.")
]
FlashOption = Annotated[
    int | None,
    typer.Option("--flash", parser=size_bytes, metavar="BYTES", help="Budget of flash, for --optimize balanced."),
]
MaxInstructionsOption = Annotated[
    int | None,
    typer.Option("--max-instructions", min=1, metavar="COUNT", help="Budget an inference, for --optimize balanced."),
]
NameOption = Annotated[
    str | None, typer.Option("--name", help="C name of files and functions.  [default: the model file's name]")
]
ArenaOption = Annotated[
    Literal["static", "caller"],
    typer.Option("--arena", help="Working memory: static in the generated file, or passed in by the caller."),
]
ScheduleOption = Annotated[
    Literal["rows", "layers"],
    typer.Option("--schedule", help="Interleave layers row by row where that saves memory, or run whole layers."),
]
InputOption = Annotated[
    Literal["whole", "rows"], typer.Option("--input", help="The first input as a whole, or pushed row by row.")
]
RamOption = Annotated[
    int | None,
    typer.Option("--ram", parser=size_bytes, metavar="BYTES", help="Fastest plan within this RAM, such as 16K."),
]
PlanSecondsOption = Annotated[
    float, typer.Option("--plan-seconds", min=0, help="About how long to search for a smaller plan.")
]
WithoutTransformOption = Annotated[
    list[str] | None,
    typer.Option(
        "--without-transform", metavar="NAME", help="Leave out an exact rewrite, such as drop_channels; repeatable."
    ),
]
MaxSlowdownOption = Annotated[
    float,
    typer.Option(
        "--max-slowdown", metavar="FACTOR", min=1, help="How many times slower encoded weights may make it; 1: none."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def at_point(options: Options, name: str | None) -> Options:
    """The options with what a point's name decides. Raises UsageError for a name that no point has."""
    if name is None:
        return options
    from lilliput.choice.recipe import parse

    return parse(name).applied(options)
