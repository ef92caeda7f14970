"""The name of a point between smallest and fastest -> the options that build it.

"size", "dense" and "speed" are the corners; "dense+conv_2d" is "dense" with the fastest kernels for CONV_2D.
"""

from dataclasses import dataclass, replace

from lilliput.errors import UsageError
from lilliput.operators import ALL
from lilliput.options import Options

SIZE, DENSE, SPEED = "size", "dense", "speed"
_ADVICE = f"Give {SIZE}, {DENSE} or {SPEED}, and operators with fast kernels, such as {DENSE}+conv_2d."


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a point is built: compiled for size with encoded weights (`base` "size"), with dense ones, or for speed.

    `fast` are the operators with the fastest kernels that the core can run; for "speed" it is all that have any.
    """

    base: str
    fast: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """What `parse` reads."""
        return "+".join((self.base, *sorted(self.fast)))

    def applied(self, options: Options) -> Options:
        """The options with what the recipe decides."""
        if self.base == SPEED:
            return replace(options, optimize="speed", fast_operators=None, max_slowdown=1.0)
        max_slowdown = max(options.max_slowdown, 1.0) if self.base == SIZE else 1.0
        return replace(options, optimize="size", fast_operators=tuple(sorted(self.fast)), max_slowdown=max_slowdown)


def parse(name: str) -> Recipe:
    """The recipe with this name. Raises UsageError for anything else."""
    base, *operators = name.split("+")
    known = {operator.name for operator in ALL if operator.variants}
    unknown = [each for each in operators if each not in known]
    if base not in (SIZE, DENSE, SPEED) or (base == SPEED and operators):
        raise UsageError(f'there is no point "{name}"', advice=_ADVICE)
    if unknown:
        fact = f'the operator "{unknown[0]}" has no fast kernels'
        raise UsageError(fact, advice=f"Choose from: {', '.join(sorted(known))}.")
    return Recipe(base, frozenset(operators))
