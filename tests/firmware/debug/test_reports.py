import json
from io import StringIO

import pytest
from rich.console import Console

from lilliput.firmware.debug.attribution import Lines, line_bytes
from lilliput.firmware.debug.listing import listing
from lilliput.reports.size_lines import function_table, inlined_table, line_table, lines_json, unread_notes
from lilliput.reports.size_listing import listing_json, print_listing
from lilliput.reports.size_tables import SizeTable
from tests.firmware import builds
from tests.firmware.debug.firmwares import CALLS, accounted, firmware_of


@pytest.fixture(scope="module")
def lines() -> Lines:
    return line_bytes(accounted(firmware_of(CALLS)))


def _numbers(table: SizeTable) -> list[int]:
    return [int(cell.replace(",", "")) for cell in table.columns[0].cells]


def test_tables_begin_with_what_takes_most_and_say_how_much_they_leave_out(lines: Lines) -> None:
    for table in (function_table(lines, 0), line_table(lines, 0), inlined_table(lines, 0)):
        assert _numbers(table) == sorted(_numbers(table), reverse=True)
        assert table.left_out == 0
    assert line_table(lines, 2).left_out == len(line_table(lines, 0).columns[0].cells) - 2


def test_the_lines_of_all_functions_add_up_to_all_functions(lines: Lines) -> None:
    total = sum(each.size_bytes for each in lines.functions)
    assert sum(_numbers(line_table(lines, 0))) == sum(_numbers(function_table(lines, 0))) == total
    assert function_table(lines, 1).columns[0].total == f"{total:,}"


def test_an_inlined_call_is_shown_at_its_call_site_and_around_it(lines: Lines) -> None:
    rows = list(zip(*(column.cells for column in inlined_table(lines, 0).columns[3:]), strict=True))
    assert ("square", "bare.c:8", "sum_of_squares, compute") in rows
    assert ("sum_of_squares", "bare.c:13", "compute") in rows


def test_json_holds_what_was_asked_for_and_names_functions_by_address(lines: Lines) -> None:
    everything = json.loads(json.dumps(lines_json(lines)))
    addresses = {each["address"] for each in everything["functions"]}
    assert {each["function"] for key in ("lines", "inlined") for each in everything[key]} <= addresses
    assert set(lines_json(lines, by_line=False, inlined=False)) == {"functions", "unread_debug_information"}


def test_a_listing_prints_bytes_source_calls_and_instructions() -> None:
    found = listing(accounted(firmware_of(CALLS)), "compute")
    text = StringIO()
    print_listing(found, Console(file=text, width=100, highlight=False, color_system=None))
    printed = text.getvalue()
    assert printed.startswith(f"compute: {found.size_bytes} bytes at {found.address:#010x}\n")
    for expected in (
        "bare.c:4      return value * value + port;",
        "sum_of_squares inlined at bare.c:13",
        " of ",
        "mul ",
    ):
        assert expected in printed
    assert sum(each["size_bytes"] for each in json.loads(json.dumps(listing_json(found)))["blocks"]) == found.size_bytes


def test_a_listing_says_what_it_could_not_show() -> None:
    text = StringIO()
    print_listing(listing(accounted(builds.build("avr")), "main"), Console(file=text, width=100, color_system=None))
    assert "no disassembler knows avr: its machine code is shown as it is" in text.getvalue()
    assert "-gdwarf-4" in text.getvalue()


def test_many_damaged_parts_make_few_notes() -> None:
    assert len(unread_notes(["damaged"] * 3)) == 3
    assert unread_notes(["damaged"] * 100)[-1] == "and 95 more parts"
