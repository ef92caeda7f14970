"""Many generated models in one program on this machine, under AddressSanitizer and UndefinedBehaviorSanitizer.

Compiling costs far more than running: each model is compiled once, all of them are linked with one small program, and
that runs one model at a time, so that a crash has a name.
"""

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lilliput.codegen.csource import CSource, RowInput
from lilliput.ir import Graph
from lilliput.toolchain.build import write_source

_FLAGS = (
    "-std=c99", "-g1", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
)  # fmt: skip
_ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Case:
    """A generated model and the input sets to run it on, one after the other."""

    source: CSource
    graph: Graph
    inputs: Sequence[Sequence[bytes]]


def run_batch(cases: Sequence[Case], folder: Path, optimize: str) -> list[tuple[tuple[bytes, ...], ...] | str]:
    """For each case the outputs of each input set, or what went wrong: a sanitizer's finding, a crash.

    `optimize` is the compiler's flag: without optimisation sanitizers see most, with it undefined behaviour shows.
    Raises AssertionError when a generated file does not compile without warnings.
    """
    for case in cases:
        write_source(case.source, folder)
    (folder / "main.c").write_text(_program(cases))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        names = ["main", *(case.source.name for case in cases)]
        list(pool.map(lambda name: _compile([optimize, "-c", f"{name}.c"], folder), names))
        _compile([*(f"{name}.o" for name in names), "-o", "program"], folder)
        return list(pool.map(lambda number, case: _run(number, case, folder), range(len(cases)), cases))


def _compile(arguments: Sequence[str], folder: Path) -> None:
    result = subprocess.run(["gcc", *_FLAGS, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def _run(number: int, case: Case, folder: Path) -> tuple[tuple[bytes, ...], ...] | str:
    """Run one model of the program."""
    result = subprocess.run(
        [str(folder / "program"), str(number), str(len(case.inputs))],
        input=b"".join(value for values in case.inputs for value in values),
        capture_output=True,
        timeout=_SECONDS,
        env=os.environ | _ENVIRONMENT,
        check=False,
    )
    if result.returncode != 0:
        return f"ended with status {result.returncode}: {result.stderr.decode(errors='replace')[:2000]}"
    sizes = [tensor.size_bytes for tensor in case.graph.select(case.graph.outputs)]
    if len(result.stdout) != len(case.inputs) * sum(sizes):
        return f"wrote {len(result.stdout)} bytes instead of {len(case.inputs)} times {sum(sizes)}"
    ends = [sum(sizes[: position + 1]) for position in range(len(sizes))]
    starts = range(0, len(result.stdout), sum(sizes))
    return tuple(
        tuple(result.stdout[at + end - size : at + end] for end, size in zip(ends, sizes, strict=True)) for at in starts
    )


def _program(cases: Sequence[Case]) -> str:
    includes = "".join(f'#include "{case.source.name}.h"\n' for case in cases)
    bodies = "".join(_function(number, case) for number, case in enumerate(cases))
    names = ", ".join(f"run_{number}" for number in range(len(cases)))
    return f"""#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

{includes}
static void get(void *data, size_t bytes)
{{
    if (fread(data, 1, bytes, stdin) != bytes) exit(2);
}}

static void put(const void *data, size_t bytes)
{{
    if (fwrite(data, 1, bytes, stdout) != bytes) exit(3);
}}

{bodies}
static void (*const models[])(void) = {{{names}}};

int main(int count, char **arguments)
{{
    if (count != 3) return 1;
    for (int set = 0; set < atoi(arguments[2]); set++) models[atoi(arguments[1])]();
    return fflush(stdout);
}}
"""


def _function(number: int, case: Case) -> str:
    """The C function that runs the model once, from standard input to standard output."""
    source, rows = case.source, case.source.row_input
    tensors = case.graph.select(case.graph.inputs[1:] if rows else case.graph.inputs)
    outputs = zip(source.output_functions, case.graph.select(case.graph.outputs), strict=True)
    lines = [
        *([f"static uint64_t input[({rows.rows * rows.row_bytes} + 7) / 8];"] if rows else []),
        *([f"get(input, {rows.rows * rows.row_bytes});"] if rows else []),
        *(f"get({each}(), {tensor.size_bytes});" for each, tensor in zip(source.input_functions, tensors, strict=True)),
        *(_push(source, rows) if rows else [f"{source.name}_run();"]),
        *(f"put({each}(), {tensor.size_bytes});" for each, tensor in outputs),
    ]
    return f"static void run_{number}(void)\n{{\n" + "".join(f"    {line}\n" for line in lines) + "}\n\n"


def _push(source: CSource, rows: RowInput) -> list[str]:
    """Each row stands alone in memory of its own size, and is gone after the call."""
    return [
        f"{source.name}_begin();",
        f"for (int row = 0; row < {rows.rows}; row++) {{",
        f"    void *line = malloc({rows.row_bytes});",
        "    if (line == NULL) exit(4);",
        f"    memcpy(line, (char *)input + row * {rows.row_bytes}, {rows.row_bytes});",
        f"    {source.name}_push_row(line);",
        "    free(line);",
        "}",
        f"{source.name}_finish();",
    ]
