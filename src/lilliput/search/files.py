"""A model file + files of samples -> Frontier. A float model is quantised first, and losses count from it."""

from dataclasses import dataclass, replace
from pathlib import Path

from lilliput import tflite
from lilliput.accuracy import Metric, Samples, find_metric, read_samples, scores_of_oracle
from lilliput.accuracy.samples import real_values
from lilliput.ir import Graph
from lilliput.progress import Progress, silent
from lilliput.quantize import QuantizeOptions, quantize
from lilliput.search.bench import Reference
from lilliput.search.checks import is_float
from lilliput.search.frontier import Frontier
from lilliput.search.options import SearchOptions
from lilliput.search.parts import Parts, split
from lilliput.search.search import search


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """Labelled samples, and what they are judged by: a name of `accuracy.METRICS`, or module:function.

    What there are no files for is split off from `data`. Samples to calibrate with need no labels.
    """

    data: Path | str
    calibration: Path | str | None = None
    test: Path | str | None = None
    metric: str = "top1"


def search_files(
    data: bytes,
    name: str,
    files: SampleFiles,
    options: SearchOptions,
    quantizing: QuantizeOptions,
    *,
    progress: Progress = silent,
) -> Frontier:
    """Search for the model that the bytes `data` hold. Raises what reading, quantising and searching raise."""
    graph, metric = tflite.read_bytes(data, name), find_metric(files.metric)
    parts = _parts(files, options.seed)
    if not is_float(graph):
        return search(graph, parts, metric, options, progress=progress)
    progress(f"quantising {name}", 0, 1)
    real = _real(parts, graph)
    reference = _reference(data, graph, real, metric)
    quantized = quantize(graph, real.calibration, quantizing)
    return search(quantized.graph, real, metric, options, reference=reference, progress=progress)


def _parts(files: SampleFiles, seed: int) -> Parts:
    samples = read_samples(Path(files.data))
    calibration = (
        None if files.calibration is None else read_samples(Path(files.calibration), samples.classes, labelled=False)
    )
    report = None if files.test is None else read_samples(Path(files.test), samples.classes)
    return split(samples, seed=seed, calibration=calibration, report=report)


def _real(parts: Parts, graph: Graph) -> Parts:
    """The parts as real numbers, which both models take."""
    tensor = graph.tensors[graph.inputs[0]]

    def real(samples: Samples) -> Samples:
        return replace(samples, x=real_values(samples, tensor))

    return Parts(real(parts.calibration), real(parts.tuning), real(parts.report))


def _reference(data: bytes, graph: Graph, parts: Parts, metric: Metric) -> Reference:
    """What the float model scores in an interpreter; no code is generated for floats."""
    values = (metric.of(scores_of_oracle(data, graph, each), each.y) for each in (parts.tuning, parts.report))
    return Reference(*values)
