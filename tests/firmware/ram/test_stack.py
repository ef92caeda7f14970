"""Stacks of whole firmware: its entry points, the compiler's frames, and machines whose code is not followed."""

from pathlib import Path

import pytest

from lilliput.errors import UsageError
from lilliput.firmware.accounting import account
from lilliput.firmware.code.program import is_decoded
from lilliput.firmware.elf import Elf, read_elf
from lilliput.firmware.ram.entries import EntryKind, EntryPoint
from lilliput.firmware.ram.floating_point import may_use_floating_point
from lilliput.firmware.ram.functions import Reason
from lilliput.firmware.ram.stack import StackBound, worst_case_stacks
from lilliput.firmware.ram.usage import read_usages, usage_key
from tests.firmware import builds
from tests.firmware.accounts import section
from tests.firmware.ram.programs import link, link_assembly

WITHOUT_ENTRIES = {"arm-stripped"}
"""Without symbols no function is known to begin anywhere."""

COMPARABLE = (
    "arm",
    "arm-plain",
    "arm-float",
    "arm-cpp",
    "arm-cpp-plain",
    "arm-exceptions",
    "arm-regions",
    "riscv-plain",
)
"""gcc counts too little where -msave-restore saves registers: the routine goes deeper for a moment."""


def stacks_of(kind: str, *names: str) -> dict[str, StackBound]:
    elf = builds.build(kind)
    stacks = worst_case_stacks(account(elf), usage_files(elf), names)
    return {each.entry.name: each for each in stacks}


def usage_files(elf: Path) -> list[Path]:
    return sorted(elf.parent.glob("*.su"))


@pytest.mark.parametrize("kind", sorted(set(builds.RECIPES) - WITHOUT_ENTRIES))
def test_every_firmware_has_a_stack_of_its_reset_handler_and_says_what_is_not_known(kind: str) -> None:
    stacks = list(stacks_of(kind).values())
    assert stacks[0].entry.kind is EntryKind.RESET
    assert stacks[0].stack_bytes > 0
    assert stacks[0].bound.unknowns


@pytest.mark.parametrize("kind", COMPARABLE)
def test_frames_in_machine_code_are_what_the_compiler_said(kind: str) -> None:
    elf = builds.build(kind)
    usages = read_usages(usage_files(elf))
    stacks = worst_case_stacks(account(elf))
    frames = {name: size for each in stacks for name, size in each.bound.frames.items() if usage_key(name) in usages}
    assert frames
    assert frames == {name: usages[usage_key(name)].stack_bytes for name in frames}


def test_entry_points_are_the_reset_handler_and_each_handler_of_the_vector_table() -> None:
    stacks = stacks_of("arm")
    assert [(each.entry.name, each.entry.kind) for each in stacks.values()] == [
        ("Reset_Handler", EntryKind.RESET),
        ("Default_Handler", EntryKind.INTERRUPT),
        ("SysTick_Handler", EntryKind.INTERRUPT),
        ("UART_Handler", EntryKind.INTERRUPT),
    ]
    assert stacks["SysTick_Handler"].entry.causes == ("SysTick",)
    assert stacks["UART_Handler"].entry.causes == ("interrupt 0",)
    assert stacks["Default_Handler"].entry.causes[-3:] == ("DebugMonitor", "PendSV", "interrupt 1")


def test_an_interrupt_takes_what_the_processor_pushes_too() -> None:
    stacks = stacks_of("arm")
    assert stacks["Reset_Handler"].pushed_bytes == 0
    assert stacks["UART_Handler"].pushed_bytes == 8 * 4 + 4
    assert stacks["UART_Handler"].stack_bytes == 36 + stacks["UART_Handler"].bound.stack_bytes
    assert stacks["UART_Handler"].exact


def test_floating_point_code_makes_the_processor_push_more(tmp_path: Path) -> None:
    text = """
    extern char stack_top[];
    volatile float sum;
    void start(void) { sum = sum * 2; }
    void handler(void) { for (;;) { } }
    __attribute__((section(".data.vectors"), used)) void (*const vectors[4])(void) =
        {(void (*)(void))stack_top, start, handler, handler};
    """
    for flags, pushed_bytes in ((("-mfloat-abi=soft",), 36), ((), 108)):
        stacks = worst_case_stacks(account(link(tmp_path, "cortex-m4", text, *flags)))
        assert [each.pushed_bytes for each in stacks] == [0, pushed_bytes]


def test_the_reset_handler_of_a_vector_table_is_no_interrupt_although_the_program_starts_elsewhere(
    tmp_path: Path,
) -> None:
    text = """
    extern char stack_top[];
    void start(void) { for (;;) { } }
    __attribute__((used)) void reset(void) { start(); }
    void handler(void) { for (;;) { __asm__(""); } }
    __attribute__((section(".data.vectors"), used)) void (*const vectors[5])(void) =
        {(void (*)(void))stack_top, reset, handler, handler, 0};
    """
    stacks = worst_case_stacks(account(link(tmp_path, "cortex-m4", text)))
    assert [(each.entry.name, each.entry.kind, each.entry.causes) for each in stacks] == [
        ("start", EntryKind.RESET, ()),
        ("reset", EntryKind.RESET, ("Reset",)),
        ("handler", EntryKind.INTERRUPT, ("NMI", "HardFault")),
    ]


def test_a_function_that_the_user_names_is_an_entry_point() -> None:
    assert stacks_of("arm", "main")["main"].entry.kind is EntryKind.NAMED
    reset, main = stacks_of("arm", "main")["Reset_Handler"], stacks_of("arm", "main")["main"]
    assert 0 < main.stack_bytes < reset.stack_bytes


def test_a_function_may_be_named_demangled() -> None:
    name = next(name for name in stacks_of("arm-cpp")["Reset_Handler"].bound.frames if "::" in name)
    assert stacks_of("arm-cpp", name)[name].entry.kind is EntryKind.NAMED


def test_a_function_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="no function 'missing'"):
        stacks_of("arm", "missing")


def test_riscv_functions_that_return_from_an_interrupt_are_entry_points(tmp_path: Path) -> None:
    trap = "trap: addi sp, sp, -64; addi sp, sp, 64; mret"
    firmware = account(link_assembly(tmp_path, "rv32imc", "start: addi sp, sp, -16; 1: j 1b", trap))
    stacks = worst_case_stacks(firmware)
    assert [(each.entry, each.stack_bytes) for each in stacks] == [
        (EntryPoint("start", firmware.elf.entry, EntryKind.RESET), 16),
        (EntryPoint("trap", stacks[1].entry.address, EntryKind.INTERRUPT), 64),
    ]


def test_frames_of_avr_are_the_compilers_and_what_has_none_is_named() -> None:
    elf = builds.build("avr")
    without = worst_case_stacks(account(elf))
    assert {each.reason for each in without[0].bound.unknowns} >= {Reason.NO_FRAME}
    stacks = stacks_of("avr")
    assert stacks["main"].stack_bytes > without[0].stack_bytes == 0
    assert stacks["__vector_11"].exact
    assert "main" not in {each.function for each in stacks["main"].bound.unknowns if each.reason is Reason.NO_FRAME}


def test_a_machine_whose_pointer_calls_are_not_looked_for_is_never_exact() -> None:
    assert not is_decoded(read_elf(builds.build("arm-big-endian")))
    for each in stacks_of("arm-big-endian").values():
        assert Reason.NO_CALLS in {unknown.reason for unknown in each.bound.unknowns}


def test_a_firmware_without_symbols_has_no_entry_points() -> None:
    assert stacks_of("arm-stripped") == {}


def attributes(*tags: int, length: int | None = None) -> bytes:
    """A section of build attributes of Arm with these bytes of tags."""
    size = 5 + len(tags) if length is None else length
    return b"A\0\0\0\0aeabi\0\1" + size.to_bytes(4, "little") + bytes(tags)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (attributes(6, 13, 10, 6), True),
        (attributes(6, 13, 10, 0, 48, 2), True),
        (attributes(6, 13, 10, 0), False),
        (attributes(6, 13), False),
        (attributes(5, *b"10M\0", 32, 1, *b"gnu\0", 67, *b"2.09\0", 34, 1), False),
        (attributes(5, *b"10M\0", 32, 1, *b"gnu\0", 10, 0x81, 0), True),
        (attributes(5, 10, 0), False),
        (attributes(5, *b"without an end"), True),
        (attributes(6, *[0xFF] * 20), True),
        (attributes(6, 13, 10, 6, length=7), False),
        (b"", True),
        (b"B", True),
    ],
)
def test_build_attributes_tell_whether_there_is_floating_point(data: bytes, expected: bool) -> None:
    plain = section(data, ".ARM.attributes")
    assert may_use_floating_point(Elf("a.elf", 32, "arm", 0, True, 0, (plain,), (), ())) == expected


def test_without_build_attributes_there_may_be_floating_point() -> None:
    assert may_use_floating_point(Elf("a.elf", 32, "arm", 0, True, 0, (), (), ()))
