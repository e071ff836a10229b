"""Recognises the same question asked twice within minutes (M3), and lets a person say that it is one of its own."""

from collections.abc import Iterable

from sqlalchemy import Connection

from leadrelay.clock import MINUTE, Instant
from leadrelay.errors import NoDoubt, UnknownSubject
from leadrelay.leads.effects import Change
from leadrelay.leads.fields import Value
from leadrelay.matching.policy import MatchPolicy
from leadrelay.matching.repeats import Question, repeated
from leadrelay.store.intake_writes import record_changes, stored_of
from leadrelay.store.raw import Statement, listed

CAUSE = "matching"
"""What history says of repeats that were recognised."""
_NEAR = Statement(
    "SELECT r.id, o.id, o.received_at, o.summary, o.kind, o.product FROM requests r JOIN requests o"
    " ON o.contact = r.contact AND o.id <> r.id AND o.same_as IS NULL AND o.received_at <= r.received_at"
    " AND o.received_at >= r.received_at - :window WHERE r.id IN LISTED(:requests)"
)
_REOPENED = ("outcome", "reason", "closed_at", "same_as", "desk", "routed_at")


def recognise(conn: Connection, requests: Iterable[str], policy: MatchPolicy, now: Instant) -> int:
    """Links each of these requests that says again what the same person asked just before; returns how many."""
    names = list(requests)
    before = _before(conn, names, policy) if names and policy.repeat_minutes else {}
    stored = stored_of(conn, "request", set(before))
    linked: dict[str, str] = {}
    changes = []
    for values in sorted(stored.values(), key=lambda one: (one.get("received_at") or 0, str(one["id"]))):
        name = str(values["id"])
        if values.get("same_as") is not None or values.get("own_question"):
            continue
        others = [one for one in before[name] if one.request not in linked and (one.at, one.request) < _place(values)]
        first = repeated(_question(values), others, policy.repeat_minutes, policy.repeat_likeness)
        if first is not None:
            linked[name] = first.request
            changes.append(Change("request", name, "same_as", None, first.request, CAUSE))
    record_changes(conn, changes, now)
    return len(changes)


def part(conn: Connection, request: str, person: str, now: Instant) -> str:
    """A person says that a request is a question of its own after all: it is open again, as if it came now, and is not
    taken for the same once more. Returns what it was taken for. Raises UnknownSubject, NoDoubt."""
    subject = f"request/{request}"
    values = stored_of(conn, "request", {request}).get(request)
    if values is None:
        raise UnknownSubject(subject=subject)
    first = values.get("same_as")
    if first is None:
        raise NoDoubt(subject=subject, why="it was taken for no other one")
    fresh: dict[str, Value] = {**dict.fromkeys(_REOPENED), "status": "open", "own_question": True}
    cause = f"person {person}"
    changes = [Change("request", request, name, values.get(name), value, cause) for name, value in fresh.items()]
    record_changes(conn, changes, now)
    return str(first)


def _before(conn: Connection, names: list[str], policy: MatchPolicy) -> dict[str, list[Question]]:
    """What the askers of these requests asked just before each, by request."""
    found: dict[str, list[Question]] = {}
    window = policy.repeat_minutes * MINUTE
    for name, other, at, summary, kind, product in _NEAR.rows(conn, requests=listed(names), window=window):
        found.setdefault(name, []).append(Question(other, at, summary, kind, product))
    return found


def _place(values: dict[str, Value]) -> tuple[int, str]:
    at = values.get("received_at")
    return at if isinstance(at, int) else 0, str(values["id"])


def _question(values: dict[str, Value]) -> Question:
    said = (values.get(name) for name in ("summary", "kind", "product"))
    summary, kind, product = (one if isinstance(one, str) else None for one in said)
    return Question(str(values["id"]), _place(values)[0], summary, kind, product)
