"""Graph -> inputs to run it on: seeded random ones, or recorded ones from a file."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import UsageError
from lilliput.ir import DType, Graph, Tensor

_LARGEST_FLOAT = float(np.finfo(np.float32).max)
_QUANTIZED = (DType.INT8, DType.UINT8, DType.INT16)
_ADVICE = 'Give an .npz file with one array "x", or one array per input name; the first axis counts samples.'


def random_inputs(graph: Graph, count: int, seed: int) -> list[list[bytes]]:
    """`count` sets of raw input bytes, the same ones for the same shapes and seed on every machine.

    One numpy PCG64 stream, seeded with `seed`, fills sample after sample, and in it input after input. Integers are
    uniform over the type's full range. Floats are uniform over the range that the QUANTIZE which reads the input can
    represent, or over [-1, 1] when none reads it. Raises UsageError for an input of another type.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    return [[_random_input(graph, index, random) for index in graph.inputs] for _ in range(count)]


def _random_input(graph: Graph, index: int, random: np.random.Generator) -> bytes:
    tensor = graph.tensors[index]
    if tensor.dtype is DType.FLOAT32:
        low, high = _float_range(graph, index)
        return random.uniform(low, high, tensor.shape).astype(tensor.dtype.numpy).tobytes()
    if tensor.dtype is DType.BOOL:
        return random.integers(0, 2, tensor.shape, np.uint8).tobytes()
    if tensor.dtype.name.removeprefix("U") not in ("INT8", "INT16", "INT32", "INT64"):
        raise UsageError(f'input "{tensor.name}" has type {tensor.dtype.value}, which no random values are made for')
    info = np.iinfo(tensor.dtype.numpy)
    return random.integers(info.min, info.max, tensor.shape, info.dtype, endpoint=True).tobytes()


def _float_range(graph: Graph, index: int) -> tuple[float, float]:
    for node in graph.nodes:
        if node.operator == "quantize" and node.inputs[:1] == (index,) and node.outputs:
            output = graph.output(node)
            if output.quantization is not None and output.dtype in _QUANTIZED:
                info, scale = np.iinfo(output.dtype.numpy), output.quantization.scale
                zero_point = output.quantization.zero_point
                ends = ((int(end) - zero_point) * scale for end in (info.min, info.max))
                low, high = (max(-_LARGEST_FLOAT, min(end, _LARGEST_FLOAT)) for end in ends)
                return low, high
    return -1.0, 1.0


def data_inputs(path: Path, graph: Graph) -> list[list[bytes]]:
    """The samples of an .npz file as sets of raw input bytes.

    A model with one input takes the array "x" or the one with the input's name; one with several takes an array per
    input name, all with equally many samples. An array has the input's type and the shape (samples, *input shape);
    axes of length 1 may be missing. Nothing is converted. Raises UsageError when the file does not fit.
    """
    arrays = _read(path)
    tensors = graph.select(graph.inputs)
    columns = [_samples(path, _find(path, arrays, tensor, alone=len(tensors) == 1), tensor) for tensor in tensors]
    counts = sorted({len(column) for column in columns})
    if len(counts) > 1:
        raise UsageError(f"the arrays have different numbers of samples: {counts}", str(path), _ADVICE)
    return [list(sample) for sample in zip(*columns, strict=True)]


def _read(path: Path) -> Mapping[str, NDArray[Any]]:
    try:
        with path.open("rb") as file, zipfile.ZipFile(file):
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", str(path), _ADVICE) from error
    except (ValueError, zipfile.BadZipFile, EOFError, MemoryError) as error:
        raise UsageError(f"this is not a sound .npz file: {error}", str(path), _ADVICE) from error


def _find(path: Path, arrays: Mapping[str, NDArray[Any]], tensor: Tensor, *, alone: bool) -> NDArray[Any]:
    for name in (tensor.name, "x") if alone else (tensor.name,):
        if name in arrays:
            return arrays[name]
    present = ", ".join(f'"{name}"' for name in arrays) or "none"
    raise UsageError(f'there is no array for the input "{tensor.name}"; the arrays are: {present}', str(path), _ADVICE)


def _samples(path: Path, array: NDArray[Any], tensor: Tensor) -> list[bytes]:
    def essential(shape: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(length for length in shape if length != 1)

    wanted = f"{tensor.dtype.numpy} of shape (samples, {', '.join(map(str, tensor.shape))})"
    if array.dtype != tensor.dtype.numpy or essential(array.shape[1:]) != essential(tensor.shape) or array.ndim == 0:
        found = f"{array.dtype} of shape {array.shape}"
        advice = _conversion(array, tensor) or _ADVICE
        raise UsageError(f'the input "{tensor.name}" takes {wanted}, the array is {found}', str(path), advice)
    if len(array) == 0:
        raise UsageError(f'the array for the input "{tensor.name}" has no samples', str(path), _ADVICE)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise UsageError(f'the array for the input "{tensor.name}" has values that are not finite', str(path))
    return [np.ascontiguousarray(sample).tobytes() for sample in array]


def _conversion(array: NDArray[Any], tensor: Tensor) -> str:
    """How to turn an array of the wrong type into the right one; empty when the type is right or nothing is known."""
    if tensor.dtype is not DType.INT8 or tensor.quantization is None or array.dtype == tensor.dtype.numpy:
        return ""
    scale, zero_point = tensor.quantization.scale, tensor.quantization.zero_point
    if array.dtype.kind == "f":
        return f"Quantise it first: np.clip(np.round(x / {scale:.9g}) + {zero_point}, -128, 127).astype(np.int8)."
    return "Convert it to int8 as the model was trained to see it (pixels of images: often x - 128)."
