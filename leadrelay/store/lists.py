"""Nurture lists: which contact is on which, and joining them."""

from collections.abc import Iterable

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.effects import Change, Joining
from leadrelay.store.raw import Statement, listed

_CURRENT = Statement(
    "SELECT contact, list FROM memberships"
    " WHERE contact IN LISTED(:contacts) AND left_at IS NULL ORDER BY contact, list"
)
_JOIN = Statement(
    "INSERT INTO memberships (contact, list, joined_at, reason) VALUES (:contact, :list, :at, :reason)"
    " ON CONFLICT (contact, list)"
    " DO UPDATE SET joined_at = excluded.joined_at, reason = excluded.reason, left_at = NULL"
    " WHERE memberships.left_at IS NOT NULL"
)
_LEAVE = Statement("UPDATE memberships SET left_at = :at WHERE contact = :contact AND list = :list AND left_at IS NULL")


def lists_of(conn: Connection, contacts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The lists that these contacts are on, by contact and in order of name; contacts on none are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for contact, name in _CURRENT.rows(conn, contacts=listed(contacts)):
        found[contact] = (*found.get(contact, ()), name)
    return found


def join(conn: Connection, joinings: Iterable[Joining], now: Instant) -> list[Change]:
    """Puts contacts on lists; returns the changes of `contact.lists`, none for those who were on it already."""
    wanted = list(joinings)
    current = lists_of(conn, {one.contact for one in wanted}) if wanted else {}
    changes, rows = [], []
    for one in wanted:
        old = current.get(one.contact, ())
        if one.list not in old:
            current[one.contact] = tuple(sorted((*old, one.list)))
            changes.append(Change("contact", one.contact, "lists", old or None, current[one.contact], one.cause))
            rows.append({"contact": one.contact, "list": one.list, "at": now, "reason": one.reason})
    _JOIN.many(conn, rows)
    return changes


def leave(conn: Connection, contact: str, name: str, cause: str, now: Instant) -> list[Change]:
    """Takes a contact off a list; returns the change of `contact.lists`, none for one who was not on it."""
    old = lists_of(conn, [contact]).get(contact, ())
    if name not in old:
        return []
    _LEAVE.run(conn, contact=contact, list=name, at=now)
    left = tuple(one for one in old if one != name)
    return [Change("contact", contact, "lists", old, left or None, cause)]
