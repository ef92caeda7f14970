"""What people and programs are shown of differences, budgets and history."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

from rich.console import Console

from lilliput.firmware.budget import Limit, Scope, measure
from lilliput.firmware.difference import Difference, compare
from lilliput.firmware.firmware import Region
from lilliput.firmware.history import Measurement
from lilliput.firmware.revision import Revision
from lilliput.firmware.snapshot import Total
from lilliput.reports.size_budget import budget_json, print_budget
from lilliput.reports.size_diff_json import difference_json
from lilliput.reports.size_diff_markdown import difference_markdown
from lilliput.reports.size_diff_tables import ONE_MAP, summary
from lilliput.reports.size_diff_terminal import print_difference
from lilliput.reports.size_history import history_json, print_history
from tests.firmware.snapshots import entry, snapshot
from tests.golden_files import GoldenFolder

GOLDEN = GoldenFolder(
    "size_changes",
    ("difference.txt", "difference.md", "difference.json", "budget.txt", "budget.json", "history.txt", "history.json"),
)

OLD = snapshot(
    entry("main", 120, place="build/main.o"),
    entry("step.isra.0", 64, place="build/main.o"),
    entry("old_driver", 400, place="build/driver.o"),
    entry("_ZN2ai3runEi", 200, demangled="ai::run(int)", place="libai.a(run.o)", group="framework"),
    entry("g_model", 5000, place="build/model.o", section=".rodata", group="model", content="89abcdef"),
    entry("fast", 40, place="libai.a(run.o)", group="framework"),
    entry("counter", 4, 4, place="build/main.o", section=".data"),
    entry("[padding]", 7, place=""),
    name="old.elf",
)
NEW = snapshot(
    entry("main", 152, place="out/main.o"),
    entry("step.constprop.0", 60, place="out/main.o"),
    entry("_ZN2ai3runIfEEvT_", 220, demangled="void ai::run<float>(float)", place="libai.a(run.o)", group="framework"),
    entry("weights|*`<b>`", 5000, place="out/weights.o", section=".rodata", group="model", content="89abcdef"),
    entry("fast", 40, 40, place="libai.a(run.o)", section=".data", group="framework"),
    entry("counter", 4, 4, place="out/main.o", section=".data"),
    entry("arena", 0, 2048, place="out/weights.o", section=".bss"),
    entry("[padding]", 4, place=""),
    name="new.elf",
)
DIFFERENCE = compare(OLD, NEW)
SPENDINGS = measure(
    NEW,
    (
        Limit(Scope.TOTAL, "", "flash", 6000),
        Limit(Scope.REGION, "FLASH", "", 5000),
        Limit(Scope.GROUP, "model", "flash", 5000),
        Limit(Scope.SYMBOL, "ai::*", "ram", 0),
    ),
)


def measurement(days: int, flash_bytes: int, ram_bytes: int, toolchain: str = "GCC 12") -> Measurement:
    return Measurement(
        recorded_at=datetime(2026, 1, 30, 12, tzinfo=UTC) + timedelta(days=days),
        firmware="firmware.elf",
        revision=Revision(f"{days:02}" * 20, "main"),
        toolchain=toolchain,
        flash_bytes=flash_bytes,
        ram_bytes=ram_bytes,
        regions=(Region("FLASH", 0x0800_0000, 0x10000, writable=False, used_bytes=flash_bytes),),
        groups=(Total("application", flash_bytes, ram_bytes),),
    )


MEASUREMENTS = (
    measurement(0, 40_000, 2_000),
    measurement(1, 44_000, 2_000),
    replace(measurement(2, 100, 0), firmware="bootloader.elf"),
    measurement(3, 60_000, 1_900, "GCC 13"),
)


def shown(show: Callable[[Console], None]) -> str:
    """What is printed, 100 characters wide, without the spaces at the ends of lines."""
    file = StringIO()
    show(Console(file=file, width=100, highlight=False))
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def written(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def test_a_difference_is_shown_on_the_terminal() -> None:
    GOLDEN.check("difference.txt", shown(lambda console: print_difference(DIFFERENCE, console, 6)))


def test_a_difference_is_written_as_markdown_that_no_name_can_break() -> None:
    GOLDEN.check("difference.md", difference_markdown(DIFFERENCE, 6))


def test_a_difference_is_written_as_json() -> None:
    only = compare(snapshot(entry("a", 4)), snapshot(entry("a.isra.0", 8), entry("b", 0, 4, section=".bss")))
    GOLDEN.check("difference.json", written(difference_json(only)))


def test_all_rows_are_shown_for_zero() -> None:
    assert "more" not in shown(lambda console: print_difference(DIFFERENCE, console, 0))


def test_object_files_are_not_compared_where_only_one_has_a_map() -> None:
    one = compare(OLD, replace(NEW, entries=tuple(replace(each, object="", archive="") for each in NEW.entries)))
    text = shown(lambda console: print_difference(one, console, 6))
    assert ONE_MAP in text.replace("\n", " ")
    assert "Object files" not in text
    assert ONE_MAP in difference_markdown(one, 6)


def test_very_long_names_leave_room_in_markdown() -> None:
    long = compare(snapshot(), snapshot(*(entry(f"{index}{'<' * 10_000}", 1) for index in range(20))))
    assert len(difference_markdown(long, 20)) < 65_536


def test_the_summary_of_no_change_says_so() -> None:
    assert summary(compare(OLD, OLD)) == "flash 5,835 bytes as before; RAM 4 bytes as before; symbols: none changed"


def test_a_difference_from_nothing_has_no_percentage() -> None:
    empty: Difference = compare(snapshot(), snapshot(entry("main", 10)))
    assert summary(empty).startswith("flash 0 -> 10 bytes (+10); RAM 0 bytes as before")


def test_budgets_are_shown_on_the_terminal() -> None:
    GOLDEN.check("budget.txt", shown(lambda console: print_budget(SPENDINGS, console)))


def test_budgets_are_written_as_json() -> None:
    GOLDEN.check("budget.json", written(budget_json(SPENDINGS[1:])))


def test_the_history_is_shown_on_the_terminal() -> None:
    GOLDEN.check("history.txt", shown(lambda console: print_history(MEASUREMENTS, console)))


def test_a_history_of_nothing_says_so() -> None:
    assert shown(lambda console: print_history((), console)).startswith("Nothing is recorded")


def test_the_history_is_written_as_json() -> None:
    GOLDEN.check("history.json", written(history_json(MEASUREMENTS[:1])))
