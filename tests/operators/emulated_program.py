"""An image that feeds nodes row by row on an emulated core, and compares what they write with what is expected."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lilliput import targets
from lilliput.codegen import CSource
from lilliput.codegen.constants import array
from lilliput.codegen.kernels import closure
from lilliput.operators.operator import Constant, Operator, RowStyle
from lilliput.toolchain import build_image
from lilliput.toolchain.compiler import Optimize, Toolchain
from lilliput.toolchain.machine import boot, look_up
from tests.operators.row_program import Case, feed, fields, ring_sizes

_NAME = "cases"
_GUARD_BYTES = 32
_MEMORY = """#include <stdint.h>
#include <stddef.h>
#include "cases.h"

static uint32_t memory[{words}];
static uint32_t used;

/* Aligned memory with room before and behind it. */
static void *allocate(uint32_t bytes)
{{
    uint8_t *start = (uint8_t *)memory + used + {guard};
    used += (bytes + 2 * {guard} + 3) & ~3u;
    return start;
}}

static void spoil(uint8_t *first, uint32_t bytes)
{{
    for (uint8_t *each = first; each != first + bytes; each++)
        *each = (uint8_t)(0xa5 + 7 * (uintptr_t)each);
}}

static int32_t is_spoilt(const uint8_t *first, uint32_t bytes)
{{
    for (const uint8_t *each = first; each != first + bytes; each++)
        if (*each != (uint8_t)(0xa5 + 7 * (uintptr_t)each))
            return 0;
    return 1;
}}

static int32_t same(const void *actual, const void *expected, uint32_t bytes)
{{
    for (uint32_t i = 0; i < bytes; i++)
        if (((const int8_t *)actual)[i] != ((const int8_t *)expected)[i])
            return 0;
    return 1;
}}

void cases_run(void)
{{
}}
"""
_STEP = """
    for (int32_t step = 0; step < {steps}; step++) {{
        {feed}spoil(output - {guard_bytes}, {output_bytes} + 2 * {guard_bytes});
        spoil(scratch - {guard_bytes}, {scratch_bytes} + 2 * {guard_bytes});
        {call};
        if ({check}!is_spoilt(output - {guard_bytes}, {guard_bytes})
            || !is_spoilt(output + {output_bytes}, {guard_bytes})
            || !is_spoilt(scratch - {guard_bytes}, {guard_bytes})
            || !is_spoilt(scratch + {scratch_bytes}, {guard_bytes}))
            return step + 1;
    }}
    return 0;
}}
"""


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """A case and the implementation that computes it."""

    case: Case
    operator: Operator


def complaints(
    variants: Sequence[Variant], folder: Path, *, toolchain: Toolchain = "zig", optimize: Optimize = "speed"
) -> list[str]:
    """Run every case with rings of all sizes on a Cortex-M4; which of them differ, or write where they must not."""
    names = [f"case_{number}_{rows}" for number, each in enumerate(variants) for rows in ring_sizes(each.case)]
    prototypes = "\n".join(f"int32_t {name}(void);" for name in names)
    sources = closure(dict.fromkeys(each.case.call.source for each in variants))
    kernels = "\n\n".join(file.body for file in sources)
    functions = [text for number, each in enumerate(variants) for text in _functions(number, each)]
    memory = _MEMORY.format(words=_words(variants), guard=_GUARD_BYTES)
    source = CSource(
        name=_NAME,
        header=f"#include <stdint.h>\nvoid cases_run(void);\n{prototypes}\n",
        source="\n\n".join((memory, kernels, *functions)),
        example_main="",
        symbols={},
        lines=(),
        input_functions=tuple(names),
        output_functions=(),
        caller_arena=False,
    )
    image = build_image(source, targets.find("cortex-m4"), toolchain=toolchain, optimize=optimize, directory=folder)
    machine = boot(image)
    found: list[str] = []
    for name in names:
        step = look_up(machine, machine.symbol(name), ())
        if step:
            number = int(name.split("_")[1])
            found.append(f"{variants[number].case.name}, ring of {name.split('_')[2]}: step {step - 1}")
    return found


def _words(variants: Sequence[Variant]) -> int:
    sizes = (
        sum(map(len, each.case.inputs))
        + len(each.case.expected)
        + each.case.call.scratch_bytes
        + each.case.call.sums_bytes
        for each in variants
    )
    return max(sizes) // 4 + 20 * (_GUARD_BYTES // 4 + 1)


def _functions(number: int, variant: Variant) -> Iterator[str]:
    """The constants of a case and a function for each size of its ring."""
    case, prefix = variant.case, f"case_{number}"
    for name, value in case.call.parameters.items():
        if isinstance(value, Constant):
            yield array(f"{prefix}_{name.replace('.', '_')}", value.values)
    for position, data in enumerate((*case.inputs, case.expected)):
        yield array(f"{prefix}_data_{position}", np.frombuffer(data, np.int8))
    for rows in ring_sizes(case):
        own = {"input_rows": rows} if case.call.style is RowStyle.WINDOW else {}
        lines = "\n".join(fields(prefix, {**case.call.parameters, **own}))
        yield (
            f"int32_t {prefix}_{rows}(void)\n{{\n"
            f"    static const struct {case.call.structure} node = {{\n{lines}\n    }};\n"
            + "".join(_body(prefix, case, rows))
        )


def _body(prefix: str, case: Case, rows: int) -> Iterator[str]:
    call, count = case.call, len(case.call.inputs)
    heights = [case.graph.tensors[index].shape[1] for index in call.inputs]
    row_bytes = [len(data) // height for data, height in zip(case.inputs, heights, strict=True)]
    whole = call.style is RowStyle.REDUCTION
    output_bytes = len(case.expected) if whole else len(case.expected) // call.steps
    yield "    used = 0;\n"
    for position in range(count):
        yield f"    int32_t filled_{position} = 0;\n"
        yield f"    int8_t *ring_{position} = allocate({rows * row_bytes[position]});\n"
    yield f"    void *sums = allocate({call.sums_bytes});\n    uint8_t *scratch = allocate({call.scratch_bytes});\n"
    yield f"    uint8_t *output = allocate({output_bytes});\n    (void)sums;\n"
    feeds = "".join(
        feed(f"{prefix}_data_{position}", position, call.windows[position], heights[position], size, rows)
        for position, size in enumerate(row_bytes)
    )
    arguments = {
        RowStyle.WINDOW: "&node, ring_0, step, (void *)output",
        RowStyle.POINTWISE: ", ".join(
            ["&node", *(f"(void *)ring_{position}" for position in range(count)), "(void *)output"]
        ),
        RowStyle.REDUCTION: "&node, ring_0, step, sums, (void *)output",
    }[call.style]
    if call.scratch_bytes:
        arguments += ", scratch"
    place = "0" if whole else f"step * {output_bytes}"
    check = f"!same(output, (const int8_t *){prefix}_data_{count} + {place}, {output_bytes}) || "
    if whole:
        check = f"(step == {call.steps - 1} && {check[:-4]}) || "
    yield _STEP.format(
        steps=call.steps,
        feed=feeds,
        call=f"{call.kernel}({arguments})",
        check=check,
        guard_bytes=_GUARD_BYTES,
        output_bytes=output_bytes,
        scratch_bytes=call.scratch_bytes,
    )
