"""Changes of what belongs to an opportunity (its quotes, deciders and team) in its history, as its derived fields."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import Value
from leadrelay.store import history
from leadrelay.store.facts import Reader
from leadrelay.store.history import Entry
from leadrelay.store.wake import wake
from leadrelay.store.watches import Touched

FIELDS = (
    *("deciders", "contact_roles", "team"),
    *("quote_status", "quote_total", "quote_discount", "approver", "approval_due_at", "approval_manager"),
)
"""The derived fields of an opportunity that its own tables decide."""
_READER = Reader("opportunity", Slots.of(f"opportunity.{name}" for name in ("id", *FIELDS)))


@contextmanager
def noted(conn: Connection, opportunity: str, now: Instant, cause: str) -> Iterator[None]:
    """What is done to the opportunity's quotes and people inside goes to its history, and wakes the rules on it."""
    before = _read(conn, opportunity, now)
    yield
    after = _read(conn, opportunity, now)
    changed = [name for name in FIELDS if before[name] != after[name]]
    subject = f"opportunity/{opportunity}"
    history.append(conn, now, [Entry(subject, name, before[name], after[name], cause) for name in changed])
    if changed:
        wake(conn, [Touched("opportunity", opportunity, frozenset(changed))], now)


def _read(conn: Connection, opportunity: str, now: Instant) -> dict[str, Value]:
    (row,) = _READER.of(conn, [opportunity], now)
    return dict(zip(("id", *FIELDS), row, strict=True))
