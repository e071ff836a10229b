"""Nurture lists: which contact is on which, joining and leaving them; every change is kept in a journal."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.effects import Change, Joining, Leaving
from leadrelay.store.raw import Statement, insert, listed
from leadrelay.store.schema_nurture import list_changes

_CURRENT = Statement(
    "SELECT contact, list FROM memberships"
    " WHERE contact IN LISTED(:contacts) AND left_at IS NULL ORDER BY contact, list"
)
_JOIN = Statement(
    "INSERT INTO memberships (contact, list, joined_at, reason, cause) VALUES (:contact, :list, :at, :reason, :cause)"
    " ON CONFLICT (contact, list) DO UPDATE SET joined_at = excluded.joined_at, reason = excluded.reason,"
    " cause = excluded.cause, left_at = NULL, left_reason = NULL WHERE memberships.left_at IS NOT NULL"
)
_LEAVE = Statement(
    "UPDATE memberships SET left_at = :at, left_reason = :reason"
    " WHERE contact = :contact AND list = :list AND left_at IS NULL"
)
_JOURNAL = insert(list_changes, ("at", "contact", "list", "what", "reason", "cause"))
_LISTS = Statement(
    "SELECT list, sum(CASE WHEN left_at IS NULL THEN 1 ELSE 0 END), sum(CASE WHEN left_at IS NULL THEN 0 ELSE 1 END),"
    " min(CASE WHEN left_at IS NULL THEN joined_at END), max(joined_at) FROM memberships GROUP BY list ORDER BY list"
)
_MEMBERS = Statement(
    "SELECT m.contact, c.name, c.email, m.joined_at, m.reason, m.cause FROM memberships m"
    " LEFT JOIN contacts c ON c.id = m.contact WHERE m.list = :list AND m.left_at IS NULL"
    " ORDER BY m.joined_at, m.contact"
)
JOINED, LEFT = "joined", "left"
"""What the journal says happened."""


class Size(NamedTuple):
    """A list: how many are on it, how many left it, since when its longest and newest members are on it."""

    name: str
    members: int
    left: int
    oldest_at: Instant | None
    newest_at: Instant


class Member(NamedTuple):
    """A contact on a list: since when, why, and what put it there (a decision's key, `person ines`)."""

    contact: str
    name: str | None
    email: str | None
    joined_at: Instant
    reason: str
    cause: str | None


def lists_of(conn: Connection, contacts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The lists that these contacts are on, by contact and in order of name; contacts on none are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for contact, name in _CURRENT.rows(conn, contacts=listed(contacts)):
        found[contact] = (*found.get(contact, ()), name)
    return found


def sizes(conn: Connection) -> list[Size]:
    """Every list that ever had a member, by name."""
    return [Size(name, int(on), int(off), oldest, newest) for name, on, off, oldest, newest in _LISTS.rows(conn)]


def members(conn: Connection, name: str) -> list[Member]:
    """Who is on a list now, the longest first."""
    return [Member(*row) for row in _MEMBERS.rows(conn, list=name)]


def move(conn: Connection, moves: Iterable[Joining | Leaving], now: Instant) -> list[Change]:
    """Puts contacts on lists and takes them off, in this order; returns the changes of `contact.lists`.

    Nothing changes for who joins a list that it is on, or leaves one that it is not on."""
    wanted = list(moves)
    current = lists_of(conn, {one.contact for one in wanted}) if wanted else {}
    changes: list[Change] = []
    journal: list[dict[str, object]] = []
    for one in wanted:
        old, joins = current.get(one.contact, ()), isinstance(one, Joining)
        if (one.list in old) is joins:
            continue
        new = tuple(sorted((*old, one.list))) if joins else tuple(name for name in old if name != one.list)
        current[one.contact] = new
        changes.append(Change("contact", one.contact, "lists", old or None, new or None, one.cause))
        journal.append({**one._asdict(), "at": now, "what": JOINED if joins else LEFT})
    for what, rows in groupby(journal, key=itemgetter("what")):
        (_JOIN if what == JOINED else _LEAVE).many(conn, [_only(what, row) for row in rows])
    _JOURNAL.many(conn, journal)
    return changes


def _only(what: object, row: Mapping[str, object]) -> dict[str, object]:
    """What the statement for this change needs: SQLite refuses names that it does not know."""
    names = ("contact", "list", "at", "reason", "cause") if what == JOINED else ("contact", "list", "at", "reason")
    return {name: row[name] for name in names}


def join(conn: Connection, joinings: Iterable[Joining], now: Instant) -> list[Change]:
    """Puts contacts on lists; returns the changes of `contact.lists`, none for those who were on it already."""
    return move(conn, joinings, now)


def leave(conn: Connection, contact: str, name: str, cause: str, now: Instant, reason: str = "") -> list[Change]:
    """Takes a contact off a list; returns the change of `contact.lists`, none for one who was not on it."""
    return move(conn, [Leaving(contact, name, reason or cause, cause)], now)
