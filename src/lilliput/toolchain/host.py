"""CSource -> HostRun: run the generated C in an ordinary program on this machine, under sanitizers when asked."""

import re
import shutil
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from lilliput import targets
from lilliput.codegen.csource import CSource, RowInput
from lilliput.errors import InvariantError, VerificationError
from lilliput.toolchain.build import caller_arena_definition, write_source
from lilliput.toolchain.compiler import (
    COMMON_FLAGS,
    OPTIMIZE_FLAGS,
    TOOLCHAIN_FLAGS,
    Optimize,
    Toolchain,
    compiler_command,
    native_compiler,
    sanitizing_compiler,
)
from lilliput.toolchain.process import attempt, last_lines, run

_SANITIZER_FLAGS = ("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
_VECTORIZING_FLAGS = ("-O3", "-march=native")
_SANITIZER_OPTIONS = {"ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
_HEAD = struct.Struct("<4i")


class TraceRecord(NamedTuple):
    """The bytes of output `output` of node `node`, as they were right after the node had run."""

    node: int
    output: int
    data: bytes


@dataclass(frozen=True, slots=True)
class HostRun:
    """What the program gave.

    `outputs[i][j]` are the bytes of output j for input set i; `traces[i]` what a traced source reported for it,
    in the order of execution.
    """

    outputs: tuple[tuple[bytes, ...], ...]
    traces: tuple[tuple[TraceRecord, ...], ...]


def run_host(
    source: CSource,
    inputs: Sequence[Sequence[bytes]],
    output_sizes: Sequence[int],
    *,
    toolchain: Toolchain,
    optimize: Optimize,
    sanitize: bool = False,
    trace: bool = False,
    fast: bool = False,
) -> HostRun:
    """Run one inference for each set of `inputs`, one after the other in one process.

    With `trace` the source must be a debug build, which calls NAME_trace. With `sanitize` a compiler of this machine,
    with AddressSanitizer and UndefinedBehaviorSanitizer, takes the place of `toolchain` and `optimize`; with `fast` one
    that is told to make the most of this machine's processor, where there is one. Raises
    ToolError when a compiler is missing or fails, VerificationError when the program crashes or a sanitizer stops it.
    """
    if not inputs:
        return HostRun((), ())
    with TemporaryDirectory() as folder:
        work = Path(folder).resolve()
        _write_program(source, [len(value) for value in inputs[0]], output_sizes, work)
        command = _sanitizing() if sanitize else _compiling(toolchain, optimize)
        if fast and not sanitize:
            command = _vectorizing() or command
        run([*command, f"{source.name}.c", "harness/harness.c", "-o", "program"], work)
        if any(len(value) != len(first) for values in inputs for value, first in zip(values, inputs[0], strict=True)):
            raise InvariantError("the sizes of the inputs differ from set to set")
        (work / "inputs.bin").write_bytes(b"".join(value for values in inputs for value in values))
        status, printed = attempt([str(work / "program"), str(len(inputs))], work, _SANITIZER_OPTIONS)
        if status != 0:
            raise VerificationError(_crash(status, printed), f"{source.name}.c on the host", last_lines(printed))
        outputs = _split((work / "outputs.bin").read_bytes(), output_sizes, len(inputs))
        return HostRun(outputs, _traces((work / "trace.bin").read_bytes(), len(inputs)) if trace else ())


def _compiling(toolchain: Toolchain, optimize: Optimize) -> tuple[str, ...]:
    if toolchain == "gcc" and shutil.which("gcc") is None:
        # Only the cross compiler was asked for: any compiler of this machine will do for the host's half.
        return (*native_compiler(), *COMMON_FLAGS, *OPTIMIZE_FLAGS[optimize])
    command = compiler_command(targets.find("host"), toolchain)
    return (*command, *COMMON_FLAGS, *TOOLCHAIN_FLAGS[toolchain], *OPTIMIZE_FLAGS[optimize])


def _vectorizing() -> tuple[str, ...]:
    """The command for the fastest code; empty where only the compiler from pip is there, whose -O2 is its fastest."""
    return () if shutil.which("gcc") is None else ("gcc", *COMMON_FLAGS, *_VECTORIZING_FLAGS)


def _sanitizing() -> tuple[str, ...]:
    return (*sanitizing_compiler(), *COMMON_FLAGS, *_SANITIZER_FLAGS)


def _write_program(source: CSource, input_sizes: Sequence[int], output_sizes: Sequence[int], work: Path) -> None:
    write_source(source, work)
    (work / "harness").mkdir()
    shutil.copyfile(Path(__file__).with_name("harness.c"), work / "harness" / "harness.c")
    argument = "arena" if source.caller_arena else ""

    def calls(functions: Sequence[str], sizes: Sequence[int]) -> str:
        pairs = zip(functions, sizes, strict=True)
        return ", ".join(f"{{{function}({argument}), {size}}}" for function, size in pairs)

    rows = source.row_input
    inputs = "{pushed, sizeof pushed}" if rows else calls(source.input_functions, input_sizes)
    (work / "harness" / "binding.h").write_text(
        f'#include "../{source.name}.h"\n\n{caller_arena_definition(source)}'
        f"{_pushed_rows(source, rows) if rows else ''}"
        f"#define MODEL_INPUTS {inputs}\n"
        f"#define MODEL_OUTPUTS {calls(source.output_functions, output_sizes)}\n"
        f"#define MODEL_RUN {'push_all()' if rows else f'{source.name}_run({argument})'}\n"
        f"#define MODEL_TRACE {source.name}_trace\n",
        encoding="utf-8",
    )


def _pushed_rows(source: CSource, rows: RowInput) -> str:
    """A whole input to read into, and the function that pushes it row by row."""
    name, argument = source.name, "arena" if source.caller_arena else ""
    before = f"{argument}, " if argument else ""
    return (
        f"static unsigned char pushed[{rows.rows * rows.row_bytes}] __attribute__((aligned(8)));\n"
        f"static void push_all(void)\n{{\n    {name}_begin({argument});\n"
        f"    for (int32_t row = 0; row < {rows.rows}; row++)\n"
        f"        {name}_push_row({before}(const void *)(pushed + row * {rows.row_bytes}));\n"
        f"    {name}_finish({argument});\n}}\n"
    )


def _crash(status: int, printed: str) -> str:
    findings = (re.search(r"(AddressSanitizer|runtime error): .*", line) for line in printed.splitlines())
    finding = next(filter(None, findings), None)
    return finding[0] if finding else f"the compiled code ended with status {status}"


def _split(data: bytes, sizes: Sequence[int], sets: int) -> tuple[tuple[bytes, ...], ...]:
    if len(data) != sets * sum(sizes):
        raise InvariantError(f"the program wrote {len(data)} bytes for {sets} times {sum(sizes)}")
    pieces: list[tuple[bytes, ...]] = []
    at = 0
    for _ in range(sets):
        ends = [at := at + size for size in sizes]
        pieces.append(tuple(data[end - size : end] for end, size in zip(ends, sizes, strict=True)))
    return tuple(pieces)


def _traces(data: bytes, sets: int) -> tuple[tuple[TraceRecord, ...], ...]:
    traces: list[list[TraceRecord]] = [[] for _ in range(sets)]
    for number, record in _records(data):
        traces[number].append(record)
    return tuple(map(tuple, traces))


def _records(data: bytes) -> Iterator[tuple[int, TraceRecord]]:
    at = 0
    while at < len(data):
        number, node, output, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size + size
        yield number, TraceRecord(node, output, data[at - size : at])
