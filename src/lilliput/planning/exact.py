"""A packing -> a better one or the same, by the constraint solver OR-tools CP-SAT.

Deterministic: one worker, a fixed seed, and a limit in the solver's own count of work, so that the same lifetimes give
the same offsets on a fast and on a slow machine. Without the package `ortools` the packing stays as it is.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

Intervals = tuple[tuple[int, int], ...]
"""Open intervals of displacements, ascending and disjoint."""
Conflicts = Sequence[Sequence[tuple[int, Intervals]]]
"""For each buffer, the others whose place limits its own: (offset - other's offset) lies in none of the intervals."""


def improve(
    sizes: Sequence[int],
    alignments: Sequence[int],
    conflicts: Conflicts,
    offsets: Sequence[int],
    enough_bytes: int,
    work: float,
) -> tuple[int, ...]:
    """The best offsets found, at worst the given ones, which must keep to the conflicts. Stops at `enough_bytes`.

    `work` is in the solver's own unit, about 10 s.
    """
    if work <= 0 or find_spec("ortools") is None:
        return tuple(offsets)
    # The import takes half a second: only paid where first fit leaves a gap.
    from ortools.sat.python import cp_model

    model, places = _model(sizes, alignments, conflicts, offsets, enough_bytes)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = work
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return tuple(offsets)
    return tuple(solver.value(place) * alignment for place, alignment in zip(places, alignments, strict=True))


def _model(
    sizes: Sequence[int], alignments: Sequence[int], conflicts: Conflicts, offsets: Sequence[int], enough_bytes: int
) -> "tuple[cp_model.CpModel, list[cp_model.IntVar]]":
    """The packing as constraints: minimise the arena; `places` are offsets in multiples of the alignment."""
    from ortools.sat.python import cp_model

    capacity = max(offset + size for offset, size in zip(offsets, sizes, strict=True))
    model = cp_model.CpModel()
    arena = model.new_int_var(min(enough_bytes, capacity), capacity, "arena")
    places: list[cp_model.IntVar] = []
    for index, (size, alignment, offset) in enumerate(zip(sizes, alignments, offsets, strict=True)):
        place = model.new_int_var(0, (capacity - size) // alignment, f"place_{index}")
        model.add_hint(place, offset // alignment)
        model.add(place * alignment + size <= arena)
        places.append(place)
        for other, intervals in conflicts[index]:
            if other < index:
                bounds = [-capacity, *(bound for interval in intervals for bound in interval), capacity]
                free = [[low, high] for low, high in zip(bounds[::2], bounds[1::2], strict=True) if low <= high]
                displacement = place * alignment - places[other] * alignments[other]
                model.add_linear_expression_in_domain(displacement, cp_model.Domain.from_intervals(free))
    model.minimize(arena)
    return model, places
