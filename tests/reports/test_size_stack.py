"""Tables and JSON of worst-case stacks and reserved RAM, on values made up for the test."""

import json

from rich.console import Console

from lilliput.firmware.ram.bounds import Bound
from lilliput.firmware.ram.entries import EntryKind, EntryPoint
from lilliput.firmware.ram.functions import Reason, Unknown
from lilliput.firmware.ram.reserved import Purpose, Reserved
from lilliput.firmware.ram.stack import StackBound
from lilliput.reports.size_stack import reserved_json, reserved_table, stack_table, stacks_json, unknown_table
from lilliput.reports.size_table import SizeTable, print_table

UNKNOWNS = (
    Unknown(Reason.POINTER_CALL, "sort", 0x100),
    Unknown(Reason.POINTER_CALL, "sort", 0x110),
    Unknown(Reason.RECURSION, "parse", 0x200, ("expression", "term")),
)
STACKS = (
    StackBound(EntryPoint("Reset", 64, EntryKind.RESET), Bound(1432, ("Reset", "main", "sort"), {}, UNKNOWNS), 0),
    StackBound(
        EntryPoint("Timer", 80, EntryKind.INTERRUPT, ("NMI", "HardFault", "SysTick", "interrupt 0", "interrupt 1")),
        Bound(8, ("Timer",), {}, ()),
        36,
    ),
)
AREAS = (
    Reserved(Purpose.HEAP, ".heap", 0x20000100, 4096, 4096),
    Reserved(Purpose.STACK, "_Min_Stack_Size", None, 1024, 0),
)


def printed(table: SizeTable) -> list[str]:
    """The lines of a table, its title first."""
    console = Console(width=110)
    with console.capture() as capture:
        print_table(table, console)
    return [line.rstrip() for line in capture.get().strip().splitlines()]


def test_a_stack_that_is_not_known_entirely_ends_in_a_question_mark() -> None:
    assert printed(stack_table(STACKS))[2:] == [
        "entry point  run by                                  bytes  processor  deepest chain of calls",
        "Reset        reset                               1,432 + ?          0  Reset > main > sort",
        "Timer        NMI, HardFault, SysTick and 2 more         44         36  Timer",
    ]


def test_unknown_functions_are_listed_by_reason_each_once() -> None:
    assert printed(unknown_table(STACKS))[1:] == [
        "entry point  because a function       functions  which",
        "Reset        calls through a pointer          1  sort",
        "Reset        calls itself                     3  parse, expression, term",
    ]


def test_reserved_areas_say_what_names_them() -> None:
    assert printed(reserved_table(AREAS))[2:] == [
        "for    address     bytes  static RAM  named by",
        "heap   0x20000100  4,096       4,096  .heap",
        "stack              1,024           0  _Min_Stack_Size",
    ]


def test_json_holds_every_unknown_with_its_address() -> None:
    reset, timer = json.loads(json.dumps(stacks_json(STACKS)))
    assert (reset["stack_bytes"], reset["exact"], reset["chain"]) == (1432, False, ["Reset", "main", "sort"])
    assert [(each["reason"], each["address"], each["others"]) for each in reset["unknowns"]] == [
        ("pointer_call", 0x100, []),
        ("pointer_call", 0x110, []),
        ("recursion", 0x200, ["expression", "term"]),
    ]
    assert (timer["stack_bytes"], timer["pushed_bytes"], timer["exact"], timer["causes"][0]) == (44, 36, True, "NMI")


def test_json_of_areas_has_null_where_there_is_no_address() -> None:
    heap, stack = json.loads(json.dumps(reserved_json(AREAS)))
    assert heap == {"purpose": "heap", "name": ".heap", "address": 0x20000100, "size_bytes": 4096, "static_bytes": 4096}
    assert stack["address"] is None
