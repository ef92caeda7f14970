"""Program -> FunctionStacks where machine code is not followed: calls are branches, frames are the compiler's."""

from collections.abc import Mapping

import numpy as np

from lilliput.firmware.code.program import Program
from lilliput.firmware.code.spans import Span
from lilliput.firmware.ram.functions import FunctionStack, Reason, Unknown
from lilliput.firmware.ram.usage import Usage, usage_key
from lilliput.firmware.references.mentions import Kind
from lilliput.firmware.references.relocations import relocated
from lilliput.firmware.references.scanning import scan

_POINTER_CALLS = {"avr": {code.to_bytes(2, "little") for code in (0x9509, 0x9519)}}
"""The instructions that call through a pointer: icall, eicall."""


def functions_of_branches(
    program: Program, usages: Mapping[str, Usage], demangled: Mapping[str, str]
) -> dict[int, FunctionStack]:
    """Every function with what it branches to. `demangled` are names by symbol, `usages` what the compiler said."""
    calls = _calls(program)
    found: dict[int, FunctionStack] = {}
    for function in program.functions:
        usage = usages.get(usage_key(demangled.get(function.name, function.name)))
        frame_bytes = usage.stack_bytes if usage else 0
        reasons = _reasons(program, function, usage)
        unknowns = tuple(Unknown(reason, function.name, function.start) for reason in reasons)
        callees = dict.fromkeys(calls.get(function.start, ()), frame_bytes)
        found[function.start] = FunctionStack(function.name, frame_bytes, callees, unknowns)
    return found


def sees_pointer_calls(program: Program) -> bool:
    """Whether calls through pointers are noted on this machine."""
    return program.elf.machine in _POINTER_CALLS


def _calls(program: Program) -> dict[int, set[int]]:
    """The functions that each function branches to; to its own beginning may be a loop, but counts as a call.

    A jump to where the program begins is a restart and calls nothing.
    """
    beginning = program.function_at(program.elf.entry)
    mentions = relocated(program.elf, scan(program.elf))
    branches = mentions.where(mentions.kinds == Kind.BRANCH)
    calls: dict[int, set[int]] = {}
    for site, target in np.stack([branches.sites, branches.targets], axis=1).tolist():
        caller, callee = program.function_at(site), program.function_at(target)
        if caller and callee and callee != beginning and (callee != caller or target == callee.start):
            calls.setdefault(caller.start, set()).add(callee.start)
    return calls


def _reasons(program: Program, function: Span, usage: Usage | None) -> list[Reason]:
    reasons: list[Reason] = []
    if usage is None:
        reasons.append(Reason.NO_FRAME)
    elif not usage.bounded:
        reasons.append(Reason.DATA)
    pointer_calls = _POINTER_CALLS.get(program.elf.machine, set())
    code = program.bytes_at(function.start, function.end - function.start)
    if pointer_calls and any(code[position : position + 2] in pointer_calls for position in range(0, len(code), 2)):
        reasons.append(Reason.POINTER_CALL)
    return reasons
