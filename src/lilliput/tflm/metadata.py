"""A .tflite file with one more metadata entry, every other byte of it unchanged.

References in a flatbuffer are relative and point forward. So a new root table, with longer lists of buffers and
metadata, is put in front of the old contents; only the reference to the root at the very start changes.
"""

import struct
from typing import Any

import tflite
from lilliput.errors import UnsupportedError
from lilliput.tflite.tables import Tables, reading
from lilliput.tflm.layout import align

_HEADER_BYTES = 8
_ALIGNMENT_BYTES = 16
_ROOT_FIELDS = ("version", "operator_codes", "subgraphs", "description", "buffers", "metadata_buffer", "metadata",
                "signature_defs")  # fmt: skip
_VERSION, _BUFFERS, _METADATA = (_ROOT_FIELDS.index(name) for name in ("version", "buffers", "metadata"))
_OWN_OFFSET_LIMIT = 1


def add_metadata(data: bytes, name: str, payload: bytes, where: str) -> bytes:
    """The file with the metadata `name`, whose buffer holds `payload`; an older entry of that name is left out.

    Raises ModelError when the file is damaged and UnsupportedError when its constants lie outside of its tables.
    """
    with reading(where):
        tables = Tables(len(data))
        model = tflite.Model.GetRootAs(data, 0)
        buffers = tables.tables(model, "Buffers")
        kept = [entry for entry in tables.tables(model, "Metadata") if entry.Name() != name.encode()]
        if any(buffer.Offset() > _OWN_OFFSET_LIMIT for buffer in buffers):
            raise UnsupportedError(["constants that lie behind the model's tables"], where)
        targets = [_target(model, index) for index in range(len(_ROOT_FIELDS))]
        version = model.Version()
    front = _Front(targets, version, [each._tab.Pos for each in buffers], [each._tab.Pos for each in kept])
    inserted = front.build(name.encode(), payload)
    root = struct.pack("<I", _HEADER_BYTES + front.root_position)
    return root + data[4:_HEADER_BYTES] + inserted + data[_HEADER_BYTES:]


def _target(model: Any, index: int) -> int:
    """Where the field of the root table points to; 0 where the file leaves it out. The version is a number."""
    table = model._tab
    offset = table.Offset(4 + 2 * index)
    return 0 if not offset or index == _VERSION else table.Indirect(table.Pos + offset)


class _Front:
    """What is put between the file's identifier and its old contents; positions are counted from there."""

    def __init__(self, targets: list[int], version: int, buffers: list[int], metadata: list[int]) -> None:
        self.targets = targets
        self.version = version
        self.buffers = buffers
        self.metadata = metadata
        self.vtable_bytes = align(4 + 2 * len(_ROOT_FIELDS), 4)
        self.root_position = self.vtable_bytes

    def build(self, name: bytes, payload: bytes) -> bytes:
        """The bytes to insert, a multiple of 16 so that nothing behind loses its alignment."""
        root_bytes = 4 + 4 * len(_ROOT_FIELDS)
        buffers_at = self.root_position + root_bytes
        metadata_at = buffers_at + 4 + 4 * (len(self.buffers) + 1)
        entry_at = metadata_at + 4 + 4 * (len(self.metadata) + 1)
        # Each of the two new tables stands behind its vtable of 8 bytes.
        entry_table = entry_at + 8
        buffer_table = entry_table + 12 + 8
        name_at = buffer_table + 8
        # The contents of a buffer, which follow its length, are aligned.
        payload_at = align(_HEADER_BYTES + name_at + 4 + len(name) + 1 + 4, _ALIGNMENT_BYTES) - _HEADER_BYTES - 4
        total = align(payload_at + 4 + len(payload), _ALIGNMENT_BYTES)
        front = bytearray(total)
        fields = [4 + 4 * index for index in range(len(_ROOT_FIELDS))]
        present = [index in (_VERSION, _BUFFERS, _METADATA) or target for index, target in enumerate(self.targets)]
        slots = [field if there else 0 for field, there in zip(fields, present, strict=True)]
        struct.pack_into(f"<HH{len(slots)}H", front, 0, 4 + 2 * len(slots), root_bytes, *slots)
        struct.pack_into("<i", front, self.root_position, self.root_position)

        def refer(position: int, target: int) -> None:
            struct.pack_into("<I", front, position, target - position)

        def old(target: int) -> int:
            return target - _HEADER_BYTES + total

        own = {_BUFFERS: buffers_at, _METADATA: metadata_at}
        for index, field in enumerate(fields):
            if index == _VERSION:
                struct.pack_into("<I", front, self.root_position + field, self.version)
            elif index in own or self.targets[index]:
                refer(self.root_position + field, own[index] if index in own else old(self.targets[index]))
        for position, targets, last in (
            (buffers_at, self.buffers, buffer_table),
            (metadata_at, self.metadata, entry_table),
        ):
            struct.pack_into("<I", front, position, len(targets) + 1)
            for index, target in enumerate([*map(old, targets), last]):
                refer(position + 4 + 4 * index, target)
        struct.pack_into("<4H", front, entry_at, 8, 12, 4, 8)
        struct.pack_into("<i", front, entry_table, 8)
        refer(entry_table + 4, name_at)
        struct.pack_into("<I", front, entry_table + 8, len(self.buffers))
        struct.pack_into("<4H", front, buffer_table - 8, 6, 8, 4, 0)
        struct.pack_into("<i", front, buffer_table, 8)
        refer(buffer_table + 4, payload_at)
        struct.pack_into(f"<I{len(name)}s", front, name_at, len(name), name)
        struct.pack_into(f"<I{len(payload)}s", front, payload_at, len(payload), payload)
        return bytes(front)
