"""The queue of pushes in the database: what each system is still to be told, in the order in which it happened.

    journal of lists --take_up--> pending --settle--> sent | failed (again later) | dead

A contact's later changes wait for its earlier ones, so that joining and leaving never pass each other.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store.raw import Statement, listed

_NEW = Statement(
    "INSERT INTO pushes (key, at, system, contact, list, what, reason)"
    " SELECT CAST(:system AS TEXT) || '|' || j.id, j.at, :system, j.contact, j.list, j.what, j.reason"
    " FROM list_changes j"
    " WHERE (:every = 1 OR j.list IN LISTED(:lists))"
    " AND NOT EXISTS (SELECT 1 FROM pushes p WHERE p.key = CAST(:system AS TEXT) || '|' || j.id) ORDER BY j.id"
    " ON CONFLICT (key) DO NOTHING"
)
# Whoever this system was told of and may not be written to any more, unless that is the last thing it was told.
_BLOCK = Statement(
    "INSERT INTO pushes (key, at, system, contact, list, what, reason)"
    " SELECT CAST(:system AS TEXT) || '|blocked|' || c.id || '|' || max(p.id), :now, :system, c.id, '', 'blocked',"
    " CASE WHEN c.objected_at IS NOT NULL THEN 'objected' WHEN c.unsubscribed_at IS NOT NULL THEN 'unsubscribed'"
    " WHEN c.bounced_at IS NOT NULL THEN 'bounced' ELSE 'no consent' END"
    " FROM (SELECT r.id, coalesce(r.objected_at, s.objected_at) AS objected_at,"
    " coalesce(r.unsubscribed_at, s.unsubscribed_at) AS unsubscribed_at,"
    " coalesce(r.bounced_at, s.bounced_at) AS bounced_at,"
    " CASE WHEN s.refused_at IS NULL THEN r.consent ELSE :no END AS consent"
    " FROM contacts r LEFT JOIN suppressions s ON s.mailbox = r.mailbox) c"
    " JOIN pushes p ON p.contact = c.id AND p.system = :system AND p.what <> 'left'"
    " WHERE c.objected_at IS NOT NULL OR c.unsubscribed_at IS NOT NULL OR c.bounced_at IS NOT NULL"
    " OR c.consent = :no GROUP BY c.id, c.objected_at, c.unsubscribed_at, c.bounced_at"
    " HAVING max(CASE WHEN p.what = 'joined' THEN p.id ELSE 0 END)"
    " > max(CASE WHEN p.what = 'blocked' THEN p.id ELSE 0 END)"
    " ON CONFLICT (key) DO NOTHING"
)
_DUE = Statement(
    "SELECT p.id, p.key, p.at, p.contact, p.list, p.what, p.reason, p.attempts, c.name, c.email, c.language,"
    " CASE WHEN s.refused_at IS NULL THEN c.consent ELSE :no END, coalesce(c.unsubscribed_at, s.unsubscribed_at),"
    " coalesce(c.objected_at, s.objected_at), coalesce(c.bounced_at, s.bounced_at)"
    " FROM pushes p LEFT JOIN contacts c ON c.id = p.contact LEFT JOIN suppressions s ON s.mailbox = c.mailbox"
    " WHERE p.system = :system AND p.state IN ('pending', 'failed') AND p.not_before <= :now AND NOT EXISTS"
    " (SELECT 1 FROM pushes e WHERE e.system = p.system AND e.contact = p.contact AND e.id < p.id"
    " AND e.state IN ('pending', 'failed')) ORDER BY p.id LIMIT :limit"
)
_SETTLE = Statement(
    "UPDATE pushes SET state = :state, attempts = :attempts, not_before = :again, error = :error, settled_at = :now"
    " WHERE id = :id AND state IN ('pending', 'failed')"
)
_RETRY = Statement(
    "UPDATE pushes SET state = 'pending', attempts = 0, not_before = 0 WHERE system = :system AND state = 'dead'"
)
_COUNTS = Statement("SELECT state, count(*) FROM pushes WHERE system = :system GROUP BY state")
_TROUBLE = Statement(
    "SELECT contact, list, what, state, error FROM pushes WHERE system = :system AND state IN ('failed', 'dead')"
    " ORDER BY id LIMIT 20"
)


class Push(NamedTuple):
    """One thing that a system is to be told, with what is known of the contact now."""

    id: int
    key: str
    at: Instant
    contact: str
    list: str
    what: str
    reason: str
    attempts: int
    name: str | None
    email: str | None
    language: str | None
    consent: bool | None
    unsubscribed_at: Instant | None
    objected_at: Instant | None
    bounced_at: Instant | None


class Settled(NamedTuple):
    """What became of a push."""

    id: int
    state: str
    attempts: int
    again: Instant
    error: str | None


def take_up(conn: Connection, system: str, lists: Collection[str], every: bool, now: Instant) -> None:
    """Puts into the queue what happened on these lists (or on every list) and is not there yet, and who may not be
    written to any more."""
    _NEW.run(conn, system=system, lists=listed(lists), every=int(every))
    _BLOCK.run(conn, system=system, now=now, no=False)


def due(conn: Connection, system: str, now: Instant, limit: int) -> list[Push]:
    """What is to be told now, oldest first: of each contact only the first."""
    return [Push(*row) for row in _DUE.rows(conn, system=system, now=now, limit=limit, no=False)]


def settle(conn: Connection, settled: Iterable[Settled], now: Instant) -> None:
    """Writes down what became of pushes."""
    _SETTLE.many(conn, [{**one._asdict(), "now": now} for one in settled])


def retry(conn: Connection, system: str) -> None:
    """Dead pushes are tried again."""
    _RETRY.run(conn, system=system)


def counts(conn: Connection, system: str) -> dict[str, int]:
    """How many pushes are in each state."""
    return {"pending": 0, "failed": 0, "sent": 0, "dead": 0} | dict(_COUNTS.rows(conn, system=system))


def trouble(conn: Connection, system: str) -> list[dict[str, object]]:
    """The first pushes that did not work, with what was said."""
    names = ("contact", "list", "what", "state", "error")
    return [dict(zip(names, row, strict=True)) for row in _TROUBLE.rows(conn, system=system)]
