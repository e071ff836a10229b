"""The alarm to ops about messages that do not go on by themselves: dead, or nobody knows whether they arrived.

One alarm per episode of trouble. It begins with the first such message, and ends when all are settled or retried; while
it lasts there is an alarm a day at most, and only about something new. Alarms are no trouble themselves."""

from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy import func as sql

from leadrelay.clock import HOUR, Instant
from leadrelay.leads.team import Team
from leadrelay.rulebook.filters import clean
from leadrelay.rulebook.words import LANGUAGES
from leadrelay.store.schema import messages
from leadrelay.store.tell_ops import last_told, tell_ops
from notifications.message import State
from notifications.outbox import SETTLED_BY_HAND, TROUBLE

TEMPLATE: Final = "delivery_alarm"
DAY = 24 * HOUR
_REASONS = 3


def raise_alarm(conn: Connection, team: Team, language: str, now: Instant) -> int:
    """Puts an alarm to everybody in ops into the outbox if one is called for; how many people that is."""
    since = sql.coalesce(messages.c.settled_at, messages.c.at)
    troubled = (TROUBLE, messages.c.state != State.SENDING, messages.c.template != TEMPLATE, ~SETTLED_BY_HAND)
    oldest, newest, first = conn.execute(
        select(sql.min(since), sql.max(since), sql.min(messages.c.id)).where(*troubled)
    ).one()
    if newest is None or not _called_for(oldest, newest, last_told(conn, TEMPLATE), now):
        return 0
    counted = select(messages.c.state, messages.c.error, sql.count()).where(*troubled)
    rows = conn.execute(counted.group_by(messages.c.state, messages.c.error).order_by(sql.count().desc())).all()
    reason = _reason([(row[0], row[1] or "", row[2]) for row in rows])
    return tell_ops(conn, team, language, TEMPLATE, f"{first}|{newest}", dict.fromkeys(LANGUAGES, reason), now)


def _called_for(oldest: Instant, newest: Instant, last: Instant | None, now: Instant) -> bool:
    """Whether there is something new, and either the former trouble is over or its last alarm was a day ago."""
    if last is None:
        return True
    return newest > last and (oldest > last or now - last >= DAY)


def _reason(rows: list[tuple[str, str, int]]) -> str:
    """'3 dead, 1 unknown: an has no e-mail address (2); …'."""
    totals = [
        f"{total} {state}"
        for state in (State.DEAD.value, State.UNKNOWN.value)
        if (total := sum(count for one, _, count in rows if one == state))
    ]
    whys = [f"{clean(error, 160)} ({count})" for _, error, count in rows[:_REASONS]]
    more = "; …" if len(rows) > _REASONS else ""
    return f"{', '.join(totals)}: {'; '.join(whys)}{more}"
