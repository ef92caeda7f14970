"""(model, samples) -> Accuracy, by the compiled C on this machine or by an oracle.

The generated C is what is evaluated, in an ordinary program: thousands of inferences a second. It gives the bytes that
the microcontroller gives.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput import oracles
from lilliput.accuracy.metrics import Metric, Scores, confusion, is_classification
from lilliput.accuracy.samples import Samples, inputs_of
from lilliput.errors import UsageError
from lilliput.ir import Graph, Tensor
from lilliput.options import Options
from lilliput.pipeline import generate, prepare
from lilliput.toolchain import run_host

HOST_OPTIONS = Options(target="host", schedule="layers", optimize="speed")


@dataclass(frozen=True, slots=True, eq=False)
class Accuracy:
    """What a model makes of samples: the metric's value, and for classes the confusion matrix [expected, answered]."""

    metric: str
    value: float
    samples: int
    confusion: NDArray[np.int64] | None

    @property
    def recalls(self) -> tuple[float | None, ...]:
        """For each class the share of its samples that were recognised; None for a class without samples."""
        if self.confusion is None:
            return ()
        totals = self.confusion.sum(axis=1).tolist()
        right = self.confusion.diagonal().tolist()
        return tuple(one / total if total else None for one, total in zip(right, totals, strict=True))


def evaluate(graph: Graph, samples: Samples, metric: Metric) -> Accuracy:
    """The accuracy of a model as read from a file, compiled for this machine.

    Raises what compiling raises, and UsageError for samples that do not fit the model.
    """
    return accuracy(scores_of_code(graph, samples), samples, metric)


def accuracy(scores: Scores, samples: Samples, metric: Metric) -> Accuracy:
    """What the scores come to."""
    matrix = None
    if is_classification(scores, samples.y):
        matrix = confusion(scores, samples.y, scores.shape[1])
    return Accuracy(metric.name, metric.of(scores, samples.y), len(samples), matrix)


def scores_of_code(graph: Graph, samples: Samples) -> Scores:
    """The first output for each sample as real numbers, computed by the generated C."""
    prepared = prepare(graph)
    _, source = generate(prepared, HOST_OPTIONS)
    sizes = [tensor.size_bytes for tensor in prepared.select(prepared.outputs)]
    run = run_host(source, model_inputs(graph, samples), sizes, toolchain="zig", optimize="speed", fast=True)
    return _scores([outputs[0] for outputs in run.outputs], graph.tensors[graph.outputs[0]])


def scores_of_oracle(model: bytes, graph: Graph, samples: Samples) -> Scores:
    """The same from the oracle that is installed; `graph` was read from the bytes `model`. Raises ToolError."""
    oracle, _ = oracles.default_oracle()
    outputs = oracles.run(oracle, model, graph, model_inputs(graph, samples))
    return _scores([each[0] for each in outputs], graph.tensors[graph.outputs[0]])


def model_inputs(graph: Graph, samples: Samples) -> list[list[bytes]]:
    """The samples as the model takes them. Raises UsageError for a model with several inputs and for other shapes."""
    if len(graph.inputs) != 1:
        fact = f"the model has {len(graph.inputs)} inputs; samples are for models with one"
        raise UsageError(fact, graph.source.name, "Give a model with one input.")
    return inputs_of(samples, graph.tensors[graph.inputs[0]])


def _scores(outputs: list[bytes], tensor: Tensor) -> Scores:
    values: NDArray[Any] = np.frombuffer(b"".join(outputs), tensor.dtype.numpy).reshape(len(outputs), -1)
    if tensor.quantization is None or values.dtype.kind == "f":
        return values.astype(np.float64)
    return (values.astype(np.float64) - tensor.quantization.zero_point) * tensor.quantization.scale
