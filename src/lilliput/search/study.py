"""Trials that persist: an Optuna study in a database, which the same search finds again.

A trial counts once: when its result is told. One that nobody has finished, because its program ended, is tried again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

from lilliput.search.space import LADDER, Chosen
from lilliput.search.storage import open_storage
from lilliput.search.work import LayerScan, TrialResult

_RESULT, _ASKED = "result", "asked"
_SEED_STEP = 1_000_003
"""A search that goes on draws other numbers than its beginning did."""


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """A trial that is done."""

    number: int
    chosen: Chosen
    result: TrialResult


class Study:
    """What is to be tried, and what was; `name` says for what, so that searches can share a database."""

    def __init__(self, url: str | None, name: str, layers: Sequence[int], seed: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._distributions: Mapping[str, BaseDistribution] = {
            str(layer): CategoricalDistribution(tuple(LADDER)) for layer in layers
        }
        storage = open_storage(url)
        self._study = optuna.create_study(
            study_name=name, storage=storage, directions=["minimize", "minimize"], load_if_exists=True
        )
        self._take_over()
        self._study.sampler = optuna.samplers.TPESampler(seed=seed + _SEED_STEP * len(self._study.trials))
        self._running: dict[int, optuna.Trial] = {}

    def _take_over(self) -> None:
        """Try again what was left unfinished."""
        for trial in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            self._study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
            if set(trial.params) == set(self._distributions):
                self._enqueue(trial.params)

    @property
    def tried(self) -> list[Tried]:
        """All trials that are done, in the order of their numbers."""
        trials = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return [Tried(each.number, _chosen(each), TrialResult(**each.user_attrs[_RESULT])) for each in trials]

    def propose(self, choices: Sequence[Chosen]) -> None:
        """Try these next, if they have not been tried."""
        known = self._known()
        for chosen in choices:
            if _key(chosen) not in known:
                known.add(_key(chosen))
                self._enqueue({str(layer): name for layer, name in chosen.items()})

    def ask(self, most_repetitions: int = 200) -> tuple[int, Chosen] | None:
        """The next trial's number and choices; None when the sampler has no new ones."""
        known = self._known(waiting=False)
        for _ in range(most_repetitions):
            trial = self._study.ask(dict(self._distributions))
            chosen = _layers(trial.params)
            if _key(chosen) not in known:
                self._running[trial.number] = trial
                return trial.number, chosen
            self._study.tell(trial, state=TrialState.FAIL)
        return None

    def tell(self, number: int, result: TrialResult) -> None:
        """A trial is done."""
        trial = self._running.pop(number)
        trial.set_user_attr(_RESULT, asdict(result))
        self._study.tell(trial, [result.loss, result.weight_bytes])

    @property
    def scans(self) -> Mapping[int, LayerScan]:
        """The layers that have been scanned."""
        found = (
            LayerScan.from_json(each) for name, each in self._study.user_attrs.items() if name.startswith("layer ")
        )
        return {scan.layer: scan for scan in found}

    def keep_scan(self, scan: LayerScan) -> None:
        """A layer has been scanned."""
        self._study.set_user_attr(f"layer {scan.layer}", scan.to_json())

    def _known(self, *, waiting: bool = True) -> set[tuple[tuple[int, str], ...]]:
        """Choices that are done or under way, or wait for it."""
        trials = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.RUNNING))
        known = {_key(_chosen(each)) for each in trials}
        if waiting:
            queued = self._study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
            known |= {_key(_layers(each.user_attrs[_ASKED])) for each in queued}
        return known

    def _enqueue(self, parameters: Mapping[str, Any]) -> None:
        self._study.enqueue_trial(dict(parameters), user_attrs={_ASKED: dict(parameters)})


def _chosen(trial: FrozenTrial) -> Chosen:
    return _layers(trial.params)


def _layers(parameters: Mapping[str, Any]) -> Chosen:
    return {int(layer): str(name) for layer, name in parameters.items()}


def _key(chosen: Chosen) -> tuple[tuple[int, str], ...]:
    return tuple(sorted(chosen.items()))
