"""Layers of a network that is only an idea -> Sketch: weights, multiply-accumulates and the largest activations.

Everything is counted as int8 with int32 biases. The peak is that of whole layers, one after the other: a layer's input
and output together. Lilliput's plan by rows needs less, an interpreter somewhat more.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from lilliput.errors import UsageError

Shape = tuple[int, ...]
_BIAS_BYTES = 4
_MOST_ELEMENTS = 1 << 32


@dataclass(frozen=True, slots=True)
class LayerIdea:
    """A layer as somebody described it; `where` is the line or the layer's name, for messages.

    `units` are output channels (0: not said), `kernel` and `stride` are (height, width).
    """

    kind: str
    where: str
    units: int = 0
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    padding: Literal["same", "valid"] = "same"


@dataclass(frozen=True, slots=True)
class SketchedLayer:
    """A layer's output shape without the batch, and what it costs."""

    kind: str
    shape: Shape
    weight_bytes: int
    macs: int
    activation_bytes: int


@dataclass(frozen=True, slots=True)
class Sketch:
    """The layers in their order, the input first."""

    name: str
    layers: tuple[SketchedLayer, ...]

    @property
    def weight_bytes(self) -> int:
        """Weights and biases of all layers."""
        return sum(layer.weight_bytes for layer in self.layers)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(layer.macs for layer in self.layers)

    @property
    def peak_bytes(self) -> int:
        """The most bytes of a layer's input and output together."""
        sizes = [layer.activation_bytes for layer in self.layers]
        return max((first + second for first, second in pairwise(sizes)), default=sum(sizes))


def sketch(name: str, input_shape: Shape, ideas: Sequence[LayerIdea]) -> Sketch:
    """Size a chain of layers. Raises UsageError for a layer that cannot follow the one before it."""
    layers = [SketchedLayer("input", input_shape, 0, 0, _elements(input_shape, f"{name}: input"))]
    for idea in ideas:
        where = f"{name}: {idea.where}"
        size = KINDS.get(idea.kind)
        if size is None:
            raise UsageError(f'there is no layer "{idea.kind[:80]}"', where, f"Known are {', '.join(KINDS)}.")
        shape, weight_bytes, macs = size(idea, layers[-1].shape, where)
        layers.append(SketchedLayer(idea.kind, shape, weight_bytes, macs, _elements(shape, where)))
    return Sketch(name, tuple(layers))


Size = tuple[Shape, int, int]
"""Output shape, bytes of weights, MACs."""


def _conv(idea: LayerIdea, shape: Shape, where: str) -> Size:
    output = (*_window(idea, shape, where), _units(idea, where))
    return _weighted(output, math.prod(idea.kernel) * shape[-1])


def _depthwise(idea: LayerIdea, shape: Shape, where: str) -> Size:
    output = (*_window(idea, shape, where), shape[-1] * max(1, idea.units))
    return _weighted(output, math.prod(idea.kernel))


def _separable(idea: LayerIdea, shape: Shape, where: str) -> Size:
    middle, first_bytes, first_macs = _depthwise(
        LayerIdea("", "", 1, idea.kernel, idea.stride, idea.padding), shape, where
    )
    output, second_bytes, second_macs = _weighted((*middle[:2], _units(idea, where)), middle[-1])
    # One bias serves both: the depthwise half has none.
    return output, first_bytes - _BIAS_BYTES * middle[-1] + second_bytes, first_macs + second_macs


def _dense(idea: LayerIdea, shape: Shape, where: str) -> Size:
    return _weighted((*shape[:-1], _units(idea, where)), shape[-1])


def _pool(idea: LayerIdea, shape: Shape, where: str) -> Size:
    return (*_window(idea, shape, where), shape[-1]), 0, 0


def _global_pool(_: LayerIdea, shape: Shape, __: str) -> Size:
    return (shape[-1],), 0, 0


def _flatten(_: LayerIdea, shape: Shape, __: str) -> Size:
    return (math.prod(shape),), 0, 0


def _same(_: LayerIdea, shape: Shape, __: str) -> Size:
    return shape, 0, 0


KINDS: Mapping[str, Callable[[LayerIdea, Shape, str], Size]] = {
    "conv": _conv,
    "depthwise": _depthwise,
    "separable": _separable,
    "dense": _dense,
    "max_pool": _pool,
    "average_pool": _pool,
    "global_pool": _global_pool,
    "flatten": _flatten,
    "softmax": _same,
    "relu": _same,
    "sigmoid": _same,
    "tanh": _same,
}
"""The kinds of layers, and how each is sized."""


def _weighted(output: Shape, inputs_each: int) -> Size:
    """A layer each of whose outputs is a weighted sum of `inputs_each` values, with weights for each channel."""
    channels = output[-1]
    return output, channels * (inputs_each + _BIAS_BYTES), math.prod(output) * inputs_each


def _window(idea: LayerIdea, shape: Shape, where: str) -> tuple[int, int]:
    """Height and width of the output."""
    if len(shape) != 3:
        raise UsageError(
            f"a {idea.kind} needs height, width and channels, not {shape}", where, "Put it before flatten."
        )
    sizes: list[int] = []
    for length, kernel, stride in zip(shape, idea.kernel, idea.stride, strict=False):
        if kernel < 1 or stride < 1:
            raise UsageError("a kernel and a stride are at least 1", where, "Correct the layer.")
        covered = length if idea.padding == "same" else length - kernel + 1
        if covered < 1:
            raise UsageError(
                f"a kernel of {kernel} does not fit into {length}", where, "Use a smaller one, or padding."
            )
        sizes.append(-(-covered // stride))
    return sizes[0], sizes[1]


def _units(idea: LayerIdea, where: str) -> int:
    if idea.units < 1:
        raise UsageError(
            f"a {idea.kind} needs its number of outputs", where, "Write it behind the name, as in conv 64."
        )
    return idea.units


def _elements(shape: Shape, where: str) -> int:
    elements = math.prod(shape)
    if not 0 < elements < _MOST_ELEMENTS or min(shape) < 1:
        raise UsageError(f"a shape of {'x'.join(map(str, shape))[:80]} is none", where, "Correct the sizes.")
    return elements
