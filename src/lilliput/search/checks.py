"""Graph + samples -> whether a search makes sense, before any worker starts."""

from collections.abc import Iterator

import numpy as np

from lilliput.accuracy import Samples
from lilliput.accuracy.samples import inputs_of
from lilliput.errors import UsageError
from lilliput.ir import DType, Graph, Tensor
from lilliput.search.parts import Parts

_LAYERS = frozenset({"conv_2d", "depthwise_conv_2d", "fully_connected"})
_TOLD_SHARE, _REFUSED_SHARE = 0.01, 0.5
"""Of the values, outside of what the model's input can hold."""


def is_float(graph: Graph) -> bool:
    """Whether a layer's weights are float32."""
    weights = (graph.optional_input(node, 1) for node in graph.nodes if node.operator in _LAYERS)
    return any(each is not None and each.dtype is DType.FLOAT32 for each in weights)


def refuse_floats(graph: Graph) -> None:
    """Raise UsageError for a model whose weights are float32."""
    if is_float(graph):
        raise UsageError("the model computes with floats", graph.source.name, "Quantise it to int8 first.")


def warnings_of(graph: Graph, parts: Parts) -> tuple[str, ...]:
    """What is doubtful about the samples. Raises UsageError when they cannot be the model's input."""
    found = list(parts.warnings)
    for samples in dict.fromkeys((parts.calibration, parts.tuning, parts.report)):
        inputs_of(samples.part([0]), graph.tensors[graph.inputs[0]])
        found += _out_of_range(samples, graph.tensors[graph.inputs[0]])
    return tuple(dict.fromkeys(found))


def _out_of_range(samples: Samples, tensor: Tensor) -> Iterator[str]:
    """Real numbers that the model's input would clip."""
    if samples.x.dtype.kind != "f" or tensor.quantization is None or tensor.dtype.numpy.kind not in "iu":
        return
    info, quantized = np.iinfo(tensor.dtype.numpy), tensor.quantization
    least, most = ((end - quantized.zero_point) * quantized.scale for end in (info.min, info.max))
    outside = (samples.x < least - quantized.scale) | (samples.x > most + quantized.scale)
    share = float(outside.mean())
    fact = (
        f"{share:.0%} of the values are outside of what the model takes, {least:.4g} to {most:.4g}; "
        f"they range from {samples.x.min():.4g} to {samples.x.max():.4g}"
    )
    if share > _REFUSED_SHARE:
        raise UsageError(fact, samples.source, "Scale the samples as the model's training data were.")
    if share > _TOLD_SHARE:
        yield f"{samples.source}: {fact}"
