"""The format PRUNING: one bit for each element, and the values of those that differ from the zero point.

Bits stand in the order of the elements, the first one highest; 1 means that the next value follows. After the header
come the values. The zero point is the channel's for int8; for other types the kernel takes 0 and no other. No
parameters are read; they name the channels' dimension as LUT's do.
Source: tensorflow/lite/micro/kernels/decode_state_prune.cc.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import ModelError
from lilliput.ir import DType, Tensor
from lilliput.tflite.tables import BAD_FILE
from lilliput.tflm.decode.channels import DTYPES, bits, channels_of
from lilliput.tflm.decode.header import HEADER_BYTES, Encoded, Format, header

_AXIS_SHIFT = 4


def encode(tensor: Tensor, values: NDArray[Any]) -> Encoded | None:
    """Encode a constant; None where its type or quantisation forbids it."""
    channels, zeros = channels_of(tensor), _zeros(tensor)
    if channels is None or zeros is None:
        return None
    plain = bits(values)
    kept = plain != bits(zeros)
    start = header(Format.PRUNING, channels.axis << _AXIS_SHIFT)
    return Encoded(Format.PRUNING, np.packbits(kept).tobytes(), start + plain[kept].tobytes())


def decode(data: bytes, ancillary: bytes, tensor: Tensor) -> NDArray[Any]:
    """The elements as their tensor's type. Raises ModelError where the kernel would read what is not there."""
    if tensor.elements > 8 * len(data):
        raise ModelError(f"{tensor.elements:,} elements have {len(data):,} bytes of bits", "", BAD_FILE)
    decoded = _zeros(tensor)
    if decoded is None:
        raise ModelError("the kernel of pruning refuses this type or quantisation", "", BAD_FILE)
    kept = np.unpackbits(np.frombuffer(data, np.uint8), count=tensor.elements).astype(bool)
    count = int(kept.sum())
    if count * decoded.itemsize > len(ancillary) - HEADER_BYTES:
        raise ModelError(f"there are fewer values than the {count:,} that the bits announce", "", BAD_FILE)
    decoded[kept] = np.frombuffer(ancillary, decoded.dtype, count, HEADER_BYTES)
    return decoded


def _zeros(tensor: Tensor) -> NDArray[Any] | None:
    """The tensor with every element left out, None where the kernel has no zero point for it."""
    channels = channels_of(tensor)
    if channels is None or tensor.dtype not in DTYPES:
        return None
    zero_points = tensor.quantization.zero_points if tensor.quantization is not None else (0,)
    if tensor.dtype is not DType.INT8 and any(zero_points):
        return None
    return np.array(zero_points, tensor.dtype.numpy)[channels.numbers(tensor.elements)]
