"""What all pictures of a plan share: live bytes and the peak, names, the axes."""

from itertools import pairwise

import pytest

from lilliput.reports.plan_picture import byte_ticks, comparison, picture_of, running, sections, step_positions
from tests.plans import addition_in_place, two_convolutions


def test_the_live_bytes_are_those_of_all_rows_alive_and_the_peak_is_their_largest() -> None:
    picture = picture_of(*two_convolutions())
    assert picture.live_bytes[0] == 4 * 8 + 8 + 6
    assert picture.live_bytes[-1] == 32
    assert len(picture.live_bytes) == len(picture.plan.steps) + 1
    assert picture.peak_bytes == max(picture.live_bytes) == picture.live_bytes[picture.peak_step]
    at_peak = sum(occupant.bytes_at(picture.peak_step) for occupant in picture.occupants)
    assert at_peak == picture.peak_bytes <= picture.plan.arena_bytes


def test_occupants_are_named_by_what_makes_them() -> None:
    picture = picture_of(*two_convolutions())
    assert [picture.maker(each) for each in picture.occupants] == ["input", "CONV_2D 0", "row counters", "CONV_2D 1"]
    assert [picture.rows(each) for each in picture.occupants] == ["all 4", "3 of 4", "", "all 4"]
    assert [picture.bytes_kept(each) for each in picture.occupants] == [32, 24, 6, 32]


def test_steps_are_named_by_node_and_row() -> None:
    picture = picture_of(*two_convolutions(input_by_rows=True))
    assert picture.step_title(0) == "step 0: the caller pushes row 0"
    assert picture.step_title(2) == "step 2: CONV_2D 0, row 0"
    assert picture.step_title(len(picture.plan.steps)) == "step 12: the caller reads the outputs"
    assert picture_of(*addition_in_place()).step_title(2) == "step 2: RESHAPE 1"


def test_the_sections_follow_the_segments_and_end_with_the_caller() -> None:
    _, plan = addition_in_place()
    assert [(each.nodes, each.first_step, each.end_step) for each in sections(plan)] == [
        ((0,), 0, 2),
        ((1,), 2, 3),
        ((), 3, 4),
    ]


@pytest.mark.parametrize("width", [1.0, 80.0, 1140.0])
def test_the_time_axis_has_a_place_for_every_step_and_fills_the_width(width: float) -> None:
    _, plan = two_convolutions()
    positions = step_positions(plan, width)
    assert len(positions) == len(plan.steps) + 2
    assert positions[0] == 0
    assert positions[-1] == pytest.approx(width)
    assert all(before < after for before, after in pairwise(positions))


@pytest.mark.parametrize(("arena_bytes", "ticks"), [(0, [0]), (88, [0, 20, 40, 60, 80]), (4906, range(0, 5000, 1000))])
def test_the_address_axis_has_round_numbers(arena_bytes: int, ticks: list[int]) -> None:
    assert list(byte_ticks(arena_bytes, 6)) == list(ticks)


def test_a_plan_is_summed_up_in_words() -> None:
    _, plan = two_convolutions()
    assert running(plan) == "8 steps: 2 nodes run row by row in turns"
    assert comparison(plan, 128) == "whole layers 128; no plan needs less"
    _, plan = addition_in_place()
    assert running(plan) == "3 steps: 2 run alone"
    assert comparison(plan, plan.arena_bytes) == "no plan needs less"
