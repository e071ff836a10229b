"""Subjects that are history: known to triage, matching and reports, looked at by no flow until something new happens.

A file of old rows puts them to sleep (`import --history`). A change of the subject itself wakes it: an activity, what a
person does, what a later file says, a new request of a contact or account. What changes around it does not."""

from collections.abc import Iterable

from sqlalchemy import Connection

from leadrelay.store.raw import Statement, listed
from leadrelay.store.schema import TABLES

_ROUSE = {
    kind: Statement(
        f"UPDATE {table.name} SET asleep_since = NULL"
        " WHERE id IN LISTED(:ids) AND asleep_since IS NOT NULL RETURNING id"
    )
    for kind, table in TABLES.items()
}
_COUNT = {
    kind: Statement(f"SELECT count(*) FROM {table.name} WHERE asleep_since IS NOT NULL")
    for kind, table in TABLES.items()
}


def rouse(conn: Connection, kind: str, ids: Iterable[str]) -> list[str]:
    """Something new happened to these subjects: those that slept do so no longer. Returns their ids."""
    return [str(row[0]) for row in _ROUSE[kind].rows(conn, ids=listed(sorted(ids)))]


def counts(conn: Connection) -> dict[str, int]:
    """How many subjects of each kind sleep."""
    return {kind: int(statement.rows(conn)[0][0]) for kind, statement in _COUNT.items()}
