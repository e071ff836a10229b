"""Answers the reports that are written in YAML: a line for every subject or group, with totals, read in parts."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import Moment
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.paths import read_paths
from leadrelay.rulebook.reports import Column, How, Report
from leadrelay.store.exports import Exporter
from leadrelay.store.facts import Reader
from leadrelay.zone import zone_of

Facts = Mapping[str, Value]


class Answer(Struct, frozen=True):
    """What a report says: its columns, a row of values for each line (as exports show them), and a line of totals by
    column; no totals if the report asks for none, or has a line for each group."""

    report: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    totals: Mapping[str, object]

    def as_dict(self) -> dict[str, object]:
        """As `report --json` prints it."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"report": self.report, "about": self.about, "rows": rows, "totals": dict(self.totals)}


def answer(report: Report, ruleset: Ruleset, conn: Connection, now: Instant, only: str | None = None) -> Answer:
    """The report as of `now`; with `only`, of the one subject with that id."""
    return _Asked(report, ruleset, conn, now).answer(only)


class _Asked(Struct):
    """One report being answered."""

    report: Report
    ruleset: Ruleset
    conn: Connection
    now: Instant

    def answer(self, only: str | None) -> Answer:
        report = self.report
        facts = list(self._facts(only))
        lines = self._groups(facts) if report.group_by else [(self._line(one), dict(one)) for one in facts]
        for path, down in reversed(report.sort):
            known = [line for line in lines if line[1].get(path) is not None]
            known.sort(key=lambda line: _rank(line[1][path]), reverse=down)
            lines = known + [line for line in lines if line[1].get(path) is None]
        names = report.group_by or tuple(column.path for column in report.columns)
        totals = tuple(f"{how} {path}" for path, how in report.totals)
        columns = (*names, *totals) if report.group_by else names
        whole = {} if report.group_by else dict(zip(totals, self._totals(facts), strict=True))
        return Answer(report.name, report.about, columns, tuple(tuple(line) for line, _ in lines), whole)

    def _facts(self, only: str | None) -> Iterator[Facts]:
        """The facts of the subjects that the report is about, by id."""
        report, ruleset = self.report, self.ruleset
        slots = Slots.of((f"{report.of}.id", *report.group_by, *self._paths()), ruleset.fields)
        reader = Reader(report.of, slots, ruleset.team)
        moment = Moment(self.now, ruleset.calendars)
        parts = reader.all(self.conn, self.now) if only is None else [reader.of(self.conn, [only], self.now)]
        for rows in parts:
            for row in rows:
                facts = slots.facts(row)
                if only is not None or report.where.verdict(facts, moment)[0]:
                    yield facts

    def _paths(self) -> Iterator[str]:
        yield from read_paths(self.report.where)
        for column in self.report.columns:
            yield from column.missing or (column.path,)
        yield from (path for path, _ in (*self.report.totals, *self.report.sort))

    def _line(self, facts: Facts) -> list[object]:
        return [self._missing(column, facts) if column.missing else self._shown(column.path, facts[column.path])
                for column in self.report.columns]  # fmt: skip

    def _missing(self, column: Column, facts: Facts) -> str:
        """The last words of the paths that are not answered: `time, money`."""
        names = (path.rpartition(".")[2] for path in column.missing if facts[path] in (None, False, "", ()))
        return ", ".join(names)

    def _groups(self, facts: Iterable[Facts]) -> list[tuple[list[object], dict[str, Value]]]:
        """A line for every group, and what it can be sorted by; groups come in the order of their values."""
        groups: dict[tuple[Value, ...], list[Facts]] = {}
        for one in facts:
            groups.setdefault(tuple(one[path] for path in self.report.group_by), []).append(one)
        found = []
        for key in sorted(groups, key=lambda values: [_rank(value) for value in values]):
            named = dict(zip(self.report.group_by, key, strict=True))
            sums = {path: _total(how, groups[key], path) for path, how in self.report.totals}
            line = [self._shown(path, value) for path, value in named.items()] + self._totals(groups[key])
            found.append((line, sums | named))
        return found

    def _totals(self, facts: list[Facts]) -> list[object]:
        return [
            total if how == "count" else self._shown(path, total)
            for path, how in self.report.totals
            for total in [_total(how, facts, path)]
        ]

    def _shown(self, path: str, value: Value) -> object:
        fields, team = self.ruleset.fields, self.ruleset.team
        return Exporter(self.conn, self.now, zone_of(team.zone), fields, team).value(fields.get(path), value)


def _total(how: How, facts: Iterable[Facts], path: str) -> Value:
    """How many have a value; or what the known ones come to, unknown when there are none."""
    known: list[Any] = [one[path] for one in facts if one[path] is not None]
    if how == "count":
        return len(known)
    if not known:
        return None
    return _OF_KNOWN[how](known)


_OF_KNOWN: Mapping[How, Callable[[list[Any]], Value]] = {
    "sum": sum,
    "average": lambda known: round(sum(known) / len(known), 2),
    "least": min,
    "most": max,
}


def _rank(value: Value) -> tuple[int, Any]:
    """What values are sorted by: the known ones among their kind, the unknown ones after them."""
    if value is None:
        return 2, ""
    return (1, value.casefold()) if isinstance(value, str) else (0, value)
