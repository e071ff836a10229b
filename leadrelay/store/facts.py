"""Facts of subjects, read in batches as rows: one statement a batch, with only the tables and subqueries asked for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, FromClause, Select, bindparam, literal, null, select

from leadrelay.clock import FOREVER, Instant
from leadrelay.leads.facts import Row, Slots
from leadrelay.leads.fields import COMPUTED, CORE, JOINED, UNTIL, Type, Value
from leadrelay.leads.owner import owner_facts
from leadrelay.leads.team import Team
from leadrelay.store.derived import DERIVED, joined, lists_of, province_of
from leadrelay.store.owners import open_counts, whole_team
from leadrelay.store.raw import Rows, Statement, listed, one_of
from leadrelay.store.schema import TABLES, accounts, agenda, column_name, contacts
from leadrelay.store.windows import THREE_WEEKS, year_before

_TYPES = {one.path: one.type for one in CORE}
_TRUTH = {0: False, 1: True, None: None}
_JOINED = {"contact": contacts, "account": accounts}
_OWNED = ("request", "opportunity", "account")
Finish = Callable[[list[Row], Instant], None]
"""Turns what the driver gave for some slot into the fact, for all rows."""


class Reader:
    """Reads the facts of subjects of one kind. `slots` must hold `<kind>.id`; `@until` of windowed paths may be."""

    def __init__(self, kind: str, slots: Slots, team: Team | None = None) -> None:
        """`team`: for `owner.*` and, with its zone, for calendar months; without one there are only imported people."""
        if f"{kind}.id" not in slots.index:
            raise ValueError(f"the slots lack {kind}.id")
        self.kind, self.slots, self.team = kind, slots, team or Team()
        self._columns: list[ColumnElement[Any]] = []
        self._finish: list[Finish] = []
        self._wide = len(slots.paths)
        self._build()

    def due(self, conn: Connection, flow: str, now: Instant, limit: int) -> list[Row]:
        """The subjects that a flow must look at by now, at most `limit`, by due moment and id."""
        return self._rows(conn, self._due, now, flow=flow, limit=limit)

    def of(self, conn: Connection, ids: Iterable[str], now: Instant) -> list[Row]:
        """The subjects with these ids that exist, by id."""
        return self._rows(conn, self._of, now, ids=listed(ids))

    def all(self, conn: Connection, now: Instant, chunk: int = 2000) -> Iterator[list[Row]]:
        """Every subject that does not sleep, by id, in parts of at most `chunk`."""
        slot, after = self.slots.index[f"{self.kind}.id"], ""
        while rows := self._rows(conn, self._all, now, after=after, limit=chunk):
            yield rows
            after = str(rows[-1][slot])

    @cached_property
    def _due(self) -> Statement:
        coming = (
            select(agenda.c.id, agenda.c.due_at)
            .where(
                agenda.c.flow == bindparam("flow"),
                agenda.c.kind == literal(self.kind),
                agenda.c.due_at <= bindparam("now"),
            )
            .order_by(agenda.c.due_at, agenda.c.id)
            .limit(bindparam("limit"))
            .subquery("coming")
        )
        table = TABLES[self.kind]
        source = self._joined(coming.join(table, table.c.id == coming.c.id))
        return Statement(self._select(source).order_by(coming.c.due_at, coming.c.id))

    @cached_property
    def _of(self) -> Statement:
        table = TABLES[self.kind]
        return Statement(self._select(self._joined(table)).where(one_of(table.c.id, "ids")).order_by(table.c.id))

    @cached_property
    def _all(self) -> Statement:
        table = TABLES[self.kind]
        rows = self._select(self._joined(table)).where(table.c.id > bindparam("after"), table.c.asleep_since.is_(None))
        return Statement(rows.order_by(table.c.id).limit(bindparam("limit")))

    def _select(self, source: FromClause) -> Select[Any]:
        return select(*(column.label(f"c{slot}") for slot, column in enumerate(self._columns))).select_from(source)

    def _joined(self, source: FromClause) -> FromClause:
        """The kind's table with the other tables that some slot needs."""
        own = TABLES[self.kind]
        for entity, table in _JOINED.items():
            if entity != self.kind and any(path.startswith(f"{entity}.") for path in self.slots.paths):
                source = source.outerjoin(table, table.c.id == own.c[entity])
        return source

    def _rows(self, conn: Connection, statement: Statement, now: Instant, **values: object) -> list[Row]:
        found: Rows = statement.rows(conn, **values, **self._moments(now))
        rows: list[Row] = list(map(list, found))
        if not rows:
            return rows
        for finish in self._finish:
            finish(rows, now)
        if self._owner_slots:
            self._fill_owners(conn, rows, now)
        if self.slots.computed:
            for row in rows:
                self.slots.fill(row)
        if len(self._columns) > self._wide:
            for row in rows:
                del row[self._wide :]
        return rows

    def _moments(self, now: Instant) -> dict[str, Instant]:
        return {"now": now, "three_weeks_ago": now - THREE_WEEKS, "year_ago": year_before(now, self.team.zone)}

    def _build(self) -> None:
        """A column for every slot; what needs more than one column has the others after the last slot."""
        self._columns = [null() for _ in self.slots.paths]
        self._owner_slots = [(slot, path) for slot, path in enumerate(self.slots.paths) if path.startswith("owner.")]
        extras: dict[str, list[tuple[int, str]]] = {}
        for slot, path in enumerate(self.slots.paths):
            entity, _, name = path.partition(".")
            if entity == "owner":
                continue
            if name.startswith("extra."):
                extras.setdefault(entity, []).append((slot, name.removeprefix("extra.")))
            elif path in COMPUTED:
                continue
            elif path.endswith(UNTIL):
                self._add_until(slot, path.removesuffix(UNTIL))
            elif path.startswith(JOINED):
                self._columns[slot] = joined(path)
            elif path in DERIVED:
                self._columns[slot] = DERIVED[path].value
                self._finish += _finish_derived(slot, path)
            else:
                self._columns[slot] = TABLES[entity].c[column_name(name)]
                if _TYPES[path] is Type.YES_NO:
                    self._finish.append(_each(slot, _TRUTH.__getitem__))
        for entity, wanted in extras.items():
            self._finish.append(_own_fields(self._hidden(TABLES[entity].c.extra), wanted))
        if self._owner_slots:
            self._owner = self._hidden(TABLES[self.kind].c.owner if self.kind in _OWNED else null())

    def _hidden(self, column: ColumnElement[Any]) -> int:
        self._columns.append(column)
        return len(self._columns) - 1

    def _add_until(self, slot: int, path: str) -> None:
        """The moment at which a windowed field next changes: when its first leaves, or the next one arrives."""
        derived, zone = DERIVED[path], self.team.zone
        assert derived.next is not None
        arrives = self._hidden(derived.next)
        leaves = derived.leaves
        if derived.first is not None:
            self._columns[slot] = derived.first

        def finish(rows: list[Row], _now: Instant) -> None:
            for row in rows:
                first, coming = row[slot], row[arrives]
                gone = leaves(first, zone) if leaves and isinstance(first, int) else FOREVER
                row[slot] = min(gone, coming) if isinstance(coming, int) else gone

        self._finish.append(finish)

    def _fill_owners(self, conn: Connection, rows: list[Row], now: Instant) -> None:
        team = whole_team(conn, self.team)
        owners = {str(row[self._owner]) for row in rows if row[self._owner] is not None}
        wanted = any(path == "owner.open_count" for _, path in self._owner_slots)
        counts = open_counts(conn, owners) if wanted else {}
        known: dict[Value, Sequence[Value]] = {None: [None] * len(self._owner_slots)}
        for owner in owners:
            facts = owner_facts(owner, team, now, counts.get(owner))
            known[owner] = [facts.get(path) for _, path in self._owner_slots]
        for row in rows:
            for (slot, _), value in zip(self._owner_slots, known[row[self._owner]], strict=True):
                row[slot] = value


def _each(slot: int, convert: Callable[[Any], Value]) -> Finish:
    def finish(rows: list[Row], _now: Instant) -> None:
        for row in rows:
            row[slot] = convert(row[slot])

    return finish


def _finish_derived(slot: int, path: str) -> list[Finish]:
    if _TYPES[path] is Type.LIST:
        return [_each(slot, lists_of)]
    if path == "account.province":
        return [_each(slot, province_of)]
    return []


def _own_fields(hidden: int, wanted: list[tuple[int, str]]) -> Finish:
    """Own fields out of the JSON that holds them all."""

    def finish(rows: list[Row], _now: Instant) -> None:
        for row in rows:
            text = row[hidden]
            if not isinstance(text, str) or text == "{}":
                continue
            fields = orjson.loads(text)
            for slot, name in wanted:
                value = fields.get(name)
                row[slot] = tuple(value) if isinstance(value, list) else value

    return finish
