"""A model, chips and surroundings -> Fit: each framework's column on one chip, or the smallest chips for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lilliput.chips import Chip
from lilliput.errors import DoesNotFitError
from lilliput.fit.advice import advice
from lilliput.fit.column import Column
from lilliput.fit.cores import CORES, Core, core_of
from lilliput.fit.framework import (
    Absence,
    Candidate,
    Framework,
    Name,
    read_candidate,
    with_lilliput,
    with_tflm,
)
from lilliput.fit.surroundings import Surroundings
from lilliput.progress import Progress, silent
from lilliput.toolchain import Toolchain

NAMES: tuple[Name, ...] = ("lilliput", "tflm-reference", "tflm-cmsis-nn")
"""The columns, in their order."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A model on one chip. `advice` says for columns that do not fit what to do; `absences` why others are missing."""

    model: str
    chip: Chip
    columns: tuple[Column, ...]
    absences: tuple[Absence, ...]
    advice: Mapping[Name, tuple[str, ...]]
    notes: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether any column fits."""
        return any(column.fits for column in self.columns)

    def check(self) -> None:
        """Raise DoesNotFitError when no column fits."""
        if not self.fits:
            advice = "What was printed for each says how much is missing, and what could help."
            raise DoesNotFitError(f"no framework fits {self.chip.title}", self.model, advice)


@dataclass(frozen=True, slots=True)
class Survey:
    """The smallest chips on which each framework fits, with how many there are, of `chips` looked at."""

    model: str
    chips: int
    smallest: Mapping[Name, tuple[Column, ...]]
    fitting: Mapping[Name, int]
    absences: tuple[Absence, ...]

    def check(self) -> None:
        """Raise DoesNotFitError when no chip holds the model."""
        if not any(self.fitting.values()):
            advice = "Make the model smaller, or describe a chip of your own in a TOML file."
            raise DoesNotFitError(f"none of {self.chips:,} chips holds it", self.model, advice)


def fit_chip(
    path: Path | str,
    chip: Chip,
    around: Surroundings,
    others: Sequence[Chip] = (),
    *,
    toolchain: Toolchain = "zig",
    progress: Progress = silent,
) -> Fit:
    """Fit a model on `chip`; `others` are chips to advise, smallest first.

    Raises what reading the model raises, and ToolError when the compiler is missing.
    """
    candidate, core = read_candidate(path), core_of(chip.core)
    found = _Frameworks(candidate, toolchain, progress, run=True).of(core)
    columns = tuple(Column(each, around, chip) for each in found if isinstance(each, Framework))
    return Fit(
        model=candidate.name,
        chip=chip,
        columns=columns,
        absences=tuple(each for each in found if isinstance(each, Absence)),
        advice={each.framework.name: advice(each, others) for each in columns},
        notes=tuple(_notes(chip, core)),
    )


def survey(
    path: Path | str,
    chips: Sequence[Chip],
    around: Surroundings,
    *,
    most: int = 10,
    toolchain: Toolchain = "zig",
    progress: Progress = silent,
) -> Survey:
    """Fit a model on all chips, smallest first, whose core the figures stand for exactly; compiles once a target.

    Raises what `fit_chip` raises.
    """
    chips = [chip for chip in chips if chip.core in CORES and (CORES[chip.core].exact or chip.target is not None)]
    frameworks = _Frameworks(read_candidate(path), toolchain, progress, run=False)
    columns: dict[Name, list[Column]] = {name: [] for name in NAMES}
    absences: dict[Absence, None] = {}
    for chip in chips:
        for each in frameworks.of(CORES[chip.core]):
            if isinstance(each, Absence):
                absences[each] = None
            elif (column := Column(each, around, chip)).fits:
                columns[each.name].append(column)
    return Survey(
        model=frameworks.candidate.name,
        chips=len(chips),
        smallest={name: tuple(found[:most]) for name, found in columns.items()},
        fitting={name: len(found) for name, found in columns.items()},
        absences=tuple(each for each in absences if not columns[each.name]),
    )


class _Frameworks:
    """What the frameworks take on each core, computed when it is first asked for."""

    def __init__(self, candidate: Candidate, toolchain: Toolchain, progress: Progress, *, run: bool) -> None:
        self.candidate = candidate
        self._toolchain: Toolchain = toolchain
        self._progress = progress
        self._run = run
        self._compiled: dict[str, Framework | Absence] = {}
        self._predicted: dict[tuple[str, bool], tuple[Framework | Absence, ...]] = {}

    def of(self, core: Core) -> tuple[Framework | Absence, ...]:
        if core.target not in self._compiled:
            self._progress(f"compiling {self.candidate.name} for {core.target}", 0, 1)
            self._compiled[core.target] = with_lilliput(self.candidate, core.target, self._toolchain, run=self._run)
        predicted = (core.images, core.cmsis_nn)
        if predicted not in self._predicted:
            self._predicted[predicted] = tuple(with_tflm(self.candidate, core))
        return (self._compiled[core.target], *self._predicted[predicted])


def _notes(chip: Chip, core: Core) -> Sequence[str]:
    if core.exact:
        return ()
    nearest = f"TFLM's figures are for {core.images.replace('m0p', 'Cortex-M0+').replace('m4', 'Cortex-M4')}"
    if chip.target == core.target:
        return (f"{nearest}, the nearest core that was measured.",) if core.images else ()
    return (f"{chip.core} is no target: Lilliput was compiled for {core.target} instead, an estimate. {nearest}.",)
