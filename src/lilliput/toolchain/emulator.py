"""Image -> Run: execute the flashed bytes on an emulated processor, from reset through inferences."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.codegen.csource import CSource, RowInput
from lilliput.targets import LINE_BUFFER, Architecture
from lilliput.toolchain.counter import NO_OWNER, Counter, attach
from lilliput.toolchain.image import Executions, Image, Run
from lilliput.toolchain.machine import Machine, boot, call, look_up, lowest_touched, proceed
from lilliput.toolchain.markers import FIRST_NODE, node_markers

# The halfwords of an instruction, which its first one tells (ARMv7-M manual, A5.1; RISC-V manual, "Base Instruction-
# Length Encoding").
_WIDTHS: Mapping[Architecture, Callable[[NDArray[np.uint16]], NDArray[np.integer[Any]]]] = {
    Architecture.ARM: lambda first: np.where(first >> 11 >= 0b11101, 2, 1),
    Architecture.RISCV: lambda first: np.where(first & 0b11 == 0b11, 2, 1),
}

INSTRUCTION_LIMIT = 20_000_000_000
"""An inference that takes longer, on any chip, is taken for an endless loop."""


def emulate(
    image: Image,
    inputs: Sequence[Sequence[bytes]],
    output_sizes: Sequence[int],
    *,
    progress: Callable[[int, int], None] | None = None,
    instruction_limit: int = INSTRUCTION_LIMIT,
    by_address: bool = False,
) -> Run:
    """Run set-up once and then one inference for each set of `inputs`, whose item j are the bytes of input j.

    `output_sizes[j]` are the bytes of output j. `progress` is called with the sets done and all sets. Raises ToolError
    when Unicorn is missing, or when the program faults or exceeds `instruction_limit` instructions in an inference.
    With `by_address` the result has `executions`.
    """
    machine = boot(image)
    source = image.source
    counter = _counter(image, machine, instruction_limit, by_address)
    attach(machine.engine, counter)
    proceed(machine, machine.symbol(f"{source.name}_{'begin' if source.row_input else 'run'}"))
    arena = (machine.symbol("arena"),) if source.caller_arena else ()
    input_addresses, output_addresses = (
        [look_up(machine, machine.symbol(name), arena) for name in functions]
        for functions in (source.input_functions, source.output_functions)
    )
    entry = machine.engine.context_save()
    outputs: list[tuple[bytes, ...]] = []
    node_instructions: dict[int | None, int] = {None: 0}
    executions: Executions | None = None
    for done, values in enumerate(inputs):
        machine.engine.context_restore(entry)
        counter.restart()
        if source.row_input is None:
            for address, value in zip(input_addresses, values, strict=True):
                machine.engine.mem_write(address, value)
            call(machine, machine.symbol(f"{source.name}_run"), arena)
        else:
            _push(machine, source, source.row_input, values[0], arena)
        outputs.append(_read(machine, output_addresses, output_sizes))
        if done == 0:
            node_instructions = _by_node(counter)
            executions = _executions(counter) if by_address else None
        if progress is not None:
            progress(done + 1, len(inputs))
    stack_end = min(counter.lowest_stack_pointer, lowest_touched(machine))
    stack_bytes = machine.initial_stack_pointer - stack_end
    return Run(tuple(outputs), sum(node_instructions.values()), node_instructions, stack_bytes, executions)


def _push(machine: Machine, source: CSource, rows: RowInput, value: bytes, arena: tuple[int, ...]) -> None:
    """One inference on an input that arrives row by row in a line buffer."""
    call(machine, machine.symbol(f"{source.name}_begin"), arena)
    for start in range(0, rows.rows * rows.row_bytes, rows.row_bytes):
        machine.engine.mem_write(LINE_BUFFER, value[start : start + rows.row_bytes])
        call(machine, machine.symbol(f"{source.name}_push_row"), (*arena, LINE_BUFFER))
    call(machine, machine.symbol(f"{source.name}_finish"), arena)


def _executions(counter: Counter) -> Executions:
    by_node = {
        marker - FIRST_NODE: counter.executions[marker].copy() for marker in range(FIRST_NODE, len(counter.counts))
    }
    nobody = counter.executions[: NO_OWNER + 1].sum(axis=0, dtype=np.uint32)
    return Executions(counter.first_address, {None: nobody, **by_node}, counter.jumps.copy())


def _counter(image: Image, machine: Machine, limit: int, by_address: bool) -> Counter:
    markers = node_markers(image)
    halfwords = np.frombuffer(image.binary.ljust(2 * len(markers), b"\0"), "<u2")
    widths = _WIDTHS[image.target.architecture](halfwords).astype(np.uint8)
    progress = image.source.progress
    owners = () if progress is None else progress.owners
    return Counter(
        markers,
        widths,
        image.target.flash_origin,
        machine.registers.stack_pointer,
        limit,
        step_owners=np.array([0 if owner is None else FIRST_NODE + owner for owner in owners], np.uint16),
        steps_address=0 if progress is None else machine.symbol("arena") + progress.offset_bytes,
        by_address=by_address,
    )


def _read(machine: Machine, addresses: Sequence[int], sizes: Sequence[int]) -> tuple[bytes, ...]:
    return tuple(bytes(machine.engine.mem_read(address, size)) for address, size in zip(addresses, sizes, strict=True))


def _by_node(counter: Counter) -> dict[int | None, int]:
    counts: dict[int | None, int] = {None: int(counter.counts[: NO_OWNER + 1].sum())}
    for marker in range(FIRST_NODE, len(counter.counts)):
        counts[marker - FIRST_NODE] = int(counter.counts[marker])
    return counts
