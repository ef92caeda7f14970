"""Packing: sound for every input, optimal on hard instances, and the same every time."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lilliput.planning import exact
from lilliput.planning.lifetimes import Lifetime, peak_live_bytes
from lilliput.planning.packing import Packing, pack

_INSTANCES = Path(__file__).parent / "instances"
_SMALLEST = {
    "alignment_costs_a_byte": (69, 68),
    "greedy_fails": (24, 24),
    "greedy_fails_aligned": (41, 41),
    "live_bytes_out_of_reach": (7, 6),
    "mcunet_vww": (161_472, 161_472),
    "random_60_a": (717, 717),
    "random_60_b": (959, 959),
    "resnet_ic": (49_152, 49_152),
    "tinyengine_detection": (337_024, 337_024),
    "wakeword_okay_nabu_v2": (4_032, 4_032),
}
"""Instance -> (smallest arena, peak of the live bytes)."""
_NEEDS_SOLVER = ("wakeword_okay_nabu_v2",)
_EFFORT = 3_000


def lifetime(
    index: int, unit_bytes: int, first: list[int], end: list[int], slots: int = 0, alignment: int = 1
) -> Lifetime:
    """Units with these first and end steps; all of them in memory, or `slots` at a time."""
    return Lifetime((index,), unit_bytes, slots or len(first), alignment, np.array(first), np.array(end))


def read_instance(name: str) -> tuple[Lifetime, ...]:
    with (_INSTANCES / f"{name}.csv").open(newline="") as file:
        rows = [{field: int(value) for field, value in row.items()} for row in csv.DictReader(file)]
    return tuple(
        lifetime(i, row["size_bytes"], [row["first_step"]], [row["end_step"]], alignment=row["alignment_bytes"])
        for i, row in enumerate(rows)
    )


def assert_packed(buffers: tuple[Lifetime, ...], packing: Packing) -> None:
    """No byte of the arena may belong to two live units at the same step."""
    steps = max((int(buffer.end.max()) for buffer in buffers), default=0)
    owned = np.zeros((steps, packing.arena_bytes), np.int8)
    for buffer, offset in zip(buffers, packing.offsets, strict=True):
        assert offset % buffer.alignment_bytes == 0
        assert 0 <= offset <= packing.arena_bytes - buffer.size_bytes
        for unit, (first, end) in enumerate(zip(buffer.first.tolist(), buffer.end.tolist(), strict=True)):
            start = offset + unit % buffer.slots * buffer.unit_bytes
            owned[first:end, start : start + buffer.unit_bytes] += 1
    assert owned.max(initial=0) <= 1


@st.composite
def lifetimes(draw: st.DrawFn) -> tuple[Lifetime, ...]:
    """Whole buffers, rows that appear and die one after another, and rings."""
    buffers: list[Lifetime] = []
    for index in range(draw(st.integers(0, 10))):
        alignment = draw(st.sampled_from([1, 2, 4]))
        unit_bytes = draw(st.integers(0, 5)) * alignment
        rows = draw(st.integers(1, 6))
        start, pace, length = draw(st.integers(0, 8)), draw(st.integers(0, 3)), draw(st.integers(0, 6))
        first = [start + pace * row for row in range(rows)]
        end = [step + length for step in first]
        slots = rows if pace == 0 else min(rows, -(-length // pace) + draw(st.integers(0, 1)))
        buffers.append(lifetime(index, unit_bytes, first, end, max(1, slots), alignment))
    return tuple(buffers)


@settings(deadline=None, max_examples=80)
@given(lifetimes(), st.booleans())
def test_no_live_row_lies_on_another_one(buffers: tuple[Lifetime, ...], solve: bool) -> None:
    packing = pack(buffers, 300, 0.01 if solve else 0.0)
    assert_packed(buffers, packing)
    assert peak_live_bytes(buffers) <= packing.arena_bytes


def test_nothing_needs_no_memory() -> None:
    assert pack((), 10) == Packing((), 0)


def test_an_output_grows_into_the_rows_of_the_input_that_are_done() -> None:
    source = lifetime(0, 4, [0] * 8, [2, 3, 4, 5, 6, 7, 8, 9])
    target = lifetime(1, 4, [1, 2, 3, 4, 5, 6, 7, 8], [10] * 8)
    packing = pack((source, target), 100)
    assert_packed((source, target), packing)
    assert packing.arena_bytes == 9 * 4


def test_what_lives_for_one_step_lies_in_the_gap_of_a_ring() -> None:
    ring = lifetime(0, 4, [0, 2, 4], [1, 3, 5], slots=1)
    others = lifetime(1, 4, [1, 3], [2, 4], slots=1)
    assert pack((ring, others), 100).arena_bytes == 4


def test_every_instance_has_an_expected_size_and_every_size_an_instance() -> None:
    assert sorted(path.stem for path in _INSTANCES.glob("*.csv")) == sorted(_SMALLEST)


@pytest.mark.parametrize("name", _SMALLEST)
def test_hard_instances_are_packed_optimally(name: str) -> None:
    buffers = read_instance(name)
    packing = pack(buffers, _EFFORT, 0.1)
    if packing.arena_bytes < 10_000:
        assert_packed(buffers, packing)
    assert (packing.arena_bytes, peak_live_bytes(buffers)) == _SMALLEST[name]


@pytest.mark.parametrize("name", _NEEDS_SOLVER)
def test_without_the_solver_the_packing_is_sound_and_little_larger(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        assert name == "ortools"

    monkeypatch.setattr(exact, "find_spec", missing)
    buffers = read_instance(name)
    packing = pack(buffers, _EFFORT, 0.1)
    assert_packed(buffers, packing)
    smallest_bytes, _ = _SMALLEST[name]
    assert smallest_bytes < packing.arena_bytes <= smallest_bytes * 1.1


def test_the_same_lifetimes_always_get_the_same_offsets() -> None:
    buffers = read_instance("random_60_b")
    assert pack(buffers, _EFFORT, 0.05) == pack(buffers, _EFFORT, 0.05)
