"""Packing: buffers alive together never overlap, hard instances reach their optimum, bounds are honest."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lilliput.planning import exact
from lilliput.planning.lifetimes import Lifetime
from lilliput.planning.packing import Packing, pack, peak_live_bytes

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
_NEEDS_SOLVER = ("alignment_costs_a_byte", "greedy_fails", "greedy_fails_aligned", "wakeword_okay_nabu_v2")


def read_instance(name: str) -> tuple[Lifetime, ...]:
    with (_INSTANCES / f"{name}.csv").open(newline="") as file:
        rows = [{field: int(value) for field, value in row.items()} for row in csv.DictReader(file)]
    return tuple(Lifetime(tensors=(index,), **row) for index, row in enumerate(rows))


def assert_packed(buffers: tuple[Lifetime, ...], packing: Packing) -> None:
    placed = list(zip(buffers, packing.offsets, strict=True))
    for index, (buffer, offset) in enumerate(placed):
        assert 0 <= offset <= packing.arena_bytes - buffer.size_bytes
        assert offset % buffer.alignment_bytes == 0
        for other, other_offset in placed[:index]:
            together = buffer.first_step < other.end_step and other.first_step < buffer.end_step
            apart = offset + buffer.size_bytes <= other_offset or other_offset + other.size_bytes <= offset
            assert apart or not together, (buffer, other)


@st.composite
def lifetimes(draw: st.DrawFn) -> tuple[Lifetime, ...]:
    buffers: list[Lifetime] = []
    for index in range(draw(st.integers(0, 14))):
        alignment = draw(st.sampled_from([1, 2, 4, 8]))
        first = draw(st.integers(0, 8))
        end = first + draw(st.integers(1, 6))
        buffers.append(Lifetime((index,), draw(st.integers(0, 9)) * alignment, alignment, first, end))
    return tuple(buffers)


@settings(deadline=None, max_examples=60)
@given(lifetimes())
def test_two_buffers_alive_together_never_overlap(buffers: tuple[Lifetime, ...]) -> None:
    packing = pack(buffers, seconds=0.2)
    assert_packed(buffers, packing)
    assert peak_live_bytes(buffers) <= packing.lower_bound_bytes <= packing.arena_bytes


def test_nothing_needs_no_memory() -> None:
    assert pack((), seconds=1) == Packing((), 0, 0)


def test_every_instance_has_an_expected_size_and_every_size_an_instance() -> None:
    assert sorted(path.stem for path in _INSTANCES.glob("*.csv")) == sorted(_SMALLEST)


@pytest.mark.parametrize("name", _SMALLEST)
def test_hard_instances_are_packed_optimally_and_proven_so(name: str) -> None:
    buffers = read_instance(name)
    packing = pack(buffers, seconds=2)
    assert_packed(buffers, packing)
    assert (packing.arena_bytes, peak_live_bytes(buffers)) == _SMALLEST[name]
    assert packing.lower_bound_bytes == packing.arena_bytes


@pytest.mark.parametrize("name", _NEEDS_SOLVER)
def test_without_the_solver_the_packing_is_sound_and_the_gap_is_shown(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        assert name == "ortools"

    monkeypatch.setattr(exact, "find_spec", missing)
    buffers = read_instance(name)
    packing = pack(buffers, seconds=2)
    assert_packed(buffers, packing)
    smallest_bytes, live_bytes = _SMALLEST[name]
    assert packing.lower_bound_bytes == live_bytes
    assert smallest_bytes < packing.arena_bytes <= smallest_bytes * 1.1


def test_the_same_lifetimes_always_get_the_same_offsets() -> None:
    buffers = read_instance("random_60_b")
    assert pack(buffers, seconds=0.5) == pack(buffers, seconds=0.5)


def test_the_solver_stops_at_its_limit_and_keeps_what_first_fit_found() -> None:
    buffers = read_instance("random_60_b")
    packing = pack(buffers, seconds=0.0)
    assert_packed(buffers, packing)
    assert _SMALLEST["random_60_b"][0] <= packing.arena_bytes < 1_000
