"""A tensor -> its channels as the kernels of LUT and pruning see them, and its values as plain bits.

The kernels take the channels from the quantisation: each scale is a channel, along the first or the last dimension;
they refuse other ones. Source: `Setup` in tensorflow/lite/micro/kernels/decode_state_lut.cc and decode_state_prune.cc.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import DType, Tensor

DTYPES = frozenset({DType.BOOL, DType.FLOAT32, DType.INT8, DType.INT16, DType.INT32, DType.INT64})
"""The element types that the kernels of LUT and pruning write."""
ONE_CHANNEL_AXIS = 15
"""What headers say for a dimension when one channel is the whole tensor."""


@dataclass(frozen=True, slots=True)
class Channels:
    """`count` channels along dimension `axis`, which is ONE_CHANNEL_AXIS for a single one."""

    axis: int
    count: int

    def rows(self, elements: NDArray[Any]) -> NDArray[Any]:
        """The elements of each channel as a row, in their order; a view of them."""
        if self.axis in (0, ONE_CHANNEL_AXIS):
            return elements.reshape(self.count, -1)
        return elements.reshape(-1, self.count).T

    def numbers(self, elements: int) -> NDArray[np.intp]:
        """The channel of each of so many elements, in the order of the elements."""
        numbers = np.empty(elements, np.intp)
        self.rows(numbers)[:] = np.arange(self.count)[:, None]
        return numbers


def channels_of(tensor: Tensor) -> Channels | None:
    """The tensor's channels; None where the kernels would refuse its quantisation."""
    quantization = tensor.quantization
    if quantization is None:
        return Channels(ONE_CHANNEL_AXIS, 1)
    if quantization.per_tensor:
        return Channels(ONE_CHANNEL_AXIS, 1) if quantization.axis == 0 else None
    if quantization.axis not in (0, len(tensor.shape) - 1):
        return None
    return Channels(quantization.axis, len(quantization.scales))


def bits(values: NDArray[Any]) -> NDArray[Any]:
    """The elements in their order, as unsigned integers of the same bits: equal only when every bit is."""
    return np.ascontiguousarray(values).reshape(-1).view(f"<u{values.dtype.itemsize}")
