"""The format LUT: a table of the values that occur, and for each element an index of 1 to 7 bits.

Indices stand in the order of the elements, the highest bit first. After the header come the tables, one for each
channel, or one for all. Parameters: the index's bits in the lower half of the first byte, the channels' dimension in
its upper half; the second byte is how many values further the next channel's table starts. That may be nothing: then
all channels share the table, which kernels that go by the quantisation and such that go by the header read alike.
Source: tensorflow/lite/micro/compression/lut.py, tensorflow/lite/micro/kernels/decode_state_lut.cc.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import ModelError
from lilliput.ir import Tensor
from lilliput.tflite.tables import BAD_FILE
from lilliput.tflm.decode.channels import DTYPES, ONE_CHANNEL_AXIS, Channels, bits, channels_of
from lilliput.tflm.decode.header import HEADER_BYTES, Encoded, Format, header

_MOST_BITS = 7
_AXIS_SHIFT = 4


def encode(tensor: Tensor, values: NDArray[Any]) -> Encoded | None:
    """Encode a constant; None where its type, quantisation or number of different values forbids it."""
    channels = channels_of(tensor)
    if channels is None or tensor.dtype not in DTYPES:
        return None
    plain = bits(values)
    choices = [_encode(plain, Channels(ONE_CHANNEL_AXIS, 1), has_stride=channels.count == 1)]
    if channels.count > 1:
        choices.append(_encode(plain, channels, has_stride=True))
    return min((each for each in choices if each is not None), key=lambda each: each.size_bytes, default=None)


def decode(data: bytes, ancillary: bytes, parameters: bytes, tensor: Tensor) -> NDArray[Any]:
    """The elements as their tensor's type. Raises ModelError where the kernels would read what is not there."""
    channels = channels_of(tensor)
    width, stride, axis = parameters[0] & _MOST_BITS, parameters[1], parameters[0] >> _AXIS_SHIFT
    if channels is None or tensor.dtype not in DTYPES or not width:
        raise ModelError("the kernel of LUT refuses this type, quantisation or index", "", BAD_FILE)
    if stride and axis not in (0, channels.axis):
        raise ModelError(f"the tables are along dimension {axis}, the quantisation is not", "", BAD_FILE)
    if tensor.elements * width > 8 * len(data):
        raise ModelError(f"{tensor.elements:,} indices of {width} bits do not fit {len(data):,} bytes", "", BAD_FILE)
    stored = np.unpackbits(np.frombuffer(data, np.uint8), count=tensor.elements * width).reshape(-1, width)
    indices = stored @ (1 << np.arange(width, dtype=np.uint8)[::-1]) + channels.numbers(tensor.elements) * stride
    item_bytes = tensor.dtype.numpy.itemsize
    table = np.frombuffer(ancillary, tensor.dtype.numpy, (len(ancillary) - HEADER_BYTES) // item_bytes, HEADER_BYTES)
    if indices.size and indices.max() >= table.size:
        raise ModelError("an index points behind the tables", "", BAD_FILE)
    return table[indices]


def _encode(plain: NDArray[Any], channels: Channels, *, has_stride: bool) -> Encoded | None:
    """One table for each channel."""
    indices = np.empty(plain.size, np.uint8)
    tables: list[NDArray[Any]] = []
    for row, row_indices in zip(channels.rows(plain), channels.rows(indices), strict=True):
        table, found = np.unique(row, return_inverse=True)
        if table.size > 1 << _MOST_BITS:
            return None
        row_indices[:] = found
        tables.append(table)
    length = max(table.size for table in tables)
    width = max(1, (length - 1).bit_length())
    start = header(Format.LUT, channels.axis << _AXIS_SHIFT | width, length if has_stride else 0)
    padded = [np.pad(table, (0, length - table.size)) for table in tables]
    packed = np.packbits(np.unpackbits(indices[:, None], axis=1)[:, -width:])
    return Encoded(Format.LUT, packed.tobytes(), start + np.concatenate(padded).tobytes())
