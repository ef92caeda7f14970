"""Image + how often each instruction was executed -> an estimate of the cycles, by the manual of the core."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.profiling.timings import TIMINGS, Cycles, Timing
from lilliput.toolchain.image import Executions, Image

_WIDE_PREFIX = 0b11101
"""The top five bits of the first halfword of a Thumb instruction of four bytes are this or more (Armv7-M, A5.1)."""
_LISTS = ("ldm", "stm", "push", "pop", "ldrd", "strd")
_CALLS = ("bl", "blx")


@dataclass(frozen=True, slots=True)
class CycleEstimate:
    """Cycles of an inference: the `fewest` and the `most` that the timings of the manual allow."""

    fewest: int
    most: int


@dataclass(frozen=True, slots=True)
class _Instruction:
    place: int
    mnemonic: str
    operands: str
    halfwords: int


def estimate_cycles(image: Image, executions: Executions) -> CycleEstimate | None:
    """The estimate, None for cores whose manuals do not tell."""
    timing = TIMINGS.get(image.target.name)
    if timing is None:
        return None
    counts = executions.total
    fewest = most = 0
    follows_transfer = False
    end = -1
    for each in _instructions(image, counts):
        is_transfer = _is_transfer(each.mnemonic)
        after_transfer = follows_transfer and each.place == end
        cycles = _cycles(timing, each, pipelined=after_transfer and is_transfer)
        executed, jumped = int(counts[each.place]), int(executions.jumps[each.place])
        refill = _refill(timing, each)
        fewest += executed * cycles.fewest + jumped * refill.fewest
        most += executed * cycles.most + jumped * refill.most
        follows_transfer, end = is_transfer, each.place + each.halfwords
    return CycleEstimate(fewest, most)


def _instructions(image: Image, counts: NDArray[np.uint64]) -> Iterator[_Instruction]:
    """The executed instructions in the order of their addresses."""
    from capstone import CS_ARCH_ARM, CS_MODE_MCLASS, CS_MODE_THUMB, CS_MODE_V8, Cs

    machine = Cs(CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_MCLASS | CS_MODE_V8)
    for place in np.flatnonzero(counts).tolist():
        code = image.binary[2 * place : 2 * place + 4]
        halfwords = 2 if code[1] >> 3 >= _WIDE_PREFIX else 1
        found = next(iter(machine.disasm_lite(code[: 2 * halfwords], 2 * place, 1)), None)
        mnemonic, operands = ("", "") if found is None else (str(found[2]), str(found[3]))
        yield _Instruction(place, mnemonic.partition(".")[0], operands, halfwords)


def _cycles(timing: Timing, instruction: _Instruction, *, pipelined: bool) -> Cycles:
    mnemonic = instruction.mnemonic
    if mnemonic.startswith(_LISTS):
        return Cycles.exactly(1 + _registers(instruction))
    if _is_transfer(mnemonic):
        return Cycles.exactly(1) if pipelined and timing.pipelines else timing.transfer
    return next((cycles for pattern, cycles in timing.multiply if pattern.match(mnemonic)), Cycles.exactly(1))


def _refill(timing: Timing, instruction: _Instruction) -> Cycles:
    if instruction.mnemonic.startswith("pop"):
        return timing.pop_jump
    return timing.call_refill if instruction.mnemonic in _CALLS else timing.refill


def _is_transfer(mnemonic: str) -> bool:
    """Whether it loads or stores one register."""
    return mnemonic.startswith(("ldr", "str")) and not mnemonic.startswith(_LISTS)


def _registers(instruction: _Instruction) -> int:
    """How many registers a list has; the operands show each of them."""
    if instruction.mnemonic.startswith(("ldrd", "strd")):
        return 2
    return instruction.operands.partition("{")[2].count(",") + 1
