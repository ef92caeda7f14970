"""C text -> images for the tests: `//@ part name` at the end of a line is that line's label."""

import atexit
import re
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from lilliput import targets
from lilliput.codegen.csource import CSource, Label, Part
from lilliput.toolchain import Image, build_image

EMBEDDED = ("cortex-m0plus", "cortex-m4", "rv32imc")
BUILDS = tuple((target, toolchain) for target in EMBEDDED for toolchain in ("gcc", "zig"))

MODEL = """
#include <stdint.h>

static int8_t arena[100];
static const int8_t weights[37] = {3, 1, 4, 1, 5, 9, 2, 6};
static const int32_t table[3] = {10, 200, 3000};
static volatile int32_t result = 5;

static int32_t dot(const int8_t *one, const int8_t *other, int32_t count)
{
    int32_t sum = 0; //@ kernels dot
    for (int32_t i = 0; i < count; i++) { //@ kernels dot
        sum += one[i] * other[i]; //@ kernels dot
    }
    return sum; //@ kernels dot
}

__attribute__((noinline)) static int32_t choose(int32_t which)
{
    switch (which) { //@ kernels choose
    case 0: return result + 1; //@ kernels choose
    case 1: return result * 3; //@ kernels choose
    case 2: return result ^ 5; //@ kernels choose
    case 3: return result << 3; //@ kernels choose
    case 4: return result / table[result]; //@ kernels choose
    case 5: result = 3; return 4; //@ kernels choose
    default: return 0; //@ kernels choose
    }
}

__attribute__((noinline)) static int64_t divide(int64_t one, int64_t other)
{
    return one / other; //@ kernels divide
}

void model_run(void)
{ //@ graph run
    volatile int8_t scratch[300]; //@ graph run
    for (int32_t i = 0; i < 300; i++) { //@ graph run
        scratch[i] = (int8_t)result; //@ graph run
    }
    arena[result] = scratch[result]; //@ graph run
    result = dot(arena, weights, 37); //@ graph run
    result = choose(result & 7); //@ graph run
    result = (int32_t)divide(result, result + 1); //@ graph run
} //@ graph run
"""

SYMBOLS = {
    "weights": Label(Part.WEIGHTS, "weights", 0),
    "table": Label(Part.TABLES, "multipliers", 0),
    "result": Label(Part.GRAPH, "result"),
}


def labelled_source(text: str = MODEL) -> CSource:
    """A C source named "model" whose lines are labelled by their comments."""
    lines: list[Label | None] = []
    for line in text.splitlines():
        match = re.search(r"//@ (\w+) (\w+)$", line)
        lines.append(Label(Part(match[1]), match[2]) if match else None)
    return CSource("model", "void model_run(void);\n", text, "", SYMBOLS, tuple(lines), (), (), caller_arena=False)


@cache
def image_of(target: str, toolchain: str, text: str = MODEL) -> Image:
    """Build `text` for size; skips the test when the cross compiler is not installed."""
    chosen = targets.find(target)
    if toolchain == "gcc" and shutil.which(f"{chosen.gcc}gcc") is None:
        pytest.skip(f"needs {chosen.gcc}gcc on the PATH")
    folder = Path(mkdtemp(prefix="lilliput-footprint-"))
    atexit.register(shutil.rmtree, folder)
    return build_image(
        labelled_source(text),
        chosen,
        toolchain="zig" if toolchain == "zig" else "gcc",
        optimize="size",
        directory=folder,
    )
