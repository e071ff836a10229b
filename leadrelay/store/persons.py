"""Somebody outside the company, found by address: their contacts, requests, and the texts they are known by."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import orjson
from msgspec import Struct
from sqlalchemy import Connection, Table

from leadrelay.leads.mailbox import contact_id_made_of, mailbox_of
from leadrelay.store.addresses import boxes_of, contacts_at
from leadrelay.store.personal import ABOUT
from leadrelay.store.raw import Statement, listed
from leadrelay.store.tables import metadata

_MERGED = Statement(
    "SELECT kept, gone FROM merges WHERE kind = 'contact' AND undone_at IS NULL"
    " AND (kept IN LISTED(:ids) OR gone IN LISTED(:ids))"
)
_REQUESTS = Statement("SELECT id FROM requests WHERE contact IN LISTED(:ids) ORDER BY id")
_WHO = Statement("SELECT name, email, phone FROM contacts WHERE id IN LISTED(:ids)")
_WERE = Statement(
    "SELECT field, old, new FROM history WHERE subject IN LISTED(:subjects)"
    " AND field IN ('name', 'email', 'phone', '*')"
)
_SECOND = Statement("SELECT address FROM second_addresses WHERE contact IN LISTED(:ids) AND state = 'kept'")


class Person(Struct, frozen=True):
    """Somebody: the ids of their contacts and requests, and every address, name and number by which they are known."""

    mailbox: str
    contacts: tuple[str, ...]
    requests: tuple[str, ...]
    addresses: tuple[str, ...]
    names: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        """The same as subjects."""
        return (*(f"contact/{one}" for one in self.contacts), *(f"request/{one}" for one in self.requests))

    def ids(self, kind: str) -> Collection[str]:
        """What a column of this kind (personal.ABOUT) may hold of them."""
        return {"contact": self.contacts, "request": self.requests, "subject": self.subjects}[kind]


def person_at(conn: Connection, written: str) -> Person:
    """Who has the mailbox of a written address, also as a second one, with what was merged into them or they into."""
    ids = set(contacts_at(conn, [written]))
    while found := {one for row in _MERGED.rows(conn, ids=listed(ids)) for one in row} - ids:
        ids |= found
    contacts = tuple(sorted(ids))
    requests = tuple(str(row[0]) for row in _REQUESTS.rows(conn, ids=listed(contacts)))
    known: dict[str, dict[str, None]] = {"name": {}, "email": {written: None}, "phone": {}}
    for row in _WHO.rows(conn, ids=listed(contacts)):
        for field, value in zip(("name", "email", "phone"), row, strict=True):
            known[field][value or ""] = None
    for field, value in _formerly(conn, contacts):
        known[field][value] = None
    for row in _SECOND.rows(conn, ids=listed(contacts)):
        known["email"][row[0]] = None
    addresses, names, phones = (tuple(one for one in known[name] if one.strip()) for name in ("email", "name", "phone"))
    return Person(mailbox_of(written), contacts, requests, addresses, names, phones)


def _formerly(conn: Connection, contacts: Collection[str]) -> Iterator[tuple[str, str]]:
    """What they were called before."""
    for field, *values in _WERE.rows(conn, subjects=listed(f"contact/{one}" for one in contacts)):
        for text in filter(None, values):
            value = orjson.loads(text)
            given: Mapping[str, Any] = value if field == "*" and isinstance(value, dict) else {field: value}
            yield from ((name, given[name]) for name in ("name", "email", "phone") if isinstance(given.get(name), str))


def rows_about(conn: Connection, person: Person, table: Table) -> Iterator[dict[str, Any]]:
    """The rows of a table that are about somebody, in the order of its keys, by column."""
    links = ABOUT.get(table.name, ())
    names = table.columns.keys()
    keys = ", ".join(f'"{one.name}"' for one in table.primary_key.columns)
    which = " OR ".join(f'"{column}" IN LISTED(:{column})' for column, _ in links)
    if not which:
        return
    columns = ", ".join(f'"{name}"' for name in names)
    given = {column: listed(person.ids(kind)) for column, kind in links}
    found = Statement(f"SELECT {columns} FROM {table.name} WHERE {which} ORDER BY {keys}")
    for row in found.rows(conn, **given):
        yield dict(zip(names, row, strict=True))


def everything(conn: Connection, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that is about somebody, by table; tables without any are left out."""
    found = {table.name: list(rows_about(conn, person, table)) for table in metadata.sorted_tables}
    return {name: rows for name, rows in found.items() if rows}


class Taken:
    """Takes somebody's addresses, names and numbers, and ids made of them, out of texts; always with the same token."""

    def __init__(self, conn: Connection, person: Person) -> None:
        boxes = boxes_of(conn, person.addresses)
        self.token = f"forgotten-{boxes_of(conn, [person.mailbox])[person.mailbox][:12]}"
        self._addresses = _any_of(pattern for one in boxes for pattern in _spellings(one))
        made = {contact_id_made_of(one) for one in boxes} & set(person.contacts)
        self._ids = {one: f"forgotten-{place}-{self.token[10:]}" for place, one in enumerate(sorted(made), start=1)}
        self._made = _any_of(rf"(?<![\w-]){re.escape(one)}(?![\w-])" for one in self._ids)
        names = (one for one in (*person.names, *person.phones) if _is_telling(one))
        self._names = _any_of(rf"(?<!\w){re.escape(one)}(?!\w)" for one in names)
        self.needles = tuple({needle for one in boxes for needle in _needles(one)} | set(self._ids))

    def addresses(self, text: str) -> str:
        """The text without addresses and ids made of them."""
        text = self._addresses.sub(self.token, text) if self._addresses else text
        return self._made.sub(lambda found: self._ids[found[0]], text) if self._made else text

    def all(self, text: str) -> str:
        """Without names and numbers either, for what is about them."""
        text = self.addresses(text)
        return self._names.sub(self.token, text) if self._names else text


def _is_telling(text: str) -> bool:
    """A full name, or a number: a first name alone is half a language's words."""
    return len(text.split()) > 1 or sum(map(str.isdigit, text)) > 5


_END = r"(?![\w-])(?!\.(?!(?:csv|tsv|json|ndjson|xlsx|ods|eml|txt|pdf)\b)\w)"
"""Where an address ends: no longer domain follows, though a file may be called after an address."""


def _any_of(patterns: Iterator[str]) -> re.Pattern[str] | None:
    some = sorted(set(patterns), key=len, reverse=True)
    return re.compile("|".join(some), re.IGNORECASE) if some else None


def _spellings(written: str) -> Iterator[str]:
    """Patterns for an address as written and as one mailbox: its domain in letters and in ASCII, @ also as %40."""
    for one in {written.strip(), mailbox_of(written)}:
        local, _, domain = one.rpartition("@")
        forms = {domain, _in_letters(domain)}
        for form in forms if local else ():
            yield rf"(?<![\w.+-]){re.escape(local)}(?:@|%40){re.escape(form)}{_END}"


def _in_letters(domain: str) -> str:
    try:
        return domain.encode("ascii").decode("idna")
    except (UnicodeError, ValueError):
        return domain


def _needles(written: str) -> Iterator[str]:
    """What a text with this address has in it, in any spelling."""
    for one in {written.strip(), mailbox_of(written)}:
        local = one.rpartition("@")[0]
        if local:
            yield from (f"{local}@", f"{local}%40")
