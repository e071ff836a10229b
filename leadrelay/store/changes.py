"""New subjects and changed fields, written in batches: one prepared statement per kind and set of fields."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection

from leadrelay.leads.derived import postcode_number
from leadrelay.leads.effects import Change
from leadrelay.leads.fields import CORE, Value
from leadrelay.store.addresses import boxes_of
from leadrelay.store.match_index import file_changes, file_new
from leadrelay.store.raw import Statement, insert, listed, update
from leadrelay.store.schema import TABLES, column_name
from leadrelay.store.watches import COUNTED, OWNED, RUNNING, Touched

OWN = "extra."
"""What the names of the company's own fields begin with; they are kept together as JSON in the column `extra`."""

_COLUMNS = {one.name: column_name(one.name) for one in CORE if one.entity in TABLES and not one.derived}
_EXTRAS = {
    kind: Statement(f"SELECT id, extra FROM {table.name} WHERE id IN LISTED(:ids)") for kind, table in TABLES.items()
}
_INSERT = {kind: insert(table, table.columns.keys(), conflict="(id) DO NOTHING") for kind, table in TABLES.items()}
_EMPTY: dict[str, dict[str, Any]] = {
    kind: {**dict.fromkeys(table.columns.keys()), "extra": "{}"} for kind, table in TABLES.items()
}


def write_new(
    conn: Connection, kind: str, subjects: Iterable[Mapping[str, Value]], asleep_since: int | None = None
) -> None:
    """Inserts subjects, each its values by field name, `id` among them; one that is there already stays as it is.
    `asleep_since`: they are history since that moment."""
    empty, given = {**_EMPTY[kind], "asleep_since": asleep_since}, list(subjects)
    rows = [{**empty, **columns_of(values)} for values in given]
    _give_mailboxes(conn, kind, rows)
    _INSERT[kind].many(conn, rows)
    file_new(conn, kind, given)


def columns_of(values: Mapping[str, Value]) -> dict[str, Any]:
    """Values by field name as columns; own fields together as JSON, those without a value left out.

    KeyError: there is no such field, or it is derived."""
    columns: dict[str, Any] = {}
    own: dict[str, Value] = {}
    for name, value in values.items():
        column = _COLUMNS.get(name)
        if column is not None:
            columns[column] = value
        elif not name.startswith(OWN):
            raise KeyError(name)
        elif value is not None:
            own[name.removeprefix(OWN)] = value
    if own:
        columns["extra"] = orjson.dumps(own).decode()
    if "postcode" in columns:
        columns["postcode_number"] = postcode_number(columns["postcode"])
    return columns


def write_changes(conn: Connection, changes: Sequence[Change]) -> None:
    """Writes the new values; of several changes of one field the last one stays."""
    subjects: dict[tuple[str, str], dict[str, Value]] = {}
    for change in changes:
        subjects.setdefault((change.kind, change.id), {})[change.field] = change.new
    own = _own_fields(conn, subjects)
    groups: dict[tuple[str, tuple[str, ...]], list[dict[str, Any]]] = {}
    for (kind, subject), values in subjects.items():
        before = own.get((kind, subject))
        columns = columns_of(values) if before is None else {"extra": "{}", **columns_of({**before, **values})}
        groups.setdefault((kind, tuple(sorted(columns))), []).append({**columns, "id": subject})
    for (kind, _), rows in groups.items():
        _give_mailboxes(conn, kind, rows)
        _update(kind, tuple(sorted(rows[0].keys() - {"id"}))).many(conn, rows)
    file_changes(conn, changes)


def _give_mailboxes(conn: Connection, kind: str, rows: list[dict[str, Any]]) -> None:
    """Columns of contacts with an address get the mailbox that it stands for."""
    if kind == "contact" and rows and "email" in rows[0]:
        boxes = boxes_of(conn, [row["email"] for row in rows])
        for row in rows:
            row["mailbox"] = boxes.get(row["email"])


@lru_cache(maxsize=512)
def _update(kind: str, columns: tuple[str, ...]) -> Statement:
    return update(TABLES[kind], columns)


def _own_fields(
    conn: Connection, subjects: Mapping[tuple[str, str], Mapping[str, Value]]
) -> dict[tuple[str, str], dict[str, Value]]:
    """The own fields as they are now of the subjects of which some own field changes."""
    wanted: dict[str, list[str]] = {}
    for (kind, subject), values in subjects.items():
        if any(name.startswith(OWN) for name in values):
            wanted.setdefault(kind, []).append(subject)
    return {
        (kind, subject): {OWN + name: value for name, value in orjson.loads(extra).items()}
        for kind, ids in wanted.items()
        for subject, extra in _EXTRAS[kind].rows(conn, ids=listed(ids))
    }


def touched(changes: Iterable[Change], settled: Mapping[str, tuple[str, str]]) -> tuple[list[Touched], set[str]]:
    """What changes wake: their subjects, the contacts and accounts that lost one, and (apart) the owners that did.

    `settled`: by cause, the flow and the subject that it looked at while it decided this."""
    fields: dict[tuple[str, str, str], set[str]] = {}
    others: dict[Touched, None] = {}
    owners: set[str] = set()
    for kind, subject, name, old, _new, cause in changes:
        flow, looked_at = settled.get(cause, ("", ""))
        own = flow if looked_at == f"{kind}/{subject}" else ""
        fields.setdefault((kind, subject, own), set()).add(name)
        if not isinstance(old, str):
            continue
        if name == "owner" and kind in OWNED:
            owners.add(old)
        elif kind == "request" and name in COUNTED:
            others[Touched(name, old, COUNTED[name])] = None
        elif (kind, name) == ("opportunity", "account"):
            others[Touched("account", old, RUNNING)] = None
    changed = [Touched(kind, subject, frozenset(names), flow) for (kind, subject, flow), names in fields.items()]
    return [*changed, *others], owners
