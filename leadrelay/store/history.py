"""History: every change of every subject, appended with its cause; ids order changes of the same moment."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.fields import Value
from leadrelay.store.raw import Statement, insert, listed
from leadrelay.store.schema import history

EVERYTHING = "*"
"""The `field` of the row with which a subject begins; its `new` holds every field that has a value."""

_COLUMNS = ("id", "at", "subject", "field", "old", "new", "cause")
_INSERT = insert(history, _COLUMNS)
_LAST_ID = Statement("SELECT coalesce(max(id), 0) FROM history")
_RESERVE = Statement(
    "SELECT nextval(pg_get_serial_sequence('history', 'id')) FROM generate_series(1, CAST(:number AS int))"
)
_OF = Statement(
    "SELECT id, at, subject, field, old, new, cause FROM history WHERE subject IN LISTED(:subjects)"
    " AND at <= :at AND id <= :upto ORDER BY id"
)
NO_END = 2**62
"""As `upto`: all of history."""


class Entry(NamedTuple):
    """One change to be appended; `field` is without its entity. For a new subject: EVERYTHING and its values."""

    subject: str
    field: str
    old: Value
    new: Value | dict[str, Value]
    cause: str


class Recorded(NamedTuple):
    """A row of history; `old` and `new` are JSON, or None for no value."""

    id: int
    at: Instant
    subject: str
    field: str
    old: str | None
    new: str | None
    cause: str


def last_id(conn: Connection) -> int:
    """The number of the latest change there is, 0 before the first."""
    return int(_LAST_ID.rows(conn)[0][0])


def append(conn: Connection, at: Instant, entries: Sequence[Entry]) -> tuple[int, Sequence[int]]:
    """Appends changes in this order; returns the last id before them and their own ids."""
    before, ids = _ids(conn, len(entries))
    _INSERT.many(
        conn,
        [
            {
                "id": number,
                "at": at,
                "subject": subject,
                "field": name,
                "old": None if old is None else orjson.dumps(old).decode(),
                "new": None if new is None else orjson.dumps(new).decode(),
                "cause": cause,
            }
            for number, (subject, name, old, new, cause) in zip(ids, entries, strict=True)
        ],
    )
    return before, ids


def _ids(conn: Connection, number: int) -> tuple[int, Sequence[int]]:
    """The last id in use and the next ones; on PostgreSQL from its sequence, as several may append at once."""
    if conn.dialect.name == "postgresql" and number:
        ids = [row[0] for row in _RESERVE.rows(conn, number=number)]
        return ids[0] - 1, ids
    last = last_id(conn)
    return last, range(last + 1, last + 1 + number)


def of(
    conn: Connection, subjects: Iterable[str], at: Instant = NO_END, upto: int = NO_END
) -> dict[str, list[Recorded]]:
    """What happened to these subjects up to a moment and an id, in order, by subject."""
    found: dict[str, list[Recorded]] = {}
    for row in _OF.rows(conn, subjects=listed(subjects), at=at, upto=upto):
        found.setdefault(row[2], []).append(Recorded(*row))
    return found


def replay(rows: Iterable[Recorded]) -> dict[str, Value] | None:
    """The fields that a subject had after these rows, by name; None when it did not exist yet.

    A contact may be on a list before its own row comes in, so what is known earlier is kept."""
    values: dict[str, Value] = {}
    exists = False
    for row in rows:
        new = None if row.new is None else orjson.loads(row.new)
        if row.field == EVERYTHING:
            exists = True
            values.update((name, _value(value)) for name, value in (new or {}).items())
        else:
            if row.field == "lists":
                _note_joined(values, row.at, _value(new))
            values[row.field] = _value(new)
    return values if exists else None


def _note_joined(values: dict[str, Value], at: Instant, lists: Value) -> None:
    """Keeps since when a contact is on each list, as `joined.LIST`."""
    before, now = values.get("lists") or (), lists or ()
    assert isinstance(before, tuple) and isinstance(now, tuple)
    values.update((f"joined.{name}", at) for name in now if name not in before)
    for name in before:
        if name not in now:
            values.pop(f"joined.{name}", None)


def single_changes(row: Recorded) -> Iterator[Recorded]:
    """A row as changes of one field each: a beginning is taken apart into its fields."""
    if row.field != EVERYTHING or row.new is None:
        yield row
        return
    for name, value in orjson.loads(row.new).items():
        yield row._replace(field=name, new=orjson.dumps(value).decode())


def _value(value: object) -> Value:
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]
