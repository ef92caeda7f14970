"""Graph + options -> Frontier: predicts every recipe from a few builds, then builds and measures those worth it.

One build for each corner, and one for each operator that has fast kernels, say what each of them costs and saves. These
differences add up nearly: kernels share little code. The recipes that no prediction beats are built.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations

from lilliput.choice.recipe import DENSE, SIZE, SPEED, Recipe
from lilliput.errors import UsageError
from lilliput.frontier.measurement import Point, exploring, fast_operators, measure
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.pipeline import prepare
from lilliput.progress import Progress, silent
from lilliput.targets import find

_MOST_BUILT = 8
"""Recipes between the corners; of more, those spread best over the frontier."""


@dataclass(frozen=True, slots=True)
class Frontier:
    """Measured points that no other measured one beats, least flash first."""

    points: tuple[Point, ...]
    target: str


@dataclass(frozen=True, slots=True)
class _Prediction:
    recipe: Recipe
    flash_bytes: int
    instructions: int


def frontier(graph: Graph, options: Options, progress: Progress = silent) -> Frontier:
    """The frontier of a model as read from a file. Raises what building raises, and UsageError for the host."""
    if options.target == "host":
        advice = "Choose a microcontroller with --target."
        raise UsageError("instructions are counted in the emulator, not on the host", advice=advice)
    operators = fast_operators(prepare(graph, options), find(options.target).features)
    explored = [Recipe(DENSE, frozenset({each})) for each in sorted(operators)]
    corners = [Recipe(SIZE), Recipe(DENSE), Recipe(SPEED)]
    known: dict[Recipe, Point] = {}
    for done, recipe in enumerate((*corners, *explored)):
        progress(f"measuring {recipe.name}", done, len(corners) + len(explored) + 1)
        known[recipe] = measure(graph, exploring(options), recipe)
    wanted = list(dict.fromkeys((*corners, *_promising(known, operators))))
    measured: list[Point] = []
    for done, recipe in enumerate(wanted):
        progress(f"measuring {recipe.name}", done, len(wanted))
        measured.append(measure(graph, options, recipe))
    return Frontier(tuple(_unbeaten(measured)), options.target)


def _unbeaten(points: Iterable[Point]) -> Iterator[Point]:
    """Those that no other beats, one of each that are equal."""
    distinct = {point.figures: point for point in points}
    for point in sorted(distinct.values(), key=lambda each: each.figures):
        if not any(other.beats(point) for other in distinct.values()):
            yield point


def _promising(known: Mapping[Recipe, Point], operators: frozenset[str]) -> list[Recipe]:
    """The recipes between the corners that no other is predicted to beat."""
    subsets = chain.from_iterable(combinations(sorted(operators), count) for count in range(len(operators) + 1))
    predictions = [_predicted(known, base, frozenset(each)) for each in subsets for base in (SIZE, DENSE)]
    by_flash = sorted(predictions, key=lambda each: (each.flash_bytes, each.instructions))
    kept: list[_Prediction] = []
    for each in by_flash:
        if not kept or each.instructions < kept[-1].instructions:
            kept.append(each)
    if len(kept) > _MOST_BUILT:
        kept = [kept[round(index * (len(kept) - 1) / (_MOST_BUILT - 1))] for index in range(_MOST_BUILT)]
    return [each.recipe for each in kept]


def _predicted(known: Mapping[Recipe, Point], base: str, fast: frozenset[str]) -> _Prediction:
    """The base, and what each operator's fast kernels add: code, constants in their own order, and instructions."""
    start, dense = known[Recipe(base)], known[Recipe(DENSE)]
    flash_bytes, instructions = start.flash_bytes, start.instructions
    for operator in fast:
        one = known[Recipe(DENSE, frozenset({operator}))]
        flash_bytes += one.flash_bytes - dense.flash_bytes
        flash_bytes += dense.constant_bytes_of.get(operator, 0) - start.constant_bytes_of.get(operator, 0)
        instructions += one.instructions_of.get(operator, 0) - start.instructions_of.get(operator, 0)
    return _Prediction(Recipe(base, fast), flash_bytes, instructions)
