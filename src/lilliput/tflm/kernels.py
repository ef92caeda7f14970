"""TFLM's reference kernels: options, persistent data, temporary tensors and scratch buffers of each.

Source: tensorflow/lite/micro/kernels and builtin_op_data.h of TFLM 90b983c.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lilliput.ir import DType
from lilliput.tflm.decode.header import OPERATOR, Format
from lilliput.tflm.layout import size
from lilliput.tflm.model_file import FileTensor
from lilliput.tflm.preparation import Preparation

_WORD = 4


@dataclass(frozen=True, slots=True)
class Kernel:
    """What a kernel takes from the arena.

    `options` is the structure that the parser makes of the node's options, `data` the one that Init takes for the
    kernel itself, both as `layout` writes structures. `prepare` makes the requests of Prepare.
    """

    prepare: Callable[[Preparation], None]
    options: str = ""
    data: str = ""


def _nothing(_: Preparation) -> None:
    """Prepare takes nothing."""


def _one_to_one(preparation: Preparation) -> None:
    preparation.take_inputs(0)


def _two_to_one(preparation: Preparation) -> None:
    preparation.take_inputs(0, 1)


def _is_quantized(tensor: FileTensor | None) -> bool:
    return tensor is not None and tensor.dtype in (DType.INT8, DType.INT16)


def _channels(tensor: FileTensor | None, axis: int) -> int:
    return tensor.shape[axis] if tensor is not None and len(tensor.shape) > axis else 0


def persist_requantization(preparation: Preparation, channels: int) -> None:
    """Multipliers and shifts, one each for a channel."""
    preparation.persist(_WORD * channels, "output multipliers")
    preparation.persist(_WORD * channels, "output shifts")


def _convolution(axis: int) -> Callable[[Preparation], None]:
    def prepare(preparation: Preparation) -> None:
        preparation.take(preparation.output(), preparation.input(0), preparation.input(1))
        persist_requantization(preparation, _channels(preparation.input(1), axis))
        preparation.take_inputs(0, 1, 2)
        unpack_int4(preparation)

    return prepare


def unpack_int4(preparation: Preparation) -> None:
    """Weights of four bits are unpacked into scratch memory."""
    weights = preparation.input(1)
    if weights is not None and weights.dtype is DType.INT4:
        preparation.request(weights.elements)


def _fully_connected(preparation: Preparation) -> None:
    preparation.take_inputs(0, 1, 2)
    unpack_int4(preparation)
    weights = preparation.input(1)
    if weights is not None and weights.channels > 1 and _is_quantized(preparation.input(0)):
        persist_requantization(preparation, weights.channels)


_SOFTMAX_TABLE_BYTES = 2 * 513


def _softmax(preparation: Preparation) -> None:
    preparation.take_inputs(0)
    source = preparation.input(0)
    if source is not None and source.dtype is DType.INT16:
        preparation.persist(_SOFTMAX_TABLE_BYTES, "exponential table")
        preparation.persist(_SOFTMAX_TABLE_BYTES, "reciprocal table")


def _mean(preparation: Preparation) -> None:
    preparation.take_inputs(0, 1)
    source, axes = preparation.input(0), preparation.input(1)
    if source is not None and _is_quantized(source):
        preparation.request(_WORD * preparation.output().elements)
        preparation.request(_WORD * len(source.shape))
        preparation.request(_WORD * (1 if axes is None else axes.elements))


def _assign_variable(preparation: Preparation) -> None:
    value = preparation.input(1)
    preparation.take(value)
    if value is not None and preparation.first_assignment():
        preparation.persist(value.size_bytes, "resource variables")


def _concatenation(preparation: Preparation) -> None:
    inputs = [preparation.input(position) for position in range(len(preparation.node.inputs))]
    preparation.take(inputs[0], preparation.output(), *inputs, preparation.output())


def _svdf(preparation: Preparation) -> None:
    preparation.take_inputs(0, 1, 2, 3, 4)
    source, features = preparation.input(0), preparation.input(1)
    batch, filters = _channels(source, 0), _channels(features, 0)
    preparation.request(_WORD * batch * filters)
    if _is_quantized(source):
        preparation.request(_WORD * preparation.output().elements)


LSTM_INPUTS = 24
_LSTM_STATE = 18
_LSTM_BUFFERS = 4


def request_lstm_buffers(preparation: Preparation, count: int) -> int:
    """Scratch buffers of int16 for the gates, or float; returns the elements of the state."""
    preparation.take(*(preparation.input(position) for position in range(LSTM_INPUTS)), preparation.output())
    state = preparation.input(_LSTM_STATE)
    if state is None:
        return 0
    for _ in range(count):
        preparation.request(state.elements * (_WORD if state.dtype is DType.FLOAT32 else 2))
    return state.elements


def _lstm(preparation: Preparation) -> None:
    request_lstm_buffers(preparation, _LSTM_BUFFERS)


_DECODERS = {
    Format.LUT.value: "ppp p zzz p bbb",
    Format.HUFFMAN.value: "ppp p z p bb",
    Format.PRUNING.value: "ppp p zzz p p bb",
}
"""The objects that decode one output each; the first pointer is that to their virtual functions."""


def _decode(preparation: Preparation) -> None:
    abi = preparation.allocator.abi
    largest = max(_DECODERS.values(), key=lambda structure: size(structure, abi))
    preparation.persist(abi.pointer_bytes * len(preparation.node.outputs), "decoders")
    for position in range(len(preparation.node.outputs)):
        ancillary, target = preparation.input(2 * position + 1), preparation.output(position)
        preparation.take(preparation.input(2 * position), ancillary, target)
        form = None if ancillary is None else ancillary.first_byte
        preparation.persist(size(largest if form is None else _DECODERS.get(form, largest), abi), "decoders")
        if form == Format.PRUNING.value and target.channels > 1 and target.is_asymmetric:
            preparation.persist(target.channels, "zero points")


def _all_inputs(preparation: Preparation) -> None:
    preparation.take_inputs(*range(len(preparation.node.inputs)))


CONVOLUTION_DATA = "iiii iii ii pp ii i"
FULLY_CONNECTED_DATA = "ii pp b ii i iii i"
POOLING_DATA = "iiii ii ff"
_POOLING_OPTIONS = "e ii ii e iiii"
_REQUANTIZATION = "i d"
_STRIDES = "b iiiii"
_PADDING = f"{_STRIDES} {_STRIDES} b i"
_FULLY_CONNECTED_PARAMETERS = "iiiii ii ff bbb"
_ARITHMETIC_PARAMETERS = "b iii ii i iiii ii ff qq iiiii"
LSTM_DATA = " ".join(
    ("b iiii f s i e", *(_FULLY_CONNECTED_PARAMETERS,) * 8, "|", *(f"{_ARITHMETIC_PARAMETERS}|",) * 3, "iiii")
)

REFERENCE: Mapping[str, Kernel] = {
    "add": Kernel(_two_to_one, "eb", "b iii ii iii i iii ff"),
    "assign_variable": Kernel(_assign_variable),
    "average_pool_2d": Kernel(_one_to_one, _POOLING_OPTIONS, POOLING_DATA),
    "call_once": Kernel(_nothing, "i", "i b"),
    "concatenation": Kernel(_concatenation, "i e b", "b pp s i f"),
    OPERATOR: Kernel(_decode),
    "conv_2d": Kernel(_convolution(0), "e ii e ii e", CONVOLUTION_DATA),
    "depthwise_conv_2d": Kernel(_convolution(3), "e iii e ii", CONVOLUTION_DATA),
    "dequantize": Kernel(_one_to_one, data=f"{_REQUANTIZATION} i"),
    "expand_dims": Kernel(_two_to_one),
    "fully_connected": Kernel(_fully_connected, "ee bb e", FULLY_CONNECTED_DATA),
    "logistic": Kernel(_one_to_one, data="iiii"),
    "max_pool_2d": Kernel(_one_to_one, _POOLING_OPTIONS, POOLING_DATA),
    "mean": Kernel(_mean, "b", "ii ii i f i f ii"),
    "mul": Kernel(_two_to_one, "e", "ii ii i ii ff"),
    "pack": Kernel(_nothing, "ii"),
    "pad": Kernel(_two_to_one, data=_PADDING),
    "padv2": Kernel(_all_inputs, data=_PADDING),
    "quantize": Kernel(_one_to_one, data=f"{_REQUANTIZATION} iii"),
    "read_variable": Kernel(_nothing),
    "relu": Kernel(_one_to_one, data="b ii iiii"),
    "relu6": Kernel(_one_to_one, data="bb"),
    "reshape": Kernel(_one_to_one, "iiii iiii i"),
    "resize_nearest_neighbor": Kernel(_two_to_one, "bb"),
    "shape": Kernel(_nothing),
    "softmax": Kernel(_softmax, "f", "d iiiii if ppppp"),
    "split": Kernel(_nothing, "i"),
    "split_v": Kernel(_nothing, "i"),
    "squeeze": Kernel(_one_to_one, "iiii iiii i"),
    "strided_slice": Kernel(_all_inputs, "iiiii b", f"{_STRIDES} {_STRIDES} {_STRIDES} sssss b"),
    "sub": Kernel(_two_to_one, "eb", "b iii ii iii i iii"),
    "svdf": Kernel(_svdf, "i e b", "iiii ii iii"),
    "tanh": Kernel(_one_to_one, data="iiii"),
    "transpose": Kernel(_two_to_one),
    "unidirectional_sequence_lstm": Kernel(_lstm, "e ff bbb", LSTM_DATA),
    "unpack": Kernel(_nothing, "ii"),
    "var_handle": Kernel(_nothing, "pp", "i"),
}
