"""A file's tensor table -> Tensor: shape, type, quantisation and data, each checked before it is used."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tflite
from lilliput.errors import ModelError
from lilliput.ir import DType, Origin, Quantization, Tensor
from lilliput.tflite.tables import BAD_FILE, Tables
from lilliput.tflite.warnings import Warnings

_LARGEST_TENSOR_BYTES = 2**31
_LARGEST_RANK = 32
_LONGEST_NAME = 80
_SMALL_INTEGERS = (DType.INT8, DType.UINT8, DType.INT16, DType.UINT16)
DTYPES = {
    number: DType(name) if name in DType.__members__ else DType.OTHER
    for name, number in vars(tflite.TensorType).items()
    if isinstance(number, int)
}
"""The numbers of the schema's TensorType -> element types."""


class Buffers:
    """The file's constants by buffer index, each copied (for alignment) once."""

    def __init__(self, tables: Tables, data: bytes, buffers: Sequence[Any]) -> None:
        self._tables = tables
        self._data = data
        self._buffers = buffers
        self._read: dict[int, NDArray[np.uint8] | None] = {}

    @property
    def constant_bytes(self) -> int:
        """Bytes of the buffers read so far."""
        return sum(values.size for values in self._read.values() if values is not None)

    def read(self, index: int, where: str) -> NDArray[np.uint8] | None:
        """The bytes of a buffer, None when it is empty: the tensor is computed, not constant."""
        if index >= len(self._buffers):
            raise ModelError(f"buffer {index} does not exist (the file has {len(self._buffers)})", where, BAD_FILE)
        if index not in self._read:
            values = self._bytes(self._buffers[index])
            self._read[index] = values.copy() if values is not None and values.size else None
        return self._read[index]

    def _bytes(self, buffer: Any) -> NDArray[np.uint8] | None:
        offset, size = buffer.Offset(), buffer.Size()
        if offset <= 1:
            return self._tables.array(buffer, "Data")
        self._tables.charge(size)
        return np.frombuffer(self._data, np.uint8, size, offset)


def read_tensor(tables: Tables, buffers: Buffers, table: Any, index: int, warnings: Warnings) -> Tensor:
    """Read one tensor. Raises ModelError when it contradicts itself; adds to `warnings` what is odd but harmless."""
    name = tables.text(table.Name())
    where = f'tensor {index} "{name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "..."}"'
    dtype = DTYPES.get(table.Type(), DType.OTHER)
    if table.Sparsity() is not None:
        warnings.add(where, "stored in a sparse format; its type is shown as OTHER")
        dtype = DType.OTHER
    shape = tables.numbers(table, "Shape")
    _check_shape(shape, dtype, where)
    data = buffers.read(table.Buffer(), where)
    return Tensor(
        name=name,
        dtype=dtype,
        shape=shape,
        quantization=_read_quantization(tables, table.Quantization(), shape, dtype, where, warnings),
        data=None if data is None else shape_data(data, shape, dtype, where),
        origin=Origin(index, name),
        is_variable=table.IsVariable(),
    )


def _check_shape(shape: tuple[int, ...], dtype: DType, where: str) -> None:
    if len(shape) > _LARGEST_RANK:
        raise ModelError(f"the shape has {len(shape)} dimensions", where, BAD_FILE)
    if any(size < 0 for size in shape):
        advice = "Export the model with a fixed input shape."
        raise ModelError(f"the shape {list(shape)} has a negative dimension", where, advice)
    size_bytes = math.prod(shape) * max(dtype.bits, 8) // 8
    if size_bytes > _LARGEST_TENSOR_BYTES:
        raise ModelError(f"the shape {list(shape)} means {size_bytes:,} bytes, more than 2 GiB", where, BAD_FILE)


def shape_data(data: NDArray[np.uint8], shape: tuple[int, ...], dtype: DType, where: str) -> NDArray[Any]:
    """A constant's bytes as a read-only array of its shape and type; flat bytes for types that numpy does not have."""
    expected = (math.prod(shape) * dtype.bits + 7) // 8
    if dtype.bits and data.size != expected:
        fact = f"{dtype.value} {list(shape)} needs {expected:,} bytes of data, the file has {data.size:,}"
        raise ModelError(fact, where, BAD_FILE)
    try:
        values = data.view(dtype.numpy).reshape(shape)
    except KeyError:
        values = data.view()
    values.setflags(write=False)
    return values


def _read_quantization(
    tables: Tables, table: Any, shape: tuple[int, ...], dtype: DType, where: str, warnings: Warnings
) -> Quantization | None:
    if table is None or not (scales := tables.numbers(table, "Scale")):
        return None
    if not all(math.isfinite(scale) and scale >= 0 for scale in scales):
        raise ModelError("a quantisation scale is negative or not a number", where, BAD_FILE)
    if scales == (0,):
        warnings.add(where, "has the scale 0; taken as not quantised")
        return None
    zero_points = tables.numbers(table, "ZeroPoint") or (0,) * len(scales)
    if len(zero_points) != len(scales):
        raise ModelError(f"there are {len(scales)} scales but {len(zero_points)} zero points", where, BAD_FILE)
    limits = np.iinfo(dtype.numpy if dtype in _SMALL_INTEGERS else np.int32)
    if not all(limits.min <= zero_point <= limits.max for zero_point in zero_points):
        raise ModelError(f"a zero point is outside of {limits.min}..{limits.max}", where, BAD_FILE)
    axis = _quantization_axis(table.QuantizedDimension(), len(scales), shape, where, warnings)
    return Quantization(scales, zero_points, axis)


def _quantization_axis(axis: int, count: int, shape: tuple[int, ...], where: str, warnings: Warnings) -> int:
    in_range = 0 <= axis < len(shape)
    if count == 1:
        return axis if in_range else 0
    if in_range and count == shape[axis]:
        return axis
    if not in_range and shape == (count,):
        warnings.add(where, f"has 1 dimension but is quantised along dimension {axis}; taken as dimension 0")
        return 0
    raise ModelError(f"there are {count} scales along dimension {axis} of the shape {list(shape)}", where, BAD_FILE)
