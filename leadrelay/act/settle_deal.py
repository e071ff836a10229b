"""Settles which running deal a request is about: by evidence just before triage looks, by a person where in doubt."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.errors import NoDoubt, UnknownSubject
from leadrelay.leads.effects import Change
from leadrelay.leads.fields import Value
from leadrelay.matching.deals import DOUBT, NONE, PERSON, SAME, Meant, Weighed, meant
from leadrelay.store import deal_matches
from leadrelay.store.intake_writes import record_changes, stored_of
from leadrelay.store.raw import Statement
from leadrelay.store.running_deals import RunningDeals

CAUSE = "matching"
"""What history says of deals that were found by evidence."""
_DUE = Statement(
    "SELECT r.id FROM agenda a JOIN requests r ON r.id = a.id WHERE a.flow = :flow AND a.kind = 'request'"
    " AND a.due_at <= :now AND r.status = 'open' AND r.triage IS NULL ORDER BY a.due_at, a.id LIMIT :limit"
)
_IN_DOUBT = Statement(
    "SELECT request FROM deal_matches d JOIN requests r ON r.id = d.request WHERE d.answer = 'doubt'"
    " AND d.settled_at IS NULL AND r.status = 'open' AND r.triage = 'doubt' AND r.deal_match = 'doubt' ORDER BY request"
)


def unjudged(conn: Connection, flow: str, now: Instant, limit: int) -> list[str]:
    """The requests that a flow is about to look at and triage has not judged."""
    return [row[0] for row in _DUE.rows(conn, flow=flow, now=now, limit=limit)]


def in_doubt(conn: Connection) -> list[str]:
    """The ids of the open requests whose deal is in doubt and that nobody has settled."""
    return [row[0] for row in _IN_DOUBT.rows(conn)]


def weigh(conn: Connection, requests: Iterable[str], now: Instant) -> int:
    """Weighs anew which deals these requests are about, as far as nobody has settled it; returns how many changes that
    made. A request while no deal runs says nothing of one."""
    stored = stored_of(conn, "request", set(requests))
    if not stored:
        return 0
    before = deal_matches.of(conn, stored)
    around = RunningDeals(conn, stored.values())
    kept: dict[str, Meant] = {}
    changes: list[Change] = []
    for request, values in stored.items():
        known = before.get(request)
        if known is not None and known.settled_at is not None:
            continue
        named = known is None and values.get("deal") is not None
        found = _given(conn, values) if named else meant(*around.asked_by(values))
        if known is None and found.answer == NONE:
            continue
        if known is None or (known.answer, known.deal, known.weighed) != (found.answer, found.deal, found.weighed):
            kept[request] = found
            changes += _changes(values, {**found.fields(), **_again(values, found)}, CAUSE)
    deal_matches.keep(conn, kept, now)
    return record_changes(conn, changes, now)


def settle(conn: Connection, request: str, deal: str | None, person: str, now: Instant) -> None:
    """A person says which deal a request is about, or (None) that it is about none that runs.

    A triage that was in doubt is done anew. Raises UnknownSubject, NoDoubt."""
    subject, cause = f"request/{request}", f"person {person}"
    values = stored_of(conn, "request", {request}).get(request)
    if values is None:
        raise UnknownSubject(subject=subject)
    match = deal_matches.of(conn, [request]).get(request)
    if match is None or match.answer != DOUBT:
        raise NoDoubt(subject=subject, why="which deal it is about left none")
    if deal is not None and deal not in stored_of(conn, "opportunity", {deal}):
        raise UnknownSubject(subject=f"opportunity/{deal}")
    what = f"opportunity/{deal}" if deal is not None else NONE
    if not deal_matches.settle(conn, request, what, person, now):
        raise NoDoubt(subject=subject, why=f"{match.settled_by} has settled it as {match.settled_as}")
    found = _given(conn, {**values, "deal": deal}) if deal is not None else Meant(NONE)
    fields = {**found.fields(), **_again(values, found)}
    record_changes(conn, _changes(values, fields, cause), now)


def _again(values: Mapping[str, Value], found: Meant) -> dict[str, Value]:
    """A triage that was in doubt is done anew when the deal is no longer."""
    return {"triage": None} if values.get("triage") == DOUBT and found.answer != DOUBT else {}


def _given(conn: Connection, values: dict[str, Value]) -> Meant:
    """The deal that somebody, or another system, named."""
    deal = str(values["deal"])
    owner = stored_of(conn, "opportunity", {deal}).get(deal, {}).get("owner")
    said = (("given", "it was named"),)
    return Meant(SAME, deal, (Weighed(deal, PERSON, owner if isinstance(owner, str) else None, said, True),))


def _changes(values: Mapping[str, Value], fields: Mapping[str, Value], cause: str) -> list[Change]:
    request = str(values["id"])
    return [Change("request", request, name, values.get(name), value, cause) for name, value in fields.items()]
