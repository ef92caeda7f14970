import json
from functools import cache

from lilliput.firmware.accounting import account
from lilliput.firmware.firmware import Firmware
from lilliput.firmware.references.chains import why
from lilliput.firmware.references.graph import ReferenceGraph, reference_graph
from lilliput.firmware.references.removal import without
from lilliput.firmware.references.retained import retained
from lilliput.reports.size_retained import (
    chain_json,
    chain_lines,
    removal_json,
    removal_sentence,
    removal_tables,
    retained_json,
    retained_tables,
)
from tests.firmware import builds


def test_the_chain_reads_as_sentences() -> None:
    assert chain_lines(why(*_graph(), "_svfprintf_r")) == [
        "Reset_Handler: the program starts or ends here",
        "Reset_Handler calls main",
        "main calls snprintf",
        "snprintf shares an input section with _snprintf_r",
        "_snprintf_r calls _svfprintf_r",
    ]


def test_a_removal_says_what_goes_and_what_keeps_it() -> None:
    removal = without(*_graph(), "qsort")
    assert removal_sentence(removal).startswith("If nothing else referred to qsort, the linker would drop 1,5")
    dropped, holders = removal_tables(removal, 20)
    assert dropped.columns[0].cells[0] == "qsort"
    assert [column.cells[0] for column in holders.columns] == ["main", "calls", "qsort"]


def test_only_the_largest_are_shown_and_the_rest_is_counted() -> None:
    sizes = retained(*_graph())
    symbols = retained_tables(sizes, 3)[0]
    assert len(symbols.columns[0].cells) == 3
    assert symbols.left_out == len(sizes.symbols) - 3
    assert retained_tables(sizes, 0)[0].left_out == 0


def test_the_json_has_everything_in_bytes() -> None:
    graph = _graph()
    text = json.dumps(
        [retained_json(retained(*graph)), removal_json(without(*graph, "driver_*")), chain_json(why(*graph, "main"))]
    )
    sizes, removal, chain = json.loads(text)
    assert {"symbols", "objects", "archives", "groups"} == set(sizes)
    assert removal["flash_bytes"] <= removal["most_flash_bytes"]
    assert chain == {
        "root": "entry",
        "links": [
            {"name": "Reset_Handler", "kind": None, "certain": True},
            {"name": "main", "kind": "branch", "certain": True},
        ],
    }


@cache
def _graph() -> tuple[Firmware, ReferenceGraph]:
    elf = builds.build("arm")
    firmware = account(elf, map_file=builds.map_of(elf))
    return firmware, reference_graph(firmware)
