"""Tables, vectors and strings -> a flatbuffer that holds each distinct one once.

References in a flatbuffer may point to the same place, so shapes, quantisation, options and operators that are equal
are written for their first user only. The same calls give the same bytes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import flatbuffers
import numpy as np

import tflite

BUFFER_ALIGNMENT = 16
"""The schema wants constants at multiples of 16 bytes, and interpreters read them where they lie."""


def write_table(builder: Any, class_name: str, fields: Mapping[str, Any]) -> int:
    """Write a table of the `tflite` package's class with the given fields; returns its offset.

    `builder` is flatbuffers' own. Fields that hold their default take no bytes.
    """
    getattr(tflite, f"{class_name}Start")(builder)
    for field, value in fields.items():
        getattr(tflite, f"{class_name}Add{field}")(builder, value)
    return getattr(tflite, f"{class_name}End")(builder)


class SharingBuilder:
    """Writes a flatbuffer from its end to its start; every method returns the offset of what it wrote or found."""

    def __init__(self) -> None:
        self._builder: Any = flatbuffers.Builder(1024)
        self._offsets: dict[tuple[object, ...], int] = {}

    def numbers(self, values: Iterable[int | float], numpy_type: str) -> int:
        """A vector of numbers."""
        array = np.array(tuple(values), numpy_type)
        key = ("numbers", numpy_type, array.tobytes())
        return self._once(key, lambda: self._builder.CreateNumpyVector(array))

    def text(self, text: str) -> int:
        """A string."""
        return self._once(("text", text), lambda: self._builder.CreateString(text))

    def content(self, content: bytes) -> int:
        """A vector of bytes."""
        return self._once(("bytes", content), lambda: self._builder.CreateByteVector(content))

    def aligned(self, content: bytes) -> int:
        """A vector of bytes that starts at a multiple of 16; always a new one."""
        self._builder.Prep(BUFFER_ALIGNMENT, len(content))
        return self._builder.CreateByteVector(content)

    def padding(self, content: bytes) -> int:
        """How many bytes `aligned` would leave empty if it were called now."""
        return -(self._builder.Offset() + len(content)) % BUFFER_ALIGNMENT

    def references(self, offsets: Sequence[int]) -> int:
        """A vector of references to what has been written."""
        return self._once(("references", *offsets), lambda: self._references(offsets))

    def table(self, class_name: str, fields: Mapping[str, Any]) -> int:
        """A table of the `tflite` package's class."""
        key = ("table", class_name, *(f"{name} {value!r}" for name, value in fields.items()))
        return self._once(key, lambda: write_table(self._builder, class_name, fields))

    def finish(self, root: int, identifier: bytes) -> bytes:
        """The file with the root table."""
        self._builder.Finish(root, file_identifier=identifier)
        return bytes(self._builder.Output())

    def _once(self, key: tuple[object, ...], write: Callable[[], int]) -> int:
        if key not in self._offsets:
            self._offsets[key] = write()
        return self._offsets[key]

    def _references(self, offsets: Sequence[int]) -> int:
        self._builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self._builder.PrependUOffsetTRelative(offset)
        return self._builder.EndVector()
