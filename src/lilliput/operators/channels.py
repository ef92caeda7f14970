"""What operators do with channels, the last dimension of activations: what values they hold, and which can go.

A channel is an index of the last dimension. `Ranges` bound the values that each channel of a tensor can take over all
inputs of the model. They are exact enough to find channels that always hold one value: sums are bounded tap by tap, and
requantisation never decreases.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node, Quantization, Tensor
from lilliput.operators.exponential import high_product, rounding_shift
from lilliput.operators.fixed_point import quantization

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """Channel c of a tensor holds values from `low[c]` to `high[c]`, both included, as they are stored."""

    low: Integers
    high: Integers

    @property
    def constant(self) -> Mask:
        """Which channels always hold one value, `low`."""
        return self.low == self.high


def full_ranges(tensor: Tensor) -> Ranges:
    """What any int8 tensor can hold."""
    channels = tensor.shape[-1] if tensor.shape else 1
    return Ranges(np.full(channels, -128, np.int64), np.full(channels, 127, np.int64))


class ChannelRules(ABC):
    """How an operator treats the channels of its activations. Instances are stateless; asked for sound nodes only."""

    def applies(self, graph: Graph, node: Node) -> bool:
        """Whether the rules hold for this node; nothing is known of its channels otherwise."""
        return True

    def same(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """Positions of inputs whose channel c is all that output channel c is computed from."""
        return ()

    def mixed(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """Positions of inputs of which every output channel may read every channel."""
        return ()

    @abstractmethod
    def ranges(self, graph: Graph, node: Node, inputs: Mapping[int, Ranges], slack: int) -> Ranges:
        """The output's ranges from those of the inputs in `same` and `mixed`.

        With a `slack` of 0 they are those of TFLM's arithmetic; with 1 those of any that rounds to one of the two
        neighbours, or one further, before it clamps.
        """

    def foldable(self, graph: Graph, node: Node, ranges: Ranges) -> Mask:
        """Which channels of the mixed input can go because the bias can say what they contribute."""
        return np.zeros(len(ranges.low), np.bool_)

    def without_inputs(self, graph: Graph, node: Node, kept: Mask, values: Integers) -> Mapping[int, Tensor]:
        """The constants, by position, when only `kept` channels of the mixed input are left; the rest held `values`."""
        return {}

    def without_outputs(self, graph: Graph, node: Node, kept: Mask) -> Mapping[int, Tensor]:
        """The constants, by position, when only `kept` channels of the output are left."""
        return {}


def scaled(sums: Integers, multipliers: Integers, shifts: Integers) -> Integers:
    """Sums of each channel, the last axis, times multiplier / 2^31 * 2^shift, as `requantize` rounds."""
    left, right = np.maximum(shifts, 0), np.maximum(-shifts, 0)
    high = np.asarray([high_product(value, int(m)) for value, m in zip((sums << left).T, multipliers, strict=True)]).T
    return np.asarray([rounding_shift(value, int(bits)) for value, bits in zip(high.T, right, strict=True)]).T


def kept_slices(tensor: Tensor, axis: int, kept: Mask) -> Tensor:
    """A constant with only some slices along an axis, and their scales where it has one for each."""
    data = np.compress(kept, np.asarray(tensor.data), axis)
    quantized = tensor.quantization
    if quantized is not None and not quantized.per_tensor and quantized.axis == axis % len(tensor.shape):
        scales = tuple(np.compress(kept, quantized.scales).tolist())
        zero_points = tuple(np.compress(kept, quantized.zero_points).tolist())
        quantized = Quantization(scales, zero_points, quantized.axis)
    return _with_data(tensor, data, quantized)


def added_bias(tensor: Tensor, more: Integers) -> Tensor:
    """A bias with something added to each channel."""
    return _with_data(tensor, (np.asarray(tensor.data, np.int64) + more).astype(np.int32), tensor.quantization)


def without_offset(ranges: Ranges, tensor: Tensor) -> Ranges:
    """Stored values less the zero point: what kernels multiply."""
    zero_point = quantization(tensor).zero_point
    return Ranges(ranges.low - zero_point, ranges.high - zero_point)


def _with_data(tensor: Tensor, data: NDArray[Any], quantized: Quantization | None) -> Tensor:
    data = np.ascontiguousarray(data)
    data.setflags(write=False)
    origin = replace(tensor.origin, transforms=(*tensor.origin.transforms, "drop_channels"))
    return replace(tensor, data=data, shape=data.shape, quantization=quantized, origin=origin)
