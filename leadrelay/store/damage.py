"""Whether the database's file is whole, by SQLite's own check: what cannot be read is lost (M18)."""

import sqlite3
from collections.abc import Iterator

from sqlalchemy import Connection

from leadrelay.store.audit_subjects import Violation
from leadrelay.store.raw import Statement

_CHECK = Statement("PRAGMA quick_check(20)")
_WHOLE = "ok"


def damage(conn: Connection) -> Iterator[Violation]:
    """What SQLite's quick_check finds wrong with its file, at most twenty faults; PostgreSQL is not asked.

    A page may be so damaged that the check itself breaks off: then that is the fault."""
    if conn.dialect.name != "sqlite":
        return
    try:
        found = [text for (text,) in _CHECK.rows(conn)]
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        found = [str(error)]
        conn.rollback()  # what broke off cannot be committed
    for text in found:
        if text != _WHOLE:
            yield Violation("database-damaged", "database", " ".join(text.split()))
