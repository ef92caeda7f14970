"""What `lilliput tflm` finds out, as values: made by `package`, read by the header of constants and the reports."""

from collections.abc import Mapping
from dataclasses import dataclass

from lilliput.tflm.arena import Arena
from lilliput.tflm.decode.compress import Compression
from lilliput.tflm.flash import FlashPrediction
from lilliput.tflm.model_file import ModelFile
from lilliput.tflm.offline_plan import OfflinePlan
from lilliput.tflm.resolver import Registration


@dataclass(frozen=True, slots=True)
class ArenaReport:
    """The arena of one model with one kernel library. With `unknown` operators its sizes are a bound."""

    kernels: str
    arena: Arena
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompressionReport:
    """What compression found, and what it does to the smallest arena that works with the library `kernels`."""

    found: Compression
    kernels: str
    arena_bytes_before: int
    arena_bytes_after: int


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What TFLM needs for one model, as it is written to `name`_model.cc and, where it was changed, `name`.tflite.

    `compression` is None where nobody asked for it.
    """

    name: str
    model: ModelFile
    arenas: tuple[ArenaReport, ...]
    flash: tuple[FlashPrediction, ...]
    plan: OfflinePlan
    compression: CompressionReport | None = None

    def arena_of(self, kernels: str) -> Arena:
        """The arena with a kernel library."""
        return next(report.arena for report in self.arenas if report.kernels == kernels)

    def flash_of(self, configuration: str) -> FlashPrediction:
        """The predicted flash in a configuration."""
        return next(each for each in self.flash if each.configuration == configuration)


@dataclass(frozen=True, slots=True)
class TflmPackage:
    """`files` by name; `registrations` and `missing` operators are those of all models together.

    `together` is, by kernel library, the arena when all interpreters exist at once and share one `MicroAllocator`.
    """

    models: tuple[ModelReport, ...]
    together: Mapping[str, Arena]
    registrations: tuple[Registration, ...]
    missing: tuple[str, ...]
    files: Mapping[str, bytes]

    def one_after_the_other_bytes(self, kernels: str) -> int:
        """The arena when each interpreter is made anew before its model runs: that of the largest model."""
        return max(model.arena_of(kernels).smallest_working_bytes for model in self.models)
