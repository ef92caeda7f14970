"""Heaps and stacks by the names that linker scripts and systems give them."""

from pathlib import Path

import pytest

from lilliput.firmware.accounting import account
from lilliput.firmware.firmware import Region
from lilliput.firmware.ram.reserved import Purpose, Reserved, reserved
from tests.firmware import builds
from tests.firmware.ram.programs import link

RAM = 0x20000000
RAM_BYTES = 0x4000
SCRIPT = """
SECTIONS
{
    .text 0x8000 : { *(.text*) *(.rodata*) }
    .data 0x20000000 : { *(.data*) *(.bss*) }
    SECTION
    /DISCARD/ : { *(.ARM.exidx*) *(.eh_frame*) }
}
SYMBOLS
"""


def areas(folder: Path, symbols: str = "", section: str = "", text: str = "") -> list[tuple[Purpose, str, int, int]]:
    """Purpose, name, bytes and static bytes of what a program with 256 bytes of variables reserves."""
    source = f"char variables[256];\n{text}\nint start(int at) {{ return variables[at]; }}\n"
    script = SCRIPT.replace("SECTION\n", f"{section}\n").replace("SYMBOLS", symbols)
    regions = (Region("ram", RAM, RAM_BYTES, True, 0),)
    firmware = account(link(folder, "cortex-m4", source, script=script), regions=regions)
    return [(each.purpose, each.name, each.size_bytes, each.static_bytes) for each in reserved(firmware)]


@pytest.mark.parametrize(
    ("symbols", "expected"),
    [
        (
            "__HeapBase = 0x20000400; __HeapLimit = 0x20000800; __StackLimit = 0x20003000; __StackTop = 0x20004000;",
            [
                (Purpose.HEAP, "__HeapBase to __HeapLimit", 0x400, 0),
                (Purpose.STACK, "__StackLimit to __StackTop", 0x1000, 0),
            ],
        ),
        ("_heap_start = 0x20000400; _heap_end = 0x20004000;", [(Purpose.HEAP, "_heap_start to _heap_end", 0x3C00, 0)]),
        (
            "_end = 0x20000100; _Min_Heap_Size = 0x200; _Min_Stack_Size = 0x400;",
            [
                (Purpose.HEAP, "_Min_Heap_Size", 0x200, 0),
                (Purpose.STACK, "_Min_Stack_Size", 0x400, 0),
                (Purpose.HEAP_AND_STACK, "_end to the end of RAM", RAM_BYTES - 0x100, 0),
            ],
        ),
        ("end = 0x20000080;", [(Purpose.HEAP_AND_STACK, "end to the end of RAM", RAM_BYTES - 0x80, 0x80)]),
    ],
)
def test_symbols_of_linker_scripts_are_read(
    symbols: str, expected: list[tuple[Purpose, str, int, int]], tmp_path: Path
) -> None:
    assert areas(tmp_path, symbols) == expected


@pytest.mark.parametrize(
    "symbols",
    [
        "",
        "_heap_start = 0x20000400; _heap_end = 0x20000400;",
        "_heap_start = 0x20000400; _heap_end = 0x20000300;",
        "_heap_start = 0x20000400; _heap_end = 0x20004001;",
        "_heap_start = 0x400; _heap_end = 0x800;",
        "_heap_start = 0x20000400;",
    ],
)
def test_what_is_no_area_of_ram_is_not_one(symbols: str, tmp_path: Path) -> None:
    assert areas(tmp_path, symbols) == []


def test_sections_count_once_although_symbols_name_the_same_memory(tmp_path: Path) -> None:
    section = ".heap (NOLOAD) : { __HeapBase = .; . += 0x100; __HeapLimit = .; }\n.stack (NOLOAD) : { . += 0x80; }"
    assert areas(tmp_path, section=section) == [
        (Purpose.HEAP, ".heap", 0x100, 0x100),
        (Purpose.STACK, ".stack", 0x80, 0x80),
    ]


def test_objects_of_operating_systems_are_found(tmp_path: Path) -> None:
    text = """
    __attribute__((used)) char ucHeap[1024], kheap__system_heap[512], z_main_stack[2048], uxIdleTaskStack[512];
    __attribute__((used)) char *task_stack, not_a_stack_at_all[100];
    """
    found = {name: (purpose, size) for purpose, name, size, _ in areas(tmp_path, text=text)}
    assert found == {
        "ucHeap": (Purpose.HEAP, 1024),
        "kheap__system_heap": (Purpose.HEAP, 512),
        "z_main_stack": (Purpose.STACK, 2048),
        "uxIdleTaskStack": (Purpose.STACK, 512),
    }


def test_a_reserving_section_of_stm32cube_is_static_ram() -> None:
    firmware = account(builds.build("arm"))
    found = {each.name: each for each in reserved(firmware)}
    section = firmware.elf.section("._user_heap_stack")
    assert section is not None
    assert found[section.name] == Reserved(Purpose.HEAP_AND_STACK, section.name, section.address, 1536, 1536)
    assert (found["_Min_Heap_Size"].static_bytes, found["_Min_Stack_Size"].static_bytes) == (0x200, 0x400)


@pytest.mark.parametrize("kind", sorted(builds.RECIPES))
def test_no_area_has_more_bytes_in_static_ram_than_it_has(kind: str) -> None:
    firmware = account(builds.build(kind))
    for each in reserved(firmware):
        assert 0 <= each.static_bytes <= min(each.size_bytes, firmware.ram_bytes)
