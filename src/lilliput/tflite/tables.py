"""Bounded access to a flatbuffer's tables: whatever a damaged file makes flatbuffers' accessors do ends here.

The accessors trust the file. Here each vector lies inside the file before it is read, everything read is charged to a
budget that is linear in the file's size (so tables that share their contents cannot multiply the work), and what the
accessors raise on damage becomes a `ModelError`.
"""

import struct
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from lilliput.errors import ModelError

BAD_FILE = "Export the model again, or copy the file again: it was truncated or altered after it was written."
_DAMAGE = (struct.error, IndexError, TypeError, ValueError, OverflowError, MemoryError)
_SMALLEST_TABLE_BYTES = 8
_SHARING = 4


@contextmanager
def reading(where: str) -> Generator[None]:
    """Turn what flatbuffers and numpy raise on a damaged file into a `ModelError` about `where`."""
    try:
        yield
    except _DAMAGE as error:
        raise ModelError(
            "the file is damaged: a table points outside of it or holds nonsense", where, BAD_FILE
        ) from error


class Tables:
    """Reads the vectors and strings of one file's tables; `table` is always an object of the `tflite` package.

    Raises ModelError when more was read than a file of this size can honestly hold.
    """

    def __init__(self, file_bytes: int, where: str) -> None:
        self._file_bytes = file_bytes
        self._left_bytes = _SHARING * file_bytes
        self._where = where

    def charge(self, size_bytes: int) -> None:
        """Count bytes that are about to be read."""
        self._left_bytes -= size_bytes
        if size_bytes > self._file_bytes or self._left_bytes < 0:
            raise ModelError("the file is damaged: its vectors are longer than the file", self._where, BAD_FILE)

    def array(self, table: Any, field: str) -> Any:
        """The numeric vector `field` as a read-only numpy array over the file, or None when the file leaves it out."""
        values = getattr(table, f"{field}AsNumpy")()
        if isinstance(values, int):
            return None
        self.charge(values.nbytes)
        return values

    def integers(self, table: Any, field: str) -> tuple[int, ...]:
        """The numeric vector `field`, empty when the file leaves it out."""
        values = self.array(table, field)
        return () if values is None else tuple(values.tolist())

    def tables(self, table: Any, field: str) -> list[Any]:
        """The tables of the vector `field`."""
        count: int = getattr(table, f"{field}Length")()
        self.charge(count * _SMALLEST_TABLE_BYTES)
        element = getattr(table, field)
        return [element(index) for index in range(count)]

    def text(self, value: bytes | None) -> str:
        """A string field's text, empty when the file leaves it out; bytes that are not UTF-8 appear as escapes."""
        if value is None:
            return ""
        self.charge(len(value))
        return value.decode("utf-8", "backslashreplace")
