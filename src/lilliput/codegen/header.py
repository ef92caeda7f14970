"""The public interface: NAME.h and example_main.c."""

from dataclasses import dataclass

from lilliput.ir import Graph, Tensor
from lilliput.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Buffer:
    """An input or output of the model in C: its function, the prefix of its macros and its tensor."""

    function: str
    macro: str
    tensor: int
    is_input: bool

    def declaration(self, graph: Graph, arguments: str) -> str:
        """The function's prototype without semicolon."""
        constant = "" if self.is_input else "const "
        return f"{constant}{graph.tensors[self.tensor].dtype.c_name} *{self.function}({arguments})"


def buffers(graph: Graph, name: str, *, input_by_rows: bool = False) -> tuple[Buffer, ...]:
    """All inputs that lie in memory, then all outputs; numbered where there are several of a kind."""
    result: list[Buffer] = []
    for role, tensors in (("input", () if input_by_rows else graph.inputs), ("output", graph.outputs)):
        for position, tensor in enumerate(tensors):
            number = f"_{position}" if len(tensors) > 1 else ""
            macro = f"{name}_{role}{number}".upper()
            result.append(Buffer(f"{name}_{role}{number}", macro, tensor, role == "input"))
    return tuple(result)


def header(graph: Graph, plan: Plan, name: str, banner: str, *, caller_arena: bool) -> str:
    """NAME.h: sizes, shapes and quantisation as constants, and the functions."""
    guard, macro = f"{name.upper()}_H", name.upper()
    arguments = "void *arena" if caller_arena else "void"
    lines = [banner, f"#ifndef {guard}", f"#define {guard}", "", "#include <stdint.h>", ""]
    lines += ["#ifdef __cplusplus", 'extern "C" {', "#endif", ""]
    owner = "that the caller provides" if caller_arena else "inside the library, static"
    lines += [f"/* Working memory {owner}; inputs and outputs lie in it. */"]
    lines += [f"#define {macro}_ARENA_BYTES {plan.arena_bytes}"]
    lines += [f"#define {macro}_ARENA_ALIGNMENT {plan.alignment_bytes}", ""]
    for buffer in buffers(graph, name, input_by_rows=plan.input_by_rows):
        lines += [*_describe(graph.tensors[buffer.tensor], buffer), buffer.declaration(graph, arguments) + ";", ""]
    if plan.input_by_rows:
        lines += _push_functions(graph.tensors[graph.inputs[0]], name, arguments)
    else:
        lines += [
            "/* One inference: reads the inputs, which it may overwrite, and leaves the outputs until the next. */"
        ]
        lines += [f"void {name}_run({arguments});", ""]
    lines += ["#ifdef __cplusplus", "}", "#endif", "", "#endif"]
    return "\n".join(lines) + "\n"


def _push_functions(tensor: Tensor, name: str, arguments: str) -> list[str]:
    rows = tensor.shape[1]
    lines = [*_describe(tensor, Buffer("", f"{name}_input".upper(), 0, is_input=True))]
    lines += [f"#define {name.upper()}_INPUT_ROWS {rows}"]
    lines += [f"#define {name.upper()}_INPUT_ROW_BYTES {tensor.size_bytes // rows}"]
    lines += [f"#define {name.upper()}_INPUT_ROW_ELEMENTS {tensor.elements // rows}", ""]
    first = "void *arena, " if arguments != "void" else ""
    return [
        *lines,
        "/* One inference: begin, push all rows of the input in order, finish. A pushed row is copied. */",
        f"void {name}_begin({arguments});",
        f"void {name}_push_row({first}const {tensor.dtype.c_name} *row);",
        f"void {name}_finish({arguments});",
        "",
    ]


def _describe(tensor: Tensor, buffer: Buffer) -> list[str]:
    shape = ", ".join(map(str, tensor.shape))
    role = "Input" if buffer.is_input else "Output"
    lines = [f"/* {role} {comment(tensor.name)}: {tensor.dtype.c_name} [{shape}]. */"]
    lines += [f"#define {buffer.macro}_BYTES {tensor.size_bytes}", f"#define {buffer.macro}_ELEMENTS {tensor.elements}"]
    quantized = tensor.quantization
    if quantized is not None and quantized.per_tensor:
        lines += [f"#define {buffer.macro}_SCALE {_decimal(quantized.scale)}"]
        lines += [f"#define {buffer.macro}_ZERO_POINT ({quantized.zero_point})"]
    return lines


def _decimal(value: float) -> str:
    """A float32 literal that C++ has as well, unlike hexadecimal ones; nine digits tell all float32 numbers apart."""
    digits = f"{value:.9g}"
    return digits + ("f" if set(digits) & set(".e") else ".0f")


def arena_definition(size: str, alignment_bytes: int) -> str:
    """Define `arena` with `size` bytes (an expression), aligned as its tensors need it."""
    if alignment_bytes == 1:
        return f"static int8_t arena[{size}];"
    members = f"    int8_t bytes[{size}];\n    int{8 * alignment_bytes}_t alignment;"
    return f"static union {{\n{members}\n}} arena;"


def comment(text: str) -> str:
    """Quote text from the model file so that it can stand in a C comment, on one line."""
    safe = "".join(c if c.isprintable() and c.isascii() else "?" for c in text[:80]).replace("\\", "/")
    return '"' + safe.replace("*/", "* /").replace("/*", "/ *") + '"'


def example_main(graph: Graph, plan: Plan, name: str, *, caller_arena: bool) -> str:
    """example_main.c: one inference, to be adapted."""
    io = buffers(graph, name, input_by_rows=plan.input_by_rows)
    ins, outs = ([buffer for buffer in io if buffer.is_input is wanted] for wanted in (True, False))
    macro = name.upper()
    lines = [f"/* How to use {name}.h: fill the input, run, read the output. Adapt it to your application. */"]
    lines += [f'#include "{name}.h"', ""]
    argument = ""
    if caller_arena:
        lines += ["/* The memory may be shared with other uses between inferences. */"]
        lines += [arena_definition(f"{macro}_ARENA_BYTES", plan.alignment_bytes), ""]
        argument = "&arena"
    lines += ["int main(void)", "{"]
    for position, buffer in enumerate(ins):
        kind = graph.tensors[buffer.tensor].dtype.c_name
        lines += [f"    {kind} *input_{position} = {buffer.function}({argument});"]
        lines += [f"    for (int32_t i = 0; i < {buffer.macro}_ELEMENTS; i++)"]
        lines += [f"        input_{position}[i] = 0; /* your sensor's values here */"]
    if plan.input_by_rows:
        kind, first = graph.tensors[graph.inputs[0]].dtype.c_name, f"{argument}, " if argument else ""
        lines += [f"    {name}_begin({argument});", f"    for (int32_t row = 0; row < {macro}_INPUT_ROWS; row++) {{"]
        lines += [
            f"        static {kind} line[{macro}_INPUT_ROW_ELEMENTS]; /* your camera's or sensor's next row here */"
        ]
        lines += [f"        {name}_push_row({first}line);", "    }", f"    {name}_finish({argument});", ""]
    else:
        lines += ["", f"    {name}_run({argument});", ""]
    for position, buffer in enumerate(outs):
        kind = graph.tensors[buffer.tensor].dtype.c_name
        lines += [f"    const {kind} *output_{position} = {buffer.function}({argument});"]
        lines += [f"    {kind} first_{position} = output_{position}[0]; /* your use of the result here */"]
        lines += [f"    (void)first_{position};"]
    return "\n".join([*lines, "    return 0;", "}"]) + "\n"
