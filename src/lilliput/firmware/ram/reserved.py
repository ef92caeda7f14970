"""Firmware -> Reserved: RAM that is set aside for heaps and stacks, by the names that linker scripts and systems use.

The names are those of newlib, CMSIS, STM32Cube, SEGGER, RISC-V runtimes, Zephyr, FreeRTOS, ESP-IDF and Mbed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from lilliput.firmware.elf import NO_SECTION, SymbolKind
from lilliput.firmware.firmware import Firmware


class Purpose(Enum):
    """What reserved memory is for."""

    HEAP = "heap"
    STACK = "stack"
    HEAP_AND_STACK = "heap and stack"


@dataclass(frozen=True, slots=True)
class Reserved:
    """Memory for a heap or a stack. `name` is the section, object or pair of symbols that says so.

    `address` is None where only a size is known. `static_bytes` of it are in the firmware's static RAM already.
    """

    purpose: Purpose
    name: str
    address: int | None
    size_bytes: int
    static_bytes: int


_LIMITS = {
    Purpose.HEAP: (
        ("__HeapBase", "__HeapLimit"),
        ("__end__", "__HeapLimit"),
        ("_heap_start", "_heap_end"),
        ("__heap_start", "__heap_end"),
        ("__heap_start__", "__heap_end__"),
        ("heap_start", "heap_end"),
        ("_sheap", "_eheap"),
    ),
    Purpose.STACK: (
        ("__StackLimit", "__StackTop"),
        ("__stack_limit", "__stack"),
        ("__stack_start__", "__stack_end__"),
        ("__stack_bottom", "__stack_top"),
        ("_stack_bottom", "_stack_top"),
        ("stack_bottom", "stack_top"),
        ("_sstack", "_estack"),
        ("_stack_end", "_stack_start"),
    ),
}
"""Symbols at the ends of a reserved area, the lower first."""

_SIZES = {
    Purpose.HEAP: ("_Min_Heap_Size", "__HEAP_SIZE", "__heap_size__", "__heap_size", "_HEAP_SIZE", "_heap_size"),
    Purpose.STACK: ("_Min_Stack_Size", "__STACK_SIZE", "__stack_size__", "__stack_size", "_STACK_SIZE", "_stack_size"),
}
"""Absolute symbols whose value is the size of a reserved area."""

_SECTIONS = {
    Purpose.HEAP_AND_STACK: re.compile(r".*heap.*stack.*|.*stack.*heap.*"),
    Purpose.HEAP: re.compile(r"\.?_*(user_)?heap\w*"),
    Purpose.STACK: re.compile(r"\.?_*(user_)?stack\w*"),
}
_OBJECTS = {
    Purpose.HEAP: re.compile(r"ucHeap|kheap_\w+|z_malloc_\w+|malloc_arena|ram_heap|\w*_heap(_mem(ory)?)?"),
    Purpose.STACK: re.compile(
        r"_k_thread_stack_\w+|\w*_stacks?(_area|_mem|_buffer|_storage)?|\w*Stack(Buffer|Storage|Area|Mem)?|stack"
    ),
}
_LEAST_OBJECT_BYTES = 64
"""Smaller objects are pointers to a stack or a heap, not the memory itself."""

_ENDS = ("end", "_end", "__end__", "__bss_end__", "_ebss")
"""Symbols behind the last variable, where newlib's heap begins; the stack comes down from the memory's end."""


def reserved(firmware: Firmware) -> tuple[Reserved, ...]:
    """The areas set aside for heaps and stacks, each once. What is left of a RAM region is one when nothing else is."""
    found: list[Reserved] = []
    for area in (*_sections(firmware), *_objects(firmware), *_limits(firmware)):
        if not any(_overlap(area, other) for other in found):
            found.append(area)
    placed = {each.purpose for each in found}
    found += [each for each in _sizes(firmware) if each.purpose not in placed]
    if Purpose.HEAP not in placed:
        found += _rest(firmware)
    return tuple(found)


def _sections(firmware: Firmware) -> Iterator[Reserved]:
    """Sections that hold no variables and are called so."""
    for section in firmware.elf.allocated:
        purpose = _purpose(_SECTIONS, section.name)
        if purpose is not None and section.writable:
            yield Reserved(purpose, section.name, section.address, section.size_bytes, section.size_bytes)


def _objects(firmware: Firmware) -> Iterator[Reserved]:
    """Objects in RAM that are called so."""
    for each in firmware.ranges:
        if each.ram_bytes >= _LEAST_OBJECT_BYTES and each.symbol >= 0:
            purpose = _purpose(_OBJECTS, each.name)
            if purpose is not None and firmware.elf.symbols[each.symbol].kind is SymbolKind.OBJECT:
                yield Reserved(purpose, each.name, each.address, each.ram_bytes, each.ram_bytes)


def _purpose(names: dict[Purpose, re.Pattern[str]], name: str) -> Purpose | None:
    return next((purpose for purpose, pattern in names.items() if pattern.fullmatch(name)), None)


def _limits(firmware: Firmware) -> Iterator[Reserved]:
    """Areas between two symbols."""
    values = {symbol.name: symbol.address for symbol in firmware.elf.symbols}
    for purpose, pairs in _LIMITS.items():
        for low, high in pairs:
            size_bytes = values.get(high, 0) - values.get(low, 0)
            if low in values and high in values and 0 < size_bytes <= _room_bytes(firmware, values[low]):
                static_bytes = _static_bytes(firmware, values[low], size_bytes)
                yield Reserved(purpose, f"{low} to {high}", values[low], size_bytes, static_bytes)


def _sizes(firmware: Firmware) -> Iterator[Reserved]:
    """Sizes that a linker script asks for; they are in static RAM where a section of that purpose is."""
    values = {each.name: each.address for each in firmware.elf.symbols if each.section == NO_SECTION}
    placed = {area.purpose for area in _sections(firmware)}
    for purpose, names in _SIZES.items():
        name = next((name for name in names if values.get(name)), None)
        if name is not None:
            static = purpose in placed or Purpose.HEAP_AND_STACK in placed
            yield Reserved(purpose, name, None, values[name], values[name] if static else 0)


def _rest(firmware: Firmware) -> Iterator[Reserved]:
    """From behind the last variable to the end of its memory."""
    values = {symbol.name: symbol.address for symbol in firmware.elf.symbols}
    name = next((name for name in _ENDS if name in values), None)
    size_bytes = _room_bytes(firmware, values[name]) if name else 0
    if name and size_bytes:
        static_bytes = _static_bytes(firmware, values[name], size_bytes)
        yield Reserved(Purpose.HEAP_AND_STACK, f"{name} to the end of RAM", values[name], size_bytes, static_bytes)


def _room_bytes(firmware: Firmware, address: int) -> int:
    """How much there is from `address` to the end of the RAM region that holds it; 0 when none does."""
    regions = (each for each in firmware.regions if each.writable and each.address <= address)
    return max((each.address + each.size_bytes - address for each in regions), default=0)


def _static_bytes(firmware: Firmware, address: int, size_bytes: int) -> int:
    """How much of an area lies in sections that take RAM; where overlays share addresses, once."""
    in_ram = {each.section for each in firmware.ranges if each.ram_bytes}
    position, total_bytes = address, 0
    for section in firmware.elf.allocated:
        if section.index in in_ram:
            start, end = max(section.address, position), min(section.end, address + size_bytes)
            total_bytes += max(0, end - start)
            position = max(position, end)
    return total_bytes


def _overlap(one: Reserved, other: Reserved) -> bool:
    if one.address is None or other.address is None:
        return False
    return one.address < other.address + other.size_bytes and other.address < one.address + one.size_bytes
