"""Firmware -> EntryPoints: where the processor begins to run something.

The reset handler, the handlers in vector tables, functions that return from an interrupt, and what the user names: a
task of an operating system, say, which begins on a stack of its own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from lilliput.errors import UsageError
from lilliput.firmware.code.program import Program
from lilliput.firmware.code.spans import Span
from lilliput.firmware.firmware import Firmware


class EntryKind(Enum):
    """Who starts an entry point."""

    RESET = "reset"
    INTERRUPT = "interrupt"
    NAMED = "named"
    """Whoever it is, the user named it."""


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A function that begins at the top of a stack. `causes` are the exceptions that lead there, where a table says."""

    name: str
    address: int
    kind: EntryKind
    causes: tuple[str, ...] = ()


_EXCEPTIONS = {
    1: "Reset",
    2: "NMI",
    3: "HardFault",
    4: "MemManage",
    5: "BusFault",
    6: "UsageFault",
    7: "SecureFault",
    11: "SVCall",
    12: "DebugMonitor",
    14: "PendSV",
    15: "SysTick",
}
"""Exception numbers of Armv6-M to Armv8-M; 16 and up are the chip's interrupts 0 and up."""

_FIRST_INTERRUPT = 16
_MOST_VECTORS = _FIRST_INTERRUPT + 496
_RETURNS = {"riscv": tuple(code.to_bytes(4, "little") for code in (0x30200073, 0x10200073))}
"""The instructions that return from an interrupt: mret, sret."""

_AVR_VECTOR = "__vector_"
_DEFAULT = re.compile("default|bad_interrupt", re.IGNORECASE)


def find_entries(firmware: Firmware, program: Program, names: Iterable[str] = ()) -> tuple[EntryPoint, ...]:
    """The entry points of `firmware`, the reset handler first; `names` are functions by symbol or by demangled name.

    Raises UsageError when no function is called so.
    """
    found: dict[int, EntryPoint] = {}
    named = (_named(firmware, program, name) for name in names)
    for entry in (_reset(program), *_vectors(program), *_returning(program), *named):
        if entry is not None:
            found.setdefault(entry.address, entry)
    return tuple(found.values())


def _reset(program: Program) -> EntryPoint | None:
    """What the processor runs first; on AVR that is a table of jumps, and main stands for it."""
    elf = program.elf
    function = program.function_at(elf.entry & ~1 if elf.machine == "arm" else elf.entry)
    if elf.machine == "avr":
        function = program.function_named("main")
    return EntryPoint(function.name, function.start, EntryKind.RESET) if function else None


def _named(firmware: Firmware, program: Program, name: str) -> EntryPoint:
    function = program.function_named(name)
    if function is None:
        mangled = (each.name for each in firmware.ranges if name in (each.demangled, each.demangled.partition("(")[0]))
        function = next((found for each in mangled if (found := program.function_named(each))), None)
    if function is None:
        advice = "Name it as it stands in the table of symbols, or demangled."
        raise UsageError(f"the firmware has no function {name!r}", firmware.elf.name, advice)
    return EntryPoint(name, function.start, EntryKind.NAMED)


def _vectors(program: Program) -> Iterator[EntryPoint]:
    """The handlers of vector tables, each once with all that leads to it."""
    if program.elf.machine == "avr":
        handlers = (each for each in program.functions if each.name.startswith(_AVR_VECTOR))
        yield from (EntryPoint(_handler_name(each), each.start, EntryKind.INTERRUPT) for each in handlers)
        return
    causes: dict[int, list[str]] = {}
    for table in _vector_tables(program):
        for number, address in _handlers(program, table):
            causes.setdefault(address, []).append(_EXCEPTIONS.get(number, f"interrupt {number - _FIRST_INTERRUPT}"))
    for address, leading in causes.items():
        function = program.function_at(address)
        if function is not None:
            kind = EntryKind.RESET if _EXCEPTIONS[1] in leading else EntryKind.INTERRUPT
            yield EntryPoint(_handler_name(function), address, kind, tuple(dict.fromkeys(leading)))


def _vector_tables(program: Program) -> list[int]:
    """Addresses of what looks like a vector table of Arm's M profile, where sections or named things begin."""
    elf = program.elf
    if elf.machine != "arm" or not elf.little_endian:
        return []
    starts = {section.address for section in program.loaded}
    starts |= {symbol.address for symbol in elf.symbols if "vector" in symbol.name.lower()}
    return sorted(address for address in starts if _is_vector_table(program, address))


def _is_vector_table(program: Program, address: int) -> bool:
    """Whether an initial stack pointer, a reset handler, and handlers of NMI and hard faults stand there."""
    stack = program.word_at(address)
    handlers = [program.word_at(address + 4 * number) for number in (1, 2, 3)]
    return bool(stack) and stack % 4 == 0 and all(word is not None and _is_handler(program, word) for word in handlers)


def _is_handler(program: Program, word: int) -> bool:
    return bool(word & 1) and program.begins_function(word & ~1)


def _handlers(program: Program, table: int) -> Iterator[tuple[int, int]]:
    """Exception numbers and addresses of handlers, until something else stands in the table."""
    end = table + 4 * _MOST_VECTORS
    for symbol in program.elf.symbols:
        if symbol.address == table and symbol.size_bytes:
            end = min(end, table + symbol.size_bytes)
    for address in range(table + 4, end, 4):
        word = program.word_at(address)
        if word and _is_handler(program, word):
            yield (address - table) // 4, word & ~1
        elif word != 0:
            return


def _handler_name(function: Span) -> str:
    """The name of a handler; of a default one, which has a hundred aliases, the one that says so."""
    return next((name for name in function.names if _DEFAULT.search(name)), function.name)


def _returning(program: Program) -> Iterator[EntryPoint]:
    """Functions that return from an interrupt, by their instructions."""
    for code in _RETURNS.get(program.elf.machine, ()):
        for section in program.loaded:
            if section.executable:
                yield from _functions_with(program, bytes(section.data), section.address, code)


def _functions_with(program: Program, content: bytes, start: int, code: bytes) -> Iterator[EntryPoint]:
    position = content.find(code)
    while position >= 0:
        function = program.function_at(start + position)
        if position % 2 == 0 and function is not None:
            yield EntryPoint(function.name, function.start, EntryKind.INTERRUPT)
        position = content.find(code, position + 1)
