"""The proof that nothing is lost (M18): every request and opportunity is open with owner and deadline or closed with
outcome and reason, contacts of lost deals are in the marketing database, and every decision has the messages and tasks
that it says it made."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store import audit_subjects
from leadrelay.store.audit_subjects import CHUNK, Violation, pages
from leadrelay.store.raw import Statement, listed
from leadrelay.store.tell_ops import TOLD

__all__ = ["Seen", "Violation", "audit", "seen"]

_DECISIONS = Statement(
    "SELECT id, key, subject, actions FROM decisions WHERE id > :after AND mode = 'live'"
    f" AND (actions LIKE '%\"notify\"%' OR actions LIKE '%\"task\"%') ORDER BY id LIMIT {CHUNK}"
)
_LAST = Statement("SELECT (SELECT coalesce(max(id), 0) FROM decisions), (SELECT coalesce(max(id), 0) FROM messages)")
_MESSAGES = Statement("SELECT key FROM messages WHERE key IN LISTED(:keys)")
_TASKS = Statement("SELECT key FROM tasks WHERE key IN LISTED(:keys)")
_ORPHANS = Statement(
    "SELECT m.id, m.key, m.subject FROM messages m WHERE m.id > :after"
    " AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.key = m.decision)"
    " AND m.decision NOT LIKE 'person %'"  # those that a person's act has written: act/by_hand.py
    f" AND NOT m.{TOLD} ORDER BY m.id LIMIT {CHUNK}"
)


class Seen(NamedTuple):
    """How far an earlier audit got: the last decision and the last message that it looked at. Neither ever changes."""

    decision: int = 0
    message: int = 0


def seen(conn: Connection) -> Seen:
    """The last decision and the last message there are."""
    return Seen(*_LAST.rows(conn)[0])


def audit(conn: Connection, now: Instant, since: Seen = Seen()) -> Iterator[Violation]:  # noqa: B008 - it is frozen
    """Every violation as of `now`, found in parts so that memory stays flat; none is the proof. Decisions and messages
    up to `since` are not looked at again; subjects always are."""
    subjects = (audit_subjects.requests(conn), audit_subjects.opportunities(conn), audit_subjects.contacts(conn, now))
    yield from chain.from_iterable(subjects)
    yield from _unmade(conn, since.decision)
    for _, key, subject in pages(conn, _ORPHANS, since.message):
        yield Violation("message-without-decision", subject, f"message {key} belongs to no decision")


def _unmade(conn: Connection, since: int) -> Iterator[Violation]:
    """Messages and tasks that a decision says it made and that are not there."""
    after = since
    while rows := _DECISIONS.rows(conn, after=after):
        owed = [(subject, *made) for _, key, subject, actions in rows for made in _owed(key, orjson.loads(actions))]
        keys = listed(key for _, key, _ in owed)
        there = {row[0] for read in (_MESSAGES, _TASKS) for row in read.rows(conn, keys=keys)}
        for subject, key, what in owed:
            if key not in there:
                yield Violation(f"decision-without-{what}", subject, f"{what} {key} is missing")
        after = rows[-1][0]


def _owed(decision: str, actions: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """The keys of the messages and tasks of a decision, as its record has them, each with which it is."""
    for action in actions:
        for reader in action.get("notify") or ():
            yield f"{decision}|{action['template']}|{reader}", "message"
        if action.get("task"):
            yield f"{decision}|task|{action['what']}", "task"
