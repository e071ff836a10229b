"""`leadrelay import`: a file goes in, in chunks of one transaction each, and a report comes out."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from zoneinfo import ZoneInfo

from msgspec import Struct, field
from msgspec.structs import replace
from sqlalchemy import Connection

from leadrelay.clock import HOUR, Instant, datetime_of, day_of
from leadrelay.duration import elapsed
from leadrelay.errors import BadMap, HistoryOrLive, UnreadableFile
from leadrelay.intake import deviations
from leadrelay.intake.bundle import Bundle, bundle
from leadrelay.intake.chunk import FORGOTTEN, REOPENED, Refused, take
from leadrelay.intake.echo import Echo
from leadrelay.intake.eras import LIVE, Era, Survey, day_before
from leadrelay.intake.find_map import find_map
from leadrelay.intake.late import Sieve, without
from leadrelay.intake.mapping import Fault, Lookups, Plan, plan
from leadrelay.intake.plausible import Plausible
from leadrelay.intake.progress import shown
from leadrelay.intake.rejected import ADDED, RejectedFile
from leadrelay.intake.repeats import with_ids
from leadrelay.intake.report import ImportReport, Rejection, shortened
from leadrelay.intake.rows import Cells, Table
from leadrelay.intake.source import Source, opened
from leadrelay.intake.stored import IMPORTED, there
from leadrelay.intake.understand.opening import Opened, Words, opened_with, opened_without
from leadrelay.intake.understand.understanding import UNANSWERED, Answers
from leadrelay.leads.fields import Fields
from leadrelay.leads.records import ENTITY_OF
from leadrelay.leads.team import Team
from leadrelay.matching.policy import MatchPolicy
from leadrelay.rulebook.headings import vocabulary_of
from leadrelay.rulebook.import_map import ImportMap
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.database import Database
from leadrelay.store.owners import whole_team
from leadrelay.zone import midnight

if TYPE_CHECKING:
    from leadrelay.project import Project

KINDS = tuple(ENTITY_OF)
"""What --as takes."""
CHUNK = 2_000
"""Rows per transaction."""
MISSING = 100
"""So many people that nobody knows are remembered, to be told."""

__all__ = ["KINDS", "ImportReport", "Intake", "import_file"]


class Intake(Struct, frozen=True):
    """What an import needs to know of the project. `rejected_to`: where FILE.rejected.csv stands when it cannot stand
    beside the file, and that of standard input. `adds_only`: what is there keeps its values, and rows only fill blanks;
    `may_write`: the fields that may be given, as globs (None: all); `repeat_within` (microseconds): a row without an id
    that says the same again so soon is the same request; `era`: what is history (None: nobody said, so a file of
    requests is refused if most, and more than `least_past`, are closed or older than `old_after` microseconds);
    `ruleset`: whose gates deals are held against (None: none)."""

    database: Database
    fields: Fields
    team: Team
    zone: ZoneInfo
    now: Instant
    free_mail: Collection[str] = ()
    files: Mapping[str, str] | None = None
    rejected_to: Path = Path()
    chunk: int = CHUNK
    matching: MatchPolicy = MatchPolicy()
    adds_only: bool = False
    may_write: tuple[str, ...] | None = None
    plausible: Plausible = Plausible()
    era: Era | None = LIVE
    old_after: int = 90 * 24 * HOUR
    least_past: int = 50
    ruleset: Ruleset | None = None
    language: str = "en"
    repeat_within: int = 24 * HOUR

    def take(
        self,
        name: str,
        kind: str | None,
        map_name: str | None,
        stdin: BinaryIO | None = None,
        answers: Answers = UNANSWERED,
    ) -> ImportReport:
        """Imports the file `name` ('-': standard input). Rows that are good are taken, the others told and set apart.

        Without a map the file is understood by its columns; `answers` settle what is in doubt. Raises UnreadableFile,
        UnknownMap, BadMap, UnknownImportKind, ImportDoubts, UnknownSheet, HistoryOrLive, UnknownZone, NoDatabase,
        DatabaseBusy."""
        with opened(name, stdin) as source:
            read = self.look(source, name, kind, map_name, answers)
            columns = read.table.columns
            ready = self._ready(columns, read.kind, read.map_)
            if read.table.count and not ready.steps:
                raise _unknown(source, columns)
            if self.era is None:
                self._ask_of_the_past(source.name, read, ready)
            rejected = RejectedFile(source, columns, self.rejected_to)
            report = self._import(source.name, read.table, columns, ready, read.map_, rejected)
        report.notes[:0] = read.notes
        return replace(report, sheet=read.sheet, understood=read.understood)

    def look(
        self,
        source: Source,
        name: str,
        kind: str | None,
        map_name: str | None,
        answers: Answers,
        settle: bool = True,
    ) -> Opened:
        """The table in a source and how it is read; nothing is taken. See `take` for what it raises.

        Without `settle` doubts are told in what was understood, not raised."""
        map_ = find_map(map_name, self.files or {}, self.fields) if map_name else None
        kind = _agreed(kind, map_, map_name)
        wanted = kind or (Path(name).stem if name != "-" else None)
        if map_ and kind:
            read = opened_with(source, map_, kind, answers)
        else:
            read = opened_without(source, self._words(), wanted, replace(answers, kind=kind), settle)
        columns = _without_added(read.table.columns)
        return replace(read, table=replace(read.table, columns=columns))

    def _ask_of_the_past(self, name: str, read: Opened, ready: Plan) -> None:
        """Raises HistoryOrLive when most of what a file brings is old, or closed elsewhere."""
        entity = ENTITY_OF[read.kind]
        if entity != "request" or read.table.count <= self.least_past:  # a list of deals says how they stand today
            return
        found, oldest = Survey(), self.now - self.old_after
        with self.database.read() as conn:
            for some in _chunks(read.table.rows(), self.chunk):
                values = [one for cells in some if (one := ready.read(cells.values)[0].get(entity)) is not None]
                known = there(conn, entity, {str(one["id"]) for one in values if "id" in one})
                for one in values:
                    if str(one.get("id")) not in known:
                        found.note(entity, one, oldest, self.zone)
        if found.is_past(self.least_past):
            days = timedelta(microseconds=self.old_after).days
            day = day_before(oldest, self.zone)
            facts = {"past": found.past, "rows": found.rows, "old_after": f"{days} days", "day": day}
            raise HistoryOrLive(file=name, **facts)

    def _words(self) -> Words:
        files = self.files or {}
        today = datetime_of(self.now, self.zone).date()
        return Words(vocabulary_of(files, self.fields), self.fields, files, today + timedelta(days=2))

    def take_table(self, name: str, table: Table, kind: str, map_: ImportMap | None) -> ImportReport:
        """Takes rows that came another way than in a file; `name` says which. Rejected ones are only told, and no
        request is refused for a field that it can do without: there is no file to be mended.

        Raises UnknownZone, BadMap, NoDatabase, DatabaseBusy."""
        ready = self._ready(table.columns, kind, map_)
        ready.lenient = True
        return self._import(name, table, table.columns, ready, map_, None)

    def _ready(self, columns: tuple[str, ...], kind: str, map_: ImportMap | None) -> Plan:
        missing: dict[str, None] = {}
        ready = plan(columns, kind, map_, self.fields, self.zone, self._lookups(missing))
        ready.missing = missing
        if self.may_write is not None:
            ready.narrow(self.may_write)
        return ready

    def _lookups(self, missing: dict[str, None]) -> Lookups:
        """Finds people by id, name or address; `missing` gets whom nobody knows."""
        with self.database.read() as conn:
            people = whole_team(conn, self.team).people.values()
        found: dict[str, str | None] = {}
        for person in people:
            for word in (person.name, person.email):
                key = " ".join(word.casefold().split())
                found[key] = person.id if found.get(key, person.id) == person.id else None
        found.update((person.id.casefold(), person.id) for person in people)

        def person_of(text: str) -> str | None:
            key = found.get(" ".join(text.casefold().split()))
            if key is None and len(missing) < MISSING:
                missing[text] = None
            return key

        return {"person": person_of}

    def _import(
        self,
        name: str,
        table: Table,
        columns: tuple[str, ...],
        ready: Plan,
        map_: ImportMap | None,
        rejected: RejectedFile | None,
    ) -> ImportReport:
        report = ImportReport(
            name, ready.kind, unknown_columns=list(ready.unknown), refused_columns=list(ready.refused)
        )
        cause = f"{IMPORTED}{Path(name).name}" + (f" ({map_.name})" if map_ else "")
        back = map_ is not None and map_.write_back is not None
        echo = Echo(map_, columns, ready, self.zone, self.now, cause) if map_ and back else None
        sieve = Sieve(map_, columns, ready, self.zone, cause) if map_ else None
        run = _Run(self, ready, report, rejected, cause, echo, sieve if sieve and sieve.works else None)
        try:
            with shown(Path(name).name, table.count) as step:
                for some in _chunks(table.rows(), self.chunk):
                    run.take(some)
                    step(len(some))
        except OSError as error:
            raise UnreadableFile(file=name, why=error.strerror or str(error)) from error
        finally:
            if rejected:
                rejected.close()
        if rejected:
            rejected.forget_older()
            report.rejected_file = rejected.path
        if report.late:
            report.notes.append(f"{report.late} values came after newer ones and were left out; history has them")
        if report.deviations:
            asked = "with a task each" if report.deviations <= self.least_past else "too many for a task each"
            told = f"{report.deviations} deals went past a gate or were closed here; taken and recorded, {asked}"
            report.notes.append(told)
        if report.history:
            report.notes.append(f"{report.history} of them are history: known, and left alone until something happens")
        if report.repeats:
            within = timedelta(microseconds=self.repeat_within)
            report.notes.append(f"{report.repeats} rows without an id say again what came within {within}: repeats")
        if report.unread:
            report.notes.append(f"{report.unread} rows have values that could not be read: request.unread keeps them")
        if ready.missing:
            shown_names = shortened(", ".join(ready.missing))
            report.notes.append(f"not in the team, and kept as they stand: {shown_names}; import them --as team")
        return report


class _Sorted(Struct):
    """A chunk's rows: good ones, bad ones with what is wrong, and how many say only what we said."""

    good: list[Bundle] = field(default_factory=list)
    bad: list[tuple[Cells, list[Fault]]] = field(default_factory=list)
    silent: int = 0


class _Run(Struct, frozen=True):
    """One import under way."""

    intake: Intake
    plan: Plan
    report: ImportReport
    rejected: RejectedFile | None
    cause: str
    echo: Echo | None
    sieve: Sieve | None

    def take(self, rows: list[Cells]) -> None:
        """One chunk: one transaction, then its rejected rows."""
        entity, intake = ENTITY_OF[self.plan.kind], self.intake
        found = None if self.echo or self.sieve else self._sorted(rows, [])
        with intake.database.begin() as conn:
            sifted = self.sieve.sift(conn, rows) if self.sieve else None
            late = sifted.late if sifted else []
            heard = self.echo.hear(conn, self._in_time(rows, late)) if self.echo else None
            found = found or self._sorted(rows, _muted(heard.muted if heard else [], late))
            keep, free = self.plan.keep, intake.free_mail
            if entity == "request":
                self.report.repeats += with_ids(conn, found.good, intake.now, intake.repeat_within)
            taken, refused = list[Bundle](), list[Refused]()
            for history, good in self._by_era(entity, found.good):
                new, reopening = take(
                    conn, entity, good, keep, free, intake.now, self.cause, intake.matching, intake.adds_only, history
                )
                taken += new
                if entity == "opportunity" and intake.ruleset and not history:
                    self._note_deviations(conn, intake.ruleset, new)
                refused += reopening
                self.report.history += len(new) if history else 0
            found.bad += [(row.cells, [Fault("", "open" if why is REOPENED else "", why)]) for row, why in refused]
            if self.echo and heard:
                bad = {id(cells) for cells, _ in found.bad}
                out = {one for row, one in zip(rows, heard.subjects, strict=True) if id(row) in bad}
                self.echo.keep(conn, heard, out)
            if self.sieve and sifted:
                bad = {id(cells) for cells, _ in found.bad}
                refused_ones = {self.sieve.subject_of(row) for row in rows if id(row) in bad}
                self.sieve.keep(conn, sifted, refused_ones, intake.now)
                self.report.late += len(sifted.entries)
        for cells, faults in sorted(found.bad, key=lambda one: one[0].line):
            self._reject(cells, faults)
        self.report.rows += len(rows)
        self.report.unread += sum("unread" in row.of("request") for row in taken)
        self.report.taken += len(taken)
        self.report.taken_lines.update(row.cells.line for row in taken)
        self.report.unchanged += len(found.good) - len(refused) - len(taken) + found.silent

    def _in_time(self, rows: list[Cells], late: Sequence[frozenset[int]]) -> list[Cells]:
        return [without(row, some, self.plan) for row, some in zip(rows, late, strict=True)] if late else rows

    def _note_deviations(self, conn: Connection, ruleset: Ruleset, rows: list[Bundle]) -> None:
        """What deals did that gates would have held up; so many that nobody could look at each are only recorded."""
        intake, altered = self.intake, [record for row in rows for record in row.altered]
        desk = deviations.Desk(ruleset, intake.now, self.cause, intake.language)
        found = deviations.found(conn, desk, altered)
        deviations.record(conn, desk, found)
        self.report.deviations += len(found)
        if self.report.deviations <= intake.least_past:
            deviations.ask(conn, desk, found)

    def _by_era(self, entity: str, rows: list[Bundle]) -> list[tuple[bool, list[Bundle]]]:
        """The rows that are history first, then those of today."""
        era = self.intake.era or LIVE
        past = [row for row in rows if era.is_history(entity, row.of(entity))]
        if not past:
            return [(False, rows)]
        kept = {id(row) for row in past}
        return [(True, past), (False, [row for row in rows if id(row) not in kept])]

    def _sorted(self, rows: list[Cells], muted: Sequence[frozenset[int]]) -> _Sorted:
        entity, found = ENTITY_OF[self.plan.kind], _Sorted()
        for cells, mute in zip(rows, muted or repeat(frozenset[int]()), strict=False):
            if cells.fault:
                found.bad.append((cells, [Fault("", shortened(" ".join(cells.values)), cells.fault)]))
                continue
            values, faults = self.plan.read(cells.values, mute)
            faults += self.intake.plausible.settle(values, self.intake.now, entity == "request")
            if mute and not faults and not (values.get(entity, {}).keys() - {"id"} or values.keys() - {entity}):
                found.silent += 1
                continue
            row, lacks = (
                bundle(entity, cells, values, self.plan.constants, bool(mute)) if not faults else (None, faults)
            )
            if row is None or lacks:
                found.bad.append((cells, lacks))
            else:
                found.good.append(row)
        return found

    def _reject(self, cells: Cells, faults: list[Fault]) -> None:
        """One rejection per row: its first fault in full, the others in the reason."""
        first, *others = faults
        told = [first.reason, *(f"{one.column}: {one.reason}" if one.column else one.reason for one in others)]
        reason = "; ".join(dict.fromkeys(told))
        self.report.rejections.append(Rejection(cells.line, first.column, first.value, reason))
        if self.rejected and first.reason is not FORGOTTEN:  # of whom no file of ours is to speak again
            self.rejected.add(cells, f"{first.column}: {reason}" if first.column else reason)


def _muted(echoed: Sequence[frozenset[int]], late: Sequence[frozenset[int]]) -> Sequence[frozenset[int]]:
    """By the line's place, the steps that bring no news: our own words, and what comes too late."""
    if echoed and late:
        return [one | other for one, other in zip(echoed, late, strict=True)]
    return echoed or late


def intake_of(project: "Project") -> Intake:
    """The intake of a project, at its clock's time."""
    rules = project.ruleset
    return Intake(
        project.database,
        rules.fields,
        rules.team,
        project.zone,
        project.clock(),
        free_mail_of(rules),
        project.files,
        matching=rules.matching,
        plausible=_plausible(project),
        repeat_within=elapsed(project.settings.registration.repeat_within),
        old_after=elapsed(project.settings.registration.old_after),
        least_past=project.settings.first_run_limit,
        ruleset=rules,
        language=project.settings.company.language,
    )


def _plausible(project: "Project") -> Plausible:
    said = project.settings.registration
    return Plausible(elapsed(said.ahead), midnight(day_of(said.since), project.zone), project.zone)


def free_mail_of(rules: Ruleset) -> frozenset[str]:
    """The domains where anybody has an address, which are no company's."""
    return frozenset(one for one in rules.lists.get(rules.matching.free_mail, ()) if isinstance(one, str))


def import_file(
    project: "Project",
    file: str,
    kind: str | None = None,
    map_name: str | None = None,
    answers: Answers = UNANSWERED,
) -> ImportReport:
    """Imports one file into a project; see `Intake.take` for what it raises."""
    return intake_of(project).take(file, kind, map_name, answers=answers)


def _agreed(kind: str | None, map_: ImportMap | None, name: str | None) -> str | None:
    """What --as and the map say a row is. Raises BadMap when they differ."""
    if map_ is None or kind in (None, map_.kind):
        return map_.kind if map_ else kind
    place = map_.place
    what, remedy = f"it is for {map_.kind}, not for {kind}", "Leave --as out, or name another map."
    raise BadMap(file=place.file or name, line=place.line, column=place.column, what=what, remedy=remedy)


def _chunks(rows: Iterator[Cells], size: int) -> Iterable[list[Cells]]:
    while some := list(islice(rows, size)):
        yield some


def _without_added(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns without those that a file of rejected rows adds; `reason` may have stood there already."""
    last = tuple(column.partition(" (")[0] for column in columns[-2:])
    return columns[:-2] if last == ADDED else columns


def _unknown(source: Source, columns: Iterable[str]) -> UnreadableFile:
    """No column means anything: the wrong file, map or delimiter."""
    names = shortened(", ".join(filter(None, columns)))
    return UnreadableFile(file=source.name, why=f"none of its columns is a field or in the map: {names}")
