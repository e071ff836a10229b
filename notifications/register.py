"""The outbox as people look at it: listing messages, showing one, and what a person may decide about one."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from leadrelay.clock import Instant
from leadrelay.errors import MessageGone, NotForThisMessage, UnknownMessage
from leadrelay.store.schema import messages
from notifications.message import BY_HAND, State

COLUMNS: tuple[str, ...] = (
    *("id", "at", "to", "channel", "language", "template", "subject", "urgency", "state", "reason", "planned", "error"),
    *("attempts", "doubts", "not_before", "sent_at", "settled_at", "address", "decision", "key"),
)
"""What is shown of a message; the lease is left out."""
OPEN = (State.PENDING, State.HELD, State.LEASED, State.SENDING, State.FAILED, State.DEAD, State.UNKNOWN)
"""The states that a list shows when nobody asks for others: what has not come to a good end."""
CAN_RETRY = (State.FAILED, State.DEAD, State.UNKNOWN, State.SUPPRESSED, State.HELD)
CAN_SETTLE: Mapping[State, tuple[State, ...]] = {
    State.SENT: (State.UNKNOWN,),
    State.DEAD: (State.UNKNOWN, State.FAILED, State.PENDING, State.HELD, State.DEAD),
}
"""What may be settled as what: nobody can say that a message arrived which has not been sent."""

_SAID = {State.SENT: "it arrived", State.DEAD: "it need not arrive"}
_SELECTED = tuple(messages.c[name] for name in COLUMNS)
Row = Mapping[str, Any]


def listed(conn: Connection, states: Sequence[State], limit: int) -> list[Row]:
    """The newest messages in these states, newest first."""
    wanted = select(*_SELECTED).where(messages.c.state.in_([one.value for one in states]))
    return [dict(row) for row in conn.execute(wanted.order_by(messages.c.id.desc()).limit(limit)).mappings()]


def shown(conn: Connection, number: int) -> Row:
    """One message. Raises UnknownMessage."""
    row = conn.execute(select(*_SELECTED).where(messages.c.id == number)).mappings().first()
    if row is None:
        raise UnknownMessage(number=number)
    return dict(row)


def retry(conn: Connection, number: int, now: Instant) -> Row:
    """Sends a message again at the next delivery, as if it were new; a mail that may have arrived may arrive twice.

    Raises UnknownMessage, NotForThisMessage, MessageGone."""
    fresh = {"state": State.PENDING.value, "not_before": now, "attempts": 0, "error": None, "settled_at": None}
    return _changed(conn, number, CAN_RETRY, "be sent again", fresh)


def settle_by_hand(conn: Connection, number: int, as_what: State, now: Instant) -> Row:
    """Closes a message as `sent` (somebody knows that it arrived) or `dead` (it need not arrive any more), and so that
    no alarm speaks of it again. Raises UnknownMessage, NotForThisMessage, MessageGone."""
    values = {"state": as_what.value, "error": f"{BY_HAND}: {_SAID[as_what]}", "settled_at": now}
    return _changed(conn, number, CAN_SETTLE[as_what], f"be settled as {as_what.value}", values)


def _changed(conn: Connection, number: int, states: Sequence[State], what: str, values: Mapping[str, Any]) -> Row:
    """Writes `values` if the message is in one of `states`, and has not moved on in the meantime."""
    before = shown(conn, number)
    if before["state"] not in states:
        raise NotForThisMessage(number=number, state=before["state"], what=what)
    written = update(messages).where(messages.c.id == number, messages.c.state == before["state"]).values(**values)
    if conn.execute(written.returning(messages.c.id)).first() is None:
        raise MessageGone(number=number)
    return shown(conn, number)
