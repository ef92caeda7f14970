"""What -fstack-usage files say, and what they add to machine code."""

from pathlib import Path

import pytest

from lilliput.errors import UsageError
from lilliput.firmware.accounting import account
from lilliput.firmware.ram.functions import Reason
from lilliput.firmware.ram.stack import worst_case_stacks
from lilliput.firmware.ram.usage import Usage, read_usages, usage_key
from tests.firmware.ram.programs import link_assembly


@pytest.mark.parametrize(
    ("written", "in_symbols"),
    [
        ("main", "main"),
        ("clone.constprop", "clone.constprop.0"),
        ("clone", "clone.isra.0.part.1"),
        ("virtual int ns::Foo::bar(int) const", "ns::Foo::bar(int) const"),
        ("ns::Foo::~Foo()", "ns::Foo::~Foo()"),
        ("int operator+(const ns::Foo&, int)", "operator+(ns::Foo const&, int)"),
        ("char* ns::name()", "ns::name()"),
        ("int clone(int, int*)", "clone(int, int*) [clone .constprop.0]"),
    ],
)
def test_a_function_has_one_key_however_it_is_written(written: str, in_symbols: str) -> None:
    assert usage_key(written) == usage_key(in_symbols)


def test_of_functions_with_one_name_the_largest_counts_and_all_must_be_bounded(tmp_path: Path) -> None:
    (tmp_path / "a.su").write_text("a.c:1:5:same\t16\tstatic\na.cpp:3:5:int ns::over(int)\t24\tdynamic,bounded\n")
    (tmp_path / "b.su").write_text("b.c:9:5:same\t40\tdynamic\n/a:b/b.cpp:3:ns::over(char)\t8\tstatic\n")
    assert read_usages([tmp_path / "a.su", tmp_path / "b.su"]) == {
        "same": Usage(40, bounded=False),
        "ns::over": Usage(24, bounded=True),
    }


@pytest.mark.parametrize(
    "line", ["", "main", "a.c:1:5:main\t16", "a.c:1:5:main\tmany\tstatic", f"a\t{'9' * 5000}\tstatic"]
)
def test_a_file_of_another_kind_is_refused_with_its_line(line: str, tmp_path: Path) -> None:
    path = tmp_path / "a.su"
    path.write_text(f"a.c:1:5:main\t16\tstatic\n{line}\n")
    with pytest.raises(UsageError) as caught:
        read_usages([path])
    assert caught.value.where == f"{path}:2"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_usages([tmp_path / "missing.su"])


ALLOCA = ("start: push {r4, lr}; sub sp, sp, r0; bl leaf; add sp, r0; pop {r4, pc}", "leaf: push {r4}; pop {r4}; bx lr")


@pytest.mark.parametrize(
    ("text", "stack_bytes", "reasons"),
    [
        ("", 12, [Reason.DATA, Reason.DATA]),
        ("a.c:1:1:start\t72\tdynamic,bounded\n", 76, []),
        ("a.c:1:1:start\t72\tstatic\n", 76, []),
        ("a.c:1:1:start\t8\tdynamic\n", 12, [Reason.DATA, Reason.DATA]),
    ],
)
def test_the_compilers_bound_stands_in_for_a_frame_that_depends_on_data(
    text: str, stack_bytes: int, reasons: list[Reason], tmp_path: Path
) -> None:
    firmware = account(link_assembly(tmp_path, "cortex-m4", *ALLOCA))
    usage = tmp_path / "a.su"
    usage.write_text(text)
    (stack,) = worst_case_stacks(firmware, [usage])
    assert (stack.stack_bytes, stack.exact) == (stack_bytes, not reasons)
    assert [unknown.reason for unknown in stack.bound.unknowns] == reasons
