"""Tensors: a shape, an element type, a quantisation and, for constants, the data."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir.origin import Origin
from lilliput.ir.quantization import Quantization


class DType(Enum):
    """Element types, by their names in the .tflite schema."""

    FLOAT32 = "FLOAT32"
    FLOAT16 = "FLOAT16"
    FLOAT64 = "FLOAT64"
    INT4 = "INT4"
    INT8 = "INT8"
    INT16 = "INT16"
    INT32 = "INT32"
    INT64 = "INT64"
    UINT8 = "UINT8"
    UINT16 = "UINT16"
    UINT32 = "UINT32"
    UINT64 = "UINT64"
    BOOL = "BOOL"
    STRING = "STRING"
    RESOURCE = "RESOURCE"
    VARIANT = "VARIANT"
    COMPLEX64 = "COMPLEX64"
    COMPLEX128 = "COMPLEX128"
    OTHER = "OTHER"

    @property
    def bits(self) -> int:
        """Bits of one element; 0 for types without a fixed size."""
        return _BITS.get(self, 0)

    @property
    def numpy(self) -> np.dtype[Any]:
        """The numpy type of the same layout. Raises KeyError for types that numpy does not have."""
        return np.dtype(_NUMPY[self])

    @property
    def c_name(self) -> str:
        """The C99 type of the same layout. Raises KeyError for types that C does not have."""
        return "float" if self is DType.FLOAT32 else _C_INTEGERS[self]


_BITS = {
    DType.FLOAT32: 32, DType.FLOAT16: 16, DType.FLOAT64: 64, DType.INT4: 4, DType.INT8: 8, DType.INT16: 16,
    DType.INT32: 32, DType.INT64: 64, DType.UINT8: 8, DType.UINT16: 16, DType.UINT32: 32, DType.UINT64: 64,
    DType.BOOL: 8, DType.COMPLEX64: 64, DType.COMPLEX128: 128,
}  # fmt: skip
_NUMPY = {
    DType.FLOAT32: "<f4", DType.FLOAT16: "<f2", DType.FLOAT64: "<f8", DType.INT8: "i1", DType.INT16: "<i2",
    DType.INT32: "<i4", DType.INT64: "<i8", DType.UINT8: "u1", DType.UINT16: "<u2", DType.UINT32: "<u4",
    DType.UINT64: "<u8", DType.BOOL: "?", DType.COMPLEX64: "<c8", DType.COMPLEX128: "<c16",
}  # fmt: skip
_C_INTEGERS = {
    DType.INT8: "int8_t", DType.INT16: "int16_t", DType.INT32: "int32_t", DType.INT64: "int64_t",
    DType.UINT8: "uint8_t", DType.UINT16: "uint16_t", DType.UINT32: "uint32_t", DType.BOOL: "uint8_t",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A value of the graph. `data` (read-only) is there for constants only; an empty shape is a scalar."""

    name: str
    dtype: DType
    shape: tuple[int, ...]
    quantization: Quantization | None
    data: NDArray[Any] | None
    origin: Origin
    is_variable: bool = False

    @property
    def elements(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """Bytes of the tensor's values, densely packed."""
        return (self.elements * self.dtype.bits + 7) // 8

    @property
    def is_constant(self) -> bool:
        """Whether the value is known at compile time."""
        return self.data is not None
