"""What a database says of a time that has not come yet, and bringing it back to now.

A clock that was far ahead, or a --now that was forced, leaves decisions in the future: until then nothing else is
decided. Nothing is lost when they are brought back: every moment that was changed is given out with what it was.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Table, delete, func, or_, select, update

from leadrelay.clock import HOUR, MINUTE, Instant
from leadrelay.leads.fields import CORE, Type
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import agenda
from leadrelay.store.history import EVERYTHING
from leadrelay.store.tables import metadata

_DAY = 24 * HOUR
_MORE_MOMENTS = {"looks.first_due"}
_MAY_LIE_AHEAD = {"agenda.due_at", "tasks.due_at", "opportunities.next_step_at", "activities.at"}
"""What is meant to lie ahead. The agenda is made anew, and tasks move with the moment at which they were made."""
_WAITS = {
    "messages.not_before": 31 * _DAY,
    "messages.watch_at": 31 * _DAY,
    "pushes.not_before": 31 * _DAY,
    "write_backs.not_before": 31 * _DAY,
    "quotes.approval_due_at": 31 * _DAY,
    "snoozes.until": 366 * _DAY,
    "messages.lease_until": 2 * HOUR,
    "leases.until": 2 * HOUR,
}
"""So far ahead may lie what waits. What lies further, or was itself made in the future, is of that clock."""
_TIMES = {
    f"{one.entity}.{one.name}"
    for one in CORE
    if one.type is Type.TIME and not one.derived and one.name != "next_step_at"
}


class Ahead(NamedTuple):
    """Moments of one kind that lie in the future: where, how many, and the latest of them."""

    table: str
    column: str
    number: int
    latest: Instant


class Moved(NamedTuple):
    """One value that was brought back: where (`row`: its key), what it was, and what it is."""

    table: str
    row: dict[str, Any]
    column: str
    was: object
    now: object


def ahead(conn: Connection, now: Instant) -> list[Ahead]:
    """What lies in the future at `now`, by table and column; waits that are as long as waits may be are none of it."""
    found = []
    for table, column, where in _every(now):
        number, latest = conn.execute(select(func.count(), func.max(column)).where(where)).one()
        if number:
            scale = MINUTE if table.name == "rule_minutes" else 1
            found.append(Ahead(table.name, column.name, int(number), int(latest) * scale))
    return found


def bring_back(conn: Connection, ruleset: Ruleset, now: Instant) -> Iterator[Moved]:
    """Brings all of it back to `now`, and puts every subject on the agenda. Exhaust it: the work is done as it goes."""
    yield from _words_of_history(conn, now)
    yield from _tasks(conn, now)
    for table, column, where in list(_every(now)):
        forgotten = table.name == "rule_minutes"  # counts of the hour that is ahead: they hold a rule back for nothing
        key = [one for one in (table if forgotten else table.primary_key).columns if one is not column] or [column]
        for *row, was in conn.execute(select(*key, column).where(where)).all():
            yield Moved(table.name, _named(key, row), str(column.name), was, None if forgotten else now)
        conn.execute(delete(table).where(where) if forgotten else update(table).where(where).values({column: now}))
    agenda.touch_all(conn, ruleset, now)


def _every(now: Instant) -> Iterator[tuple[Table, Column[Any], ColumnElement[bool]]]:
    """Every column that says when something was or will be, and which of its rows lie too far ahead. Waits come first:
    what they are measured by moves after them."""
    moments = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            if name in _WAITS:
                yield table, column, _waits_too_long(table, column, now, _WAITS[name])
            elif name == "rule_minutes.minute":
                moments.append((table, column, column > now // MINUTE))
            elif _is_moment(name, column):
                moments.append((table, column, column > now))
    yield from moments


def _waits_too_long(table: Table, column: Column[Any], now: Instant, limit: int) -> ColumnElement[bool]:
    too_long = column > now + limit
    made = table.columns.get("at")
    return too_long if made is None else or_(too_long, (made > now) & (column > now))


def _is_moment(name: str, column: Column[Any]) -> bool:
    if name in _MAY_LIE_AHEAD or not isinstance(column.type, BigInteger):
        return False
    return name in _MORE_MOMENTS or column.name == "at" or column.name.endswith(("_at", "_since"))


def _tasks(conn: Connection, now: Instant) -> Iterator[Moved]:
    """What was made in the future is due as long after now as it was after that."""
    tasks = metadata.tables["tasks"]
    made, due = tasks.c.created_at, tasks.c.due_at
    for number, was, created in conn.execute(select(tasks.c.id, due, made).where(made > now)).all():
        yield Moved("tasks", {"id": number}, "due_at", was, was - (created - now))
    conn.execute(update(tasks).where(made > now).values(due_at=due - (made - now)))


def _words_of_history(conn: Connection, now: Instant) -> Iterator[Moved]:
    """The values of time fields that history has of the future: the past is lived through again from them."""
    history = metadata.tables["history"]
    columns = (history.c.id, history.c.subject, history.c.field, history.c.old, history.c.new)
    for number, subject, field, old, new in conn.execute(select(*columns).where(history.c.at > now)).all():
        kind = subject.partition("/")[0]
        for name, was in (("old", old), ("new", new)):
            value = None if was is None else _brought_back(kind, field, orjson.loads(was), now)
            text = None if value is None else orjson.dumps(value).decode()
            if was is not None and text is not None and orjson.loads(was) != value:
                yield Moved("history", {"id": number}, name, was, text)
                conn.execute(update(history).where(history.c.id == number).values({name: text}))


def _brought_back(kind: str, field: str, value: Any, now: Instant) -> Any:
    if field == EVERYTHING and isinstance(value, dict):
        return {name: _brought_back(kind, name, one, now) for name, one in value.items()}
    is_ahead = f"{kind}.{field}" in _TIMES and type(value) is int and value > now
    return now if is_ahead else value


def _named(key: list[Column[Any]], row: list[Any]) -> dict[str, Any]:
    return {str(column.name): value for column, value in zip(key, row, strict=True)}
