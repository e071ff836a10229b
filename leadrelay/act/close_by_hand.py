"""A person closes a request or an opportunity: its outcome with the reason, once and for all."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from leadrelay.act.moving import leaving
from leadrelay.act.person import Doer
from leadrelay.clock import Instant
from leadrelay.errors import NotSo, UnknownSubject
from leadrelay.leads.effects import StageMove
from leadrelay.leads.fields import OPPORTUNITY_OUTCOMES, Value
from leadrelay.store import stage_moves
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import stored_of, upsert

OUTCOMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"request": ("order", "follow_up", "archived"), "opportunity": OPPORTUNITY_OUTCOMES}
)
"""How a person may close each. A request ends in sales or marketing by the rules that make the opportunity or put the
contact on a list, so that nothing ends there without it."""


class Closed(Struct, frozen=True):
    """What was closed, and how."""

    subject: str
    outcome: str
    reason: str


def close(database: Database, subject: str, outcome: str, reason: str, doer: Doer, now: Instant) -> Closed:
    """Closes it. Raises UnknownSubject, and NotSo when it is closed already or cannot be closed so."""
    kind, _, name = subject.partition("/")
    known = OUTCOMES.get(kind, ())
    if outcome not in known:
        what = f"cannot be closed as '{outcome}'"
        remedy = f"By hand it is {', '.join(known)}." if known else "Only requests and opportunities are closed."
        raise NotSo(subject=subject, what=what, remedy=remedy)
    if not reason.strip():
        raise NotSo(subject=subject, what="is closed for a reason only", remedy='Add --reason "why".')
    with database.begin() as conn:
        values = stored_of(conn, kind, {name}).get(name)
        if values is None:
            raise UnknownSubject(subject=subject)
        if values.get("status") == "closed" or values.get("closed_at") is not None:
            what = f"is closed already, as {values.get('outcome')}"
            raise NotSo(subject=subject, what=what, remedy="What is closed stays so; a later one is new.")
        closing: dict[str, Value] = {"outcome": outcome, "reason": reason, "closed_at": now, "last_touched_at": now}
        if kind == "request":
            closing["status"] = "closed"
        upsert(conn, kind, [{**closing, "id": name}], now, doer.cause)
        if (move := leaving(outcome)) is not None and kind == "opportunity":
            stage = values.get("stage")
            before = stage if isinstance(stage, str) else None
            stage_moves.record(conn, [StageMove(name, before, outcome, move, doer.cause, reason)], now)
    return Closed(subject, outcome, reason)
