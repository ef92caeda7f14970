"""TFLM's CMSIS-NN kernels where they take other memory than the reference kernels, for three kinds of cores.

Scratch sizes follow the `*_get_buffer_size` functions of CMSIS-NN 4ab83cc, structures those of
tensorflow/lite/micro/kernels/cmsis_nn of TFLM 90b983c.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum

from lilliput.ir import DType
from lilliput.tflm.kernels import (
    CONVOLUTION_DATA,
    FULLY_CONNECTED_DATA,
    LSTM_DATA,
    POOLING_DATA,
    REFERENCE,
    Kernel,
    persist_requantization,
    request_lstm_buffers,
    unpack_int4,
)
from lilliput.tflm.layout import align
from lilliput.tflm.preparation import Preparation


class Extension(Enum):
    """Which instructions CMSIS-NN is built for; its buffers depend on it."""

    NONE = "none"
    DSP = "dsp"
    MVE = "mve"


_INT16_BYTES = 2
_INT32_BYTES = 4
_MVE_BLOCK = 124
"""Channels that the depthwise kernel for MVE takes at once."""


def _convolution(extension: Extension) -> Callable[[Preparation], None]:
    def prepare(preparation: Preparation) -> None:
        source, weights = preparation.input(0), preparation.input(1)
        preparation.take(source, weights, preparation.output())
        if source is None or weights is None or source.dtype not in (DType.INT8, DType.INT16):
            preparation.take_inputs(0, 1, 2)
            return
        persist_requantization(preparation, weights.shape[0])
        preparation.take_inputs(0, 1, 2)
        if size := _convolution_scratch(preparation, extension):
            preparation.request(size)

    return prepare


def _option(preparation: Preparation, name: str) -> int:
    value = preparation.node.options.get(name, 1)
    return value if isinstance(value, int) else 1


def _convolution_scratch(preparation: Preparation, extension: Extension) -> int:
    source, weights = preparation.input(0), preparation.input(1)
    assert source is not None
    assert weights is not None
    _, height, width, channels = weights.shape
    plain = _option(preparation, "dilation_w_factor") == _option(preparation, "dilation_h_factor") == 1
    if source.dtype is DType.INT8 and plain and height == width == 1 and channels == source.shape[3]:
        return 0
    columns = height * width * channels
    if extension is Extension.MVE:
        return 4 * align(columns, 16) if source.dtype is DType.INT8 else 4 * columns * _INT16_BYTES
    return 2 * align(columns, 4) * _INT16_BYTES


def _depthwise_convolution(extension: Extension) -> Callable[[Preparation], None]:
    def prepare(preparation: Preparation) -> None:
        source, weights = preparation.input(0), preparation.input(1)
        preparation.take(source, weights, preparation.output())
        quantized = source is not None and source.dtype in (DType.INT8, DType.INT16)
        if quantized and weights is not None:
            persist_requantization(preparation, weights.shape[3])
        preparation.take_inputs(0, 1, 2)
        if quantized and (size := _depthwise_scratch(preparation, extension)):
            preparation.request(size)

    return prepare


def _depthwise_scratch(preparation: Preparation, extension: Extension) -> int:
    source, weights = preparation.input(0), preparation.input(1)
    assert source is not None
    assert weights is not None
    _, height, width, channels = weights.shape
    plain = _option(preparation, "dilation_w_factor") == _option(preparation, "dilation_h_factor") == 1
    if source.dtype is not DType.INT8 or source.shape[0] != 1 or not plain:
        return 0
    taps = height * width
    if extension is Extension.MVE:
        if source.shape[3] == 1:
            # Runs as a convolution on weights that are transposed first.
            return 4 * align(taps, 16) + taps * channels
        return 4 * _MVE_BLOCK * taps if source.shape[3] == channels else 0
    if extension is Extension.NONE or source.shape[3] != channels:
        return 0
    return 0 if height == width == 3 and max(_padding(preparation)) <= 1 else channels * taps * _INT16_BYTES


def _padding(preparation: Preparation) -> tuple[int, int]:
    """Rows and columns of padding above and left of the input."""
    source, weights, target = preparation.input(0), preparation.input(1), preparation.output()
    assert source is not None
    assert weights is not None
    strides = (_option(preparation, "stride_h"), _option(preparation, "stride_w"))
    missing = [
        (target.shape[axis] - 1) * strides[axis - 1] + weights.shape[axis] - source.shape[axis] for axis in (1, 2)
    ]
    return max(0, missing[0]) // 2, max(0, missing[1]) // 2


def _fully_connected(extension: Extension) -> Callable[[Preparation], None]:
    def prepare(preparation: Preparation) -> None:
        preparation.take_inputs(0, 1, 2)
        unpack_int4(preparation)
        weights, source = preparation.input(1), preparation.input(0)
        if source is None or weights is None or source.dtype is not DType.INT8:
            return
        if weights.channels > 1:
            persist_requantization(preparation, weights.channels)
        if extension is Extension.MVE:
            sums_bytes = _INT32_BYTES * weights.shape[0]
            if weights.is_constant:
                preparation.persist(sums_bytes, "sums of weights")
            else:
                preparation.request(sums_bytes)

    return prepare


def _average_pool(extension: Extension) -> Callable[[Preparation], None]:
    def prepare(preparation: Preparation) -> None:
        preparation.take_inputs(0)
        source = preparation.input(0)
        if extension is Extension.DSP and source is not None and source.dtype in (DType.INT8, DType.INT16):
            preparation.request(_INT32_BYTES * source.shape[3])

    return prepare


_POOLING = f"{POOLING_DATA} i"
_CONVOLUTION = f"{CONVOLUTION_DATA} i"
_LSTM_GATE = "iippiippe p"
_LSTM_PARAMETERS = " ".join(("iiiii iiiii iiiii", *(_LSTM_GATE,) * 4))
_LSTM_BUFFERS = 3
_LSTM_SUMS = 8
"""Sums of weights: for input and state of four gates."""


def _lstm(preparation: Preparation) -> None:
    state = request_lstm_buffers(preparation, _LSTM_BUFFERS)
    for _ in range(_LSTM_SUMS):
        preparation.persist(_INT32_BYTES * state, "sums of weights")


def cmsis_kernels(extension: Extension) -> Mapping[str, Kernel]:
    """All kernels of a build with CMSIS-NN."""
    changed = {
        "average_pool_2d": replace(REFERENCE["average_pool_2d"], prepare=_average_pool(extension), data=_POOLING),
        "conv_2d": replace(REFERENCE["conv_2d"], prepare=_convolution(extension), data=_CONVOLUTION),
        "depthwise_conv_2d": replace(
            REFERENCE["depthwise_conv_2d"], prepare=_depthwise_convolution(extension), data=_CONVOLUTION
        ),
        "fully_connected": replace(
            REFERENCE["fully_connected"],
            prepare=_fully_connected(extension),
            data=f"{FULLY_CONNECTED_DATA} pp i p iii",
        ),
        "max_pool_2d": replace(REFERENCE["max_pool_2d"], data=_POOLING),
        "unidirectional_sequence_lstm": replace(
            REFERENCE["unidirectional_sequence_lstm"], prepare=_lstm, data=f"{LSTM_DATA} {_LSTM_PARAMETERS}"
        ),
    }
    return {**REFERENCE, **changed}
