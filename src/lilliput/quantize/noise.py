"""Float activations + graph of integers -> the signal-to-noise ratio behind each layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput import oracles, tflite
from lilliput.accuracy import Samples
from lilliput.accuracy.evaluation import model_inputs
from lilliput.errors import ToolError
from lilliput.ir import Graph, Node
from lilliput.operators.fixed_point import quantization
from lilliput.quantize.calibration import Activations
from lilliput.quantize.scales import dequantize_values
from lilliput.quantize.scheme import SCHEMES, is_real


@dataclass(frozen=True, slots=True)
class LayerNoise:
    """What is left of a layer's output: `origin` is its index in the float model.

    `signal_to_noise` is in decibels, over all samples and including what the layers before it added; None where the
    integers hold the float values exactly, or where there is no signal.
    """

    origin: int
    operator: str
    name: str
    activations: str
    signal_to_noise: float | None


def layer_noises(
    graph: Graph, integers: Graph, activations: Activations, samples: Samples
) -> tuple[LayerNoise, ...] | None:
    """For each float node that does more than copy; None where no interpreter that is installed runs the integers.

    `integers` has the tensors of `graph` at their indices.
    """
    nodes = [node for node in graph.nodes if is_real(graph, node) and not SCHEMES[node.operator].keeps_scale]
    indices = [node.outputs[0] for node in nodes]
    model, inputs = tflite.write(integers), model_inputs(integers, samples)
    for oracle in oracles.available():
        try:
            values = list(oracles.tensors_of_all(oracle, model, integers, inputs, indices))
        except ToolError:
            continue
        return tuple(_noise(integers, node, activations[node.outputs[0]], values) for node in nodes)
    return None


def _noise(
    integers: Graph, node: Node, wanted: NDArray[np.float32], values: Sequence[Mapping[int, bytes]]
) -> LayerNoise:
    tensor = integers.tensors[node.outputs[0]]
    stored: NDArray[Any] = np.frombuffer(b"".join(each[node.outputs[0]] for each in values), tensor.dtype.numpy)
    found = dequantize_values(stored, quantization(tensor))
    ratio = decibels(wanted.ravel().astype(np.float64), found)
    return LayerNoise(node.origin.index, node.operator, tensor.name, tensor.dtype.value.lower(), ratio)


def decibels(wanted: NDArray[np.float64], found: NDArray[np.float64]) -> float | None:
    """The energy of a signal over that of its error, in decibels; None where either is zero."""
    signal, noise = float(np.square(wanted).sum()), float(np.square(wanted - found).sum())
    return float(10 * np.log10(signal / noise)) if signal > 0 and noise > 0 else None
