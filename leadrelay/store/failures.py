"""What the two drivers raise, told as errors a person can act on: the database is gone, or it is busy."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError

from leadrelay.errors import DatabaseBusy, NoDatabase

_BUSY = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)
_BUSY_WORDS = ("database is locked", "database table is locked", "database schema is locked")
_OUR_FAULT = (
    *(sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.DataError),
    *(psycopg.IntegrityError, psycopg.ProgrammingError, psycopg.DataError),
)
_NOT_PREPARED = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege)


@contextmanager
def told(url: str) -> Iterator[None]:
    """Raises NoDatabase or DatabaseBusy for what a driver raises inside; faults of our own SQL pass unchanged."""
    try:
        yield
    except DBAPIError as error:
        raise _translated(error.orig, url) or error from error
    except (sqlite3.Error, psycopg.Error) as error:
        raise _translated(error, url) or error from error


def _translated(error: BaseException | None, url: str) -> NoDatabase | DatabaseBusy | None:
    words = " ".join(str(error).split())
    if isinstance(error, _BUSY) or words.startswith(_BUSY_WORDS):
        return DatabaseBusy(url=url)
    if isinstance(error, sqlite3.OperationalError) and words.startswith(("near ", "no such column", "too many")):
        return None
    if isinstance(error, _OUR_FAULT) and not isinstance(error, _NOT_PREPARED):
        return None
    if isinstance(error, sqlite3.Error | psycopg.Error):
        return NoDatabase(url=url, why=words.rstrip(".") or type(error).__name__)
    return None
