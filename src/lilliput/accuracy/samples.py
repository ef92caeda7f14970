"""Files -> labelled samples: an .npz file, or a folder with one folder of recordings, pictures or tables a class.

Values are kept as they are stored. What a model takes follows from its input: stored integers of the input's type are
taken as they are, real numbers are quantised.
"""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.accuracy.recordings import READERS
from lilliput.errors import UsageError
from lilliput.ir import DType, Tensor

_ADVICE = 'Give an .npz file with arrays "x" and "y", or a folder with one folder of .wav, .png, .bmp or .csv a class.'
_MOST_BYTES = 1 << 31
"""Of one set of samples."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """`x` has the shape (samples, ...), `y` a class or expected values for each; `classes` are the names, if any."""

    x: NDArray[Any]
    y: NDArray[Any]
    classes: tuple[str, ...]
    source: str

    def __len__(self) -> int:
        return len(self.x)

    def part(self, chosen: Sequence[int] | NDArray[Any]) -> "Samples":
        """Only some of the samples."""
        return Samples(self.x[chosen], self.y[chosen], self.classes, self.source)


def read_samples(path: Path, classes: Sequence[str] = (), *, labelled: bool = True) -> Samples:
    """Read labelled samples; `classes` fixes the numbers of a folder's classes, which else are in alphabetical order.

    Where they need not be `labelled`, an .npz file may lack "y"; then all are of class 0. Raises UsageError for what is
    missing, damaged, too large, or has no labels.
    """
    return _folder(path, tuple(classes)) if path.is_dir() else _archive(path, labelled=labelled)


def inputs_of(samples: Samples, tensor: Tensor) -> list[list[bytes]]:
    """The samples as a model with the one input `tensor` takes them. Raises UsageError when they cannot be that."""
    shape = samples.x.shape[1:]
    if _essential(shape) != _essential(tensor.shape):
        wanted = f"{tensor.dtype.value} of shape {list(tensor.shape)}"
        raise UsageError(f"a sample has shape {list(shape)}, the model takes {wanted}", samples.source, _ADVICE)
    values = _converted(samples, tensor)
    return [[np.ascontiguousarray(sample).tobytes()] for sample in values]


def real_values(samples: Samples, tensor: Tensor) -> NDArray[np.float32]:
    """The samples as real numbers: stored integers by the scale of `tensor`, which is of their type."""
    if samples.x.dtype.kind == "f":
        return samples.x.astype(np.float32)
    if tensor.quantization is None or tensor.dtype.numpy != samples.x.dtype:
        return samples.x.astype(np.float32)
    quantized = tensor.quantization
    return ((samples.x.astype(np.float32) - quantized.zero_point) * np.float32(quantized.scale)).astype(np.float32)


def _converted(samples: Samples, tensor: Tensor) -> NDArray[Any]:
    x = samples.x
    if x.dtype == tensor.dtype.numpy:
        return x
    if tensor.dtype is DType.FLOAT32:
        return x.astype(np.float32)
    if x.dtype.kind != "f" or tensor.quantization is None:
        advice = "Give real numbers, or what the model takes."
        raise UsageError(f"samples are {x.dtype}, the model takes {tensor.dtype.value}", samples.source, advice)
    info = np.iinfo(tensor.dtype.numpy)
    stored = np.round(x / tensor.quantization.scale) + tensor.quantization.zero_point
    return np.clip(stored, info.min, info.max).astype(tensor.dtype.numpy)


def _essential(shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)


def _archive(path: Path, *, labelled: bool) -> Samples:
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            if sum(each.file_size for each in archive.infolist()) > _MOST_BYTES:
                raise UsageError("the samples take more than 2 GB", str(path), "Give fewer of them.")
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                x = _array(path, arrays, "x")
                unlabelled = not labelled and "y" not in arrays.files and x.ndim > 0
                y = np.zeros(len(x), np.int64) if unlabelled else _array(path, arrays, "y")
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", str(path), _ADVICE) from error
    except (ValueError, zipfile.BadZipFile, EOFError, MemoryError) as error:
        raise UsageError(f"this is not a sound .npz file: {error}", str(path), _ADVICE) from error
    return _checked(Samples(x, y, (), str(path)))


def _array(path: Path, arrays: Any, name: str) -> NDArray[Any]:
    if name not in arrays.files:
        present = ", ".join(f'"{each}"' for each in arrays.files) or "none"
        raise UsageError(f'there is no array "{name}"; the arrays are: {present}', str(path), _ADVICE)
    return arrays[name]


def _folder(path: Path, classes: tuple[str, ...]) -> Samples:
    present = tuple(sorted(each.name for each in path.iterdir() if each.is_dir()))
    unknown = sorted(set(present) - set(classes)) if classes else []
    if unknown:
        raise UsageError(f'the folder "{unknown[0]}" is none of the classes', str(path), "Name all classes.")
    names = classes or present
    x: list[NDArray[Any]] = []
    y: list[int] = []
    for number, name in enumerate(names):
        for values in _recordings(path / name):
            if x and (values.shape, values.dtype) != (x[0].shape, x[0].dtype):
                fact = f"samples differ: {values.dtype} of {list(values.shape)}, {x[0].dtype} of {list(x[0].shape)}"
                raise UsageError(fact, str(path / name), "Cut or pad them to one length.")
            x.append(values)
            y.append(number)
            if len(x) * x[0].nbytes > _MOST_BYTES:
                raise UsageError("the samples take more than 2 GB", str(path), "Give fewer of them.")
    if not x:
        raise UsageError("the folder has no samples", str(path), _ADVICE)
    return _checked(Samples(np.stack(x), np.array(y, np.int64), names, str(path)))


def _recordings(folder: Path) -> Iterator[NDArray[Any]]:
    if not folder.is_dir():
        raise UsageError("there is no folder for this class", str(folder), _ADVICE)
    for file in sorted(folder.iterdir()):
        reader = READERS.get(file.suffix.lower())
        if reader is not None:
            yield reader(file)


def _checked(samples: Samples) -> Samples:
    if samples.x.ndim == 0 or samples.y.ndim == 0 or len(samples.x) != len(samples.y):
        counts = f"{list(samples.x.shape)} and {list(samples.y.shape)}"
        raise UsageError(f"x and y have shapes {counts}: not one label a sample", samples.source, _ADVICE)
    if len(samples.x) == 0:
        raise UsageError("there are no samples", samples.source, _ADVICE)
    for name, values in (("x", samples.x), ("y", samples.y)):
        if values.dtype.kind not in "iufb":
            raise UsageError(f"{name} has values of type {values.dtype}", samples.source, _ADVICE)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            where = np.argwhere(~np.isfinite(values))[0].tolist()
            raise UsageError(f"{name} is not finite at {where}", samples.source, "Leave such samples out.")
    return samples
