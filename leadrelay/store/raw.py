"""SQL that is compiled once and run on the driver's own cursor: the quick way for batches."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import ClauseElement, Column, ColumnElement, Connection, Table, bindparam, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import Boolean

Rows = list[tuple[Any, ...]]
_MEMBERS = {
    "sqlite": "(SELECT value FROM json_each({}))",
    "postgresql": "(SELECT json_array_elements_text(CAST({} AS JSON)))",
}
_LISTED = re.compile(r"LISTED\((:\w+)\)")


class Statement:
    """One statement, written as SQL with `:names` or as a SQLAlchemy expression, for both databases.

    In SQL, `x IN LISTED(:ids)` is what `one_of` is in an expression: `ids` is bound to `listed(texts)`. Values go to
    the driver as they are: no type of SQLAlchemy converts them on the way in or out."""

    def __init__(self, clause: str | ClauseElement) -> None:
        self._clause = clause
        self._ready: dict[str, tuple[str, tuple[str, ...] | None, dict[str, Any]]] = {}

    def rows(self, conn: Connection, **values: object) -> Rows:
        """Runs it and returns all its rows, as the driver gives them."""
        cursor = self._execute(conn, values)
        try:
            return list(cursor.fetchall())
        finally:
            cursor.close()

    def run(self, conn: Connection, **values: object) -> None:
        """Runs it for what it does."""
        self._execute(conn, values).close()

    def many(self, conn: Connection, rows: Iterable[Mapping[str, object]]) -> None:
        """Runs it once per row, prepared once."""
        sql, order, _ = self._for(conn)
        values: list[Any] = list(rows) if order is None else list(map(_picker(order), rows))
        if not values:
            return
        cursor = conn.connection.cursor()
        try:
            cursor.executemany(sql, values)
        finally:
            cursor.close()

    def _execute(self, conn: Connection, values: Mapping[str, object]) -> Any:
        sql, order, fixed = self._for(conn)
        given = {**fixed, **values} if fixed else values
        cursor = conn.connection.cursor()
        cursor.execute(sql, tuple(map(given.__getitem__, order)) if order is not None else given)
        return cursor

    def _for(self, conn: Connection) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
        """The SQL, the order of its parameters (None: by name), and the values that stand in the expression itself."""
        name = conn.dialect.name
        if name not in self._ready:
            clause = self._clause
            if isinstance(clause, str):
                clause = text(_LISTED.sub(lambda found: _MEMBERS[name].format(found[1]), clause))
            compiled: Any = clause.compile(dialect=conn.dialect)
            order = compiled.positiontup if compiled.positional else None
            fixed = {key: value for key, value in compiled.params.items() if value is not None}
            self._ready[name] = (str(compiled), tuple(order) if order is not None else None, fixed)
        return self._ready[name]


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, object]], object]:
    """Picks the values of these names out of a row, as a tuple."""
    return itemgetter(*names) if len(names) > 1 else lambda row: tuple(row[name] for name in names)


class one_of(ColumnElement[bool]):  # noqa: N801  (reads as a word of the query language)
    """`column` is one of the texts in the parameter `name`, which is bound to `listed(texts)`."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.listed: ColumnElement[Any] = bindparam(name)

    def self_group(self, against: object = None) -> "one_of":  # noqa: ARG002  (as SQLAlchemy calls it)
        """Itself: SQLite would be asked 'x IN (…) = 1' otherwise, and read whole tables for that."""
        return self


@compiles(one_of)
def _one_of(element: one_of, compiler: Any, **options: Any) -> str:
    column, listed = compiler.process(element.column, **options), compiler.process(element.listed, **options)
    return f"{column} IN {_MEMBERS[compiler.dialect.name].format(listed)}"


def listed(texts: Iterable[str]) -> str:
    """Texts as the parameter of `one_of`."""
    return orjson.dumps(list(texts)).decode()


def insert(table: Table, columns: Sequence[Column[Any] | str], conflict: str = "") -> Statement:
    """An INSERT of these columns, parameters named after them; `conflict`: what follows ON CONFLICT."""
    names = [column if isinstance(column, str) else column.name for column in columns]
    into, values = ", ".join(f'"{name}"' for name in names), ", ".join(f":{name}" for name in names)
    return Statement(
        f"INSERT INTO {table.name} ({into}) VALUES ({values})" + (f" ON CONFLICT {conflict}" if conflict else "")
    )


def update(table: Table, columns: Iterable[str], keys: Iterable[str] = ("id",)) -> Statement:
    """An UPDATE of these columns of the row with these keys, parameters named after them."""
    setting = ", ".join(f'"{name}" = :{name}' for name in columns)
    where = " AND ".join(f'"{name}" = :{name}' for name in keys)
    return Statement(f"UPDATE {table.name} SET {setting} WHERE {where}")
