"""The outbox of changes that are owed to other systems: each change once, in the order in which we made them.

    owed --take_up--> (batch set) --settle--> sent | failed (again later) | dead | overtaken

A change that was taken up keeps its batch until it is settled: after a crash it goes again under the same key.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store.raw import Statement, listed

CURSOR = "write_back"
OWED, FAILED, SENT, DEAD, OVERTAKEN = "owed", "failed", "sent", "dead", "overtaken"
WAITING = (OWED, FAILED)
_COLUMNS = (
    "id, key, at, subject, map, system, foreign_id, field, value, state, batch, attempts, not_before, sent_at, error"
)

_POSITION = Statement("SELECT position FROM cursors WHERE name = :name")
_MOVE = Statement(
    "INSERT INTO cursors (name, position) VALUES (:name, :position)"
    " ON CONFLICT (name) DO UPDATE SET position = excluded.position"
)
_NEWEST = Statement("SELECT coalesce(max(id), 0) FROM history")
_CHANGES = Statement(
    "SELECT h.id, h.at, h.subject, h.field, h.cause, f.map, f.system, f.foreign_id, f.holds FROM history h"
    " JOIN foreign_ids f ON f.subject = h.subject WHERE h.id > :after AND h.id <= :upto AND h.field <> '*'"
    " ORDER BY h.id"
)
_ADD = Statement(
    "INSERT INTO write_backs (key, at, subject, map, system, foreign_id, field, value, state, not_before, error)"
    " VALUES (:key, :at, :subject, :map, :system, :foreign_id, :field, :value, :state, :not_before, :error)"
    " ON CONFLICT (key) DO NOTHING"
)
_WAITING_OF = Statement(
    f"SELECT {_COLUMNS} FROM write_backs WHERE subject IN LISTED(:subjects) AND state IN ('owed', 'failed') ORDER BY id"
)
_DUE = Statement(
    f"SELECT {_COLUMNS} FROM write_backs WHERE state IN ('owed', 'failed') AND system = :system AND not_before <= :now"
    " ORDER BY id LIMIT :limit"
)
_TAKE_UP = Statement(
    "UPDATE write_backs SET batch = :batch, attempts = attempts + 1 WHERE key IN LISTED(:keys)"
    f" AND state IN ('owed', 'failed') RETURNING {_COLUMNS}"
)
_SETTLE = Statement(
    "UPDATE write_backs SET state = :state, not_before = :not_before, sent_at = :sent_at, error = :error WHERE id = :id"
)
_LIST = Statement(f"SELECT {_COLUMNS} FROM write_backs WHERE state IN LISTED(:states) ORDER BY id")
_COUNTS = Statement("SELECT system, state, count(*) FROM write_backs GROUP BY system, state ORDER BY system, state")
_REVIVE = Statement(
    "UPDATE write_backs SET state = 'owed', attempts = 0, not_before = :now, batch = NULL, error = NULL"
    " WHERE state = 'dead' AND (:system = '' OR system = :system) RETURNING id"
)


class Changed(NamedTuple):
    """A change in history of a subject that another system knows. `holds` is JSON (store/foreign.py)."""

    id: int
    at: Instant
    subject: str
    field: str
    cause: str
    map: str
    system: str
    foreign_id: str
    holds: str


class WriteBack(NamedTuple):
    """One field of one record that another system is owed, in its own words."""

    id: int
    key: str
    at: Instant
    subject: str
    map: str
    system: str
    foreign_id: str
    field: str
    value: str
    state: str
    batch: str | None
    attempts: int
    not_before: Instant
    sent_at: Instant | None
    error: str | None


class Owed(NamedTuple):
    """A new one; `state` is DEAD, with the reason, for what cannot be said in their words."""

    key: str
    at: Instant
    subject: str
    map: str
    system: str
    foreign_id: str
    field: str
    value: str
    state: str
    not_before: Instant
    error: str | None


class Settled(NamedTuple):
    """What became of one of them."""

    id: int
    state: str
    not_before: Instant
    sent_at: Instant | None
    error: str | None


def changes(conn: Connection) -> tuple[list[Changed], int]:
    """What changed since the cursor of subjects that other systems know, and the last id of history that was seen.

    Units of work that write take turns, so no change with a smaller id can come later."""
    position = _POSITION.rows(conn, name=CURSOR)
    newest = int(_NEWEST.rows(conn)[0][0])
    after = int(position[0][0]) if position else 0
    return ([Changed(*row) for row in _CHANGES.rows(conn, after=after, upto=newest)] if newest > after else []), newest


def move_cursor(conn: Connection, position: int) -> None:
    """History up to there has been looked at."""
    _MOVE.run(conn, name=CURSOR, position=position)


def add(conn: Connection, owed: Iterable[Owed]) -> None:
    """Owes these; those that are there stay as they are."""
    _ADD.many(conn, [one._asdict() for one in owed])


def waiting_of(conn: Connection, subjects: Collection[str]) -> list[WriteBack]:
    """What is owed of these subjects and not settled."""
    return [WriteBack(*row) for row in _WAITING_OF.rows(conn, subjects=listed(subjects))] if subjects else []


def due(conn: Connection, system: str, now: Instant, limit: int) -> list[WriteBack]:
    """What is owed to a system and due, the oldest first."""
    return [WriteBack(*row) for row in _DUE.rows(conn, system=system, now=now, limit=limit)]


def take_up(conn: Connection, rows: Iterable[WriteBack], batch: str) -> list[WriteBack]:
    """Those of these that are still owed are handed over now, under that key; returns them."""
    taken = _TAKE_UP.rows(conn, batch=batch, keys=listed(one.key for one in rows))
    return sorted(WriteBack(*row) for row in taken)


def settle(conn: Connection, settled: Sequence[Settled]) -> None:
    """Writes down what became of them."""
    _SETTLE.many(conn, [one._asdict() for one in settled])


def in_states(conn: Connection, states: Iterable[str]) -> list[WriteBack]:
    """All that are in one of these states, the oldest first."""
    return [WriteBack(*row) for row in _LIST.rows(conn, states=listed(states))]


def counts(conn: Connection) -> dict[str, dict[str, int]]:
    """How many there are, by system and state."""
    found: dict[str, dict[str, int]] = {}
    for system, state, number in _COUNTS.rows(conn):
        found.setdefault(system, {})[state] = number
    return found


def revive(conn: Connection, system: str, now: Instant) -> int:
    """What was given up is owed again, of one system or ('') of all; how many."""
    return len(_REVIVE.rows(conn, system=system, now=now))
