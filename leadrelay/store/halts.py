"""Rules that act on nobody for now: stopped by a person, or held because they did as much as an hour may hold.

A rule that is halted keeps its place among the others and its open episodes stay as they are. Units of work that write
take turns on both databases, so a halt that is committed stands for every chunk of a sweep that begins after it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import HOUR, MINUTE, Instant
from leadrelay.store.raw import Statement, listed

STOPPED, LIMIT = "stopped", "limit"
BY_OPS = "rule stopped by ops"
"""Why messages of a stopped rule do not go; what the person said follows it."""
HOUR_IN_MINUTES = 61
"""So many minutes count as an hour: the oldest is counted whole, so that no stretch of an hour holds more."""

_STANDING = Statement(
    "SELECT id, rule_key, what, at, reason, number FROM rule_halts WHERE ended_at IS NULL ORDER BY rule_key, what"
)
_LAST_END = Statement(
    "SELECT rule_key, max(ended_at) FROM rule_halts WHERE what = :what AND ended_at IS NOT NULL GROUP BY rule_key"
)
_PUT = Statement(
    "INSERT INTO rule_halts (rule_key, what, at, reason, number) VALUES (:rule_key, :what, :at, :reason, :number)"
    " ON CONFLICT (rule_key, what) WHERE ended_at IS NULL DO NOTHING RETURNING id"
)
_END = Statement(
    "UPDATE rule_halts SET ended_at = :now WHERE rule_key = :rule_key AND what = :what AND ended_at IS NULL"
    " RETURNING id, rule_key, what, at, reason, number"
)
_FORGET_RUN = Statement("DELETE FROM rule_states WHERE rule_key = :rule_key")
_ACTED = Statement("SELECT rule_key, sum(acts) FROM rule_minutes WHERE minute > :after GROUP BY rule_key")
_COUNT = Statement(
    "INSERT INTO rule_minutes (rule_key, minute, acts) VALUES (:rule_key, :minute, :acts)"
    " ON CONFLICT (rule_key, minute) DO UPDATE SET acts = rule_minutes.acts + excluded.acts"
)
_FORGET_MINUTES = Statement("DELETE FROM rule_minutes WHERE minute <= :after")
_FORGET_ACTS = Statement("DELETE FROM rule_minutes WHERE rule_key = :rule_key")
# What may still be kept back: no mail that carries others, and nothing that may be on its way to its reader.
_UNSENT = "carries = 0 AND state IN ('pending', 'held', 'failed', 'leased') AND substr(decision, 1, :length) = :prefix"
_MAILS = Statement(f"SELECT DISTINCT mail FROM messages WHERE {_UNSENT} AND mail IS NOT NULL AND mail <> key")
_SUPPRESS = Statement(
    "UPDATE messages SET state = 'suppressed', error = :why, settled_at = :now, lease = NULL, lease_until = NULL"
    f" WHERE {_UNSENT} RETURNING id"
)
_UNWATCH = Statement(
    "UPDATE messages SET watch_at = NULL WHERE watch_at IS NOT NULL AND substr(decision, 1, :length) = :prefix"
)
_EMPTY_MAILS = Statement(
    "UPDATE messages SET state = 'suppressed', error = :why, settled_at = :now, lease = NULL, lease_until = NULL"
    " WHERE key IN LISTED(:keys) AND carries > 0 AND state IN ('pending', 'failed', 'leased')"
    " AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.mail = messages.key AND m.state = 'held' AND m.carries = 0)"
)
_TAKE_BACK = Statement(
    "UPDATE messages SET state = 'pending', lease = NULL, lease_until = NULL"
    " WHERE key IN LISTED(:keys) AND carries > 0 AND state = 'leased'"
)


class Halt(NamedTuple):
    """A rule that acts on nobody: since when and why; `number` is the limit that it has reached."""

    id: int
    rule_key: str
    what: str
    at: Instant
    reason: str
    number: int


class Ended(NamedTuple):
    """When each rule, by its key, was last started after a stop, and last released from its limit."""

    started: Mapping[str, Instant]
    released: Mapping[str, Instant]


def standing(conn: Connection) -> list[Halt]:
    """What halts rules now; one that is held by its limit and stopped besides is there twice."""
    return [Halt(*row) for row in _STANDING.rows(conn)]


def stopped(conn: Connection) -> dict[str, Halt]:
    """The rules that a person has stopped, by key."""
    return {halt.rule_key: halt for halt in standing(conn) if halt.what == STOPPED}


def limited(conn: Connection) -> dict[str, Halt]:
    """The rules that are held by their limit, by key."""
    return {halt.rule_key: halt for halt in standing(conn) if halt.what == LIMIT}


def ended(conn: Connection) -> Ended:
    """When rules were let go again."""
    return Ended(dict(_LAST_END.rows(conn, what=STOPPED)), dict(_LAST_END.rows(conn, what=LIMIT)))


def put(conn: Connection, rule_key: str, what: str, now: Instant, reason: str, number: int = 0) -> int | None:
    """Halts a rule from this unit of work on; the halt's id, or None when it was halted so already."""
    rows = _PUT.rows(conn, rule_key=rule_key, what=what, at=now, reason=reason, number=number)
    return int(rows[0][0]) if rows else None


def start(conn: Connection, rule_key: str, now: Instant) -> Halt | None:
    """Ends a stop, and returns it if there was one. The rule's next run counts as its first: what it would begin all at
    once goes by first_run_limit."""
    halt = _ended(conn, rule_key, STOPPED, now)
    if halt is not None:
        _FORGET_RUN.run(conn, rule_key=rule_key)
    return halt


def release(conn: Connection, rule_key: str, now: Instant) -> Halt | None:
    """Ends the hold of a rule that reached its limit, and returns it if there was one; what it did counts no more."""
    _FORGET_ACTS.run(conn, rule_key=rule_key)
    return _ended(conn, rule_key, LIMIT, now)


def _ended(conn: Connection, rule_key: str, what: str, now: Instant) -> Halt | None:
    rows = _END.rows(conn, rule_key=rule_key, what=what, now=now)
    return Halt(*rows[0]) if rows else None


def acted(conn: Connection, now: Instant) -> dict[str, int]:
    """How many steps that count each rule with a limit did in the hour up to `now`, by rule key."""
    return {key: int(acts) for key, acts in _ACTED.rows(conn, after=now // MINUTE - HOUR_IN_MINUTES)}


def count(conn: Connection, acts: Mapping[str, int], now: Instant) -> None:
    """Adds what rules did at `now`; minutes that count no more are forgotten."""
    minute = now // MINUTE
    _COUNT.many(conn, [{"rule_key": key, "minute": minute, "acts": number} for key, number in sorted(acts.items())])
    if acts:
        _FORGET_MINUTES.run(conn, after=(now - 2 * HOUR) // MINUTE)


def suppress_messages(conn: Connection, rule_key: str, why: str, now: Instant) -> int:
    """Keeps back the messages of a rule that have not been handed over, and the reminders of those that have; how many.

    A mail that carries other messages too goes without these; one that a worker is about to send is taken from it."""
    which = {"prefix": f"{rule_key}|", "length": len(rule_key) + 1}
    mails = listed(row[0] for row in _MAILS.rows(conn, **which))
    kept_back = len(_SUPPRESS.rows(conn, why=why, now=now, **which))
    _UNWATCH.run(conn, **which)
    _EMPTY_MAILS.run(conn, keys=mails, why=why, now=now)
    _TAKE_BACK.run(conn, keys=mails)
    return kept_back


def why_stopped(reason: str) -> str:
    """What becomes of a message of a stopped rule, in words: 'rule stopped by ops: wrong people'."""
    return f"{BY_OPS}: {reason}" if reason else BY_OPS
