"""What people did by hand, each act once by its key; and which subjects they do not want to hear of for a while."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store.raw import Statement, listed

_CLAIM = Statement(
    "INSERT INTO acts (key, at, person, act, subject) VALUES (:key, :at, :person, :act, :subject)"
    " ON CONFLICT (key) DO NOTHING RETURNING id"
)
_FIND = Statement("SELECT id, at, person FROM acts WHERE key = :key")
_RELEASE = Statement("DELETE FROM acts WHERE key = :key")
_SNOOZE = Statement(
    "INSERT INTO snoozes (person, subject, until) VALUES (:person, :subject, :until)"
    " ON CONFLICT (person, subject) DO UPDATE SET until = excluded.until"
)
_HOLD = Statement(
    'UPDATE messages SET not_before = :until WHERE "to" = :person AND subject = :subject'
    " AND state IN ('pending', 'held', 'failed') AND not_before < :until RETURNING id"
)
_HOLD_NEW = Statement(
    "UPDATE messages SET not_before = (SELECT until FROM snoozes s"
    ' WHERE s.person = messages."to" AND s.subject = messages.subject)'
    " WHERE key IN LISTED(:keys) AND state = 'pending' AND EXISTS (SELECT 1 FROM snoozes s"
    ' WHERE s.person = messages."to" AND s.subject = messages.subject AND s.until > messages.not_before'
    " AND s.until > :now)"
)
_ANY_SNOOZE = Statement("SELECT 1 FROM snoozes WHERE until > :now LIMIT 1")
_SNOOZES = Statement("SELECT person, subject, until FROM snoozes WHERE until > :now")


class Act(NamedTuple):
    """Something that was done: its number, when, and by whom (a person's id, or contact/3)."""

    id: int
    at: Instant
    person: str


def claim(conn: Connection, key: str, at: Instant, person: str, act: str, subject: str) -> int | None:
    """Notes an act that is being done in this transaction; its number, or None when it was done before."""
    rows = _CLAIM.rows(conn, key=key, at=at, person=person, act=act, subject=subject)
    return int(rows[0][0]) if rows else None


def find(conn: Connection, key: str) -> Act | None:
    """The act with this key, if it was done."""
    rows = _FIND.rows(conn, key=key)
    return Act(*rows[0]) if rows else None


def release(conn: Connection, key: str) -> None:
    """Takes back a claim: the act turned out to be impossible, and may be tried again."""
    _RELEASE.run(conn, key=key)


def snooze(conn: Connection, person: str, subject: str, until: Instant) -> int:
    """Holds messages about a subject to a person until then, those that wait and those to come; how many wait."""
    _SNOOZE.run(conn, person=person, subject=subject, until=until)
    return len(_HOLD.rows(conn, person=person, subject=subject, until=until))


def snoozes(conn: Connection, now: Instant) -> dict[tuple[str, str], Instant]:
    """Until when each (person, subject) is snoozed."""
    return {(person, subject): until for person, subject, until in _SNOOZES.rows(conn, now=now)}


def hold_snoozed(conn: Connection, keys: Iterable[str], now: Instant) -> None:
    """New messages, by key, wait as long as their reader has snoozed what they are about."""
    if _ANY_SNOOZE.rows(conn, now=now):
        _HOLD_NEW.run(conn, keys=listed(keys), now=now)
