"""Job -> what a worker needs for all its work, made once: the graph, its activations, and what it scores unchanged."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np

from lilliput import tflite
from lilliput.accuracy import Metric
from lilliput.accuracy.evaluation import scores_of_code
from lilliput.accuracy.metrics import Scores
from lilliput.accuracy.samples import inputs_of
from lilliput.choice import codes
from lilliput.compress import Compressed, Compressor, capture
from lilliput.encodings import Weights
from lilliput.ir import Graph
from lilliput.ir.subgraph import subgraph
from lilliput.options import Options
from lilliput.pipeline import prepare
from lilliput.search.parts import Parts
from lilliput.search.space import LADDER, Chosen, encodable_nodes, layers_of

_FIELD_BYTES = 8
"""What an encoded tensor takes besides its code."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The metric of a model that losses count from, on the tuning and on the report samples."""

    tuning_value: float
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A model, the samples and the metric that it is judged by, and how candidates are built. It can be pickled.

    Losses count from `reference`; without one from the model itself.
    """

    model: bytes
    name: str
    parts: Parts
    metric: Metric
    build: Options
    reference: Reference | None = None


def identity(job: Job) -> str:
    """Names everything that the result of a trial depends on."""
    found = sha256(job.model + f"{job.metric.name} {job.reference}".encode())
    for samples in (job.parts.calibration, job.parts.tuning):
        for values in (samples.x, samples.y):
            found.update(f"{values.dtype}{values.shape}".encode())
            found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


class Bench:
    """Where a job's work is done. What it has computed it keeps."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.graph = tflite.read_bytes(job.model, job.name)

    @cached_property
    def layers(self) -> tuple[int, ...]:
        """The layers that are worth compressing."""
        return layers_of(self.graph, prepare(self.graph))

    @cached_property
    def scores(self) -> Scores:
        """Those of the unchanged model on the tuning samples."""
        return scores_of_code(self.graph, self.job.parts.tuning)

    @cached_property
    def value(self) -> float:
        """The metric on the tuning samples that losses count from."""
        if self.job.reference is not None:
            return self.job.reference.tuning_value
        return self.job.metric.of(self.scores, self.job.parts.tuning.y)

    @cached_property
    def _compressor(self) -> Compressor:
        inputs = inputs_of(self.job.parts.calibration, self.graph.tensors[self.graph.inputs[0]])
        return Compressor(self.graph, capture(self.graph, inputs))

    def compressed(self, chosen: Chosen) -> Compressed:
        """The graph with these layers changed; nothing is left of the weights that it had."""
        choices = {layer: LADDER[name] for layer, name in chosen.items()}
        found = self._compressor({layer: choice for layer, choice in choices.items() if not choice.changes_nothing})
        return Compressed(_without_unused(found.graph), found.layers)


def weight_bytes(graph: Graph) -> int:
    """About what the weights of a graph take, as small as they can be stored."""
    prepared = prepare(graph)
    encodable = encodable_nodes(prepared)
    tensors = {node.inputs[1]: np.asarray(prepared.input(node, 1).data) for node in encodable}
    constants = (tensor for index, tensor in enumerate(prepared.tensors) if tensor.is_constant and index not in tensors)
    return stored_bytes(tensors) + sum(tensor.size_bytes for tensor in constants)


def stored_bytes(tensors: Mapping[int, Weights]) -> int:
    """About what tensors of weights take."""
    return codes.least_bytes(tensors, _FIELD_BYTES)


def _without_unused(graph: Graph) -> Graph:
    used = {*graph.inputs, *graph.outputs}.union(*((*node.inputs, *node.outputs) for node in graph.nodes))
    return subgraph(graph, used - {-1}, graph.nodes, graph.inputs, graph.outputs)
