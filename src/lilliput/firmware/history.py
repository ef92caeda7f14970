"""Snapshots <-> a database of measurements over time: what a firmware took at every commit of every branch."""

import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select

from lilliput.errors import FirmwareError, UsageError
from lilliput.firmware.database import GROUPS, MEASUREMENTS, REGIONS, open_database
from lilliput.firmware.firmware import Region
from lilliput.firmware.revision import Revision
from lilliput.firmware.saved_report import fields, from_json, to_json
from lilliput.firmware.snapshot import Snapshot, Total, group_totals

_LARGEST_REPORT_BYTES = 1 << 30
"""A report from a database, which others may write to, is not unpacked further than this."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a firmware took at one commit; `recorded_at` has its time zone, UTC. Groups sum to flash and RAM."""

    recorded_at: datetime
    firmware: str
    revision: Revision
    toolchain: str
    flash_bytes: int
    ram_bytes: int
    regions: tuple[Region, ...]
    groups: tuple[Total, ...]


def record(url: str, snapshot: Snapshot, revision: Revision, recorded_at: datetime | None = None) -> None:
    """Record a snapshot, at this moment unless told otherwise. `url` and errors are those of `open_database`.

    An earlier measurement of the same firmware at the same commit and branch with the same toolchain is replaced.
    """
    moment = (recorded_at or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
    measured = {
        "firmware": _storable(snapshot.name),
        "commit_hash": _storable(revision.commit),
        "branch": _storable(revision.branch),
        "toolchain": _storable(snapshot.toolchain),
    }
    with open_database(url, must_exist=False) as connection:
        if revision.commit:
            _forget(connection, measured)
        sizes = {"flash_bytes": snapshot.flash_bytes, "ram_bytes": snapshot.ram_bytes}
        row = {**measured, **sizes, "recorded_at": moment, "report": _pack(snapshot)}
        number = connection.execute(insert(MEASUREMENTS).returning(MEASUREMENTS.c.id), row).scalar_one()
        groups = group_totals(snapshot.entries)
        for table, values in ((REGIONS, snapshot.regions), (GROUPS, groups)):
            rows = [fields(value) for value in values]
            if rows:
                connection.execute(insert(table), [{**each, "measurement": number} for each in rows])


def trend(url: str, firmware: str = "", branch: str = "", most: int = 100) -> tuple[Measurement, ...]:
    """The newest measurements, at `most`, oldest first; only those of a `firmware` and a `branch` if they are given."""
    table = MEASUREMENTS.c
    wanted = select(*(column for column in table if column is not table.report))
    wanted = wanted.order_by(table.recorded_at.desc(), table.id.desc()).limit(most)
    for column, value in ((table.firmware, firmware), (table.branch, branch)):
        wanted = wanted.where(column == value) if value else wanted
    with open_database(url, must_exist=True) as connection:
        return tuple(_measurement(connection, row) for row in reversed(connection.execute(wanted).all()))


def recorded_snapshot(url: str, firmware: str, revision: str) -> Snapshot:
    """The newest snapshot of a firmware whose branch, or the beginning of whose commit's hash, is `revision`.

    Raises UsageError when there is none, and else as `open_database` does.
    """
    table = MEASUREMENTS.c
    found = or_(table.branch == revision, table.commit_hash.startswith(revision, autoescape=True))
    wanted = select(table.report).where(table.firmware == firmware, found).order_by(table.recorded_at.desc()).limit(1)
    with open_database(url, must_exist=True) as connection:
        report = connection.execute(wanted).scalar_one_or_none()
    if report is None:
        raise UsageError(f"no measurement of {firmware} is recorded at {revision}", advice="See `--history`.")
    return _unpack(report, f"{firmware} at {revision}")


def _forget(connection: Connection, measured: dict[str, str]) -> None:
    same = [MEASUREMENTS.c[name] == value for name, value in measured.items()]
    numbers = select(MEASUREMENTS.c.id).where(*same)
    # SQLite leaves out ON DELETE CASCADE unless it is asked for it.
    for table in (REGIONS, GROUPS):
        connection.execute(delete(table).where(table.c.measurement.in_(numbers)))
    connection.execute(delete(MEASUREMENTS).where(*same))


def _measurement(connection: Connection, row: Row[Any]) -> Measurement:
    regions = connection.execute(select(REGIONS).where(REGIONS.c.measurement == row.id)).all()
    groups = connection.execute(select(GROUPS).where(GROUPS.c.measurement == row.id)).all()
    return Measurement(
        recorded_at=row.recorded_at.replace(tzinfo=UTC),
        firmware=row.firmware,
        revision=Revision(row.commit_hash, row.branch),
        toolchain=row.toolchain,
        flash_bytes=row.flash_bytes,
        ram_bytes=row.ram_bytes,
        regions=tuple(Region(*each[1:]) for each in regions),
        groups=tuple(Total(*each[1:]) for each in groups),
    )


def _storable(text: str) -> str:
    """Text that every database takes: names from files and environments may hold halves of characters and NULs."""
    return text.encode(errors="replace").decode().replace("\0", "")


def _pack(snapshot: Snapshot) -> bytes:
    return zlib.compress(json.dumps(to_json(snapshot), separators=(",", ":")).encode())


def _unpack(report: bytes, where: str) -> Snapshot:
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(report, _LARGEST_REPORT_BYTES)
        return from_json(json.loads(content), where)
    except (zlib.error, ValueError, RecursionError) as error:
        raise FirmwareError("the recorded report is damaged", where, "Record it again.") from error
