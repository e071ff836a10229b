"""Activities: calls, visits, mails and site visits, and what they say of the subjects that they belong to."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from leadrelay.clock import Instant
from leadrelay.leads.effects import Change
from leadrelay.leads.fields import Value
from leadrelay.store.intake_writes import Upserted, record_changes
from leadrelay.store.raw import Statement, insert, listed, one_of, update
from leadrelay.store.schema import TABLES, activities
from leadrelay.store.wake import wake
from leadrelay.store.watches import ACTIVITY_FIELDS, Touched

COLUMNS = ("id", "at", "kind", "direction", "summary", "person", "contact", "account", "request", "opportunity")
BY_THEMSELVES = ("site_visit", "note")
"""Kinds that are no contact between people, so that they do not touch a request or opportunity."""

_CURRENT = Statement(select(*(activities.c[name] for name in COLUMNS)).where(one_of(activities.c.id, "ids")))
_INSERT = insert(activities, (*COLUMNS, "recorded_at"))
_UPDATE = update(activities, COLUMNS[1:])
_TOUCHED = {
    "request": Statement(
        "SELECT id, last_touched_at, first_response_at FROM requests WHERE id IN LISTED(:ids) ORDER BY id"
    ),
    "opportunity": Statement(
        "SELECT id, last_touched_at, NULL FROM opportunities WHERE id IN LISTED(:ids) ORDER BY id"
    ),
}


def upsert_activities(
    conn: Connection, rows: Iterable[Mapping[str, Value]], now: Instant, cause: str, history: bool = False
) -> Upserted:
    """Takes activities by id: at kind direction (in, out) summary person contact account request opportunity.

    Moves `last_touched_at` of their request and opportunity on, notes the first answer to a request, and wakes the
    contact's flows; in `history` nobody who sleeps is woken. What is still ahead of `now` touches nothing."""
    blank: dict[str, Any] = dict.fromkeys(COLUMNS)
    known: dict[str, dict[str, Any]] = {}
    given = list(rows)
    for row in _CURRENT.rows(conn, ids=listed(str(row["id"]) for row in given)):
        known[row[0]] = dict(zip(COLUMNS, row, strict=True))
    before = dict(known)
    unchanged = 0
    written: dict[str, dict[str, Any]] = {}
    for values in given:
        subject = str(values["id"])
        activity = {**known.get(subject, {**blank, "at": now, "kind": "note"}), **values}
        if activity == known.get(subject):
            unchanged += 1
            continue
        known[subject] = written[subject] = activity
    fresh = [one for subject, one in written.items() if subject not in before]
    moved = [one for subject, one in written.items() if subject in before]
    _INSERT.many(conn, [{**one, "recorded_at": now} for one in fresh])
    _UPDATE.many(conn, moved)
    _touch(conn, list(written.values()), now, cause, history)
    concerned = _concerned([*written.values(), *(before[str(one["id"])] for one in moved)])
    wake(conn, concerned, now, rouse=not history)
    return Upserted(len(fresh), len(moved), unchanged)


def _concerned(written: list[dict[str, Any]]) -> list[Touched]:
    """The contacts whose last visits and counts these change."""
    concerned = {
        Touched("contact", one["contact"], ACTIVITY_FIELDS[one["kind"]]): None
        for one in written
        if one["contact"] is not None and one["kind"] in ACTIVITY_FIELDS
    }
    return list(concerned)


def _touch(conn: Connection, written: list[dict[str, Any]], now: Instant, cause: str, history: bool) -> None:
    """What people did with requests and opportunities: when last, and when a request was first answered."""
    changes: list[Change] = []
    for kind in _TOUCHED:
        last: dict[str, int] = {}
        answered: dict[str, int] = {}
        for one in written:
            subject, at = one[kind], one["at"]
            if subject is None or at > now or one["kind"] in BY_THEMSELVES:
                continue
            last[subject] = max(at, last.get(subject, at))
            if one["direction"] == "out":
                answered[subject] = min(at, answered.get(subject, at))
        if last:
            changes += _moved_on(conn, kind, last, answered, cause)
    record_changes(conn, changes, now, history)


def _moved_on(
    conn: Connection, kind: str, last: Mapping[str, int], answered: Mapping[str, int], cause: str
) -> list[Change]:
    changes = []
    for subject, touched_at, answered_at in _TOUCHED[kind].rows(conn, ids=listed(last)):
        if touched_at is None or touched_at < last[subject]:
            changes.append(Change(kind, subject, "last_touched_at", touched_at, last[subject], cause))
        first = answered.get(subject)
        if "first_response_at" in TABLES[kind].c and first is not None and (answered_at is None or first < answered_at):
            changes.append(Change(kind, subject, "first_response_at", answered_at, first, cause))
    return changes
