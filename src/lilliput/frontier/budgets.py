"""Frontier + budgets -> the point to build, for `--optimize balanced`."""

from dataclasses import dataclass

from lilliput.errors import DoesNotFitError, UsageError
from lilliput.frontier.frontier import Frontier, frontier
from lilliput.frontier.measurement import Point
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class Budgets:
    """The most that a build may take of flash, RAM and instructions; None where it does not matter."""

    flash_bytes: int | None = None
    ram_bytes: int | None = None
    instructions: int | None = None

    def excess(self, point: Point) -> float:
        """By how much the point exceeds the budget that it exceeds most, as a share; 0 when it meets all."""
        limits = (self.flash_bytes, self.ram_bytes, self.instructions)
        pairs = [(figure, limit) for figure, limit in zip(point.figures, limits, strict=True) if limit is not None]
        return max((max(0, figure - limit) / max(limit, 1) for figure, limit in pairs), default=0.0)


def best(found: Frontier, budgets: Budgets, where: str) -> Point:
    """The point within the budgets.

    With a limit of flash only, the fastest; of instructions only, the smallest; else the one with the smallest product
    of flash and instructions. Raises DoesNotFitError, naming the nearest point, when none is within the budgets.
    """
    fitting = [point for point in found.points if not budgets.excess(point)]
    if not fitting:
        nearest = min(found.points, key=budgets.excess)
        raise DoesNotFitError(
            f"no build is within the budgets; {nearest.name} comes nearest with {nearest.flash_bytes:,} bytes of "
            f"flash, {nearest.ram_bytes:,} bytes of RAM and {nearest.instructions:,} instructions",
            where,
            "Raise a budget; --pareto shows all points.",
        )
    if budgets.flash_bytes is not None and budgets.instructions is None:
        return min(fitting, key=lambda point: point.instructions)
    if budgets.instructions is not None and budgets.flash_bytes is None:
        return min(fitting, key=lambda point: point.flash_bytes)
    return min(fitting, key=lambda point: point.flash_bytes * point.instructions)


def resolve(graph: Graph, options: Options, progress: Progress = silent) -> Options:
    """The options of one build: those of the best point for "balanced", all others as they are.

    Raises UsageError for budgets without "balanced".
    """
    if options.optimize != "balanced":
        if options.flash_bytes is not None or options.max_instructions is not None:
            raise UsageError(
                "budgets of flash and instructions need a choice of points", advice="Add --optimize balanced."
            )
        return options
    budgets = Budgets(options.flash_bytes, options.ram_bytes, options.max_instructions)
    found = frontier(graph, options, progress)
    return best(found, budgets, graph.source.name).recipe.applied(options)
