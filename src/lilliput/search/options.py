"""What a user chooses about a search."""

from dataclasses import dataclass

from lilliput.options import DEFAULT_OPTIONS, Options

DEFAULT_MAX_LOSS = 1.0


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search, and which of the candidates to take.

    With a budget, `flash_bytes` or `ram_bytes`, the most accurate candidate is taken that keeps to it; else the
    smallest that loses at most `max_loss`, in the metric's unit (1.0 unless given). With both it keeps to both.

    `trials` counts all that the study has, with those of earlier calls; no new one starts after `seconds`. `study` is
    SQLAlchemy's URL of the database that keeps it, or the name of a SQLite file; nothing is kept without one.
    `executor` is None for `jobs` processes of this machine, dask://HOST:PORT or ray://HOST:PORT. About `builds`
    candidates are linked and measured, with the options `build`. One job with the same seed finds the same.
    """

    max_loss: float | None = None
    flash_bytes: int | None = None
    ram_bytes: int | None = None
    trials: int = 100
    seconds: float | None = None
    builds: int = 8
    seed: int = 0
    study: str | None = None
    jobs: int = 1
    executor: str | None = None
    build: Options = DEFAULT_OPTIONS

    @property
    def has_budget(self) -> bool:
        """Whether flash or RAM are limited."""
        return self.flash_bytes is not None or self.ram_bytes is not None

    @property
    def most_loss(self) -> float | None:
        """The loss that a candidate may have; None for any."""
        return DEFAULT_MAX_LOSS if self.max_loss is None and not self.has_budget else self.max_loss


DEFAULT_SEARCH = SearchOptions()
