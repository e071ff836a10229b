"""What another system says of a record, held against what it held before: our own words are no news, and of two changes
of one field the later one counts."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from msgspec import Struct, field
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.intake.mapping import Plan
from leadrelay.intake.moments import NotAMoment, moment_of
from leadrelay.intake.rows import Cells
from leadrelay.intake.values import UNWANTED
from leadrelay.leads.records import ENTITY_OF
from leadrelay.rulebook.import_map import ImportMap, WriteField
from leadrelay.store import foreign, history, write_backs
from leadrelay.store.foreign import Foreign, Holds
from leadrelay.store.history import Entry
from leadrelay.store.write_backs import OVERTAKEN, Settled
from leadrelay.store.write_backs import WriteBack as Waiting
from leadrelay.zone import zone_of


class Heard(Struct):
    """What was made of a chunk: by the line's place, the steps that bring no news; and what is to be kept."""

    muted: list[frozenset[int]]
    subjects: list[str]
    """Which subject each row is about; '' when it does not say."""
    found: dict[str, Foreign] = field(default_factory=dict)
    settled: list[Settled] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


class Echo:
    """Listens for our own words in what comes through one map."""

    def __init__(
        self, map_: ImportMap, columns: Sequence[str], plan: Plan, zone: ZoneInfo, now: Instant, cause: str
    ) -> None:
        """`zone`: of times without an offset, when the map has none; `cause`: of what is told in history."""
        assert map_.write_back is not None
        back = map_.write_back
        self._map, self._now, self._cause = map_, now, cause
        self._zone = zone_of(map_.zone) if map_.zone else zone
        where = {" ".join(name.split()).casefold(): place for place, name in reversed(list(enumerate(columns)))}
        self._names = {place: name for name, place in where.items()}
        self._ids = [where[one.casefold()] for one in back.id_columns if one.casefold() in where]
        self._modified = [where[one.casefold()] for one in back.modified if one.casefold() in where]
        self._fields: dict[str, tuple[WriteField, list[int]]] = {
            one.name: (one, [where[column.casefold()] for column in one.columns if column.casefold() in where])
            for one in back.fields
        }
        written = {place for _, places in self._fields.values() for place in places}
        reads = {number: {place for place in step.positions if place >= 0} for number, step in enumerate(plan.steps)}
        self._reads = {number: places for number, places in reads.items() if places & written}
        self._watched = set[int]().union(*self._reads.values()) if self._reads else set()

    def hear(self, conn: Connection, rows: Sequence[Cells]) -> Heard:
        """What in these rows is no news, in the unit of work that takes them."""
        subjects = ["" if row.fault else self._subject(row.values) for row in rows]
        named = {one for one in subjects if one}
        known = foreign.known(conn, self._map.name, named)
        waiting: dict[str, list[Waiting]] = {}
        for one in write_backs.waiting_of(conn, named if known else ()):
            if one.map == self._map.name:
                waiting.setdefault(one.subject, []).append(one)
        heard = Heard([], subjects)
        current = dict(known)
        for row, subject in zip(rows, subjects, strict=True):
            heard.muted.append(self._listen(row.values, subject, current, waiting, heard) if subject else frozenset())
        heard.found = {key: one for key, one in current.items() if known.get(key) != one}
        return heard

    def keep(self, conn: Connection, heard: Heard, refused: set[str]) -> None:
        """Keeps what was heard, but of subjects whose rows were refused."""
        found = [one for key, one in heard.found.items() if key not in refused]
        foreign.put(conn, self._map.name, self._map.system, found, self._now)
        write_backs.settle(conn, heard.settled)
        if heard.entries:
            history.append(conn, self._now, heard.entries)

    def _subject(self, cells: Sequence[str]) -> str:
        key = self._foreign_id(cells)
        entity = ENTITY_OF[self._map.kind]
        return f"{entity}/{self._map.prefixes.get(entity, '')}{key}" if key else ""

    def _foreign_id(self, cells: Sequence[str]) -> str:
        found = next((text for place in self._ids if (text := " ".join(cells[place].split()))), "")
        return "" if UNWANTED.search(found) else found  # such a row is rejected when it is read

    def _listen(
        self,
        cells: Sequence[str],
        subject: str,
        current: dict[str, Foreign],
        waiting: Mapping[str, list[Waiting]],
        heard: Heard,
    ) -> frozenset[int]:
        before = current.get(subject)
        held = before.holds if before else {}
        said: Holds = {
            self._names[place]: text
            for place in self._watched
            if (text := cells[place].strip()) and not UNWANTED.search(text)
        }
        kept = {
            place
            for one in waiting.get(subject, ())
            for place in self._compared(one, cells, held, subject, heard)
        }  # fmt: skip
        current[subject] = Foreign(subject, self._foreign_id(cells), {**held, **said})
        same = {place for place in self._watched if held.get(self._names[place]) == cells[place].strip()}
        return frozenset(
            number for number, places in self._reads.items() if places & kept or (before is not None and places <= same)
        )

    def _compared(self, one: Waiting, cells: Sequence[str], held: Holds, subject: str, heard: Heard) -> set[int]:
        """A change of ours that is still owed, and what they say now; returns the columns in which ours stands."""
        places = self._fields[one.field][1] if one.field in self._fields else []
        place = next((place for place in places if cells[place].strip()), None)
        if place is None or held.get(self._names[place]) == (theirs := cells[place].strip()):
            return set()
        if theirs == one.value:
            heard.settled.append(Settled(one.id, OVERTAKEN, one.not_before, None, "they have it already"))
            return {place}
        when = self._changed_at(cells)
        if when is None or when >= one.at:
            why = f"{self._map.system} changed it later, to '{theirs[:80]}'"
            heard.settled.append(Settled(one.id, OVERTAKEN, one.not_before, None, why))
            heard.entries.append(Entry(subject, "overtaken", one.value, f"{one.field}: {why}", self._cause))
            return set()
        why = f"{one.field}: {self._map.system} changed it to '{theirs[:80]}' before we did, and gets ours"
        heard.entries.append(Entry(subject, "kept", None, why, self._cause))
        return {place}

    def _changed_at(self, cells: Sequence[str]) -> Instant | None:
        for place in self._modified:
            try:
                return moment_of(cells[place].strip(), self._zone)
            except NotAMoment:
                continue
        return None
