"""Columns of a source become a plan, and the plan turns each row's cells into values of fields."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fnmatch import translate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from leadrelay.errors import BadMap
from leadrelay.intake.known import Named
from leadrelay.intake.report import shortened
from leadrelay.intake.values import Formats, NoText, Reading, Unreadable, reading
from leadrelay.leads.fields import Field, Fields, Type, Value
from leadrelay.leads.records import ENTITY_OF, REFERS, field_for
from leadrelay.rulebook.import_map import ImportMap, Target, ValueTable
from leadrelay.zone import zone_of

Values = dict[str, dict[str, Value]]
"""By entity, the fields that a row gives (never blanks)."""

STEERING = ("request.id", "request.status", "request.outcome")
"""What says which request it is and whether it is over: a row that says that in no way we know is refused."""
LONGEST_UNREAD = 2_000
"""So many characters are kept of one value that could not be read."""
REMEMBERED = 2_000
"""How many different values of one column are kept with what they became."""


class Fault(NamedTuple):
    """One cell that does not fit its field."""

    column: str
    value: str
    reason: str


class Step(Struct):
    """Fills one field from the cells at some positions."""

    entity: str
    name: str
    column: str
    positions: tuple[int, ...]
    pieces: tuple[str, ...] | None  # the text around the cells, for a field joined from several columns
    read: Reading
    type: Type = Type.TEXT
    known: dict[str, Value] = field(default_factory=dict)

    def value(self, cells: Sequence[str]) -> Value:
        """The value that the cells give; None is a blank. Raises Unreadable."""
        text = cells[self.positions[0]].strip() if self.pieces is None else self._joined(cells, self.pieces)
        if not text:
            return None
        if text in self.known:
            return self.known[text]
        found = self.read(text)
        if len(self.known) < REMEMBERED:
            self.known[text] = found
        return found

    def _joined(self, cells: Sequence[str], pieces: tuple[str, ...]) -> str:
        parts = [cells[position].strip() if position >= 0 else "" for position in self.positions]
        if not any(parts):
            return ""
        woven = "".join(piece + part for piece, part in zip(pieces, (*parts, ""), strict=True))
        return " ".join(woven.split())


class Plan(Struct):
    """How the rows of one source are read. `unknown` columns have no field and are not on the map's skip list;
    `keep` tells, per (entity, field), what to do when rows about one record differ; `missing` people are those that
    the rows name and the team does not have; `refused` columns are of fields that may not be given; a `lenient` plan
    refuses no request for a field that it can do without."""

    kind: str
    steps: list[Step]
    constants: Values
    rejects: list[tuple[int, str, Mapping[str, str]]]
    unknown: list[str]
    keep: dict[tuple[str, str], str]
    lenient: bool = False
    missing: dict[str, None] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def narrow(self, allowed: Sequence[str]) -> None:
        """Leaves out every field that none of these globs (`contact.*`) allows."""
        globs = re.compile("|".join(translate(one) for one in allowed) or r"(?!)")
        wanted = [step for step in self.steps if globs.fullmatch(f"{step.entity}.{step.name}")]
        self.refused += [step.column for step in self.steps if step not in wanted]
        self.steps = wanted

    def read(self, cells: Sequence[str], muted: Collection[int] = ()) -> tuple[Values, list[Fault]]:
        """The row's values by entity, but for `muted` steps, and what is wrong with it.

        A request is not refused for an optional field: what cannot be read of it is kept as text, in `unread` (M1)."""
        values: Values = {}
        faults = []
        for position, column, reasons in self.rejects:
            reason = reasons.get(cells[position].strip().casefold())
            if reason:
                faults.append(Fault(column, shortened(cells[position]), reason))
        for number, step in enumerate(self.steps):
            if number in muted:
                continue
            try:
                value = step.value(cells)
            except Unreadable as error:
                shown = " ".join(cells[position] for position in step.positions if position >= 0)
                if self._is_kept(step, error):
                    value = error.part
                    keep_unread(values, step.column, shown)
                else:
                    faults.append(Fault(step.column, shortened(shown), str(error)))
                    continue
            if value is not None:
                values.setdefault(step.entity, {}).setdefault(step.name, value)
        return values, faults

    def _is_kept(self, step: Step, error: Unreadable) -> bool:
        """Whether a value that cannot be read is kept as text, so that a person makes something of it."""
        steers = step.type in (Type.DATE, Type.TIME) or f"{step.entity}.{step.name}" in STEERING
        wanted = error.telling or (self.lenient and not isinstance(error, NoText))
        return self.kind == "requests" and not steers and wanted


def keep_unread(values: Values, column: str, text: str) -> None:
    """Adds to what a request said that could not be read."""
    request = values.setdefault("request", {})
    before = request.get("unread")
    line = f"{column}: {' '.join(text.split())}"[:LONGEST_UNREAD]
    request["unread"] = f"{before}\n{line}" if before else line


Lookups = Mapping[str, Callable[[str], str | None]]
"""By what is looked up ('person'), the function from a name or e-mail address to an id."""


def plan(
    columns: Sequence[str], kind: str, map_: ImportMap | None, fields: Fields, zone: ZoneInfo, lookups: Lookups
) -> Plan:
    """The plan for a source with these columns. Raises BadMap and UnknownZone."""
    if map_ is None:
        return _by_name(columns, kind, fields, zone, lookups)
    zone = zone_of(map_.zone) if map_.zone else zone
    where = _positions(columns)
    steps = [step for target in map_.targets if (step := _step(target, map_, where, zone, lookups))]
    constants = _constants(map_, zone)
    read = {column for step in map_.targets for column in map(_key, step.columns)}
    read |= {_key(rule.column) for rule in map_.rejects}
    skipped = re.compile("|".join(translate(pattern) for pattern in map_.skip) or r"(?!)")
    return Plan(
        kind,
        steps,
        constants,
        [
            (where[_key(rule.column)], rule.column, dict(rule.reasons))
            for rule in map_.rejects
            if _key(rule.column) in where
        ],
        [one for one in columns if _key(one) not in read and not skipped.match(_key(one)) and one],
        {(one.field.entity, one.field.name): one.keep for one in map_.targets if one.keep != "newest"},
    )


def _by_name(columns: Sequence[str], kind: str, fields: Fields, zone: ZoneInfo, lookups: Lookups) -> Plan:
    """Without a map every column is the name of its field."""
    steps, unknown = [], []
    for position, column in enumerate(columns):
        found = field_for(column, kind, fields)
        if found is None:
            unknown += [column] if column else []
            continue
        read_as = {"account.domain": "domain", "contact.email": "email", "person.email": "email"}.get(found.path)
        read = _referring(found, reading(found, read_as or found.type.value, Formats(zone)), "", lookups)
        steps.append(Step(found.entity, found.name, column, (position,), None, read, found.type))
    return Plan(kind, steps, {}, [], unknown, {})


def _step(target: Target, map_: ImportMap, where: Mapping[str, int], zone: ZoneInfo, lookups: Lookups) -> Step | None:
    """The step for a target, or None when the source has none of its columns."""
    positions = tuple(where.get(_key(column), -1) for column in target.columns)
    if max(positions) < 0:
        return None
    formats = Formats(zone, target.dates, target.numbers, target.times)
    read = reading(target.field, target.read_as, formats)
    read = _referring(target.field, read, _prefix(map_, target.field), lookups)
    if target.lookup == "account":
        read = _naming(read)
    if target.values:
        read = _through(target.values, read)
    if target.invalid == "blank":
        read = _or_blank(read)
    pieces = None if target.text is None else tuple(re.split(r"\{[^}]*\}", target.text))
    name = " + ".join(target.columns)
    return Step(target.field.entity, target.field.name, name, positions, pieces, read, target.field.type)


def _constants(map_: ImportMap, zone: ZoneInfo) -> Values:
    values: Values = {}
    for constant in map_.constants:
        one = constant.field
        try:
            value = reading(one, one.type.value, Formats(zone))(constant.text)
        except Unreadable as error:
            place = constant.place
            what, remedy = f"the constant for {one.path}: {error}", f"Write a value of type {one.type.value}."
            raise BadMap(file=place.file, line=place.line, column=place.column, what=what, remedy=remedy) from error
        values.setdefault(one.entity, {})[one.name] = value
    return values


def _referring(one: Field, read: Reading, prefix: str, lookups: Lookups) -> Reading:
    """Reads an id: people also by name or e-mail address; others with the map's prefix."""
    find = lookups.get(REFERS.get(one.path, ""))
    if find:
        return lambda text: find(text) or read(text)
    return (lambda text: f"{prefix}{read(text)}") if prefix else read


def _naming(read: Reading) -> Reading:
    return lambda text: Named(read(text))


def _prefix(map_: ImportMap, one: Field) -> str:
    entity = one.entity if one.name == "id" else REFERS.get(one.path, "")
    return map_.prefixes.get(entity, "")


def _through(table: ValueTable, read: Reading) -> Reading:
    exact = {pattern: value for pattern, value in table.rows if "*" not in pattern}
    globs = [(re.compile(translate(pattern)), value) for pattern, value in table.rows if "*" in pattern]

    def translated(text: str) -> Value:
        word = " ".join(text.casefold().split())
        if word in exact:
            ours = exact[word]
        else:
            ours = next((value for glob, value in globs if glob.match(word)), table.otherwise if table.closed else text)
        return None if ours is None else read(ours)

    return translated


def _or_blank(read: Reading) -> Reading:
    def tolerant(text: str) -> Value:
        try:
            return read(text)
        except Unreadable:
            return None

    return tolerant


def _positions(columns: Iterable[str]) -> dict[str, int]:
    """Where each column stands, by its casefolded name; the first of equal names counts."""
    where: dict[str, int] = {}
    for position, column in enumerate(columns):
        where.setdefault(_key(column), position)
    return where


def _key(column: str) -> str:
    return " ".join(column.split()).casefold()


def guess_kind(columns: Sequence[str], stem: str, fields: Fields) -> str | None:
    """What a file without a map holds: the kind whose own fields most columns name, or that the file is named after.

    None when that is not certain."""
    scores = {}
    for kind, entity in ENTITY_OF.items():
        found = [one for column in columns if (one := field_for(column, kind, fields))]
        own = sum(one.entity == entity and one.name != "id" for one in found)
        if kind == "activities" and not any(one.path == "activity.at" for one in found):
            continue  # an activity without its time is none; a lone `summary` is of a request
        scores[kind] = (len(found), own) if own else (0, 0)
    best = max(scores.values())
    likely = [kind for kind, score in scores.items() if score == best and best[0]]
    if stem.casefold() in ENTITY_OF and stem.casefold() in likely:
        return stem.casefold()
    return likely[0] if len(likely) == 1 else None
