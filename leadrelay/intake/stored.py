"""What the database already knows about the records of a chunk, read in a few queries."""

from collections.abc import Collection, Iterable, Mapping
from operator import itemgetter

import orjson
from sqlalchemy import Connection, select

from leadrelay.leads.fields import CORE, Value
from leadrelay.store.activities import COLUMNS as ACTIVITY_COLUMNS
from leadrelay.store.addresses import contacts_at
from leadrelay.store.history import EVERYTHING, of
from leadrelay.store.raw import Statement, listed, one_of
from leadrelay.store.schema import TABLES, activities, column_name, people

IMPORTED = "import "
"""What the cause of every change that a file made begins with."""

_NAMES: Mapping[str, tuple[str, ...]] = {
    **{
        kind: tuple(one.name for one in CORE if one.entity == kind and (one.name == "id" or not one.derived))
        for kind in TABLES
    },
    "activity": ACTIVITY_COLUMNS,
    "person": ("id", "name", "email", "roles", "pools", "manager", "language", "active"),
}
_SOURCES = {**TABLES, "activity": activities, "person": people}
_ROWS = {
    kind: Statement(
        select(
            *(table.c[column_name(name)] for name in _NAMES[kind]), *([table.c.extra] if kind in TABLES else [])
        ).where(one_of(table.c.id, "ids"))
    )
    for kind, table in _SOURCES.items()
}
_BY_DOMAIN = Statement("SELECT id FROM accounts WHERE lower(domain) IN LISTED(:given)")
_BY_NAME = Statement("SELECT id FROM accounts WHERE lower(name) IN LISTED(:given)")

_THERE = {kind: Statement(f"SELECT id FROM {table.name} WHERE id IN LISTED(:given)") for kind, table in TABLES.items()}


def records(conn: Connection, kind: str, ids: Collection[str]) -> dict[str, dict[str, Value]]:
    """The records of a kind with these ids: their values by field name, blanks as None, own fields as `extra.NAME`."""
    names = _NAMES[kind]
    found: dict[str, dict[str, Value]] = {}
    rows = _ROWS[kind].rows(conn, ids=listed(ids)) if ids else []
    for row in sorted(rows, key=itemgetter(0)):  # here, for SQLite would read the whole table in order instead
        values: dict[str, Value] = dict(zip(names, row, strict=False))
        if kind in TABLES and row[-1] != "{}":
            values.update((f"extra.{name}", _value(value)) for name, value in orjson.loads(row[-1]).items())
        if kind == "person":
            values.update({name: tuple(orjson.loads(str(values[name]))) for name in ("roles", "pools")})
        found[str(row[0])] = values
    return found


def there(conn: Connection, kind: str, ids: Collection[str]) -> set[str]:
    """Which of these ids a record of the kind has."""
    return _ids(conn, _THERE[kind], ids) if ids else set()


def contacts_with(conn: Connection, emails: Collection[str]) -> set[str]:
    """The ids of contacts with the mailbox of one of these e-mail addresses, however they are written."""
    return set(contacts_at(conn, emails))


def accounts_with(conn: Connection, domains: Collection[str], names: Collection[str]) -> set[str]:
    """The ids of accounts with one of these domains or names (small letters)."""
    return _ids(conn, _BY_DOMAIN, domains) | _ids(conn, _BY_NAME, names)


def last_imported(conn: Connection, subjects: Iterable[str]) -> dict[str, dict[str, Value]]:
    """What files last said about these subjects ('request/42'), by field; first values count as said by a file."""
    said: dict[str, dict[str, Value]] = {}
    for subject, rows in of(conn, subjects).items():
        fields = said.setdefault(subject, {})
        for row in rows:
            new = None if row.new is None else orjson.loads(row.new)
            if row.field == EVERYTHING:
                fields.update((name, _value(value)) for name, value in (new or {}).items())
            elif row.cause.startswith(IMPORTED):
                fields[row.field] = _value(new)
    return said


def _ids(conn: Connection, statement: Statement, given: Collection[str]) -> set[str]:
    return {str(row[0]) for row in statement.rows(conn, given=listed(sorted(given)))} if given else set()


def _value(value: object) -> Value:
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]
