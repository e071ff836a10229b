"""Changes of another system that come out of order: an older one does not overwrite a newer one, field by field.

A map says in which column the moment of the change stands (`modified`). Of equal moments the one that arrives later
counts. What was left out is in the subject's history."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from msgspec import Struct, field
from sqlalchemy import Connection

from leadrelay.clock import Instant, iso
from leadrelay.intake.mapping import Plan, Step
from leadrelay.intake.moments import NotAMoment, moment_of
from leadrelay.intake.report import shortened
from leadrelay.intake.rows import Cells
from leadrelay.intake.values import Unreadable
from leadrelay.leads.records import ENTITY_OF
from leadrelay.rulebook.import_map import ImportMap
from leadrelay.store import ages, history
from leadrelay.store.ages import Ages
from leadrelay.store.history import Entry
from leadrelay.zone import zone_of


class Sifted(Struct):
    """What was made of a chunk: by the line's place, the steps whose cells come too late; and what is to be kept."""

    late: list[frozenset[int]] = field(default_factory=list)
    found: dict[str, Ages] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether something came too late."""
        return any(self.late)


class Sieve:
    """Holds what comes through one map against the moments of the changes before."""

    def __init__(self, map_: ImportMap, columns: Sequence[str], plan: Plan, zone: ZoneInfo, cause: str) -> None:
        """`zone`: of times without an offset, when the map has none; `cause`: of what is told in history."""
        self._source = map_.system or map_.name
        self._entity = ENTITY_OF[map_.kind]
        self._zone = zone_of(map_.zone) if map_.zone else zone
        self._cause = cause
        where = {" ".join(name.split()).casefold(): place for place, name in reversed(list(enumerate(columns)))}
        self._modified = [where[one.casefold()] for one in map_.modified if one.casefold() in where]
        self._id = next((one for one in plan.steps if (one.entity, one.name) == (self._entity, "id")), None)
        self._steps = [(number, one) for number, one in enumerate(plan.steps) if one is not self._id]

    @property
    def works(self) -> bool:
        """Whether the source has an id and tells when a record was changed."""
        return bool(self._modified) and self._id is not None

    def sift(self, conn: Connection, rows: Sequence[Cells]) -> Sifted:
        """What in these rows comes too late, in the unit of work that takes them."""
        subjects = [self._subject(row) for row in rows]
        known = ages.known(conn, self._source, {one for one in subjects if one})
        sifted = Sifted()
        for row, subject in zip(rows, subjects, strict=True):
            at = self._changed_at(row) if subject else None
            late: frozenset[int] = frozenset()
            if at is not None:
                late = self._late(row, subject, at, known.setdefault(subject, {}), sifted)
                sifted.found[subject] = known[subject]
            sifted.late.append(late)
        return sifted

    def keep(self, conn: Connection, sifted: Sifted, refused: set[str], now: Instant) -> None:
        """Keeps how old everything is, but of subjects whose rows were refused."""
        ages.put(conn, self._source, {key: one for key, one in sifted.found.items() if key not in refused})
        if sifted.entries:
            history.append(conn, now, sifted.entries)

    def subject_of(self, row: Cells) -> str:
        """Which subject a row is about; '' when it does not say."""
        return self._subject(row)

    def _late(self, row: Cells, subject: str, at: Instant, before: Ages, sifted: Sifted) -> frozenset[int]:
        """The steps of one row that say what was overtaken; the others are as old as the row from now on."""
        late = set()
        for number, step in self._steps:
            path, text = f"{step.entity}.{step.name}", _text(row, step)
            if not text:
                continue
            if before.get(path, at) > at:
                late.add(number)
                newer = iso(before[path], self._zone)
                why = f"{path}: '{shortened(text)[:80]}' of {iso(at, self._zone)} came after the change of {newer}"
                sifted.entries.append(Entry(subject, "came_late", None, why, self._cause))
            else:
                before[path] = at
        return frozenset(late)

    def _subject(self, row: Cells) -> str:
        if row.fault or self._id is None:
            return ""
        try:
            key = self._id.value(row.values)
        except Unreadable:
            return ""
        return f"{self._entity}/{key}" if isinstance(key, str) else ""

    def _changed_at(self, row: Cells) -> Instant | None:
        for place in self._modified:
            try:
                return moment_of(row.values[place].strip(), self._zone)
            except NotAMoment:
                continue
        return None


def without(row: Cells, late: frozenset[int], plan: Plan) -> Cells:
    """The row without the cells that come too late."""
    if not late:
        return row
    places = {place for number in late for place in plan.steps[number].positions if place >= 0}
    return row._replace(values=["" if place in places else text for place, text in enumerate(row.values)])


def _text(row: Cells, step: Step) -> str:
    return " ".join(text for place in step.positions if place >= 0 and (text := row.values[place].strip()))
