"""The proof that nothing is lost (M18): every open request has a desk, an owner and a deadline, every closed one an
outcome and a reason, and every decision the messages and tasks that it says it made.

The deadline of an open request is what will bring it back to somebody: an open task with its due moment, or a line of
the agenda that is due or comes due. The next rung or repeat of an open episode is such a line too, because the agenda
holds the first moment at which a rule has anything to say or to do.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from leadrelay.store.raw import Statement, listed

_CHUNK = 2000
_DEADLINE = (
    "EXISTS (SELECT 1 FROM tasks t WHERE t.subject = 'request/' || r.id AND t.done_at IS NULL)"
    " OR EXISTS (SELECT 1 FROM agenda a WHERE a.kind = 'request' AND a.id = r.id AND a.due_at IS NOT NULL"
    " AND a.flow IN ('route', 'escalate', 'nudge', 'nurture'))"
)
_REQUESTS = Statement(
    "SELECT * FROM (SELECT r.id, r.status, r.desk, r.owner, r.outcome, r.reason,"
    f" CASE WHEN {_DEADLINE} THEN 1 ELSE 0 END AS deadline FROM requests r WHERE r.id > :after) AS checked"
    " WHERE status IS NULL OR status NOT IN ('open', 'closed')"
    " OR (status = 'open' AND (desk IS NULL OR owner IS NULL OR deadline = 0))"
    " OR (status = 'closed' AND (outcome IS NULL OR coalesce(reason, '') = ''))"
    f" ORDER BY id LIMIT {_CHUNK}"
)
_DECISIONS = Statement(
    "SELECT id, key, subject, actions FROM decisions WHERE id > :after AND mode = 'live'"
    f" AND (actions LIKE '%\"notify\"%' OR actions LIKE '%\"task\"%') ORDER BY id LIMIT {_CHUNK}"
)
_MESSAGES = Statement("SELECT key FROM messages WHERE key IN LISTED(:keys)")
_TASKS = Statement("SELECT key FROM tasks WHERE key IN LISTED(:keys)")
_ORPHANS = Statement(
    "SELECT m.id, m.key, m.subject FROM messages m WHERE m.id > :after"
    " AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.key = m.decision)"
    " AND m.decision NOT LIKE 'person %'"  # those that a person's act has written: act/by_hand.py
    " AND m.template <> 'delivery_alarm'"  # which the delivery itself has written: notifications/alarm.py
    f" ORDER BY m.id LIMIT {_CHUNK}"
)


class Violation(NamedTuple):
    """Something that got lost, or may: its kind, the subject (request/42), and what is wrong with it."""

    code: str
    subject: str
    message: str


def audit(conn: Connection) -> Iterator[Violation]:
    """Every violation, found in parts so that memory stays flat; none is the proof."""
    for request in _pages(conn, _REQUESTS, ""):
        yield from _lacking(*request)
    yield from _unmade(conn)
    for _, key, subject in _pages(conn, _ORPHANS, 0):
        yield Violation("message-without-decision", subject, f"message {key} belongs to no decision")


def _pages(conn: Connection, statement: Statement, start: object) -> Iterator[tuple[Any, ...]]:
    """All rows of a statement that is read on from the first column of the last row."""
    after = start
    while rows := statement.rows(conn, after=after):
        yield from rows
        after = rows[-1][0]


def _lacking(
    name: str,
    status: str | None,
    desk: str | None,
    owner: str | None,
    outcome: str | None,
    reason: str | None,
    deadline: int,
) -> Iterator[Violation]:
    """What one request lacks."""
    subject = f"request/{name}"
    if status == "open":
        wanted = {"desk": desk, "owner": owner, "deadline": deadline}
    elif status == "closed":
        wanted = {"outcome": outcome, "reason": reason}
    else:
        wanted = {"status": None}
    for what, value in wanted.items():
        if not value:
            state = f"is {status} but has" if status in ("open", "closed") else "has"
            yield Violation(f"request-without-{what}", subject, f"{state} no {what}")


def _unmade(conn: Connection) -> Iterator[Violation]:
    """Messages and tasks that a decision says it made and that are not there."""
    after = 0
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
