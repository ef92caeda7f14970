"""Snapshot <-> the JSON that `lilliput size --json` prints. Whatever the file holds, a snapshot adds up.

Reading takes any object of this format: keys that it does not know are left alone, and bytes that the totals count but
no symbol names become one entry.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from lilliput.errors import FirmwareError, UsageError
from lilliput.firmware.firmware import Region
from lilliput.firmware.snapshot import NOT_LISTED, Entry, Snapshot, group_totals

FORMAT_VERSION = 1

Json = dict[str, Any]

_ADVICE = "Write it again with `lilliput size --json`."


def to_json(snapshot: Snapshot) -> Json:
    """The keys of `lilliput size --json` that a snapshot is read back from."""
    return {
        "format_version": FORMAT_VERSION,
        "firmware": snapshot.name,
        "toolchain": snapshot.toolchain,
        "flash_bytes": snapshot.flash_bytes,
        "ram_bytes": snapshot.ram_bytes,
        "unattributed_bytes": snapshot.unattributed_bytes,
        "regions": [fields(each) for each in snapshot.regions],
        "groups": [fields(each) for each in group_totals(snapshot.entries)],
        "symbols": [fields(each) for each in snapshot.entries],
    }


def is_saved_report(path: Path) -> bool:
    """Whether a file is JSON by its first character; a missing one is not."""
    try:
        with path.open("rb") as file:
            return file.read(64).lstrip().startswith(b"{")
    except OSError:
        return False


def read_saved_report(path: Path) -> Snapshot:
    """Read a saved report.

    Raises UsageError when the file is missing, no JSON or of another version, FirmwareError when it is damaged.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", str(path), "Give a saved report.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError("this is not a saved report", str(path), _ADVICE) from error
    return from_json(value, str(path))


def from_json(value: object, where: str) -> Snapshot:
    """A snapshot from a parsed report of this format; errors as for `read_saved_report`, with `where` as the place."""
    report = _Reader(_mapping(value, where), where)
    if report.row.get("format_version") != FORMAT_VERSION:
        raise UsageError(f"the report is not of format_version {FORMAT_VERSION}", where, _ADVICE)
    entries = tuple(_entry(row) for row in report.rows("symbols"))
    flash, ram = report.size("flash_bytes"), report.size("ram_bytes")
    missing_flash = flash - sum(each.flash_bytes for each in entries)
    missing_ram = ram - sum(each.ram_bytes for each in entries)
    if missing_flash < 0 or missing_ram < 0:
        raise FirmwareError("the symbols of the report sum to more than its totals", where, _ADVICE)
    if missing_flash or missing_ram:
        entries += (Entry(NOT_LISTED, NOT_LISTED, "", "", "", NOT_LISTED, 0, 0, missing_flash, missing_ram),)
    return Snapshot(
        name=report.text("firmware") or Path(where).name,
        toolchain=report.text("toolchain"),
        flash_bytes=flash,
        ram_bytes=ram,
        unattributed_bytes=report.size("unattributed_bytes"),
        regions=tuple(_region(row) for row in report.rows("regions")),
        entries=entries,
    )


class _Reader:
    """One JSON object of a report that nobody has checked."""

    def __init__(self, row: Mapping[str, object], where: str) -> None:
        self.row = row
        self._where = where

    def text(self, key: str) -> str:
        """A string that can be written anywhere, without halves of characters; "" where the key is missing."""
        value = self.row.get(key, "")
        if not isinstance(value, str):
            raise FirmwareError(f"{key} of the report is no text", self._where, _ADVICE)
        return value.encode(errors="replace").decode()

    def size(self, key: str) -> int:
        """A number from 0 on; 0 where the key is missing."""
        value = self.row.get(key, 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 40:
            raise FirmwareError(f"{key} of the report is no size", self._where, _ADVICE)
        return value

    def rows(self, key: str) -> list["_Reader"]:
        """A list of objects; none where the key is missing."""
        value = self.row.get(key, [])
        if not isinstance(value, list):
            raise FirmwareError(f"{key} of the report is no list", self._where, _ADVICE)
        return [_Reader(_mapping(each, self._where), self._where) for each in cast(list[object], value)]


def _entry(row: _Reader) -> Entry:
    name = row.text("name")
    return Entry(
        name=name,
        demangled=row.text("demangled") or name,
        section=row.text("section"),
        object=row.text("object"),
        archive=row.text("archive"),
        group=row.text("group"),
        address=row.size("address"),
        load_address=row.size("load_address"),
        flash_bytes=row.size("flash_bytes"),
        ram_bytes=row.size("ram_bytes"),
        content=row.text("content"),
    )


def _region(row: _Reader) -> Region:
    return Region(
        name=row.text("name"),
        address=row.size("address"),
        size_bytes=row.size("size_bytes"),
        writable=bool(row.row.get("writable", False)),
        used_bytes=row.size("used_bytes"),
    )


def fields(value: Any) -> Json:
    """A frozen dataclass of plain values as a JSON object; several times quicker than `asdict`, which copies deeply."""
    return {name: getattr(value, name) for name in value.__slots__}


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise FirmwareError("a row of the report is no JSON object", where, _ADVICE)
    return cast(dict[str, object], value)
