"""Charts made of block characters: as high, as wide and as exact as they say."""

from hypothesis import given
from hypothesis import strategies as st

from lilliput.reports.column_chart import bar, column_chart

VALUES = st.lists(st.integers(0, 1 << 40), min_size=1, max_size=300)


@given(VALUES, st.integers(1, 120), st.integers(1, 10))
def test_a_chart_keeps_to_its_size_and_shows_every_value(values: list[int], width: int, height: int) -> None:
    chart = column_chart(values, width, height)
    assert len(chart.rows) == height
    assert {len(row) for row in chart.rows} == {chart.pitch * len(chart.starts)}
    assert len(chart.rows[0]) <= width
    assert (
        (len(chart.starts) - 1) * chart.values_per_column < len(values) <= len(chart.starts) * chart.values_per_column
    )


@given(VALUES, st.integers(1, 120))
def test_only_zero_has_an_empty_column(values: list[int], width: int) -> None:
    chart = column_chart(values, width, 4)
    for column, start in enumerate(chart.starts):
        first = column * chart.values_per_column
        empty = not any(values[first : first + chart.values_per_column])
        assert (chart.rows[-1][start] == " ") == empty


def test_columns_are_as_high_as_their_values_in_eighths_of_a_character() -> None:
    chart = column_chart([16, 8, 1, 12, 0], 15, 2)
    assert [chart.rows[0][start] for start in chart.starts] == ["█", " ", " ", "▄", " "]
    assert [chart.rows[1][start] for start in chart.starts] == ["█", "█", "▁", "█", " "]


def test_more_values_than_characters_show_the_largest_of_each_group() -> None:
    chart = column_chart([0, 8, 0, 0, 4, 0], 3, 1)
    assert chart.values_per_column == 2
    assert chart.rows == ("█ ▄",)


def test_a_bar_is_in_proportion_and_never_empty_for_something() -> None:
    assert [bar(part, 16, 2) for part in (0, 1, 8, 9, 16)] == ["", "▏", "█", "█▏", "██"]
    assert bar(1, 1 << 40, 10) == "▏"
    assert bar(0, 0, 10) == ""


def test_charts_can_do_with_ascii() -> None:
    chart = column_chart(range(9), 9, 1, ascii_only=True)
    assert chart.rows == ("    #####",)
    assert bar(9, 16, 2, ascii_only=True).isascii()
