"""Arrays and parameter structures -> C initialisers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import InvariantError

_C_TYPES = {
    "bool": "uint8_t", "int8": "int8_t", "uint8": "uint8_t", "int16": "int16_t", "uint16": "uint16_t",
    "int32": "int32_t", "uint32": "uint32_t", "int64": "int64_t", "float32": "float",
}  # fmt: skip
_LINE_WIDTH = 110


def array(symbol: str, values: NDArray[Any]) -> str:
    """Define a `static const` array of all of `values`, flattened in C order; C has no arrays without elements."""
    flat = values.ravel() if values.size else np.zeros(1, values.dtype)
    if flat.dtype.name not in _C_TYPES:
        raise InvariantError(f"no C type for an array of {flat.dtype.name}")
    numbers = [real(float(v)) for v in flat] if flat.dtype == np.float32 else [integer(int(v)) for v in flat.tolist()]
    body = "\n".join(f"    {line}," for line in _wrap(numbers))
    return f"static const {_C_TYPES[flat.dtype.name]} {symbol}[{flat.size}] = {{\n{body}\n}};"


def integer(value: int) -> str:
    """An integer literal. C has none for the smallest int32 and int64: minus is an operator."""
    return f"({value + 1} - 1)" if value in (-(1 << 31), -(1 << 63)) else str(value)


def real(value: float) -> str:
    """A float32 literal that is exact: hexadecimal, as C99 has it."""
    return value.hex() + "f"


def _wrap(words: Sequence[str]) -> list[str]:
    """Join words by ", " into lines of bounded width; one pass, as weights have hundreds of thousands of words."""
    lines: list[str] = []
    start, width = 0, 0
    for position, word in enumerate(words):
        width += len(word) + 2
        if width > _LINE_WIDTH and position > start:
            lines.append(", ".join(words[start:position]))
            start, width = position, len(word) + 2
    lines.append(", ".join(words[start:]))
    return lines
