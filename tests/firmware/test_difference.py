"""Differences: what is the same under another name or in another place, and sums that agree."""

import time
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lilliput.firmware.difference import Difference, Kind, compare
from lilliput.firmware.matching import match, same_objects
from lilliput.firmware.snapshot import Entry, Snapshot
from tests.firmware.snapshots import entry, snapshot

NAMES = st.sampled_from(["a", "a.constprop.0", "a.part.1", "b", "_Z1av", "[padding]", "[.rodata]", ".LC0", ""])
PLACES = st.sampled_from(["main.o", "build/main.o", "lib.a(one.o)", "x/lib.a(one.o)", "ccAbc123.ltrans0.ltrans.o", ""])
ENTRIES = st.builds(
    entry,
    NAMES,
    st.integers(0, 40),
    st.integers(0, 40),
    demangled=st.sampled_from(["", "a()", "a(int)", "space::a<b>(int)"]),
    section=st.sampled_from([".text", ".data", ""]),
    place=PLACES,
    group=st.sampled_from(["application", "model"]),
    content=st.sampled_from(["", "0123abcd"]),
)
SNAPSHOTS = st.lists(ENTRIES, max_size=12).map(lambda entries: snapshot(*entries))


def changes(*, old: tuple[Entry, ...], new: tuple[Entry, ...]) -> list[tuple[str, str, str]]:
    """What happened, the old and the new name of everything that changed."""
    found = compare(snapshot(*old), snapshot(*new)).symbols
    return sorted((each.kind.value, "" if each.old is None else each.old.name, each.entry.name) for each in found)


@given(SNAPSHOTS, SNAPSHOTS)
def test_the_changes_of_groups_objects_and_symbols_each_sum_to_the_change_in_total(
    old: Snapshot, new: Snapshot
) -> None:
    difference = compare(old, new)
    expected = (new.flash_bytes - old.flash_bytes, new.ram_bytes - old.ram_bytes)
    symbols = tuple(each.sizes for each in difference.symbols)
    for parts in (difference.groups, difference.objects, symbols, (difference.total,)):
        assert (
            sum(each.flash_change_bytes for each in parts),
            sum(each.ram_change_bytes for each in parts),
        ) == expected


@given(st.lists(ENTRIES, max_size=12), st.lists(ENTRIES, max_size=12))
def test_every_entry_is_in_exactly_one_pair(old: list[Entry], new: list[Entry]) -> None:
    pairs = match(old, new)
    sizes = [Counter(each.size_bytes for each in entries if each) for entries in (old, new)]
    assert sizes[0] == Counter(pair.old.size_bytes for pair in pairs if pair.old)
    assert Counter(new) == Counter(pair.new for pair in pairs if pair.new)


@given(SNAPSHOTS)
def test_a_firmware_does_not_differ_from_itself(same: Snapshot) -> None:
    difference = compare(same, same)
    assert difference.symbols == ()
    assert not difference.total.changed


@given(SNAPSHOTS, SNAPSHOTS)
def test_the_difference_back_has_the_opposite_sizes(old: Snapshot, new: Snapshot) -> None:
    def flash(difference: Difference) -> Counter[str]:
        return Counter({each.name: each.flash_change_bytes for each in difference.groups})

    there, back = flash(compare(old, new)), flash(compare(new, old))
    assert there == Counter({name: -change for name, change in back.items()})


def test_a_symbol_that_grew_is_resized() -> None:
    (change,) = compare(snapshot(entry("run", 10)), snapshot(entry("run", 14))).symbols
    assert change.kind is Kind.RESIZED
    assert change.sizes.flash_change_bytes == 4


def test_functions_cloned_by_the_compiler_are_renamed_ones() -> None:
    old = (entry("run", 40), entry("step.isra.0", 20), entry("table.3", 8), entry("send", 60))
    new = (entry("run.constprop.0", 36), entry("step.part.0.isra.0", 18), entry("table.5", 8), entry("send", 60))
    assert changes(old=old, new=new) == [
        ("renamed", "run", "run.constprop.0"),
        ("renamed", "step.isra.0", "step.part.0.isra.0"),
        ("renamed", "table.3", "table.5"),
    ]


def test_a_function_with_other_parameters_is_a_renamed_one() -> None:
    old = entry("_ZN3net3runEi", 40, demangled="net::run(int)")
    new = entry("_ZN3net3runIfEEvil", 80, demangled="net::run<float>(int, long)")
    assert changes(old=(old,), new=(new,)) == [("renamed", old.name, new.name)]


def test_equal_bytes_under_two_names_are_a_renamed_symbol() -> None:
    old = entry("g_model", 5000, place="model.o", section=".rodata", content="89abcdef")
    new = entry("keyword_weights", 5000, place="weights.o", section=".rodata", content="89abcdef")
    assert changes(old=(old,), new=(new,)) == [("renamed", "g_model", "keyword_weights")]


def test_few_equal_bytes_prove_nothing() -> None:
    old = entry("zero", 4, place="one.o", content="2144df1c")
    new = entry("other", 4, place="two.o", content="2144df1c")
    assert changes(old=(old,), new=(new,)) == [("added", "", "other"), ("removed", "zero", "zero")]


def test_similar_names_of_similar_size_in_one_object_file_are_renamed() -> None:
    old = (entry("uart_send_buffer", 100), entry("adc_start", 40))
    new = (entry("uart_send_buffers", 110), entry("timer_interrupt", 40))
    assert changes(old=old, new=new) == [
        ("added", "", "timer_interrupt"),
        ("removed", "adc_start", "adc_start"),
        ("renamed", "uart_send_buffer", "uart_send_buffers"),
    ]


def test_a_symbol_in_another_section_or_object_file_has_moved() -> None:
    old = (entry("fast", 40), entry("shared", 60))
    new = (entry("fast", 40, 40, section=".ramcode"), entry("shared", 60, place="other.o"), entry("stays", 4))
    assert changes(old=old, new=new) == [
        ("added", "", "stays"),
        ("moved", "fast", "fast"),
        ("moved", "shared", "shared"),
    ]


def test_the_same_build_in_another_folder_has_not_changed() -> None:
    places = ("src/main.o", "src/net/main.o", "/opt/gcc/12/lib/libc.a(memcpy.o)", "/tmp/ccAbCdEf.ltrans0.ltrans.o")
    moved = ("/ci/b/src/main.o", "/ci/b/src/net/main.o", "/usr/lib/libc.a(memcpy.o)", "/tmp/ccUvWxYz.ltrans0.ltrans.o")
    old = tuple(entry(f"symbol{index}", 10 + index, place=place) for index, place in enumerate(places))
    new = tuple(entry(f"symbol{index}", 10 + index, place=place) for index, place in enumerate(moved))
    assert changes(old=old, new=new) == []


def test_an_object_file_keeps_its_identity_when_the_build_system_changes() -> None:
    assert same_objects([("", "main.o"), ("", "gone.o")], [("", "CMakeFiles/app.dir/main.c.obj"), ("", "new.o")]) == {
        ("", "main.o"): ("", "CMakeFiles/app.dir/main.c.obj")
    }


def test_static_functions_with_one_name_are_told_apart_by_their_object_files() -> None:
    old = (entry("init", 10, place="a.o"), entry("init", 20, place="b.o"), entry("init", 30, place="c.o"))
    new = (entry("init", 10, place="a.o"), entry("init", 24, place="b.o"))
    assert changes(old=old, new=new) == [("removed", "init", "init"), ("resized", "init", "init")]


def test_padding_of_a_section_is_compared_as_one() -> None:
    old = (entry("[padding]", 2), entry("[padding]", 1))
    assert changes(old=old, new=(entry("[padding]", 3),)) == []


def test_the_largest_change_comes_first_whatever_its_sign() -> None:
    old = (entry("a", 10), entry("b", 300), entry("c", 50, 70))
    new = (entry("a", 110), entry("b", 100), entry("c", 50, 20))
    assert [each.entry.name for each in compare(snapshot(*old), snapshot(*new)).symbols] == ["b", "a", "c"]


def test_many_symbols_with_other_names_take_no_long_time() -> None:
    old = snapshot(*(entry(f"symbol_{index}_before", 20) for index in range(20_000)))
    new = snapshot(*(entry(f"function_{index}_{index}", 20) for index in range(20_000)))
    start = time.process_time()
    compare(old, new)
    assert time.process_time() - start < 20
