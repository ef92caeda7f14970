"""A C program that feeds nodes row by row, under sanitizers, and compares what they write with what is expected."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import lilliput
from lilliput.codegen.constants import array, integer, real
from lilliput.ir import Graph
from lilliput.operators.operator import Constant, Parameter, RowCall, RowStyle, Window
from lilliput.toolchain.compiler import sanitizing_compiler
from lilliput.toolchain.process import attempt, run

_PACKAGE = Path(lilliput.__file__).parent
_FLAGS = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
_START = """
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void *garbage(size_t bytes)
{
    uint8_t *memory = malloc(bytes);
    for (size_t i = 0; i < bytes; i++)
        memory[i] = (uint8_t)(0xa5 + 7 * i);
    return memory;
}

static void expect(const void *actual, const void *expected, size_t bytes, const char *name, int32_t row)
{
    for (size_t i = 0; i < bytes; i++) {
        if (((const int8_t *)actual)[i] != ((const int8_t *)expected)[i]) {
            printf("%s: step %d differs from byte %zu on\\n", name, (int)row, i);
            exit(1);
        }
    }
}
"""
_STEP = """
    for (int32_t step = 0; step < {steps}; step++) {{
        {feed}
        {call};
        {check}
    }}
"""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A node's row call with the bytes of its inputs and of its whole output."""

    name: str
    graph: Graph
    call: RowCall
    inputs: tuple[bytes, ...]
    expected: bytes


def run_program(cases: Sequence[Case], folder: Path) -> str:
    """Feed every case through rings of all sizes; returns the first complaint, empty when there is none."""
    sources = dict.fromkeys(case.call.source for case in cases)
    functions = [line for number, case in enumerate(cases) for line in _functions(number, case)]
    calls = "\n".join(f"    {name}();" for name in _names(cases))
    includes = "\n".join(f'#include "{_PACKAGE / source}"' for source in sources)
    text = "\n".join([_START, includes, *functions, f"int main(void)\n{{\n{calls}\n    return 0;\n}}\n"])
    (folder / "rows.c").write_text(text, encoding="utf-8")
    run([*sanitizing_compiler(), *_FLAGS, f"-I{_PACKAGE / 'runtime'}", "rows.c", "-o", "rows"], folder)
    status, printed = attempt([str(folder / "rows")], folder)
    return printed if status else ""


def ring_sizes(case: Case) -> tuple[int, ...]:
    """The smallest ring that holds every window, one row more, and all rows."""
    height = case.graph.tensors[case.call.inputs[0]].shape[1]
    if case.call.style is not RowStyle.WINDOW:
        return (1,)
    (window,) = case.call.windows
    starts = [step * window.stride // window.divisor + window.first for step in range(case.call.steps)]
    most = max(1, *(min(start + window.extent, height) - max(start, 0) for start in starts))
    return tuple(dict.fromkeys((most, min(most + 1, height), height)))


def _names(cases: Iterable[Case]) -> Iterator[str]:
    return (f"case_{number}_{rows}" for number, case in enumerate(cases) for rows in ring_sizes(case))


def _functions(number: int, case: Case) -> Iterator[str]:
    """The constants of a case and a function for each size of its ring."""
    call, prefix = case.call, f"case_{number}"
    constants = {name: value for name, value in call.parameters.items() if isinstance(value, Constant)}
    for name, constant in constants.items():
        yield array(f"{prefix}_{name.replace('.', '_')}", constant.values)
    for position, data in enumerate((*call.inputs, call.output)):
        dtype = case.graph.tensors[data].dtype.numpy
        values = np.frombuffer((*case.inputs, case.expected)[position], dtype)
        yield array(f"{prefix}_data_{position}", values)
    for rows in ring_sizes(case):
        own = {"input_rows": rows} if call.style is RowStyle.WINDOW else {}
        lines = "\n".join(fields(prefix, {**call.parameters, **own}))
        body = "".join(_body(prefix, case, rows))
        yield f"static void {prefix}_{rows}(void)\n{{"
        yield f"    static const struct {call.structure} node = {{\n{lines}\n    }};\n{body}}}\n"


def fields(prefix: str, parameters: Mapping[str, Parameter]) -> Iterator[str]:
    for name, value in parameters.items():
        if isinstance(value, Constant):
            text = f"{prefix}_{name.replace('.', '_')}"
        elif isinstance(value, float):
            text = real(value)
        elif isinstance(value, int):
            text = integer(value)
        else:
            text = "{" + ", ".join(map(integer, value)) + "}"
        yield f"        .{name} = {text},"


def _body(prefix: str, case: Case, rows: int) -> Iterator[str]:
    """Rings and outputs lie on the heap, exactly as large as they are, so that sanitizers see what lies beside."""
    call, count = case.call, len(case.call.inputs)
    heights = [case.graph.tensors[index].shape[1] for index in call.inputs]
    row_bytes = [len(data) // height for data, height in zip(case.inputs, heights, strict=True)]
    whole = call.style is RowStyle.REDUCTION
    output_bytes = len(case.expected) if whole else len(case.expected) // call.steps
    for position in range(count):
        yield f"    int32_t filled_{position} = 0;\n"
        yield f"    int8_t *ring_{position} = garbage({rows * row_bytes[position]});\n"
    yield f"    void *sums = garbage({call.sums_bytes + 1});\n    void *output = garbage({output_bytes});"
    feeds = (
        feed(f"{prefix}_data_{position}", position, call.windows[position], heights[position], size, rows)
        for position, size in enumerate(row_bytes)
    )
    arguments = {
        RowStyle.WINDOW: "&node, ring_0, step, output",
        RowStyle.POINTWISE: ", ".join(["&node", *(f"(void *)ring_{position}" for position in range(count)), "output"]),
        RowStyle.REDUCTION: "&node, ring_0, step, sums, output",
    }[call.style]
    place = "0" if whole else f"step * {output_bytes}"
    expected, name = f"(const int8_t *){prefix}_data_{count} + {place}", f'"{case.name}, ring of {rows}"'
    check = f"expect(output, {expected}, {output_bytes}, {name}, step);"
    if whole:
        check = f"if (step == {call.steps - 1})\n            {check}"
    yield _STEP.format(steps=call.steps, feed="".join(feeds), call=f"{call.kernel}({arguments})", check=check)
    for memory in ("sums", "output", *(f"ring_{position}" for position in range(count))):
        yield f"    free({memory});\n"


def feed(data: str, position: int, window: Window, height: int, row_bytes: int, rows: int) -> str:
    """Put the input's rows up to the window's end into the ring."""
    end = f"step * {window.stride} / {window.divisor} + ({window.first + window.extent})"
    filled = f"filled_{position}"
    return (
        f"for (; {filled} < {end} && {filled} < {height}; {filled}++)\n"
        f"            for (int32_t i = 0; i < {row_bytes}; i++)\n"
        f"                ring_{position}[{filled} % {rows} * {row_bytes} + i] ="
        f" ((const int8_t *){data})[{filled} * {row_bytes} + i];\n        "
    )
