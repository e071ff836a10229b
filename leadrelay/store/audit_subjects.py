"""What each request, opportunity and contact must have so that nothing is lost (M18), read in parts.

The deadline of what is open is what will bring it back to somebody: an open task with its due moment, a next step that
was agreed, or a line of the agenda that is due or comes due. The next rung or repeat of an open episode is such a line
too, because the agenda holds the first moment at which a rule has anything to say or to do.

A contact is in the marketing database when it is on a list. Who objected, unsubscribed or whose mail bounced for good
need not be; nor does who waits for the nurture flow to look at them.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection

from leadrelay.store.raw import Statement

CHUNK = 2000
_FLOWS = "('route', 'escalate', 'nudge', 'nurture')"


def _deadline(kind: str) -> str:
    """An open task, or a line of the agenda that comes due, as SQL about the row `r`."""
    return (
        f"EXISTS (SELECT 1 FROM tasks t WHERE t.subject = '{kind}/' || r.id AND t.done_at IS NULL)"
        f" OR EXISTS (SELECT 1 FROM agenda a WHERE a.kind = '{kind}' AND a.id = r.id AND a.due_at IS NOT NULL"
        f" AND a.flow IN {_FLOWS})"
    )


_REQUESTS = Statement(
    "SELECT id, status, desk, owner, outcome, reason, deadline FROM"
    " (SELECT r.id, r.status, r.desk, r.owner, r.outcome, r.reason, r.asleep_since,"
    f" CASE WHEN {_deadline('request')} THEN 1 ELSE 0 END AS deadline FROM requests r WHERE r.id > :after) AS checked"
    " WHERE status IS NULL OR status NOT IN ('open', 'closed')"
    " OR (status = 'open' AND asleep_since IS NULL AND (desk IS NULL OR owner IS NULL OR deadline = 0))"
    " OR (status = 'closed' AND (outcome IS NULL OR coalesce(reason, '') = ''))"
    f" ORDER BY id LIMIT {CHUNK}"
)
_OPPORTUNITIES = Statement(
    "SELECT id, closed_at, stage, owner, outcome, reason, deadline FROM"
    " (SELECT r.id, r.closed_at, r.stage, r.owner, r.outcome, r.reason, r.asleep_since,"
    f" CASE WHEN r.next_step_at IS NOT NULL OR {_deadline('opportunity')} THEN 1 ELSE 0 END AS deadline"
    " FROM opportunities r WHERE r.id > :after) AS checked"
    " WHERE (closed_at IS NULL AND outcome IS NOT NULL)"
    " OR (closed_at IS NULL AND asleep_since IS NULL AND (stage IS NULL OR owner IS NULL OR deadline = 0))"
    " OR (closed_at IS NOT NULL AND (outcome IS NULL OR coalesce(reason, '') = ''))"
    f" ORDER BY id LIMIT {CHUNK}"
)
_LEFT_ALONE = (
    "c.id > :after AND (c.consent IS NULL OR c.consent) AND c.unsubscribed_at IS NULL AND c.bounced_at IS NULL"
    " AND c.objected_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.contact = c.id AND m.left_at IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM agenda a WHERE a.flow = 'nurture' AND a.kind = 'contact' AND a.id = c.id"
    " AND a.due_at <= :now)"
)
"""Contacts on no list who could and may be mailed, and whom no flow is about to look at."""
_LOST = Statement(
    f"SELECT c.id, o.id FROM contacts c JOIN opportunities o ON o.contact = c.id WHERE {_LEFT_ALONE}"
    " AND o.outcome IN ('lost', 'recycled') AND o.asleep_since IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM agenda a WHERE a.flow = 'nurture'"
    " AND a.kind = 'opportunity' AND a.id = o.id AND a.due_at <= :now)"
    f" ORDER BY c.id LIMIT {CHUNK}"
)
_SPOKEN_OF = Statement("SELECT DISTINCT flow, kind FROM watches")


class Violation(NamedTuple):
    """Something that got lost, or may: its kind, the subject (request/42), and what is wrong with it."""

    code: str
    subject: str
    message: str


def pages(conn: Connection, statement: Statement, start: object, **values: object) -> Iterator[tuple[Any, ...]]:
    """All rows of a statement that is read on from the first column of the last row."""
    after = start
    while rows := statement.rows(conn, after=after, **values):
        yield from rows
        after = rows[-1][0]


def requests(conn: Connection) -> Iterator[Violation]:
    """Requests that are neither open with desk, owner and deadline nor closed with outcome and reason."""
    for name, status, desk, owner, outcome, reason, deadline in pages(conn, _REQUESTS, ""):
        subject = f"request/{name}"
        if status == "open":
            yield from _lacking(subject, "open", {"desk": desk, "owner": owner, "deadline": deadline})
        elif status == "closed":
            yield from _lacking(subject, "closed", {"outcome": outcome, "reason": reason})
        else:
            yield Violation("request-without-status", subject, "has no status")


def opportunities(conn: Connection) -> Iterator[Violation]:
    """Opportunities that are neither open with stage, owner and deadline nor closed with outcome and reason.

    A deadline is wanted when the live rules speak of opportunities: who handles deals elsewhere has none here."""
    timed = any(kind == "opportunity" for _, kind in _SPOKEN_OF.rows(conn))
    for name, closed_at, stage, owner, outcome, reason, deadline in pages(conn, _OPPORTUNITIES, ""):
        subject = f"opportunity/{name}"
        if closed_at is not None:
            yield from _lacking(subject, "closed", {"outcome": outcome, "reason": reason})
            continue
        wanted = {"stage": stage, "owner": owner, "deadline": deadline or not timed}
        yield from _lacking(subject, "open", wanted)
        if outcome is not None:
            yield Violation("opportunity-without-end", subject, f"is {outcome} but has no moment at which it ended")


def contacts(conn: Connection, now: int) -> Iterator[Violation]:
    """Contacts of deals that were lost or recycled who are not in the marketing database and did not object.

    Asked only when the live rules have nurture rules about contacts or opportunities."""
    if not {("nurture", "contact"), ("nurture", "opportunity")} & set(_SPOKEN_OF.rows(conn)):
        return
    seen = ""
    for contact, deal in pages(conn, _LOST, "", now=now):
        if contact != seen:
            message = f"is on no list, though opportunity/{deal} was not won and nobody objected"
            yield Violation("contact-out-of-marketing", f"contact/{contact}", message)
        seen = contact


def _lacking(subject: str, state: str, wanted: dict[str, object]) -> Iterator[Violation]:
    kind = subject.partition("/")[0]
    for what, value in wanted.items():
        if not value:
            yield Violation(f"{kind}-without-{what}", subject, f"is {state} but has no {what}")
