"""The outbox: messages are claimed under a lease that expires, and every later write is fenced by the lease's token.

    pending, failed --claim--> leased --settle--> sent | failed (again later) | dead | suppressed
    leased, and the lease has expired or its holder is gone --claim--> leased again
    leased --mark_sending--> sending --settle--> as above, or unknown
    sending, and the lease has expired or its holder is gone --doubts.py--> failed (once more) | unknown

A claim is no failure: a message whose holder was killed ten times is still as good as new. Messages are due by `now`,
which may be any moment; leases go by the machine's clock, `wall`.
"""

import zlib
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select, text, true, update

from leadrelay.clock import HOUR, MINUTE, Instant
from leadrelay.store.holder import gone
from leadrelay.store.leases import SKEW
from leadrelay.store.schema import messages
from notifications.message import BY_HAND, Message, State, Verdict

LEASE = 10 * MINUTE
"""How long a claim stands when its holder says nothing more."""
MOST_FAILURES = 8
"""After so many failures a message is dead."""
FIRST_WAIT = MINUTE
LONGEST_WAIT = 4 * HOUR

_COLUMNS = tuple(messages.c[name] for name in ("id", "key", "at", "to", "channel", "language", "template", "subject"))
_COLUMNS += tuple(messages.c[name] for name in ("urgency", "reason", "decision", "attempts", "doubts"))
# As a literal, because SQLite takes the partial index ix_messages_ready only for its own words.
_WAITING = text("state IN ('pending', 'failed', 'leased')")
TROUBLE = text("state IN ('sending', 'unknown', 'dead')")  # the words of ix_messages_trouble
SETTLED_BY_HAND = func.coalesce(messages.c.error, "").startswith(BY_HAND)
_HELD = text("state = 'held' AND mail IS NULL")  # as ix_messages_planned says it


def claim(
    conn: Connection, now: Instant, wall: Instant, limit: int, token: str, *, unplanned: bool = True
) -> list[Message]:
    """Takes at most `limit` messages that are due at `now`, the longest due first, for the holder of `token`; new ones
    only if they are planned, unless they may be `unplanned`.

    Two workers never get the same message: SQLite's units of work wait for each other, PostgreSQL skips locked rows."""
    free = _free(wall)
    ripe = true() if unplanned else or_(messages.c.state != State.PENDING, messages.c.mail.is_not(None))
    due = (
        select(messages.c.id)
        .where(_WAITING, free, messages.c.not_before <= now, ripe)
        .order_by(messages.c.not_before, messages.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(messages)
        .where(messages.c.id.in_(due.scalar_subquery()))
        .values(state=State.LEASED.value, lease=token, lease_until=wall + LEASE)
        .returning(*_COLUMNS)
    )
    return sorted((Message(*row) for row in conn.execute(taken)), key=lambda message: message.id)


def _free(wall: Instant) -> ColumnElement[bool]:
    """Under nobody's lease; one that goes on longer than any may is of a clock that has gone back since."""
    until = messages.c.lease_until
    return or_(messages.c.state != State.LEASED, until <= wall, until > wall + LEASE + SKEW)


def expired(until: Instant | None, wall: Instant) -> bool:
    """Whether a lease of a message has ended, by the same measure."""
    return not wall < (until or 0) <= wall + LEASE + SKEW


def in_trouble(conn: Connection) -> dict[State, int]:
    """How many messages are in each state of trouble, those aside that somebody has settled by hand."""
    grouped = select(messages.c.state, func.count()).where(TROUBLE, ~SETTLED_BY_HAND).group_by(messages.c.state)
    return {State(state): number for state, number in conn.execute(grouped)}


def first_ready(conn: Connection, wall: Instant) -> Instant | None:
    """The moment from which the longest due message is, or is to be planned again; those under somebody's lease count
    when it ends, or at once if its holder is gone."""
    free = _free(wall)
    ready = select(messages.c.not_before).where(_WAITING, free).order_by(messages.c.not_before).limit(1)
    held = select(messages.c.not_before).where(_HELD).order_by(messages.c.not_before).limit(1)
    watched = select(func.min(messages.c.watch_at)).where(messages.c.watch_at.is_not(None))
    found = [conn.execute(query).scalar() for query in (ready, held, watched)]
    sending = select(messages.c.lease, messages.c.lease_until).where(TROUBLE, messages.c.state == State.SENDING)
    found += [
        0 if gone(row.lease) or expired(row.lease_until, wall) else row.lease_until for row in conn.execute(sending)
    ]
    return min((int(one) for one in found if one is not None), default=None)


def count_ready(conn: Connection, now: Instant) -> int:
    """How many messages are due at `now`, those under a lease among them."""
    found = conn.execute(select(func.count()).select_from(messages).where(_WAITING, messages.c.not_before <= now))
    return int(found.scalar_one())


def reclaim(conn: Connection, wall: Instant) -> int:
    """Ends the leases of holders on this machine that no longer run; how many messages that freed."""
    held = select(messages.c.lease).where(messages.c.state == State.LEASED, messages.c.lease_until > wall).distinct()
    dead = [token for token in conn.execute(held.where(_WAITING)).scalars() if gone(token)]
    if not dead:
        return 0
    freed = update(messages).where(_WAITING, messages.c.state == State.LEASED, messages.c.lease.in_(dead))
    return int(conn.execute(freed.values(lease_until=wall)).rowcount)


_MARK = (
    update(messages)
    .where(
        messages.c.id == bindparam("message"),
        messages.c.lease == bindparam("token"),
        messages.c.state.in_((State.LEASED.value, State.SENDING.value)),
    )
    .values(state=State.SENDING.value, lease_until=bindparam("until"))
    .returning(messages.c.id)
)
_SETTLE = (
    update(messages)
    .where(
        messages.c.id == bindparam("message"),
        messages.c.lease == bindparam("token"),
        messages.c.state.in_((State.LEASED.value, State.SENDING.value)),
    )
    .values(
        state=bindparam("outcome"),
        address=bindparam("reached"),
        channel=func.coalesce(bindparam("way"), messages.c.channel),
        error=bindparam("why"),
        sent_at=bindparam("went"),
        not_before=bindparam("again"),
        attempts=bindparam("failures"),
        doubts=bindparam("doubted"),
        settled_at=bindparam("at_last"),
        lease=None,
        lease_until=None,
    )
    .returning(messages.c.id)
)


def mark_sending(conn: Connection, message: Message, token: str, wall: Instant) -> bool:
    """Writes down that a message is about to leave, and renews its lease; False when the lease has passed to another.
    Marking it again, for another way out, is no harm."""
    marked = conn.execute(_MARK, {"message": message.id, "token": token, "until": wall + LEASE}).first()
    return marked is not None


def settle(conn: Connection, verdicts: Iterable[Verdict], token: str, now: Instant | None = None) -> list[Verdict]:
    """Writes what became of messages; returns the verdicts that were refused: their lease had passed to another."""
    fenced = []
    for one in verdicts:
        written = conn.execute(
            _SETTLE,
            {
                "message": one.message.id,
                "token": token,
                "outcome": one.state.value,
                "reached": one.address,
                "way": one.channel,
                "why": one.error,
                "went": one.sent_at,
                "again": one.not_before,
                "failures": one.failures,
                "doubted": max(one.doubts, one.message.doubts),
                "at_last": now,
            },
        ).first()
        if written is None:
            fenced.append(one)
    return fenced


def failure(message: Message, error: str, now: Instant) -> Verdict:
    """The verdict on a message that could not be delivered this time: again after a while, or dead after too often."""
    failures = message.failures + 1
    if failures >= MOST_FAILURES:
        why = f"given up after {failures} failures; the last: {error}"
        return Verdict(message, State.DEAD, error=why, failures=failures)
    again = now + wait_after(failures, message.key)
    return Verdict(message, State.FAILED, error=error, not_before=again, failures=failures)


def wait_after(failures: int, key: str) -> int:
    """How long to wait after so many failures, in microseconds: twice as long each time, and up to a fifth more, by the
    message's key, so that a backlog does not come back all at once."""
    wait = min(FIRST_WAIT << min(failures - 1, 20), LONGEST_WAIT)
    return wait + wait * (zlib.crc32(key.encode()) % 1000) // 5000


def counts(conn: Connection, states: Sequence[State] = tuple(State)) -> dict[str, int]:
    """How many messages are in each of these states."""
    wanted = [state.value for state in states]
    grouped = select(messages.c.state, func.count()).where(messages.c.state.in_(wanted)).group_by(messages.c.state)
    return dict.fromkeys(wanted, 0) | {row[0]: row[1] for row in conn.execute(grouped)}
