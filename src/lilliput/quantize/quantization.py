"""Float graph + calibration samples -> graph of integers, and what each layer lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from lilliput import tflite, transforms
from lilliput.accuracy import Samples
from lilliput.errors import UnsupportedError
from lilliput.ir import DType, Graph, Node
from lilliput.ir.checker import check
from lilliput.operators import support
from lilliput.quantize.calibration import Activations, calibrate
from lilliput.quantize.forms import Form
from lilliput.quantize.fusing import fuse
from lilliput.quantize.integers import IntegerGraph, without_unread
from lilliput.quantize.layers import Constants, layer_constants
from lilliput.quantize.noise import LayerNoise, layer_noises
from lilliput.quantize.options import DEFAULT_OPTIONS, QuantizeOptions, Range
from lilliput.quantize.ranges import value_range
from lilliput.quantize.refusals import refuse
from lilliput.quantize.scheme import BIAS, SCHEMES, is_real
from lilliput.quantize.soundness import require_sound

FEW_SAMPLES = 50
"""Fewer than that rarely show how far activations go."""
_WORST = 3


@dataclass(frozen=True, slots=True)
class Report:
    """What was lost where. `notes` are sentences for whoever gave samples and options.

    `layers` are in the order of the model; None where no interpreter that is installed runs the model of integers.
    `not_compiled` says why `lilliput compile` does not take the model; empty where it does.
    """

    samples: int
    layers: tuple[LayerNoise, ...] | None
    notes: tuple[str, ...]
    not_compiled: tuple[str, ...]

    @property
    def worst(self) -> tuple[LayerNoise, ...]:
        """The layers with the least signal to noise, the worst first."""
        known = [each for each in self.layers or () if each.signal_to_noise is not None]
        return tuple(sorted(known, key=lambda each: each.signal_to_noise or 0.0)[:_WORST])


@dataclass(frozen=True, slots=True, eq=False)
class Quantized:
    """The graph as reading its file gives it, and the report."""

    graph: Graph
    report: Report


def quantize(graph: Graph, samples: Samples, options: QuantizeOptions = DEFAULT_OPTIONS) -> Quantized:
    """The same network in integers, by TFLite's own scheme: TFLM, LiteRT and `compile` run it.

    Raises UnsupportedError with everything that cannot be quantised, UsageError for samples that do not fit the model,
    ModelError for values that are not finite, ToolError without an interpreter for the float model.
    """
    refuse(graph, options)
    require_sound(graph)
    fused, given = fuse(graph), samples
    samples = replace(given, x=given.x.astype(np.float32))
    activations = calibrate(fused, samples, options)
    ranges = _ranges(fused, activations, options)
    integers = IntegerGraph(fused, ranges, options, _LayerSource(fused, activations, options)).made()
    check(integers)
    layers = layer_noises(fused, integers, activations, samples)
    model = tflite.write(without_unread(integers))
    written = tflite.read_bytes(model, graph.source.name)
    notes = tuple(_notes(fused, given, activations, options))
    return Quantized(written, Report(len(samples), layers, notes, _not_compiled(written)))


@dataclass(frozen=True, slots=True, eq=False)
class _LayerSource:
    """Gives a layer's constants for the form of its input."""

    graph: Graph
    activations: Activations
    options: QuantizeOptions

    def __call__(self, node: Node, form: Form) -> Constants:
        mean = self.activations[node.inputs[0]].mean(axis=0) if self.options.bias_correction else None
        bias_type = DType.INT64 if form.dtype is DType.INT16 else DType.INT32
        return layer_constants(self.graph, node, form.quantization.scale, mean, bias_type)


def _ranges(graph: Graph, activations: Activations, options: QuantizeOptions) -> Mapping[int, Range]:
    levels = 1 << (16 if options.activations == "int16" else 8)
    ranges = {index: value_range(values, options, levels) for index, values in activations.items()}
    known = options.input_range
    return ranges if known is None else ranges | dict.fromkeys(graph.inputs, known)


def _notes(graph: Graph, samples: Samples, activations: Activations, options: QuantizeOptions) -> Iterator[str]:
    if len(samples) < FEW_SAMPLES:
        yield f"{len(samples)} calibration samples are few: ranges may be too narrow for others; give {FEW_SAMPLES}"
    if samples.x.dtype.kind != "f":
        low, high = samples.x.min(), samples.x.max()
        yield f"the samples are {samples.x.dtype} from {low} to {high}; the float model gets these numbers as they are"
    for index, values in activations.items():
        if not np.any(values):
            yield f'the tensor "{graph.tensors[index].name}" is zero on all samples'
    layers = [node for node in graph.nodes if is_real(graph, node) and SCHEMES[node.operator].weights is not None]
    without_bias = [node for node in layers if graph.optional_input(node, BIAS) is None]
    if options.bias_correction and without_bias:
        yield f"layers without a bias, where none is corrected: {len(without_bias)}"


def _not_compiled(graph: Graph) -> tuple[str, ...]:
    try:
        support.check(transforms.apply(graph))
    except UnsupportedError as error:
        return error.problems
    return ()
