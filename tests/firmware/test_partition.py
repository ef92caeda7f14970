from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from lilliput.firmware.elf import Section, Symbol, SymbolKind
from lilliput.firmware.firmware import Source
from lilliput.firmware.map_file import FILL, Contribution, OutputSection
from lilliput.firmware.partition import PADDING, STRINGS, Piece, partition
from tests.firmware.elves import elf, section, symbol

TEXT = OutputSection(".text", 0x100, 32)


def pieces(
    where: Section,
    *symbols: Symbol,
    contributions: Sequence[Contribution] = (),
    borders: frozenset[str] = frozenset(),
) -> list[Piece]:
    return list(partition(elf(where, symbols=symbols), where, range(len(symbols)), contributions, borders))


def shown(found: list[Piece]) -> list[tuple[int, int, str]]:
    return [(each.start - 0x100, each.end - 0x100, each.name) for each in found]


def code(size_bytes: int = 32, byte: bytes = b"\x91") -> Section:
    return section(".text", 0x100, data=byte * size_bytes, executable=True)


def data(content: bytes) -> Section:
    return section(".rodata", 0x100, data=content)


def contribution(start: int, size_bytes: int, object_file: str, input_section: str = ".text.x") -> Contribution:
    return Contribution(TEXT, input_section, 0x100 + start, size_bytes, object_file, "")


def test_a_symbol_inside_another_owns_its_bytes_and_gives_the_rest_back() -> None:
    found = pieces(code(), symbol("outer", 0x100, 32), symbol("inner", 0x108, 4))
    assert shown(found) == [(0, 8, "outer"), (8, 12, "inner"), (12, 32, "outer")]


def test_where_two_symbols_overlap_the_later_one_begins_where_it_says() -> None:
    found = pieces(code(), symbol("one", 0x100, 20), symbol("other", 0x110, 16))
    assert shown(found) == [(0, 16, "one"), (16, 32, "other")]


def test_symbols_of_one_address_are_one_range_with_aliases() -> None:
    found = pieces(code(), symbol("__memcpy", 0x100, 32), symbol("memcpy", 0x100, 32), symbol("m", 0x100, 16))
    assert [(each.name, each.aliases) for each in found] == [("memcpy", ("__memcpy", "m"))]


def test_a_symbol_that_reaches_beyond_its_section_ends_with_it() -> None:
    assert shown(pieces(code(), symbol("endless", 0x100, 0xFFFFFFFF))) == [(0, 32, "endless")]


def test_a_strong_name_comes_before_a_weak_one_that_is_shorter() -> None:
    (found,) = pieces(code(), symbol("x", 0x100, 32, is_weak=True), symbol("handler", 0x100, 32))
    assert found.name == "handler"


def test_a_function_without_a_size_reaches_to_the_next_one() -> None:
    found = pieces(code(), symbol("first", 0x100), symbol("second", 0x110))
    assert shown(found) == [(0, 16, "first"), (16, 32, "second")]


def test_a_function_without_a_size_ends_with_the_object_that_brought_it() -> None:
    parts = [contribution(0, 20, "a.o"), contribution(20, 12, "b.o", ".rodata.x")]
    found = pieces(code(), symbol("first", 0x100), contributions=parts)
    assert shown(found) == [(0, 20, "first"), (20, 32, "[.rodata.x]")]


def test_local_labels_do_not_cut_a_function() -> None:
    loop = symbol("loop", 0x108, kind=SymbolKind.LABEL, is_global=False)
    assert shown(pieces(code(), symbol("first", 0x100), loop)) == [(0, 32, "first")]


def test_code_between_two_functions_belongs_to_the_first() -> None:
    found = pieces(code(), symbol("first", 0x100, 8), symbol("second", 0x11A, 6))
    assert shown(found) == [(0, 8, "first"), (8, 26, "first"), (26, 32, "second")]


def test_code_behind_the_last_function_has_no_name() -> None:
    found = pieces(code(), symbol("first", 0x100, 8))
    assert [(each.source, each.name) for each in found][1:] == [(Source.SECTION, "[.text]")]


def test_labels_in_data_own_nothing_without_a_map() -> None:
    label = symbol("table", 0x100, kind=SymbolKind.LABEL)
    assert [each.name for each in pieces(data(b"\x81\x82\x83\x84" * 8), label)] == ["[.rodata]"]


def test_labels_in_data_own_what_their_object_brought() -> None:
    label = symbol("table", 0x100, kind=SymbolKind.LABEL)
    found = pieces(data(b"\x81\x82\x83\x84" * 8), label, contributions=[contribution(0, 12, "a.o")])
    assert shown(found) == [(0, 12, "table"), (12, 32, "[.rodata]")]


def test_zeros_up_to_the_next_boundary_are_padding() -> None:
    found = pieces(data(b"\x81" * 9 + bytes(3) + b"\x82" * 4), symbol("a", 0x100, 9), symbol("b", 0x10C, 4))
    assert shown(found) == [(0, 9, "a"), (9, 12, PADDING), (12, 16, "b")]


def test_more_zeros_than_alignment_needs_are_no_padding() -> None:
    found = pieces(data(bytes(32)))
    assert [each.source for each in found] == [Source.SECTION]


def test_what_the_map_calls_filling_is_padding_however_long() -> None:
    found = pieces(data(b"\x55" * 32), contributions=[contribution(0, 32, "", FILL)])
    assert [each.source for each in found] == [Source.PADDING]


def test_filling_of_a_section_without_bytes_is_no_padding_but_room() -> None:
    heap = section("._user_heap_stack", 0x100, 512, writable=True)
    found = pieces(heap, contributions=[Contribution(TEXT, FILL, 0x100, 512, "", "")])
    assert [(each.source, each.name) for each in found] == [(Source.RESERVED, "[._user_heap_stack]")]


def test_text_between_other_constants_is_found() -> None:
    found = pieces(data(b"\x81\x82\x83\x84winter\0\x91\x92\x93\x94\x95"))
    assert shown(found) == [(0, 4, "[.rodata]"), (4, 11, STRINGS), (11, 16, "[.rodata]")]


def test_symbols_that_the_linker_script_defines_own_nothing() -> None:
    mark = symbol("my_place", 0x100, kind=SymbolKind.LABEL)
    assert [each.symbol for each in pieces(code(), mark, borders=frozenset({"my_place"}))] == [-1]


symbols_anywhere = st.builds(
    symbol,
    st.sampled_from(["a", "b", "_end", "$t", "table_start", "c"]),
    st.integers(0xF0, 0x130),
    st.sampled_from([0, 0, 1, 2, 5, 8, 40, 2**32 - 1]),
    st.sampled_from(list(SymbolKind)),
    is_global=st.booleans(),
)
cuts = st.lists(st.integers(0, 32), max_size=6, unique=True).map(sorted)


@given(st.lists(symbols_anywhere, max_size=12), cuts, st.binary(min_size=32, max_size=32), st.booleans())
def test_every_byte_is_in_exactly_one_piece(
    symbols: list[Symbol], borders: list[int], content: bytes, executable: bool
) -> None:
    where = section(".text", 0x100, data=content, executable=executable)
    parts = [contribution(start, end - start, "x.o") for start, end in zip(borders[::2], borders[1::2], strict=False)]
    found = pieces(where, *symbols, contributions=parts)
    assert [each.start for each in found] == [0x100, *(each.end for each in found[:-1])]
    assert found[-1].end == 0x120
    assert all(each.start < each.end for each in found)
