"""A database URL -> a connection in a transaction, with the tables of the history made when they are missing.

A measurement is a row of `lilliput_measurements` with rows of `lilliput_regions` and `lilliput_groups`, made to be
asked by anybody's SQL too. It also holds the whole report, compressed.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Engine,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    make_url,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, SQLAlchemyError

from lilliput.errors import ToolError, UsageError

_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""The driver that the project is tested with, unless the URL chooses another."""

_TABLES = MetaData()

MEASUREMENTS = Table(
    "lilliput_measurements",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("recorded_at", DateTime, nullable=False, comment="UTC"),
    Column("firmware", String, nullable=False, index=True),
    Column("commit_hash", String, nullable=False, index=True),
    Column("branch", String, nullable=False),
    Column("toolchain", String, nullable=False),
    Column("flash_bytes", BigInteger, nullable=False),
    Column("ram_bytes", BigInteger, nullable=False),
    Column("report", LargeBinary, nullable=False, comment="zlib of what lilliput size --json prints"),
)


def _measurement() -> Column[int]:
    """The measurement that a row belongs to and vanishes with."""
    return Column("measurement", ForeignKey(MEASUREMENTS.c.id, ondelete="CASCADE"), nullable=False, index=True)


REGIONS = Table(
    "lilliput_regions",
    _TABLES,
    _measurement(),
    Column("name", String, nullable=False),
    Column("address", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False, comment="0 when nobody knows"),
    Column("writable", Boolean, nullable=False),
    Column("used_bytes", BigInteger, nullable=False),
)

GROUPS = Table(
    "lilliput_groups",
    _TABLES,
    _measurement(),
    Column("name", String, nullable=False),
    Column("flash_bytes", BigInteger, nullable=False),
    Column("ram_bytes", BigInteger, nullable=False),
)


@contextmanager
def open_database(url: str, *, must_exist: bool) -> Generator[Connection]:
    """A connection in a transaction. `url` is SQLAlchemy's, or the name of a SQLite file.

    Raises UsageError for a URL that cannot work and, if it `must_exist`, a missing SQLite file; ToolError when a driver
    is missing or the database fails.
    """
    address = _address(url)
    where = address.render_as_string(hide_password=True)
    if must_exist and _missing(address):
        raise UsageError("nothing has been recorded yet", where, "Record sizes with `lilliput size FIRMWARE --record`.")
    engine = _engine(address, where)
    try:
        _make_tables(engine)
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise ToolError(f"the database failed: {reason}", where, "Check the URL and your rights there.") from error
    finally:
        engine.dispose()


def _address(url: str) -> URL:
    if "://" not in url:
        return URL.create("sqlite", database=url)
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        advice = "Write it as postgresql://USER@HOST/NAME, or give the name of a SQLite file."
        raise UsageError("this is no URL of a database", advice=advice) from error
    return address.set(drivername=_DRIVERS.get(address.drivername, address.drivername))


def _missing(address: URL) -> bool:
    """Whether this is a SQLite file that does not exist; SQLite would make an empty one."""
    file = address.database
    return address.get_backend_name() == "sqlite" and file is not None and not Path(file).is_file()


def _engine(address: URL, where: str) -> Engine:
    try:
        return create_engine(address)
    except NoSuchModuleError as error:
        raise UsageError("SQLAlchemy has no such kind of database", where, "Use sqlite or postgresql.") from error
    except ModuleNotFoundError as error:
        raise ToolError(
            f"this database needs the Python package {error.name}, which is not installed",
            where,
            f"Install it with: pip install {error.name}",
        ) from error


def _make_tables(engine: Engine) -> None:
    """Make missing tables. Of two who make one at the same time, one fails and then finds what the other has made."""
    for table in _TABLES.sorted_tables:
        try:
            table.create(engine, checkfirst=True)
        except DatabaseError:
            table.create(engine, checkfirst=True)
