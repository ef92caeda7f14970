"""A database's URL -> Optuna's storage there."""

from optuna.storages import BaseStorage, InMemoryStorage, RDBStorage
from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from lilliput.errors import ToolError, UsageError

_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""The driver that the project is tested with, unless the URL chooses another."""


def open_storage(url: str | None) -> BaseStorage:
    """The storage; in memory without a URL. A name without "://" is that of a SQLite file.

    Raises UsageError for a URL that cannot work, ToolError when a driver is missing or the database fails.
    """
    if url is None:
        return InMemoryStorage()
    address = _address(url)
    where = address.render_as_string(hide_password=True)
    try:
        return RDBStorage(address.render_as_string(hide_password=False))
    except NoSuchModuleError as error:
        raise UsageError("SQLAlchemy has no such kind of database", where, "Use sqlite or postgresql.") from error
    except ImportError as error:
        advice = "Install the Python package that its driver is in, such as psycopg."
        raise ToolError(f"the database's driver is not installed: {error}", where, advice) from error
    except (SQLAlchemyError, RuntimeError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise ToolError(f"the database failed: {reason}", where, "Check the URL and your rights there.") from error


def _address(url: str) -> URL:
    if "://" not in url:
        return URL.create("sqlite", database=url)
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        advice = "Write it as sqlite:///FILE or postgresql://USER@HOST/NAME."
        raise UsageError("this is no URL of a database", advice=advice) from error
    return address.set(drivername=_DRIVERS.get(address.drivername, address.drivername))
