"""What TensorFlow Lite's integer kernels ask of an operator's scales, as data: one line an operator.

Source: "LiteRT 8-bit quantization specification", and TFLM's kernels where they differ. Operators are listed whose int8
kernels this project has as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lilliput.ir import DType, Graph, Node, Quantization

WEIGHTS, BIAS = 1, 2
"""The inputs of a layer that are no activations."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Constant int8 weights, one scale for each slice of `axis`; one for all where that is None."""

    axis: int | None


@dataclass(frozen=True, slots=True)
class Scheme:
    """How an operator is quantised. `versions` are those that read int8 and int16.

    With `keeps_scale` all float inputs and outputs have one scale and zero point; with `fixed` the output's range is
    from `fixed[0]` to 1, whatever comes in. Otherwise the output has its own.
    """

    versions: tuple[int, int]
    weights: Weights | None = None
    keeps_scale: bool = False
    fixed: tuple[float, ...] = ()


def _keeps(int8_version: int, int16_version: int) -> Scheme:
    return Scheme((int8_version, int16_version), keeps_scale=True)


SCHEMES: Mapping[str, Scheme] = {
    "conv_2d": Scheme((3, 4), Weights(0)),
    "depthwise_conv_2d": Scheme((3, 5), Weights(3)),
    "fully_connected": Scheme((4, 7), Weights(None)),
    "add": Scheme((2, 4)),
    "sub": Scheme((2, 5)),
    "mul": Scheme((2, 4)),
    "mean": Scheme((2, 3)),
    "relu": Scheme((2, 3)),
    "logistic": Scheme((2, 3), fixed=(0.0,)),
    "softmax": Scheme((2, 3), fixed=(0.0,)),
    "tanh": Scheme((2, 3), fixed=(-1.0,)),
    "average_pool_2d": _keeps(2, 3),
    "max_pool_2d": _keeps(2, 3),
    "concatenation": _keeps(2, 3),
    "expand_dims": _keeps(1, 1),
    "pack": _keeps(2, 2),
    "pad": _keeps(2, 3),
    "padv2": _keeps(2, 3),
    # TFLM's RELU6 clamps and does not rescale.
    "relu6": _keeps(2, 3),
    "reshape": _keeps(1, 1),
    "resize_nearest_neighbor": _keeps(3, 4),
    "split": _keeps(2, 4),
    "squeeze": _keeps(1, 1),
    "strided_slice": _keeps(2, 4),
    "transpose": _keeps(2, 5),
}

QUANTIZE_VERSIONS = (2, 3)
"""Of QUANTIZE between integers."""


def fixed_quantization(scheme: Scheme, dtype: DType) -> Quantization | None:
    """The scale and zero point that interpreters demand of the output; None where it is free."""
    if not scheme.fixed:
        return None
    if dtype is DType.INT16:
        return Quantization((1 / 32768,), (0,))
    return Quantization((1 / 128,), (0,)) if scheme.fixed[0] < 0 else Quantization((1 / 256,), (-128,))


def real_inputs(graph: Graph, node: Node) -> tuple[int, ...]:
    """The positions of a node's float inputs, without weights and bias."""
    scheme = SCHEMES.get(node.operator)
    layer = scheme is not None and scheme.weights is not None
    inputs = enumerate(graph.input_tensors(node))
    return tuple(
        position
        for position, tensor in inputs
        if tensor is not None and tensor.dtype is DType.FLOAT32 and not (layer and position)
    )


def is_real(graph: Graph, node: Node) -> bool:
    """Whether a node computes with real numbers, or only with shapes and indices."""
    if node.operator == _SHAPE:
        return False
    tensors = [tensor for tensor in graph.input_tensors(node) if tensor is not None]
    return any(tensor.dtype in _REALS for tensor in (*tensors, *graph.select(node.outputs)))


_SHAPE = "shape"
"""It reads no value of its input, which may have any type."""
_REALS = (DType.FLOAT32, DType.FLOAT16, DType.FLOAT64, DType.COMPLEX64, DType.COMPLEX128)
