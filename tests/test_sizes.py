"""Sizes as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lilliput.sizes import SizeRange, parse_size, parse_size_range, size_text


@pytest.mark.parametrize(
    "text", ["65536", "64K", "64k", "64 KB", "64KiB", " 64 kib ", "65536B", "65536 bytes", "0.0625M"]
)
def test_one_size_is_written_in_many_ways(text: str) -> None:
    assert parse_size(text) == 65_536


@pytest.mark.parametrize(
    "text", ["", "K", "-1", "+1", "1e3", "64Q", "64 K B", "0x10", "٣", "1.5", "0.3K", "1_000", "9" * 5000]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is (no|more)"):
        parse_size(text)


@given(st.integers(min_value=0, max_value=1 << 40))
def test_a_size_in_text_is_read_back(size_bytes: int) -> None:
    assert parse_size(size_text(size_bytes)) == size_bytes


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("64K", 65_536, 65_535),
        (">=64K", 65_536, 65_535),
        ("> 64K", 65_537, 65_536),
        ("<=64 KiB", 65_536, 65_537),
        ("<64K", 65_535, 65_536),
        ("=64K", 65_536, 65_537),
    ],
)
def test_a_range_has_the_bounds_of_its_sign(text: str, inside: int, outside: int) -> None:
    assert inside in parse_size_range(text)
    assert outside not in parse_size_range(text)


def test_every_size_is_in_the_range_that_names_none() -> None:
    assert 0 in SizeRange()
    assert 1 << 40 in SizeRange()
