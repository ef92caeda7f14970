"""Lifetimes + a packing -> a better packing or the proof that there is none, by the constraint solver OR-tools CP-SAT.

Deterministic: one worker, a fixed seed, and a limit in the solver's own count of work, so that the same lifetimes give
the same offsets on a fast and on a slow machine. Without time, or without the package `ortools`, the packing stays as
it is.
"""

import math
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from lilliput.planning.lifetimes import Lifetime

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

_WORK_PER_SECOND = 0.05
"""CP-SAT's deterministic time that takes about a second, measured on instances of 60 to 200 buffers."""
_MOST_PAIRS = 20_000
"""Pairs of buffers alive together, beyond which the model alone takes many seconds; networks have hundreds."""


def improve(
    buffers: Sequence[Lifetime],
    neighbours: Sequence[Sequence[int]],
    offsets: tuple[int, ...],
    lower_bound_bytes: int,
    seconds: float,
) -> tuple[tuple[int, ...], int]:
    """The best offsets found, at worst the given ones, and the best lower bound proven, at worst the given one.

    `neighbours[i]` are the buffers that must not overlap buffer i; the given `offsets` must keep to that.
    """
    too_many = sum(len(others) for others in neighbours) > 2 * _MOST_PAIRS
    if seconds <= 0 or too_many or find_spec("ortools") is None:
        return offsets, lower_bound_bytes
    # The import takes half a second: only paid where first fit leaves a gap.
    from ortools.sat.python import cp_model

    # Counted in the greatest common divisor of all sizes the domains are small.
    unit = math.gcd(*(count for buffer in buffers for count in (buffer.size_bytes, buffer.alignment_bytes)))
    model, places = _model(buffers, neighbours, offsets, lower_bound_bytes, unit)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = seconds * _WORK_PER_SECOND
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return offsets, lower_bound_bytes
    proven_bytes = math.ceil(solver.best_objective_bound) * unit
    found = (solver.value(place) * buffer.alignment_bytes for place, buffer in zip(places, buffers, strict=True))
    return tuple(found), max(lower_bound_bytes, proven_bytes)


def _model(
    buffers: Sequence[Lifetime],
    neighbours: Sequence[Sequence[int]],
    offsets: Sequence[int],
    lower_bound_bytes: int,
    unit: int,
) -> "tuple[cp_model.CpModel, list[cp_model.IntVar]]":
    """The packing as constraints: minimise the arena, in units; `places` are offsets in multiples of the alignment."""
    from ortools.sat.python import cp_model

    sizes = [buffer.size_bytes // unit for buffer in buffers]
    strides = [buffer.alignment_bytes // unit for buffer in buffers]
    capacity = max(offset // unit + size for offset, size in zip(offsets, sizes, strict=True))
    model = cp_model.CpModel()
    arena = model.new_int_var(-(-lower_bound_bytes // unit), capacity, "arena")
    places: list[cp_model.IntVar] = []
    for index, others in enumerate(neighbours):
        place = model.new_int_var(0, (capacity - sizes[index]) // strides[index], f"place_{index}")
        model.add_hint(place, offsets[index] // buffers[index].alignment_bytes)
        start = place * strides[index]
        model.add(start + sizes[index] <= arena)
        for other in (other for other in others if other < index):
            below = model.new_bool_var(f"below_{index}_{other}")
            other_start = places[other] * strides[other]
            model.add(start + sizes[index] <= other_start).only_enforce_if(below)
            model.add(other_start + sizes[other] <= start).only_enforce_if(~below)
        places.append(place)
    model.minimize(arena)
    return model, places
