"""Bytes that may begin with a model -> how many of them the model takes, without a file that says where it ends.

Follows a flatbuffer's offsets by the schema of TensorFlow Lite. Safe on any bytes: nothing outside is read, and the
work is bounded.
"""

import struct
from collections.abc import Mapping

IDENTIFIER = b"TFL3"
IDENTIFIER_OFFSET = 4

_REQUIRED = (2, 4)
"""The fields of the table Model without which it has nothing to run: subgraphs and buffers."""

_HEADER_BYTES = 4
_MOST_TABLES = 1 << 16
"""More than any model for a microcontroller has."""

# Table -> field -> what lies behind its offset: a table, a vector "[...]" of tables, text, or a vector of numbers
# by the bytes of each. Scalars lie in the table itself. Tables of options have vectors only of a few numbers.
_SCHEMA: Mapping[str, Mapping[int, str | int]] = {
    "Model": {1: "[OperatorCode]", 2: "[SubGraph]", 3: "text", 4: "[Buffer]", 5: 4, 6: "[Metadata]", 7: "[Signature]"},
    "OperatorCode": {1: "text"},
    "SubGraph": {0: "[Tensor]", 1: 4, 2: 4, 3: "[Operator]", 4: "text"},
    "Tensor": {0: 4, 3: "text", 4: "Quantization", 6: "Options", 7: 4},
    "Quantization": {0: 4, 1: 4, 2: 4, 3: 8, 5: "Options"},
    "Operator": {1: 4, 2: 4, 4: "Options", 5: 1, 7: 1, 8: 4, 12: "Options"},
    "Options": {},
    "Buffer": {0: 1},
    "Metadata": {0: "text"},
    "Signature": {0: "[TensorMap]", 1: "[TensorMap]", 2: "text"},
    "TensorMap": {0: "text"},
}


def model_extent(data: memoryview) -> int | None:
    """The bytes up to the end of the model's last table or vector; None when `data` begins with no sound model.

    Rounded up to four bytes, as files are. A file is longer when a vector of an operator's options is written last.
    """
    if bytes(data[IDENTIFIER_OFFSET : IDENTIFIER_OFFSET + 4]) != IDENTIFIER:
        return None
    try:
        walk = _Walk(data)
        walk.follow(0, "Model")
        end = walk.finish()
    except (struct.error, ValueError):
        return None
    return min(end + -end % 4, len(data))


class _Walk:
    """What has been seen of a flatbuffer. Raises ValueError or struct.error where it leaves the data."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._end = 0
        self._left = min(len(data), _MOST_TABLES)
        self._seen: set[tuple[int, str]] = set()
        self._tables: list[tuple[int, str]] = []

    def finish(self) -> int:
        """Follow everything that was found; the end of what lies farthest behind."""
        while self._tables:
            self._table(*self._tables.pop())
        return self._end

    def follow(self, at: int, kind: str | int) -> None:
        """Take what the offset at `at` points to."""
        target = at + self._number(at, "<I")
        if isinstance(kind, int):
            self._reach(target + 4 + self._number(target, "<I") * kind)
        elif kind == "text":
            self._reach(target + 4 + self._number(target, "<I") + 1)
        elif kind.startswith("["):
            count = self._number(target, "<I")
            self._charge(count)
            for element in range(target + 4, target + 4 + 4 * count, 4):
                self.follow(element, kind[1:-1])
        elif (target, kind) not in self._seen:
            self._seen.add((target, kind))
            self._tables.append((target, kind))

    def _table(self, at: int, name: str) -> None:
        layout = at - self._number(at, "<i")
        layout_bytes, table_bytes = self._number(layout, "<H"), self._number(layout + 2, "<H")
        if layout_bytes < _HEADER_BYTES or table_bytes < _HEADER_BYTES:
            raise ValueError("a table is smaller than its own header")
        self._charge(1)
        self._reach(layout + layout_bytes)
        self._reach(at + table_bytes)
        for field, kind in _SCHEMA[name].items():
            entry = _HEADER_BYTES + 2 * field
            offset = self._number(layout + entry, "<H") if entry + 2 <= layout_bytes else 0
            if offset:
                self.follow(at + offset, kind)
            elif name == "Model" and field in _REQUIRED:
                raise ValueError("the model has nothing to run")

    def _number(self, at: int, form: str) -> int:
        if at < 0:
            raise ValueError("an offset points before the data")
        return struct.unpack_from(form, self._data, at)[0]

    def _reach(self, end: int) -> None:
        if end > len(self._data):
            raise ValueError("something ends behind the data")
        self._end = max(self._end, end)

    def _charge(self, count: int) -> None:
        """Pay for work, which is limited."""
        self._left -= count
        if self._left < 0:
            raise ValueError("the tables claim more than the data can hold")
