"""Firmware -> StackBounds: the worst-case stack of each entry point.

From machine code where it is understood (Arm's Thumb, RISC-V), with the compiler's .su files for what depends on data;
elsewhere from .su files and the branches between functions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lilliput.firmware.code.program import is_decoded, open_program
from lilliput.firmware.elf import Elf
from lilliput.firmware.firmware import Firmware
from lilliput.firmware.ram.bounds import Bound, bounds
from lilliput.firmware.ram.branches import functions_of_branches, sees_pointer_calls
from lilliput.firmware.ram.entries import EntryKind, EntryPoint, find_entries
from lilliput.firmware.ram.floating_point import may_use_floating_point
from lilliput.firmware.ram.functions import FunctionStack, Reason, Unknown
from lilliput.firmware.ram.usage import Usage, read_usages, usage_key
from lilliput.firmware.ram.walk import reachable
from lilliput.progress import Progress, silent

_FRAME_BYTES, _FLOATING_POINT_FRAME_BYTES = 8 * 4, 26 * 4
_FRAME_ALIGNMENT_BYTES = 4
"""What Arm's M profile pushes before a handler runs (Armv7-M Architecture Reference Manual, B1.5.6)."""


@dataclass(frozen=True, slots=True)
class StackBound:
    """The stack of an entry point: what its code takes, and `pushed_bytes` by the processor before that runs.

    Functions are called by their demangled names. Where `exact` is False, something that the stack depends on is not
    known, and `stack_bytes` is what is.
    """

    entry: EntryPoint
    bound: Bound
    pushed_bytes: int

    @property
    def stack_bytes(self) -> int:
        """All that is known to be taken."""
        return self.bound.stack_bytes + self.pushed_bytes

    @property
    def exact(self) -> bool:
        """Whether `stack_bytes` is an upper limit."""
        return not self.bound.unknowns


def worst_case_stacks(
    firmware: Firmware, su_files: Sequence[Path] = (), names: Iterable[str] = (), *, progress: Progress = silent
) -> tuple[StackBound, ...]:
    """The worst-case stack of the reset handler, of each interrupt handler and of the functions called `names`.

    Raises UsageError for names and .su files that do not exist, FirmwareError when the firmware is damaged.
    """
    program = open_program(firmware.elf)
    entries = find_entries(firmware, program, names)
    usages = read_usages(su_files)
    demangled = {each.name: each.demangled for each in firmware.ranges if each.symbol >= 0}
    starts = [entry.address for entry in entries]
    if is_decoded(firmware.elf):
        found = reachable(program, starts, progress)
        functions = {address: _with_usage(_renamed(each, demangled), usages) for address, each in found.items()}
        known = bounds(functions, starts)
    else:
        found = functions_of_branches(program, usages, demangled)
        known = bounds({address: _renamed(each, demangled) for address, each in found.items()}, starts)
        if not sees_pointer_calls(program):
            known = {each.address: _with_pointer_calls(known[each.address], each) for each in entries}
    return tuple(StackBound(each, known[each.address], _pushed_bytes(firmware.elf, each)) for each in entries)


def _renamed(function: FunctionStack, demangled: Mapping[str, str]) -> FunctionStack:
    """`function` called as a person would."""
    name = demangled.get(function.name, function.name)
    unknowns = tuple(replace(each, function=name) for each in function.unknowns)
    return replace(function, name=name, unknowns=unknowns)


def _with_pointer_calls(bound: Bound, entry: EntryPoint) -> Bound:
    """`bound` where any function may call through pointers and nobody looked."""
    return replace(bound, unknowns=(*bound.unknowns, Unknown(Reason.NO_CALLS, entry.name, entry.address)))


def _with_usage(function: FunctionStack, usages: Mapping[str, Usage]) -> FunctionStack:
    """`function` with the compiler's limit for a frame that depends on data."""
    usage = usages.get(usage_key(function.name))
    unknowns = tuple(each for each in function.unknowns if each.reason is not Reason.DATA)
    if usage is None or not usage.bounded or len(unknowns) == len(function.unknowns):
        return function
    frame_bytes = max(function.frame_bytes, usage.stack_bytes)
    return replace(
        function, frame_bytes=frame_bytes, calls=dict.fromkeys(function.calls, frame_bytes), unknowns=unknowns
    )


def _pushed_bytes(elf: Elf, entry: EntryPoint) -> int:
    """What the processor pushes, floating-point registers too where any code may use them."""
    if entry.kind is not EntryKind.INTERRUPT or elf.machine != "arm":
        return 0
    frame_bytes = _FLOATING_POINT_FRAME_BYTES if may_use_floating_point(elf) else _FRAME_BYTES
    return frame_bytes + _FRAME_ALIGNMENT_BYTES
