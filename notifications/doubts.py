"""Messages whose sender was killed between the mark `sending` and the answer: nobody knows whether they arrived."""

from sqlalchemy import Connection, select, update

from leadrelay.clock import Instant
from leadrelay.store.holder import gone
from leadrelay.store.schema import messages
from notifications.message import State
from notifications.outbox import TROUBLE, expired
from notifications.verdicts import goes_again

WHY = "the sender was killed before the answer came"


def settle_doubts(conn: Connection, now: Instant, wall: Instant) -> int:
    """Settles what is `sending` under a lease that has expired or whose holder is gone, by its class: internal alerts
    go once more, mail to prospects is `unknown`. Returns how many there were."""
    found = select(messages.c.id, messages.c.to, messages.c.doubts, messages.c.lease, messages.c.lease_until)
    rows = conn.execute(found.where(TROUBLE, messages.c.state == State.SENDING.value)).all()
    left = [row for row in rows if expired(row.lease_until, wall) or gone(row.lease)]
    for row in left:
        again = goes_again(row.to, row.doubts)
        conn.execute(
            update(messages)
            .where(messages.c.id == row.id, messages.c.state == State.SENDING.value, messages.c.lease == row.lease)
            .values(
                state=(State.FAILED if again else State.UNKNOWN).value,
                error=f"{WHY}; sent once more with the same Message-ID" if again else WHY,
                not_before=now if again else 0,
                doubts=row.doubts + 1,
                settled_at=now,
                lease=None,
                lease_until=None,
            )
        )
    return len(left)
