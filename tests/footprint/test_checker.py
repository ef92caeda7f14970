"""The footprint checker refuses every footprint that differs from the image."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lilliput.codegen.csource import Label, Part
from lilliput.errors import InvariantError
from lilliput.footprint import Footprint, LabelledRange, measure
from lilliput.footprint.checker import check_footprint
from tests.footprint.programs import image_of

OTHER = Label(Part.PADDING, "other")


@cache
def measured() -> Footprint:
    return measure(image_of("cortex-m4", "zig"))


def longer(item: LabelledRange) -> tuple[LabelledRange, ...]:
    return (replace(item, end=item.end + 1),)


def shorter(item: LabelledRange) -> tuple[LabelledRange, ...]:
    return (replace(item, end=item.end - 1),)


def late(item: LabelledRange) -> tuple[LabelledRange, ...]:
    return (replace(item, start=item.start + 1),)


def early(item: LabelledRange) -> tuple[LabelledRange, ...]:
    return (replace(item, start=item.start - 1),)


def missing(_: LabelledRange) -> tuple[LabelledRange, ...]:
    return ()


def doubled(item: LabelledRange) -> tuple[LabelledRange, ...]:
    return (item, item)


def empty_before(item: LabelledRange) -> tuple[LabelledRange, ...]:
    return (LabelledRange(item.start, item.start, OTHER), item)


def reversed_halves(item: LabelledRange) -> tuple[LabelledRange, ...]:
    middle = item.start + 1
    return (LabelledRange(middle, item.end, OTHER), LabelledRange(item.start, middle, OTHER))


MUTATIONS = (longer, shorter, late, early, missing, doubled, empty_before, reversed_halves)


def check(footprint: Footprint) -> None:
    image = image_of("cortex-m4", "zig")
    check_footprint(footprint, image.elf, image.binary)


@pytest.mark.parametrize("mutation", MUTATIONS)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_changed_range_is_refused(
    mutation: Callable[[LabelledRange], tuple[LabelledRange, ...]], data: st.DataObject
) -> None:
    footprint = measured()
    index = data.draw(st.integers(0, len(footprint.ranges) - 1))
    changed = (*footprint.ranges[:index], *mutation(footprint.ranges[index]), *footprint.ranges[index + 1 :])
    with pytest.raises(InvariantError):
        check(replace(footprint, ranges=changed))


def test_splitting_a_range_is_accepted() -> None:
    footprint = measured()
    first = footprint.ranges[0]
    halves = (LabelledRange(0, 7, OTHER), replace(first, start=7))
    check(replace(footprint, ranges=(*halves, *footprint.ranges[1:])))


@settings(deadline=None, max_examples=40)
@given(field=st.sampled_from(("flash_bytes", "arena_bytes", "static_bytes")), change=st.integers(-200, 200))
def test_a_wrong_total_is_refused(field: str, change: int) -> None:
    footprint = measured()
    wrong = replace(footprint, **{field: getattr(footprint, field) + (change or 1)})
    with pytest.raises(InvariantError):
        check(wrong)


def test_a_negative_size_is_refused() -> None:
    footprint = measured()
    ram_bytes = footprint.arena_bytes + footprint.static_bytes
    for wrong in ({"stack_bytes": -4}, {"arena_bytes": ram_bytes + 4, "static_bytes": -4}):
        with pytest.raises(InvariantError, match="negative"):
            check(replace(footprint, **wrong))


@settings(deadline=None, max_examples=40)
@given(position=st.integers(0), size=st.integers(-8, 8), flip=st.integers(1, 255))
def test_other_bytes_to_flash_are_refused(position: int, size: int, flip: int) -> None:
    image = image_of("cortex-m4", "zig")
    if size:
        binary = image.binary[:size] if size < 0 else image.binary + bytes(size)
    else:
        position %= len(image.binary)
        changed = bytearray(image.binary)
        changed[position] ^= flip
        binary = bytes(changed)
    with pytest.raises(InvariantError):
        check_footprint(replace(measured(), flash_bytes=len(binary)), image.elf, binary)
