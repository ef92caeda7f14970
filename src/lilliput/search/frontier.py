"""What a search found, as values: candidates that were built and measured, and which of them to take."""

from collections.abc import Sequence
from dataclasses import dataclass

from lilliput.accuracy import Metric
from lilliput.errors import DoesNotFitError
from lilliput.oracles import Oracle
from lilliput.search.bench import Reference
from lilliput.search.options import SearchOptions
from lilliput.search.parts import Parts
from lilliput.search.space import Chosen
from lilliput.search.study import Tried
from lilliput.search.work import LayerScan


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A model that was linked and measured; nothing here is predicted.

    Losses are in the metric's unit against the unchanged model, on the samples that the search tuned on and on those
    that it never saw. `oracle` confirmed the scores on the latter, None where no interpreter is installed.
    """

    trial: int
    chosen: Chosen
    what: str
    model: bytes
    tuning_loss: float
    value: float
    loss: float
    flash_bytes: int
    ram_bytes: int
    instructions: int | None
    oracle: Oracle | None

    def excess(self, options: SearchOptions) -> float:
        """By how much it misses what was asked for: 0 when it keeps to all, 0.1 for a tenth more than allowed."""
        limits = (
            (self.flash_bytes, options.flash_bytes),
            (self.ram_bytes, options.ram_bytes),
            (self.tuning_loss, options.most_loss),
        )
        return sum(max(0.0, (found - most) / max(most, 1e-9)) for found, most in limits if most is not None)

    def dominates(self, other: "Candidate") -> bool:
        """Whether it is as good in everything, and better in something."""
        own, others = self._costs(), other._costs()
        return own != others and all(one <= another for one, another in zip(own, others, strict=True))

    def _costs(self) -> tuple[float, ...]:
        return self.tuning_loss, self.flash_bytes, self.ram_bytes, self.instructions or 0


@dataclass(frozen=True, slots=True, eq=False)
class Frontier:
    """The outcome of a search.

    `candidates` are those that no other one dominates, by flash, and `original` is the unchanged model.
    Losses count from it, or from `reference` where that is given. `others` were
    measured as well. `tried` are all trials, with predicted bytes. `chosen` is None when none does what was asked for.
    """

    model: str
    metric: Metric
    parts: Parts
    warnings: tuple[str, ...]
    options: SearchOptions
    reference: Reference | None
    original: Candidate
    candidates: tuple[Candidate, ...]
    others: tuple[Candidate, ...]
    tried: tuple[Tried, ...]
    scans: tuple[LayerScan, ...]
    chosen: Candidate | None
    interrupted: bool

    @property
    def measured(self) -> tuple[Candidate, ...]:
        """All that were measured, by flash."""
        return tuple(sorted((*self.candidates, *self.others), key=lambda each: (each.flash_bytes, each.trial)))

    @property
    def nearest(self) -> Candidate:
        """What comes nearest to what was asked for."""
        return min(self.measured, key=lambda each: each.excess(self.options))

    def require_chosen(self) -> Candidate:
        """The candidate to take. Raises DoesNotFitError, which names the nearest one, when none is good enough."""
        if self.chosen is not None:
            return self.chosen
        near = self.nearest
        fact = (
            f"no candidate keeps to {_limits(self.options)}; the nearest one ({near.what}) takes "
            f"{near.flash_bytes:,} bytes of flash and {near.ram_bytes:,} of RAM and loses {near.tuning_loss:.4g}"
        )
        raise DoesNotFitError(fact, self.model, "Allow more, or search longer with more --trials.")


def _limits(options: SearchOptions) -> str:
    limits = (
        (options.flash_bytes, "{:,} bytes of flash"),
        (options.ram_bytes, "{:,} bytes of RAM"),
        (options.most_loss, "a loss of {:g}"),
    )
    return " and ".join(text.format(most) for most, text in limits if most is not None)


def pareto(candidates: Sequence[Candidate]) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
    """Those that no other dominates, and the rest, both by flash."""
    ordered = sorted(candidates, key=lambda each: (each.flash_bytes, each.tuning_loss, each.trial))
    best = [each for each in ordered if not any(other.dominates(each) for other in ordered)]
    return tuple(best), tuple(each for each in ordered if each not in best)


def choose(candidates: Sequence[Candidate], options: SearchOptions) -> Candidate | None:
    """The most accurate within a budget, or else the smallest within the loss that is allowed."""
    good = [each for each in candidates if each.excess(options) == 0]
    if not good:
        return None
    if options.has_budget:
        return min(good, key=lambda each: (each.tuning_loss, each.flash_bytes))
    return min(good, key=lambda each: (each.flash_bytes, each.tuning_loss))
