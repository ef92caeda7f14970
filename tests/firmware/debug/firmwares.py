"""What the tests of debug information look at: firmware of one source text, and what addr2line says of any firmware."""

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from os.path import normpath
from pathlib import Path

from lilliput.firmware.accounting import account
from lilliput.firmware.firmware import Firmware
from tests.firmware import builds

Frame = tuple[str, int]
"""A file and a line."""

CALLS = """\
volatile int port;
static inline int square(int value)
{
    return value * value + port;
}
static inline int sum_of_squares(int first, int second)
{
    return square(first) + square(second);
}
int removed(int value) { return square(value) * 3; }
__attribute__((noinline)) int compute(int value)
{
    port = sum_of_squares(value, port);
    return square(port);
}
void _start(void)
{
    for (;;)
        port = compute(port);
}
"""

FLAGS = ("-g", "-O2", "-ffunction-sections", "-fdata-sections")


def firmware_of(text: str, *flags: str, kind: str = "riscv", link_flags: tuple[str, ...] | None = None) -> Path:
    """The ELF file of one C source, built like `kind`, with FLAGS and more."""
    recipe = builds.RECIPES[kind]
    return builds.link(
        replace(
            recipe,
            sources=("bare.c",),
            texts=(("bare.c", text),),
            compile_flags=(*FLAGS, *flags),
            link_flags=recipe.link_flags if link_flags is None else link_flags,
            library=(),
            has_map=False,
        ),
        "debug",
    )


def accounted(path: Path) -> Firmware:
    """The firmware at `path`."""
    return account(path, map_file=builds.map_of(path))


def frames_of(path: Path, binutils: str, addresses: Sequence[int]) -> list[list[Frame]]:
    """What binutils say of each address: its line, then the calls that it was inlined by, the innermost first."""
    output = subprocess.run(
        (f"{binutils}addr2line", "--inlines", "--addresses", "--exe", path),
        input="\n".join(map(hex, addresses)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found: list[list[Frame]] = []
    for line in output.splitlines():
        if line.startswith("0x"):
            found.append([])
        else:
            file, number = line.split(" ")[0].rsplit(":", 1)
            known = number.isdigit() and int(number) > 0
            found[-1].append((normpath(file), int(number)) if known else ("", 0))
    return found
