"""The pieces of work of a search: each a value that can be sent to a worker, which does it on its bench.

Trial: choices -> loss and predicted bytes      Scan: a layer -> how much it minds
Linking: choices -> a linked and measured firmware, confirmed by an oracle
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Protocol

import numpy as np

from lilliput import oracles, tflite
from lilliput.accuracy import Samples, evaluate, scores_of_oracle
from lilliput.accuracy.evaluation import scores_of_code
from lilliput.accuracy.metrics import Scores
from lilliput.accuracy.samples import inputs_of
from lilliput.compress import LayerReport
from lilliput.errors import DoesNotFitError
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.oracles import Oracle
from lilliput.pipeline import Build, build
from lilliput.search.bench import Bench, Job, stored_bytes, weight_bytes
from lilliput.search.space import LADDER
from lilliput.targets import Architecture
from lilliput.toolchain import emulate

SCANNED = ("15 levels", "7 levels", "3 levels")
"""What is done to each layer alone to see how much it minds."""
_INSTRUCTIONS_PER_MAC = 7
_MOST_EMULATED = 1_000_000_000
"""Instructions of an inference that are counted; emulating more takes too long."""


class Work(Protocol):
    """A pure function of a job."""

    def on(self, bench: Bench) -> Any:
        """Do it; the result can be pickled."""
        ...


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What choices make of the model: the metric on the tuning samples, and about how many bytes its constants take.

    `distortion` is the mean square of the scores' change: it tells candidates apart that the metric finds equal.
    """

    value: float
    loss: float
    distortion: float
    weight_bytes: int


@dataclass(frozen=True, slots=True)
class Trial:
    """Choices for all layers."""

    chosen: Mapping[int, str]

    def on(self, bench: Bench) -> TrialResult:
        """Compress and evaluate the compiled C."""
        return _tried(bench, bench.compressed(self.chosen).graph)


def _tried(bench: Bench, graph: Graph) -> TrialResult:
    tuning, metric = bench.job.parts.tuning, bench.job.metric
    scores = scores_of_code(graph, tuning)
    value = metric.of(scores, tuning.y)
    distortion = float(np.square(scores - bench.scores).mean())
    return TrialResult(value, metric.loss(bench.value, value), distortion, weight_bytes(graph))


@dataclass(frozen=True, slots=True)
class LayerScan:
    """One layer changed alone.

    `alone` is what some choices do to the whole model; `options` has for every choice the noise in the layer's own
    output, as a share of its signal's power, and about how many bytes its weights then take.
    """

    layer: int
    operator: str
    alone: Mapping[str, TrialResult]
    options: Mapping[str, tuple[float, int]]

    def to_json(self) -> dict[str, Any]:
        """Plain values that `from_json` reads."""
        return asdict(self)

    @staticmethod
    def from_json(found: Mapping[str, Any]) -> "LayerScan":
        """What `to_json` made."""
        alone = {name: TrialResult(**each) for name, each in found["alone"].items()}
        options = {name: (float(noise), int(size_bytes)) for name, (noise, size_bytes) in found["options"].items()}
        return LayerScan(int(found["layer"]), str(found["operator"]), alone, options)


@dataclass(frozen=True, slots=True)
class Scan:
    """A layer to change alone."""

    layer: int

    def on(self, bench: Bench) -> LayerScan:
        """Every choice for the layer, and some of them evaluated."""
        options: dict[str, tuple[float, int]] = {}
        for name in LADDER:
            found = bench.compressed({self.layer: name})
            noise = sum(map(_noise, found.layers))
            weights = found.graph.input(found.graph.nodes[self.layer], 1).data
            options[name] = noise, stored_bytes({0: np.asarray(weights)})
        alone = {name: _tried(bench, bench.compressed({self.layer: name}).graph) for name in SCANNED}
        return LayerScan(self.layer, bench.graph.nodes[self.layer].operator, alone, options)


def _noise(report: LayerReport) -> float:
    return 0.0 if report.signal_to_noise is None else 10 ** (-report.signal_to_noise / 10)


@dataclass(frozen=True, slots=True)
class Linked:
    """A candidate as firmware: bytes of the linked image, instructions of one inference where they can be counted.

    `value` is the metric of the compiled C on the report samples, for which `oracle` gives `differing` other scores.
    """

    model: bytes
    flash_bytes: int
    ram_bytes: int
    instructions: int | None
    tuning_value: float
    value: float
    oracle: Oracle | None
    differing: int


@dataclass(frozen=True, slots=True)
class Linking:
    """A candidate to build and to measure."""

    chosen: Mapping[int, str]

    def on(self, bench: Bench) -> Linked:
        """Build what a file of the candidate holds, and run it."""
        job = bench.job
        model = tflite.write(bench.compressed(self.chosen).graph)
        graph = tflite.read_bytes(model, job.name)
        with TemporaryDirectory() as folder:
            built = _built(graph, job.build, Path(folder))
            instructions = _instructions(
                built, inputs_of(job.parts.report.part([0]), graph.tensors[graph.inputs[0]])[0]
            )
        scores = scores_of_code(graph, job.parts.report)
        oracle, differing = _confirmed(model, graph, job.parts.report, scores)
        return Linked(
            model,
            built.footprint.flash_bytes,
            built.footprint.ram_bytes,
            instructions,
            evaluate(graph, job.parts.tuning, job.metric).value,
            job.metric.of(scores, job.parts.report.y),
            oracle,
            differing,
        )


def _confirmed(model: bytes, graph: Graph, samples: Samples, scores: Scores) -> tuple[Oracle | None, int]:
    """An interpreter, if one is installed, and for how many of the scores it gives others."""
    if not oracles.available():
        return None, 0
    return oracles.default_oracle()[0], int(np.count_nonzero(scores_of_oracle(model, graph, samples) != scores))


def _built(graph: Graph, options: Options, folder: Path) -> Build:
    """The build within the budget of RAM, or else the one that comes nearest to it."""
    try:
        return build(graph, options, folder)
    except DoesNotFitError:
        return build(graph, replace(options, ram_bytes=None), folder)


def _instructions(built: Build, inputs: list[bytes]) -> int | None:
    graph = built.graph
    macs = sum(built.implementations(node).macs(graph, node) for node in graph.nodes)
    if built.image.target.architecture is Architecture.HOST or macs * _INSTRUCTIONS_PER_MAC > _MOST_EMULATED:
        return None
    sizes = [tensor.size_bytes for tensor in graph.select(graph.outputs)]
    return emulate(built.image, [inputs], sizes).instructions


_BENCHES: list[Bench] = []
"""At most one: that of the job that this process worked for last."""
_ONE_AT_A_TIME = Lock()
"""Workers of clusters may have several threads; neither benches nor oracles can be shared by them."""


def perform(job: Job, work: Work) -> Any:
    """Do a piece of work in this process, which keeps what it has computed as long as it is given the same job."""
    with _ONE_AT_A_TIME:
        if not _BENCHES or _BENCHES[0].job is not job:
            _BENCHES[:] = [Bench(job)]
        return work.on(_BENCHES[0])
