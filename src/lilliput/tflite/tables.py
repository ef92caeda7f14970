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
    """Turn what flatbuffers, numpy and `Tables` raise on a damaged file into a `ModelError` about `where`."""
    try:
        yield
    except _DAMAGE as error:
        fact = "the file is damaged: a table points outside of it or claims more than it holds"
        raise ModelError(fact, where, BAD_FILE) from error


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


class Tables:
    """Reads the vectors and strings of one file's tables; `table` is always an object of the `tflite` package.

    Must be used inside `reading`: raises ValueError when more was read than a file of this size can honestly hold.
    """

    def __init__(self, file_bytes: int) -> None:
        self._file_bytes = file_bytes
        self._left_bytes = _SHARING * file_bytes

    def charge(self, size_bytes: int) -> None:
        """Count bytes that are about to be read."""
        self._left_bytes -= size_bytes
        if size_bytes > self._file_bytes or self._left_bytes < 0:
            raise ValueError("more was read than the file can hold")

    def array(self, table: Any, field: str) -> Any:
        """The numeric vector `field` as a read-only numpy array over the file, or None when the file leaves it out."""
        values = getattr(table, f"{field}AsNumpy")()
        if isinstance(values, int):
            return None
        self.charge(values.nbytes)
        return values

    def numbers(self, table: Any, field: str) -> tuple[Any, ...]:
        """The numbers of the vector `field`, empty when the file leaves it out."""
        values = self.array(table, field)
        return () if values is None else tuple(values.tolist())

    def tables(self, table: Any, field: str) -> list[Any]:
        """The tables of the vector `field`."""
        count: int = getattr(table, f"{field}Length")()
        self.charge(count * _SMALLEST_TABLE_BYTES)
        element = getattr(table, field)
        return [element(index) for index in range(count)]

    def text(self, value: bytes | None) -> str:
        """A string field's text, empty when the file leaves it out; only printable characters, others as escapes."""
        if value is None:
            return ""
        self.charge(len(value))
        text = value.decode("utf-8", "backslashreplace")
        return text if text.isprintable() else "".join(map(_printable, text))
