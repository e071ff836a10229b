"""Takes somebody out of every table: who they are is erased, what must stay stays without them (store/personal.py)."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import orjson
from msgspec import Struct
from sqlalchemy import Connection, Table

from leadrelay.clock import Instant
from leadrelay.store.addresses import boxes_of, suppress
from leadrelay.store.history import EVERYTHING
from leadrelay.store.personal import ABOUT, FIELDS_OF_PERSON, GONE, Holds, columns, held_by
from leadrelay.store.persons import Person, Taken, rows_about
from leadrelay.store.raw import Statement
from leadrelay.store.tables import metadata

Row = Mapping[str, Any]
_KEPT_AS_IT_IS = (Holds.HASH, Holds.RULES, Holds.OURS)
_LIKE = {"sqlite": "LIKE", "postgresql": "ILIKE"}


class Erased(Struct, frozen=True):
    """How many rows of each table were changed or went."""

    rows: Mapping[str, int]


def erase(conn: Connection, person: Person, own_texts: Collection[str], now: Instant) -> Erased:
    """Erases somebody in the caller's unit of work, and notes that their mailboxes objected and are to be forgotten.

    `own_texts`: own fields that hold free text, as 'contact.extra.NAME'."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("PRAGMA secure_delete=ON")
    taken, counts = Taken(conn, person), dict.fromkeys(metadata.tables, 0)
    for address in boxes_of(conn, person.addresses):
        for flag in ("objected_at", "forgotten_at"):
            suppress(conn, address, flag, now)
    for name in ABOUT:
        table = metadata.tables[name]
        for row in list(rows_about(conn, person, table)):
            counts[name] += 1
            if name in GONE:
                _delete(conn, table, row)
            else:
                _write(conn, table, row, without(table, row, taken, own_texts))
    for table in metadata.sorted_tables:
        counts[table.name] += _sweep(conn, table, taken)
    return Erased({name: count for name, count in counts.items() if count})


def without(table: Table, row: Row, taken: Taken, own_texts: Collection[str]) -> dict[str, Any]:
    """What a row about somebody has to become: the columns that change."""
    changed: dict[str, Any] = {}
    for name, value in row.items():
        if value is None or not isinstance(value, str):
            continue
        holds = held_by(table.name, name)
        new: str | None = value
        if holds is Holds.PERSON:
            new = _nothing(table, name)
        elif holds is Holds.WORDS:
            new = taken.all(value)
        elif holds is Holds.FIELDS:
            new = _fields(table, row, name, taken, own_texts)
        if new != value:
            changed[name] = new
    return changed


def _nothing(table: Table, column: str) -> str | None:
    """What an erased column says: no value, or where there must be one, an empty one."""
    if table.columns[column].nullable:
        return None
    return "{}" if column in ("given", "holds") else ""


def _fields(table: Table, row: Row, column: str, taken: Taken, own_texts: Collection[str]) -> str | None:
    """JSON of own fields (`extra`), or of a change in history, without what says who somebody is."""
    if table.name != "history":
        kind = {"contacts": "contact", "requests": "request"}.get(table.name, table.name)
        own = orjson.loads(row[column])
        left = {name: _told(value, taken) for name, value in own.items() if f"{kind}.extra.{name}" not in own_texts}
        return orjson.dumps(left).decode()
    kind, field, value = row["subject"].partition("/")[0], row["field"], orjson.loads(row[column])
    if field == EVERYTHING and isinstance(value, dict):
        left = {name: _told(one, taken) for name, one in value.items() if not _says_who(kind, name, own_texts)}
        return orjson.dumps(left).decode()
    if _says_who(kind, field, own_texts):
        return None
    return orjson.dumps(_told(value, taken)).decode()


def _says_who(kind: str, field: str, own_texts: Collection[str]) -> bool:
    return field in FIELDS_OF_PERSON.get(kind, ()) or f"{kind}.{field}" in own_texts


def _told(value: Any, taken: Taken) -> Any:
    """A value without somebody's names and addresses in it."""
    return taken.all(value) if isinstance(value, str) else value


def _sweep(conn: Connection, table: Table, taken: Taken) -> int:
    """Takes addresses, and ids made of them, out of every text of a table, whoever the row is about."""
    texts = [one.name for one in table.columns if held_by(table.name, one.name) not in _KEPT_AS_IT_IS and _is_text(one)]
    if not texts or not taken.needles:
        return 0
    changed = 0
    for row in list(_having(conn, table, texts, taken.needles)):
        news = {name: taken.addresses(row[name]) for name in texts if isinstance(row[name], str)}
        news = {name: new for name, new in news.items() if new != row[name]}
        if news:
            _write(conn, table, row, news)
            changed += 1
    return changed


def _is_text(column: Any) -> bool:
    return column.type.python_type is str


def _having(conn: Connection, table: Table, texts: list[str], needles: Collection[str]) -> Iterator[dict[str, Any]]:
    like = _LIKE[conn.dialect.name]
    places = {f"needle_{place}": f"%{_escaped(one)}%" for place, one in enumerate(sorted(needles))}
    which = " OR ".join(f"\"{name}\" {like} :{place} ESCAPE '!'" for name in texts for place in places)
    names = table.columns.keys()
    every = ", ".join(f'"{name}"' for name in names)
    for row in Statement(f"SELECT {every} FROM {table.name} WHERE {which}").rows(conn, **places):
        yield dict(zip(names, row, strict=True))


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _where(table: Table) -> str:
    return " AND ".join(f'"{one.name}" = :key_{one.name}' for one in table.primary_key.columns)


def _keys(table: Table, row: Row) -> dict[str, Any]:
    return {f"key_{one.name}": row[one.name] for one in table.primary_key.columns}


def _write(conn: Connection, table: Table, row: Row, news: Row) -> None:
    if news:
        setting = ", ".join(f'"{name}" = :{name}' for name in news)
        Statement(f"UPDATE {table.name} SET {setting} WHERE {_where(table)}").run(conn, **news, **_keys(table, row))


def _delete(conn: Connection, table: Table, row: Row) -> None:
    Statement(f"DELETE FROM {table.name} WHERE {_where(table)}").run(conn, **_keys(table, row))


def named_in_rules(conn: Connection, person: Person) -> list[str]:
    """Where versions of the rules, which are ops', have an address in them: 'rulesets.files'."""
    taken = Taken(conn, person)
    found = []
    for table, column in columns(Holds.RULES):
        if any(taken.addresses(row[column]) != row[column] for row in _having(conn, table, [column], taken.needles)):
            found.append(f"{table.name}.{column}")
    return found
