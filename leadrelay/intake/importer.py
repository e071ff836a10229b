"""`leadrelay import`: a file goes in, in chunks of one transaction each, and a report comes out."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from zoneinfo import ZoneInfo

from msgspec import Struct

from leadrelay.clock import Instant
from leadrelay.errors import BadMap, MapWanted, UnknownImportKind, UnreadableFile
from leadrelay.intake.bundle import Bundle, bundle
from leadrelay.intake.chunk import REOPENED, take
from leadrelay.intake.find_map import find_map, fitting_map
from leadrelay.intake.mapping import Fault, Lookups, Plan, guess_kind, plan
from leadrelay.intake.progress import shown
from leadrelay.intake.rejected import ADDED, RejectedFile
from leadrelay.intake.report import ImportReport, Rejection, shortened
from leadrelay.intake.rows import Cells, Table
from leadrelay.intake.source import Source, opened
from leadrelay.intake.stored import IMPORTED
from leadrelay.intake.tables import table_of
from leadrelay.leads.fields import Fields
from leadrelay.leads.records import ENTITY_OF, field_for
from leadrelay.leads.team import Team
from leadrelay.matching.policy import MatchPolicy
from leadrelay.rulebook.import_map import ImportMap
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.database import Database
from leadrelay.store.owners import whole_team

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
    beside the file, and that of standard input."""

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

    def take(self, name: str, kind: str | None, map_name: str | None, stdin: BinaryIO | None = None) -> ImportReport:
        """Imports the file `name` ('-': standard input). Rows that are good are taken, the others told and set apart.

        Raises UnreadableFile, UnknownMap, BadMap, UnknownImportKind, MapWanted, UnknownZone, NoDatabase,
        DatabaseBusy."""
        map_ = find_map(map_name, self.files or {}, self.fields) if map_name else None
        kind = _agreed(kind, map_, map_name)
        with opened(name, stdin) as source:
            table = table_of(source, kind or (Path(name).stem if name != "-" else None))
            columns = _without_added(table.columns)
            kind = kind or self._guessed(source, columns)
            missing: dict[str, None] = {}
            ready = plan(columns, kind, map_, self.fields, self.zone, self._lookups(missing))
            ready.missing = missing
            if table.count and not ready.steps:
                raise _unknown(source, columns)
            return self._import(source, table, columns, ready, map_)

    def _guessed(self, source: Source, columns: tuple[str, ...]) -> str:
        """What a row is, by its columns. Raises MapWanted, UnknownImportKind, or UnreadableFile if none is known."""
        kind = guess_kind(columns, Path(source.name).stem, self.fields)
        if kind is not None:
            return kind
        proposed = fitting_map(columns, self.files or {}, self.fields)
        if proposed:
            raise MapWanted(file=source.name, name=proposed)
        if any(field_for(column, one, self.fields) for column in columns for one in KINDS):
            raise UnknownImportKind(file=source.name)
        raise _unknown(source, columns)

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
        self, source: Source, table: Table, columns: tuple[str, ...], ready: Plan, map_: ImportMap | None
    ) -> ImportReport:
        report = ImportReport(source.name, ready.kind, unknown_columns=list(ready.unknown))
        rejected = RejectedFile(source.name, columns, self.rejected_to)
        cause = f"{IMPORTED}{Path(source.name).name}" + (f" ({map_.name})" if map_ else "")
        run = _Run(self, ready, report, rejected, cause)
        try:
            with shown(Path(source.name).name, table.count) as step:
                for some in _chunks(table.rows(), self.chunk):
                    run.take(some)
                    step(len(some))
        except OSError as error:
            raise UnreadableFile(file=source.name, why=error.strerror or str(error)) from error
        finally:
            rejected.close()
        rejected.forget_older()
        report.rejected_file = rejected.path
        if ready.missing:
            shown_names = shortened(", ".join(ready.missing))
            report.notes.append(f"not in the team, and kept as they stand: {shown_names}; import them --as team")
        return report


class _Run(Struct, frozen=True):
    """One import under way."""

    intake: Intake
    plan: Plan
    report: ImportReport
    rejected: RejectedFile
    cause: str

    def take(self, rows: list[Cells]) -> None:
        """One chunk: one transaction, then its rejected rows."""
        entity = ENTITY_OF[self.plan.kind]
        good: list[Bundle] = []
        bad: list[tuple[Cells, list[Fault]]] = []
        for cells in rows:
            if cells.fault:
                bad.append((cells, [Fault("", shortened(" ".join(cells.values)), cells.fault)]))
                continue
            values, faults = self.plan.read(cells.values)
            row, lacks = bundle(entity, cells, values, self.plan.constants) if not faults else (None, faults)
            if row is None or lacks:
                bad.append((cells, lacks))
            else:
                good.append(row)
        intake = self.intake
        with intake.database.begin() as conn:
            taken, refused = take(
                conn, entity, good, self.plan.keep, intake.free_mail, intake.now, self.cause, intake.matching
            )
        bad += [(row.cells, [Fault("", "open", REOPENED)]) for row in refused]
        for cells, faults in sorted(bad, key=lambda one: one[0].line):
            self._reject(cells, faults)
        self.report.rows += len(rows)
        self.report.taken += taken
        self.report.unchanged += len(good) - len(refused) - taken

    def _reject(self, cells: Cells, faults: list[Fault]) -> None:
        """One rejection per row: its first fault in full, the others in the reason."""
        first, *others = faults
        told = [first.reason, *(f"{one.column}: {one.reason}" if one.column else one.reason for one in others)]
        reason = "; ".join(dict.fromkeys(told))
        self.report.rejections.append(Rejection(cells.line, first.column, first.value, reason))
        self.rejected.add(cells, f"{first.column}: {reason}" if first.column else reason)


def free_mail_of(rules: Ruleset) -> frozenset[str]:
    """The domains where anybody has an address, which are no company's."""
    return frozenset(one for one in rules.lists.get(rules.matching.free_mail, ()) if isinstance(one, str))


def import_file(project: "Project", file: str, kind: str | None = None, map_name: str | None = None) -> ImportReport:
    """Imports one file into a project; see `Intake.take` for what it raises."""
    rules = project.ruleset
    intake = Intake(
        project.database,
        rules.fields,
        rules.team,
        project.zone,
        project.clock(),
        free_mail_of(rules),
        project.files,
        matching=rules.matching,
    )
    return intake.take(file, kind, map_name)


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
