"""C text -> CSource and images for the tests. A line that ends in `// node 3` or `// graph` is labelled so."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest

from lilliput import targets
from lilliput.codegen.csource import CSource, Label, Part
from lilliput.toolchain import Image, Optimize, Run, Toolchain, build_image, emulate

EMULATED = tuple(target.name for target in targets.ALL if target.name != "host")
TOOLCHAINS: tuple[Toolchain, ...] = get_args(Toolchain)
OPTIMIZATIONS: tuple[Optimize, ...] = get_args(Optimize)

HEADER = """#include <stdint.h>
#define NET_ARENA_BYTES 32
#define NET_ARENA_ALIGNMENT 8
int8_t *net_input(ARGUMENT);
const int8_t *net_output(ARGUMENT);
void net_run(ARGUMENT);
"""

# Output: the sum of 16 inputs, the sum of 8 of them, and how many runs there were before, all to 8 bits.
SUMS = """#include "net.h"
static int8_t arena[32];
static int32_t runs[2] = {40, 2};

static int32_t total(const int8_t *values, int32_t count)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += values[i] > 0 ? values[i] : -2;
    }
    return sum;
}

int8_t *net_input(void) // graph
{ // graph
    return arena; // graph
} // graph

const int8_t *net_output(void) // graph
{ // graph
    return arena + 16; // graph
} // graph

void net_run(void) // graph
{ // graph
    arena[16] = (int8_t)total(arena, 16); // node 0
    arena[17] = (int8_t)total(arena + 4, 8); // node 1
    arena[18] = (int8_t)(runs[0]++ + runs[1]); // node 2
} // graph
"""
SUMS_INPUTS = ((bytes(range(16)),), (bytes([0xFF] * 16),))
SUMS_OUTPUTS = ((bytes([118, 60, 42]),), (bytes([0xE0, 0xF0, 43]),))


def source(text: str, *, caller_arena: bool = False) -> CSource:
    """A model called "net" with one input and one output."""
    return CSource(
        name="net",
        header=HEADER.replace("ARGUMENT", "void *memory" if caller_arena else "void"),
        source=text,
        example_main="",
        symbols={},
        lines=tuple(_label(line) for line in text.splitlines()),
        input_functions=("net_input",),
        output_functions=("net_output",),
        caller_arena=caller_arena,
    )


def _label(line: str) -> Label | None:
    match = re.search(r"// (?:graph|node (\d+))$", line)
    return Label(Part.GRAPH, "run", int(match[1]) if match[1] else None) if match else None


def body(lines: str) -> CSource:
    """A model whose NAME_run consists of `lines`; input and output begin at `arena`."""
    return source(
        '#include "net.h"\nstatic int8_t arena[32];\nint8_t *net_input(void) { return arena; }\n'
        f"const int8_t *net_output(void) {{ return arena; }}\n{lines}"
    )


def need_compiler(target: str, toolchain: Toolchain) -> None:
    """Skip the test when the cross compiler is not installed."""
    command = f"{targets.find(target).gcc}gcc"
    if toolchain == "gcc" and shutil.which(command) is None:
        pytest.skip(f"needs {command} on the PATH")


def build(code: CSource, target: str, toolchain: Toolchain, directory: Path, *, optimize: Optimize = "size") -> Image:
    """Build, or skip the test when the cross compiler is not installed."""
    need_compiler(target, toolchain)
    return build_image(code, targets.find(target), toolchain=toolchain, optimize=optimize, directory=directory)


def run(
    code: CSource,
    target: str,
    toolchain: Toolchain = "zig",
    *,
    inputs: Sequence[Sequence[bytes]] = ((b"",),),
    output_bytes: int = 1,
    optimize: Optimize = "size",
    instruction_limit: int = 1_000_000,
) -> Run:
    """Build and emulate."""
    with TemporaryDirectory() as folder:
        image = build(code, target, toolchain, Path(folder), optimize=optimize)
        return emulate(image, inputs, [output_bytes], instruction_limit=instruction_limit)


def absent(_: str) -> None:
    """What `shutil.which` and `importlib.util.find_spec` say of things that are not installed."""
