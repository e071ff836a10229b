"""What the simulated years came to: figures per quarter, and the audit of every day."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from leadrelay.clock import HOUR, Instant, instant_of
from leadrelay.commands.common import table
from leadrelay.store.raw import Statement
from simulation.life import Life
from simulation.looks import START

QUARTER = 91
_WITHIN = "{0} >= :start AND {0} < :end"
_CLOSED, _SENT = _WITHIN.format("closed_at"), "mail = key AND state = 'sent' AND " + _WITHIN.format("sent_at")
_COUNTED = {
    "requests": f"count(*) FROM requests WHERE {_WITHIN.format('received_at')}",
    "of known accounts": f"count(*) FROM requests WHERE match = 'same' AND {_WITHIN.format('received_at')}",
    "in doubt": f"count(*) FROM history WHERE field = 'triage' AND new = '\"doubt\"' AND {_WITHIN.format('at')}",
    "orders": f"count(*) FROM requests WHERE outcome = 'order' AND {_CLOSED}",
    "to marketing": f"count(*) FROM requests WHERE outcome = 'marketing' AND {_CLOSED}",
    "opportunities": f"count(*) FROM opportunities WHERE {_WITHIN.format('created_at')}",
    "won": f"count(*) FROM opportunities WHERE outcome = 'won' AND {_CLOSED}",
    "lost": f"count(*) FROM opportunities WHERE outcome = 'lost' AND {_CLOSED}",
    "recycled": f"count(*) FROM opportunities WHERE outcome = 'recycled' AND {_CLOSED}",
    "won, thousands": "coalesce(sum(expected_value), 0) / 100000 FROM opportunities"
    f" WHERE outcome = 'won' AND {_CLOSED}",
    "mails": f"count(*) FROM messages WHERE {_SENT}",
    "of them to the director": f"count(*) FROM messages WHERE \"to\" = 'director' AND {_SENT}",
}
_ANSWERS = Statement(
    "SELECT first_response_at - received_at FROM requests WHERE first_response_at IS NOT NULL"
    " AND received_at >= :start AND received_at < :end ORDER BY 1"
)
_OPEN = Statement(
    "SELECT (SELECT count(*) FROM requests WHERE status = 'open'),"
    " (SELECT count(*) FROM opportunities WHERE closed_at IS NULL), (SELECT count(*) FROM decisions)"
)
_HISTORY = Statement("SELECT at, subject, field, old, new, cause FROM history ORDER BY id")


def text(life: Life, days: int, seconds: float) -> str:
    """Everything that came of it, for people to read."""
    with life.project.database.read() as conn:
        quarters = [_quarter(conn, start, min(start + QUARTER, days)) for start in range(0, days, QUARTER)]
        still, deals, decisions = _OPEN.rows(conn)[0]
        digest = fingerprint(conn)
    names = [*_COUNTED, "hours to an answer (median)", "hours to an answer (p95)"]
    rows = [(name, *(quarter[place] for quarter in quarters)) for place, name in enumerate(names)]
    lines = [
        table(rows, ("", *(f"Q{number + 1}" for number in range(len(quarters))))),
        "",
        f"{days} days in {seconds:.0f} s; {decisions} decisions; open at the end: {still} requests, {deals} deals.",
        f"History: {digest} (the same for the same seed).",
    ]
    for day, found in list(life.violations.items())[:5]:
        lines += [f"day {day}: {one.subject} {one.message} [{one.code}]" for one in found[:5]]
    clean = days - len(life.violations)
    return "\n".join([*lines, f"Audit: clean on {clean} of {days} days."])


def fingerprint(conn: Connection) -> str:
    """A digest of all of history."""
    digest = hashlib.blake2b(digest_size=8)
    for row in _HISTORY.rows(conn):
        digest.update(repr(row).encode())
    return digest.hexdigest()


def _quarter(conn: Connection, first: int, last: int) -> list[object]:
    span = {"start": _at(first), "end": _at(last)}
    counts: list[object] = [Statement(f"SELECT {one}").rows(conn, **span)[0][0] for one in _COUNTED.values()]
    waits = [row[0] / HOUR for row in _ANSWERS.rows(conn, **span)]
    return [*counts, _part(waits, 0.5), _part(waits, 0.95)]


def _at(day: int) -> Instant:
    return instant_of(START + timedelta(days=day))


def _part(values: Sequence[float], part: float) -> str:
    return f"{values[min(int(len(values) * part), len(values) - 1)]:.1f}" if values else ""
