"""Float graph + samples -> the values of its activations, computed by an interpreter this project did not write."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput import oracles, tflite
from lilliput.accuracy import Samples
from lilliput.accuracy.evaluation import model_inputs
from lilliput.errors import ModelError, ToolError, UsageError
from lilliput.ir import DType, Graph
from lilliput.oracles import Oracle
from lilliput.quantize.options import QuantizeOptions

Activations = Mapping[int, NDArray[np.float32]]
"""Tensor -> its values for all samples, (samples, *shape)."""

_MOST_BYTES = 1 << 31
_ROUNDING = 1e-3
"""By how much of its length samples may leave the known range: they may have been rounded."""


def calibrate(graph: Graph, samples: Samples, options: QuantizeOptions) -> Activations:
    """The values of all float tensors that are computed or given.

    Raises UsageError for samples that do not fit the model, are all one value, lie outside of the known range, or whose
    activations take more than 2 GB; ModelError for activations that are not finite; ToolError without an interpreter.
    """
    inputs = model_inputs(graph, samples)
    _check_values(samples, options)
    computed = [index for node in graph.nodes for index in node.outputs if _is_real(graph, index)]
    if sum(graph.tensors[index].size_bytes for index in computed) * len(samples) > _MOST_BYTES:
        fact = f"the activations of {len(samples)} samples take more than 2 GB"
        raise UsageError(fact, graph.source.name, "Calibrate with fewer samples.")
    found: dict[int, list[bytes]] = {index: [] for index in (*graph.inputs, *computed)}
    for sample, values in zip(inputs, _values(graph, inputs, computed), strict=True):
        for index, data in (*zip(graph.inputs, sample, strict=True), *values.items()):
            found[index].append(data)
    activations = {index: _array(graph, index, data) for index, data in found.items()}
    for index, values in activations.items():
        _check_finite(graph, index, values)
    return activations


def float_oracle() -> Oracle:
    """LiteRT where it is installed: it has float kernels for every operator. Raises ToolError without any."""
    named = {oracle.name: oracle for oracle in oracles.available()}
    return named["litert"] if "litert" in named else oracles.default_oracle()[0]


def _values(graph: Graph, inputs: Sequence[Sequence[bytes]], computed: Sequence[int]) -> Sequence[Mapping[int, bytes]]:
    try:
        return list(oracles.tensors_of_all(float_oracle(), tflite.write(graph), graph, inputs, computed))
    except ToolError as error:
        fact = f"calibration needs the activations of the float model: {error.fact}"
        raise ToolError(fact, error.where, error.advice) from error


def _is_real(graph: Graph, index: int) -> bool:
    return graph.tensors[index].dtype is DType.FLOAT32


def _array(graph: Graph, index: int, data: Sequence[bytes]) -> NDArray[Any]:
    tensor = graph.tensors[index]
    if any(len(each) != tensor.size_bytes for each in data):
        fact = f"the file says shape {list(tensor.shape)}, an interpreter computes {len(data[0]):,} bytes"
        raise ModelError(fact, f'tensor "{tensor.name}"', "Convert the model again with fixed shapes.")
    return np.frombuffer(b"".join(data), tensor.dtype.numpy).reshape(len(data), *tensor.shape)


def _check_values(samples: Samples, options: QuantizeOptions) -> None:
    low, high = float(samples.x.min()), float(samples.x.max())
    if low == high:
        advice = "Give samples like those that the model will see."
        raise UsageError(f"all values of the calibration samples are {low:g}", samples.source, advice)
    if options.input_range is None:
        return
    wanted = options.input_range
    spare = _ROUNDING * (wanted[1] - wanted[0])
    if low < wanted[0] - spare or high > wanted[1] + spare:
        fact = f"the samples are from {low:g} to {high:g}, the input range is {wanted[0]:g} to {wanted[1]:g}"
        raise UsageError(fact, samples.source, "Give samples as the model takes them, or another input range.")


def _check_finite(graph: Graph, index: int, values: NDArray[Any]) -> None:
    finite = np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    if not finite.all():
        fact = f"the float model computes values that are not finite on sample {int(finite.argmin())}"
        raise ModelError(fact, f'tensor "{graph.tensors[index].name}"', "Leave the sample out or train the model anew.")
