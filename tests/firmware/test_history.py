"""History: the same in a SQLite file and in a real PostgreSQL server."""

import sqlite3
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy

from lilliput.errors import FirmwareError, ToolError, UsageError
from lilliput.firmware.history import record, recorded_snapshot, trend
from lilliput.firmware.revision import Revision
from lilliput.firmware.snapshot import Total
from tests.firmware import postgresql
from tests.firmware.snapshots import entry, snapshot

MAIN = Revision("1f" * 20, "main")
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SMALL = snapshot(entry("run", 100), entry("g_model", 1000, group="model"))
LARGE = snapshot(entry("run", 150, 8), entry("g_model", 1000, group="model"))


@pytest.fixture(scope="module")
def server() -> Generator[str]:
    with postgresql.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A URL of a database without tables."""
    if request.param == "sqlite":
        return str(tmp_path / "sizes.db")
    url: str = request.getfixturevalue("server")
    engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP SCHEMA public CASCADE"))
        connection.execute(sqlalchemy.text("CREATE SCHEMA public"))
    engine.dispose()
    return url


def test_a_measurement_comes_back_with_everything_that_was_recorded(database: str) -> None:
    record(database, LARGE, MAIN, START)
    (found,) = trend(database)
    assert (found.recorded_at, found.firmware, found.revision) == (START, "firmware.elf", MAIN)
    assert (found.toolchain, found.flash_bytes, found.ram_bytes) == ("GCC 12", 1150, 8)
    assert found.regions == LARGE.regions
    assert found.groups == (Total("model", 1000, 0), Total("application", 150, 8))


def test_the_trend_goes_from_old_to_new_whatever_the_order_of_recording(database: str) -> None:
    for days in (2, 0, 1):
        record(database, SMALL, Revision(f"commit {days}", "main"), START + timedelta(days=days))
    assert [each.revision.commit for each in trend(database)] == ["commit 0", "commit 1", "commit 2"]
    assert [each.revision.commit for each in trend(database, most=2)] == ["commit 1", "commit 2"]


def test_the_trend_can_be_that_of_one_firmware_and_branch(database: str) -> None:
    record(database, SMALL, MAIN, START)
    record(database, LARGE, Revision("2e" * 20, "feature"), START)
    record(database, snapshot(entry("run", 7), name="other.elf"), MAIN, START)
    assert [each.flash_bytes for each in trend(database, "firmware.elf", "main")] == [1100]
    assert [each.flash_bytes for each in trend(database, branch="feature")] == [1150]


def test_measuring_a_commit_again_replaces_its_measurement(database: str) -> None:
    record(database, SMALL, MAIN, START)
    record(database, LARGE, MAIN, START + timedelta(hours=1))
    (found,) = trend(database)
    assert found.flash_bytes == 1150
    assert len(found.groups) == 2


def test_another_toolchain_at_the_same_commit_is_another_measurement(database: str) -> None:
    record(database, SMALL, MAIN, START)
    record(database, snapshot(entry("run", 90), toolchain="GCC 13"), MAIN, START)
    assert {each.toolchain for each in trend(database)} == {"GCC 12", "GCC 13"}


def test_measurements_without_a_commit_are_all_kept(database: str) -> None:
    for _ in range(2):
        record(database, SMALL, Revision("", ""))
    assert len(trend(database)) == 2


def test_a_recorded_snapshot_is_found_by_its_branch_or_the_beginning_of_its_commit(database: str) -> None:
    record(database, SMALL, Revision("12" * 20, "main"), START)
    record(database, LARGE, MAIN, START + timedelta(days=1))
    assert recorded_snapshot(database, "firmware.elf", "main") == LARGE
    assert recorded_snapshot(database, "firmware.elf", "12121") == SMALL
    for revision in ("%", "other"):
        with pytest.raises(UsageError, match="no measurement"):
            recorded_snapshot(database, "firmware.elf", revision)


def test_names_that_a_database_cannot_hold_are_recorded_as_well_as_it_can(database: str) -> None:
    record(database, SMALL, Revision("a\0b", "half \udc80"), START)
    (found,) = trend(database)
    assert found.revision == Revision("ab", "half ?")


def test_sizes_beyond_two_gigabytes_are_recorded(database: str) -> None:
    record(database, snapshot(entry("external", 3 << 30)), MAIN, START)
    assert trend(database)[0].flash_bytes == 3 << 30


def test_many_jobs_may_record_into_a_new_database_at_once(database: str) -> None:
    revisions = [Revision(str(index), "main") for index in range(8)]
    with ThreadPoolExecutor(len(revisions)) as jobs:
        list(jobs.map(lambda revision: record(database, SMALL, revision), revisions))
    assert {each.revision for each in trend(database)} == set(revisions)


def test_a_database_without_history_is_a_usage_error_and_stays_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing has been recorded"):
        trend(str(tmp_path / "missing.db"))
    assert not (tmp_path / "missing.db").exists()


@pytest.mark.parametrize("url", ["://", "nothing://host/name", "postgresql://host:port/name"])
def test_a_url_that_cannot_work_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError):
        record(url, SMALL, MAIN)


def test_a_missing_driver_is_named() -> None:
    with pytest.raises(ToolError, match="MySQLdb"):
        record("mysql://host/name", SMALL, MAIN)


def test_a_server_that_is_away_is_a_tool_error_that_keeps_the_password(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as caught:
        record(f"postgresql://tester:secret@/postgres?host={tmp_path}", SMALL, MAIN)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_a_tool_error(tmp_path: Path) -> None:
    file = tmp_path / "sizes.db"
    file.write_bytes(b"no database " * 100)
    with pytest.raises(ToolError, match="not a database"):
        trend(str(file))


@pytest.mark.parametrize("content", [b"", b"no zlib", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_damaged_report_in_the_database_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "sizes.db"
    record(str(file), SMALL, MAIN)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE lilliput_measurements SET report = ?", (content,))
    connection.close()
    with pytest.raises(FirmwareError, match="damaged"):
        recorded_snapshot(str(file), "firmware.elf", "main")
