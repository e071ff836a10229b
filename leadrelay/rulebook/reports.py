"""Reads rules/reports/NAME.yaml: reports that anybody can write, over the same fields and conditions as rules."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Literal, cast, get_args

from msgspec import Struct

from leadrelay.leads.fields import SUBJECTS, Field, Type
from leadrelay.rulebook.condition import ALWAYS, Condition
from leadrelay.rulebook.conditions import read_condition
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.field_names import find_field
from leadrelay.rulebook.nodes import Mapping, Node, Scalar, Sequence
from leadrelay.rulebook.place import NOWHERE, Place, home, own_first

FOLDER = "rules/reports"
KEYS = ("report", "about", "of", "where", "columns", "group_by", "totals", "sort")
MISSING = "missing"
"""The key of a column that names which of several fields are not answered (yes, for yes-no fields)."""
How = Literal["count", "sum", "average", "least", "most"]
HOWS = get_args(How)
_COUNTABLE = (Type.NUMBER, Type.MONEY)
_RANKED = (*_COUNTABLE, Type.DATE, Type.TIME)
_NAME = re.compile(r"[^\W_][\w\-]*")


class Column(Struct, frozen=True):
    """A column: a field by its path, or, with `missing`, which of these fields are not answered."""

    path: str
    missing: tuple[str, ...] = ()


class Report(Struct, frozen=True):
    """A report: a line for every subject that `where` holds for, or with `group_by` for every group of them.

    `sort`: by these paths, each with whether the highest comes first; what is unknown comes last."""

    name: str
    of: str
    about: str = ""
    where: Condition = ALWAYS
    columns: tuple[Column, ...] = ()
    group_by: tuple[str, ...] = ()
    totals: tuple[tuple[str, How], ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    place: Place = NOWHERE


def load_reports(ctx: Context) -> tuple[Report, ...]:
    """Every report, in the order of the files. What is wrong is reported and left out."""
    found: dict[str, Report] = {}
    for file in own_first(ctx.files):
        path = PurePosixPath(home(file))
        if str(path.parent) != FOLDER or path.suffix != ".yaml":
            continue
        document = ctx.document(file)
        report = _Reader(ctx, document).read() if document else None
        if report is not None and report.name in found:
            message = f"There is a report '{report.name}' already, at {found[report.name].place}."
            ctx.report(report.place, "duplicate-report", message, "Give one of them another name.")
        elif report is not None:
            found[report.name] = report
    return tuple(found.values())


class _Reader(Struct):
    """Reads one report."""

    ctx: Context
    node: Mapping
    of: str = ""

    def read(self) -> Report | None:
        ctx, node = self.ctx, self.node
        ctx.keys(node, KEYS, "a report")
        for key, remedy in (("report", "Begin it with report: NAME."), ("of", f"Add of: {', '.join(SUBJECTS)}.")):
            if key not in node:
                ctx.report(node.place, "missing-key", f"The report has no '{key}'.", remedy)
        name, of = self._name(), ctx.choice(node.get("of"), "of", SUBJECTS)
        if name is None or of is None:
            return None
        self.of = of
        columns, groups = tuple(self._columns()), tuple(one.path for one in self._paths("group_by"))
        if ("columns" in node) == ("group_by" in node):
            both = "columns" in node
            place = node.key("group_by") if both else node.place
            message = f"The report has {'both columns and group_by' if both else 'neither columns nor group_by'}."
            ctx.report(place, "columns-or-groups", message, "Columns are for a line each; group_by for a line a group.")
        totals = tuple(self._totals())
        shown = {*(column.path for column in columns), *groups, *(path for path, _ in totals if groups)}
        return Report(
            name=name,
            of=of,
            about=ctx.text(node.get("about"), "'about'") or "",
            where=read_condition(node.get("where"), ctx, of),
            columns=columns,
            group_by=groups,
            totals=totals,
            sort=tuple(self._sort(shown)),
            place=node.key("report"),
        )

    def _name(self) -> str | None:
        given = self.node.get("report")
        name = self.ctx.text(given, "'report'")
        if name is None or given is None or _NAME.fullmatch(name):
            return name
        message = f"'{name}' cannot be the name of a report."
        self.ctx.report(given.place, "bad-name", message, "Use letters, digits, - and _, as in open-deals.")
        return None

    def _field(self, node: Node) -> Field | None:
        if self.ctx.text(node, "A field") is None or not isinstance(node, Scalar):
            return None
        return find_field(node, self.ctx, self.of)

    def _paths(self, key: str) -> Iterator[Field]:
        for item in self.ctx.sequence(self.node.get(key), f"'{key}'") or ():
            if (field := self._field(item)) is not None:
                yield field

    def _columns(self) -> Iterator[Column]:
        for item in self.ctx.sequence(self.node.get("columns"), "'columns'") or ():
            if isinstance(item, Mapping):
                yield from self._missing(item)
            elif (field := self._field(item)) is not None:
                yield Column(field.path)

    def _missing(self, item: Mapping) -> Iterator[Column]:
        """`missing: opportunity.scotsman` is all fields of that group; a list names them one by one."""
        self.ctx.keys(item, (MISSING,), "a column")
        given = item.get(MISSING)
        if isinstance(given, Scalar) and self.ctx.fields.get(given.text) is None:
            group = tuple(one.path for one in self.ctx.fields.of(self.of) if one.path.startswith(f"{given.text}."))
            if group:
                yield Column(MISSING, group)
                return
        found = [self._field(one) for one in self.ctx.texts(given, "A field that may be missing")]
        if paths := tuple(one.path for one in found if one):
            yield Column(MISSING, paths)

    def _totals(self) -> Iterator[tuple[str, How]]:
        mapping = self.ctx.mapping(self.node.get("totals"), "'totals'")
        for key, value in mapping.items() if mapping else ():
            field, how = self._field(key), self.ctx.choice(value, "totals", HOWS)
            if field is None or how is None:
                continue
            if how != "count" and field.type not in (_COUNTABLE if how in ("sum", "average") else _RANKED):
                message = f"There is no {how} of {field.path}, which is of type {field.type}."
                self.ctx.report(value.place, "misfit-total", message, "Write count, or take a number or money.")
            else:
                yield field.path, cast(How, how)

    def _sort(self, shown: set[str]) -> Iterator[tuple[str, bool]]:
        """Paths, or `{path: up}` and `{path: down}`; only of what the report shows."""
        given = self.node.get("sort")
        for item in given if isinstance(given, Sequence) else [given] if given else []:
            pairs = item.items() if isinstance(item, Mapping) else [(item, None)]
            for key, way in pairs:
                way_text = self.ctx.choice(way, "sort", ("up", "down"))
                field = self._field(key)
                if field is not None and field.path not in shown:
                    message = f"The report does not show {field.path}, so nobody would see the order."
                    self.ctx.report(key.place, "not-shown", message, "Sort by a column, a group or a total.")
                elif field is not None:
                    yield field.path, way_text == "down"
