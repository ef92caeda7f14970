"""Graphs made directly from ir objects, for tests; tensors are named t0, t1, ... and mostly quantised per tensor."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lilliput.ir import DType, Graph, Node, OptionValue, Origin, Quantization, Source, Tensor

NONE, RELU, RELU_N1_TO_1, RELU6 = range(4)
"""The numbers of the fused activations."""
SAME, VALID = range(2)
"""The numbers of the paddings."""

VERSIONS = {
    "conv_2d": 3, "depthwise_conv_2d": 3, "fully_connected": 4, "average_pool_2d": 2, "max_pool_2d": 2, "mean": 2,
    "softmax": 2, "logistic": 2, "tanh": 2, "relu": 2, "relu6": 2, "add": 2, "sub": 2, "mul": 2, "pad": 2, "padv2": 2,
    "transpose": 2, "concatenation": 2, "split": 2, "strided_slice": 2, "resize_nearest_neighbor": 3, "quantize": 2,
    "dequantize": 2, "pack": 2,
}  # fmt: skip
"""The versions that TensorFlow Lite's converter writes for int8; 1 for operators that are not listed."""


def float32(value: float) -> float:
    """The nearest float32 value, which is what a model file can hold."""
    return float(np.float32(value))


class GraphBuilder:
    """Collects tensors and nodes; every method that makes a tensor returns its index."""

    def __init__(self) -> None:
        self._tensors: list[Tensor] = []
        self._nodes: list[Node] = []
        self._inputs: list[int] = []

    def input(
        self, shape: Sequence[int], dtype: DType = DType.INT8, scale: float | None = None, zero_point: int = 0
    ) -> int:
        """An input of the model."""
        self._inputs.append(self._tensor(shape, dtype, _per_tensor(scale, zero_point), None))
        return self._inputs[-1]

    def constant(
        self, values: ArrayLike, scales: float | Sequence[float] | None = None, zero_point: int = 0, axis: int = 0
    ) -> int:
        """A constant, int32 when given as plain Python integers; several scales quantise per slice along `axis`."""
        array: NDArray[Any] = np.asarray(values)
        if array.dtype == np.int64 and not isinstance(values, np.ndarray):
            array = array.astype(np.int32)
        array = array.copy()
        array.setflags(write=False)
        dtype = next(dtype for dtype in _CONSTANT_TYPES if dtype.numpy == array.dtype)
        many = () if scales is None else (scales,) if isinstance(scales, float | int) else tuple(scales)
        quantization = Quantization(tuple(map(float32, many)), (zero_point,) * len(many), axis) if many else None
        return self._tensor(array.shape, dtype, quantization, array)

    def computed(
        self, shape: Sequence[int], dtype: DType = DType.INT8, scale: float | None = None, zero_point: int = 0
    ) -> int:
        """A tensor that a node will write."""
        return self._tensor(shape, dtype, _per_tensor(scale, zero_point), None)

    def node(self, operator: str, inputs: Sequence[int], outputs: int | Sequence[int], **options: OptionValue) -> int:
        """Apply an operator; returns its first output. Outputs come from `computed`."""
        written = (outputs,) if isinstance(outputs, int) else tuple(outputs)
        origin = Origin(len(self._nodes), self._tensors[written[0]].name)
        version = VERSIONS.get(operator, 1)
        node = Node(operator, version, tuple(inputs), written, origin, MappingProxyType(dict(options)))
        self._nodes.append(node)
        return written[0]

    def tensor(self, index: int) -> Tensor:
        """The tensor at an index."""
        return self._tensors[index]

    def graph(self, *outputs: int) -> Graph:
        """The graph with these outputs; the last node's outputs when none are given."""
        written = outputs or self._nodes[-1].outputs
        name = "-".join(dict.fromkeys(node.operator for node in self._nodes))
        source = Source(f"{name}.tflite", sha256="", file_bytes=0, constant_bytes=0)
        return Graph(source, tuple(self._tensors), tuple(self._nodes), tuple(self._inputs), tuple(written))

    def _tensor(
        self, shape: Sequence[int], dtype: DType, quantization: Quantization | None, data: NDArray[Any] | None
    ) -> int:
        index = len(self._tensors)
        name = f"t{index}"
        self._tensors.append(Tensor(name, dtype, tuple(map(int, shape)), quantization, data, Origin(index, name)))
        return index


_CONSTANT_TYPES = (DType.INT8, DType.INT32, DType.FLOAT32, DType.INT64, DType.INT16, DType.UINT8)


def _per_tensor(scale: float | None, zero_point: int) -> Quantization | None:
    return None if scale is None else Quantization((float32(scale),), (zero_point,))
