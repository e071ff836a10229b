"""What comes in from files and payloads: written only where it differs from what is there, with history."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select

from leadrelay.clock import Instant
from leadrelay.leads.effects import Change
from leadrelay.leads.fields import CORE, Type, Value
from leadrelay.leads.mailbox import mailbox_of
from leadrelay.store import addresses, tasks
from leadrelay.store.changes import OWN, touched, write_changes, write_new
from leadrelay.store.history import EVERYTHING, Entry, append
from leadrelay.store.raw import Statement, insert, listed, one_of, update
from leadrelay.store.schema import TABLES, column_name, people
from leadrelay.store.wake import wake, wake_owned
from leadrelay.store.watches import Touched

Values = Mapping[str, Value]
"""A subject's values by field name (without its entity), `id` among them; own fields as `extra.NAME`."""

_STORED = {
    kind: [one for one in CORE if one.entity == kind and (not one.derived or one.name == "id")] for kind in TABLES
}
_CURRENT = {
    kind: Statement(
        select(*(table.c[column_name(one.name)] for one in _STORED[kind]), table.c.extra).where(
            one_of(table.c.id, "ids")
        )
    )
    for kind, table in TABLES.items()
}
_YES_NO = {kind: [one.name for one in fields if one.type is Type.YES_NO] for kind, fields in _STORED.items()}
_BEGINNINGS: dict[str, dict[str, Value]] = {"request": {"status": "open"}}
_SINCE = {"request": ("received_at",), "opportunity": ("created_at", "stage_since"), "contact": (), "account": ()}
"""Times that a new subject gets when it brings none of its own: now."""


SAME_ADDRESS = "suppression list"
"""The cause of what a new contact is by what its mailbox said before."""


class Upserted(NamedTuple):
    """How many rows brought a new subject, a change, or nothing new."""

    inserted: int = 0
    changed: int = 0
    unchanged: int = 0


def upsert(
    conn: Connection, kind: str, rows: Iterable[Values], now: Instant, cause: str, history: bool = False
) -> Upserted:
    """Takes rows about subjects of one kind, in order; fields that a row does not mention stay as they are, and None
    takes a value away.

    A new request is open and came in now unless it says otherwise; an opportunity whose stage changes has it since now
    unless the row says since when. Wakes every flow that it concerns; what is new in `history` sleeps."""
    given = list(rows) if kind != "contact" else addresses.held(conn, list(rows), cause)
    known = stored_of(conn, kind, {str(row["id"]) for row in given})
    new: dict[str, dict[str, Value]] = {}
    entries: list[Entry] = []
    changes: list[Change] = []
    unchanged = changed = 0
    for row in given:
        subject = str(row["id"])
        current = known.get(subject)
        if current is None:
            first = known[subject] = new[subject] = _first(kind, row, now)
            entries.append(Entry(f"{kind}/{subject}", EVERYTHING, None, _with_value(first), cause))
            continue
        found = _differences(kind, subject, current, row, now, cause)
        current.update((change.field, change.new) for change in found)
        entries += [Entry(f"{kind}/{subject}", one.field, one.old, one.new, cause) for one in found]
        changes += found
        changed, unchanged = (changed + 1, unchanged) if found else (changed, unchanged + 1)
    _write(conn, kind, new, [one for one in changes if one.id not in new], entries, now, history)
    return Upserted(len(new), changed, unchanged)


def record_changes(conn: Connection, changes: Iterable[Change], now: Instant, history: bool = False) -> int:
    """Writes changes that a person or another system made, with history, and wakes whom they concern; returns how many
    really change something."""
    real = [one for one in changes if one.old != one.new]
    entries = [Entry(f"{one.kind}/{one.id}", one.field, one.old, one.new, one.cause) for one in real]
    _write(conn, "", {}, real, entries, now, history)
    return len(real)


def _write(
    conn: Connection,
    kind: str,
    new: Mapping[str, Values],
    changes: list[Change],
    entries: list[Entry],
    now: Instant,
    history: bool,
) -> None:
    if new:
        write_new(conn, kind, new.values(), now if history else None)
    write_changes(conn, changes)
    append(conn, now, entries)
    keep_to_addresses(conn, new.keys() if kind == "contact" else (), changes, now)
    concerned, owners = touched(changes, {})
    followed = tasks.follow(conn, changes, now)
    wake(conn, [*(Touched(kind, subject) for subject in new), *concerned, *followed], now, rouse=not history)
    wake_owned(conn, owners, now, ["owner.open_count"])


def keep_to_addresses(
    conn: Connection, new: Iterable[str], changes: Iterable[Change], now: Instant, cause: str = SAME_ADDRESS
) -> None:
    """After new contacts and changes were written: every record of the same mailboxes becomes as strict as
    they are, and they as strict as what was said before."""
    mine = [one for one in changes if one.kind == "contact" and one.field in addresses.TELLING]
    causes = {one.id: one.cause for one in mine}
    fresh = list(new)
    bounced = {one.id for one in mine if one.field == "bounced_at" and one.new is not None}
    found = addresses.follow(conn, [*fresh, *causes], {*fresh, *bounced}, now)
    cause = next(iter(causes.values()), cause)
    if found:
        record_changes(conn, [one._replace(cause=causes.get(one.id, cause)) for one in found], now)


def suppress(conn: Connection, address: str, flag: str, at: Instant, cause: str, now: Instant) -> list[str]:
    """The mailbox of a written address objected, unsubscribed or bounced (`flag`) at a moment, whoever has it; returns
    the contacts that do."""
    contacts = addresses.suppress(conn, address, flag, at)
    found = addresses.follow(conn, contacts, (), now)
    record_changes(conn, [one._replace(cause=cause) for one in found], now)
    return contacts


def stored_of(conn: Connection, kind: str, ids: set[str]) -> dict[str, dict[str, Value]]:
    """The stored fields of these subjects, by id and field name; those that do not exist are left out."""
    names = [one.name for one in _STORED[kind]]
    found: dict[str, dict[str, Value]] = {}
    for *values, extra in _CURRENT[kind].rows(conn, ids=listed(ids)):
        current: dict[str, Value] = dict(zip(names, values, strict=True))
        if extra != "{}":
            own = orjson.loads(extra).items()
            current.update((OWN + name, tuple(value) if isinstance(value, list) else value) for name, value in own)
        found[str(current["id"])] = current
    return found


def _first(kind: str, row: Values, now: Instant) -> dict[str, Value]:
    """The first values of a new subject, with what every subject of its kind begins with."""
    first = {**_BEGINNINGS.get(kind, {}), **row}
    if first.get("status", "") is None:
        first["status"] = "open"
    for name in _SINCE[kind]:
        if first.get(name) is None:
            first[name] = first.get("created_at") or now
    return first


def _differences(
    kind: str, subject: str, current: Mapping[str, Value], row: Values, now: Instant, cause: str
) -> list[Change]:
    found = [
        Change(kind, subject, name, _old(kind, name, current.get(name)), value, cause)
        for name, value in row.items()
        if current.get(name) != value
    ]
    fields = {change.field for change in found}
    if kind == "contact" and "email" in fields and "bounced_at" not in row and current.get("bounced_at") is not None:
        before, after = (mailbox_of(str(one or "")) for one in (current.get("email"), row["email"]))
        if before != after:  # what came back is the address's, not the person's
            found.append(Change(kind, subject, "bounced_at", current["bounced_at"], None, cause))
    if "stage" in fields and "stage_since" not in row:
        found.append(Change(kind, subject, "stage_since", current.get("stage_since"), now, cause))
    return found


def _old(kind: str, name: str, value: Value) -> Value:
    """SQLite has 0 and 1 where facts have False and True."""
    return bool(value) if value is not None and name in _YES_NO[kind] else value


def _with_value(values: Values) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


_PEOPLE = ("id", "name", "email", "roles", "pools", "manager", "language", "active")
_ALL_PEOPLE = Statement(select(*(people.c[name] for name in _PEOPLE)))
_NEW_PERSON = insert(people, _PEOPLE)
_MOVE_PERSON = update(people, _PEOPLE[1:])
_BLANK: dict[str, Any] = {**dict.fromkeys(_PEOPLE), "roles": (), "pools": (), "active": True}


def upsert_people(conn: Connection, rows: Iterable[Values], now: Instant) -> Upserted:
    """Takes people by id: name email roles pools manager language active. The subjects they own are looked at again."""
    known = {row[0]: _person(dict(zip(_PEOPLE, row, strict=True))) for row in _ALL_PEOPLE.rows(conn)}
    before = dict(known)
    unchanged = 0
    given: dict[str, None] = {}
    for row in rows:
        subject = str(row["id"])
        person = {**known.get(subject, _BLANK), **row}
        person["name"] = person["name"] or subject
        unchanged += person == known.get(subject)
        known[subject] = person
        given[subject] = None
    fresh = [name for name in given if name not in before]
    moved = [name for name in given if name in before and known[name] != before[name]]
    _NEW_PERSON.many(conn, [_stored_person(known[name]) for name in fresh])
    _MOVE_PERSON.many(conn, [_stored_person(known[name]) for name in moved])
    wake_owned(conn, [*fresh, *moved], now)
    return Upserted(len(fresh), len(moved), unchanged)


def _person(row: dict[str, Any]) -> dict[str, Any]:
    lists = {name: tuple(orjson.loads(row[name])) for name in ("roles", "pools")}
    return {**row, **lists, "active": bool(row["active"])}


def _stored_person(person: Mapping[str, Any]) -> dict[str, Any]:
    lists = {name: orjson.dumps(person[name] or ()).decode() for name in ("roles", "pools")}
    return {**person, **lists, "active": person["active"] is not False}
