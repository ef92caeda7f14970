"""Lifetimes + a packing -> a better packing or the proof that there is none, by the constraint solver OR-tools CP-SAT.

Deterministic: one worker, a fixed seed, and a limit in the solver's own count of work, so that the same lifetimes give
the same offsets on a fast and on a slow machine. Without the package `ortools` the packing stays as it is.
"""

import math
from collections.abc import Sequence
from importlib.util import find_spec

from lilliput.planning.lifetimes import Lifetime

_WORK_PER_SECOND = 0.05
"""CP-SAT's deterministic time that takes about a second, measured on instances of 60 to 200 buffers."""


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
    if find_spec("ortools") is None:
        return offsets, lower_bound_bytes
    # The import takes half a second: only paid where first fit leaves a gap.
    from ortools.sat.python import cp_model

    # Counted in the greatest common divisor of all sizes the domains are small.
    unit = math.gcd(*(count for buffer in buffers for count in (buffer.size_bytes, buffer.alignment_bytes)))
    sizes = [buffer.size_bytes // unit for buffer in buffers]
    strides = [buffer.alignment_bytes // unit for buffer in buffers]
    capacity = max(offset // unit + size for offset, size in zip(offsets, sizes, strict=True))

    model = cp_model.CpModel()
    arena = model.new_int_var(-(-lower_bound_bytes // unit), capacity, "arena")
    places = [
        model.new_int_var(0, (capacity - size) // stride, f"place_{index}")
        for index, (size, stride) in enumerate(zip(sizes, strides, strict=True))
    ]
    for index, others in enumerate(neighbours):
        start = places[index] * strides[index]
        model.add_hint(places[index], offsets[index] // buffers[index].alignment_bytes)
        model.add(start + sizes[index] <= arena)
        for other in (other for other in others if other < index):
            below = model.new_bool_var(f"below_{index}_{other}")
            model.add(start + sizes[index] <= places[other] * strides[other]).only_enforce_if(below)
            model.add(places[other] * strides[other] + sizes[other] <= start).only_enforce_if(~below)
    model.minimize(arena)

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = seconds * _WORK_PER_SECOND
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return offsets, lower_bound_bytes
    proven_bytes = math.ceil(solver.best_objective_bound) * unit
    found = (solver.value(place) * buffer.alignment_bytes for place, buffer in zip(places, buffers, strict=True))
    return tuple(found), max(lower_bound_bytes, proven_bytes)
