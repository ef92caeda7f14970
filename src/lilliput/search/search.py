"""int8 graph + samples -> Frontier: the whole search, top to bottom.

    split samples --Scan--> how much each layer minds --seeds, Optuna--> Trials --Linking--> measured candidates

Trials are many, and their bytes are predicted. Candidates are few: those trials that no other beats are linked,
measured, judged by samples that the search has never seen, and compared with an oracle.
"""

from collections.abc import Iterator, Sequence
from time import monotonic

import numpy as np

from lilliput import tflite
from lilliput.accuracy import Metric
from lilliput.errors import UsageError, VerificationError
from lilliput.ir import Graph
from lilliput.progress import Progress, silent
from lilliput.search import crew, seeds
from lilliput.search.bench import Bench, Job, Reference, identity
from lilliput.search.checks import refuse_floats, warnings_of
from lilliput.search.executors import Executor, executor
from lilliput.search.frontier import Candidate, Frontier, choose, pareto
from lilliput.search.options import DEFAULT_SEARCH, SearchOptions
from lilliput.search.parts import Parts
from lilliput.search.space import described
from lilliput.search.study import Study, Tried
from lilliput.search.work import Linked, Linking, Scan, Trial
from lilliput.version import __version__


def search(
    graph: Graph,
    parts: Parts,
    metric: Metric,
    options: SearchOptions = DEFAULT_SEARCH,
    *,
    reference: Reference | None = None,
    progress: Progress = silent,
) -> Frontier:
    """Search what can be done to the weights of an int8 graph. Losses count from it, or from `reference`.

    Ctrl-C ends the trials and keeps what they found; another one while candidates are built ends everything. That
    nothing is good enough is no error here: see `Frontier.require_chosen`. Raises what compiling the model raises;
    UsageError for samples or a metric that do not fit the model, a model without weights to compress, and a study or
    executor that cannot be; ToolError for a database or cluster that fails; VerificationError when TFLM computes other
    scores with a candidate than its compiled code.
    """
    refuse_floats(graph)
    warnings = warnings_of(graph, parts)
    job = Job(tflite.write(graph), graph.source.name, parts, metric, options.build, reference)
    bench = Bench(job)
    if not bench.layers:
        raise UsageError("the model has no int8 weights that can be compressed", job.name, "Try shrink --exact.")
    progress("judging the unchanged model", 0, 1)
    _ = bench.scores  # Raises here what would else be raised by every worker.
    _ = bench.value
    name = f"{job.name} {metric.name} seed {options.seed} {identity(job)[:16]} {__version__}"
    study = Study(options.study, name, bench.layers, options.seed)
    with executor(job, options.executor, options.jobs) as workers:
        found = _Search(job, study, workers, bench.layers, options, progress)
        interrupted = found.explore()
        candidates = found.measure()
    return _frontier(found, candidates, warnings, interrupted=interrupted)


class _Search:
    """One search: what its stages share."""

    def __init__(
        self,
        job: Job,
        study: Study,
        workers: Executor,
        layers: Sequence[int],
        options: SearchOptions,
        progress: Progress,
    ) -> None:
        self.job, self.study, self.workers, self.layers = job, study, workers, layers
        self.options, self._progress = options, progress
        self._end = None if options.seconds is None else monotonic() + options.seconds

    def explore(self) -> bool:
        """Scan the layers and do the trials; whether that was interrupted."""
        try:
            self._scan()
            self._try()
        except KeyboardInterrupt:
            if not self.study.tried:
                raise
            return True
        return False

    def _scan(self) -> None:
        left = [layer for layer in self.layers if layer not in self.study.scans]
        self._progress("looking at each layer alone", 0, len(left))
        works = ((layer, Scan(layer)) for layer in left)
        for count, (_, scan) in enumerate(crew.done(self.workers, works)):
            self.study.keep_scan(scan)
            self._progress("looking at each layer alone", count + 1, len(left))

    def _try(self) -> None:
        scans = [self.study.scans[layer] for layer in self.layers]
        most = max(1, self.options.trials // 2 - len(seeds.UNIFORM))
        self.study.propose([*seeds.uniform(self.layers), *seeds.allocated(scans, most)])
        self._tell_progress()
        for number, result in crew.done(self.workers, self._trials()):
            self.study.tell(number, result)
            self._tell_progress()

    def _trials(self) -> Iterator[tuple[int, Trial]]:
        """As many as there are still to do."""
        for _ in range(self.options.trials - len(self.study.tried)):
            if self._end is not None and monotonic() > self._end:
                return
            asked = self.study.ask()
            if asked is None:
                return
            number, chosen = asked
            yield number, Trial(chosen)

    def _tell_progress(self) -> None:
        tried = self.study.tried
        self._progress(self._best_so_far(tried), len(tried), self.options.trials)

    def _best_so_far(self, tried: Sequence[Tried]) -> str:
        most = self.options.most_loss
        good = [each.result for each in tried if most is None or each.result.loss <= most]
        if not good:
            return "trying"
        best = min(good, key=lambda result: result.weight_bytes)
        return f"trying; constants of about {best.weight_bytes:,} bytes at a loss of {best.loss:.4g}"

    def measure(self) -> list[Candidate]:
        """Link and measure the trials that are worth it; the first one is the unchanged model."""
        tried = self.study.tried
        picked = promising(tried, self.options)
        what = "building candidates"
        self._progress(what, 0, len(picked))
        linked: dict[int, Linked] = {}
        for number, one in crew.done(self.workers, ((each.number, Linking(each.chosen)) for each in picked)):
            linked[number] = one
            self._progress(what, len(linked), len(picked))
        original = linked[picked[0].number]
        reference = self.job.reference or Reference(original.tuning_value, original.value)
        return [self._candidate(each, linked[each.number], reference) for each in picked]

    def _candidate(self, tried: Tried, linked: Linked, reference: Reference) -> Candidate:
        what = described(tried.chosen, len(self.layers))
        if linked.differing and linked.oracle is not None and linked.oracle.name == "tflm":
            fact = f"{linked.differing} scores of a candidate ({what}) differ in {linked.oracle.title}"
            raise VerificationError(fact, self.job.name, "Report this: the compiled code should compute the same.")
        metric = self.job.metric
        return Candidate(
            trial=tried.number,
            chosen=tried.chosen,
            what=what,
            model=linked.model,
            tuning_loss=metric.loss(reference.tuning_value, linked.tuning_value),
            value=linked.value,
            loss=metric.loss(reference.value, linked.value),
            flash_bytes=linked.flash_bytes,
            ram_bytes=linked.ram_bytes,
            instructions=linked.instructions,
            oracle=linked.oracle,
        )


def promising(tried: Sequence[Tried], options: SearchOptions) -> list[Tried]:
    """The unchanged model, and at most `options.builds` trials that no other one beats.

    These are the smallest within the loss that is allowed, and others from the largest to the smallest.
    """
    original = next(each for each in tried if set(each.chosen.values()) == {"unchanged"})
    best: list[Tried] = []
    for each in sorted(tried, key=lambda one: (one.result.weight_bytes, one.result.loss, one.result.distortion)):
        if not best or each.result.loss < best[-1].result.loss:
            best.append(each)
    most = options.most_loss
    good = [each for each in best if most is None or each.result.loss <= most]
    near = good[: options.builds // 2]
    others = [each for each in best if each not in near]
    places = np.linspace(0, len(others) - 1, min(options.builds - len(near), len(others))).round().astype(int)
    chosen = [*near, *(others[place] for place in np.unique(places).tolist())]
    return [original, *(each for each in chosen if each is not original)]


def _frontier(
    found: _Search, candidates: Sequence[Candidate], warnings: tuple[str, ...], *, interrupted: bool
) -> Frontier:
    best, others = pareto(candidates)
    scans = found.study.scans
    return Frontier(
        model=found.job.name,
        metric=found.job.metric,
        parts=found.job.parts,
        warnings=warnings,
        options=found.options,
        reference=found.job.reference,
        original=candidates[0],
        candidates=best,
        others=others,
        tried=tuple(found.study.tried),
        scans=tuple(scans[layer] for layer in found.layers if layer in scans),
        chosen=choose(candidates, found.options),
        interrupted=interrupted,
    )
