"""Pays what other systems are owed: takes changes up, hands them over by file or interface, writes down the outcome."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx
from msgspec import Struct, field

from leadrelay.act.owed import owe
from leadrelay.clock import HOUR, Clock, Instant, system_clock
from leadrelay.errors import CannotWrite
from leadrelay.leads.team import Team
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.import_map import ImportMap
from leadrelay.rulebook.maps import load_maps
from leadrelay.store import foreign, leases, write_backs
from leadrelay.store.database import Database
from leadrelay.store.holder import new_token
from leadrelay.store.write_backs import DEAD, FAILED, SENT, Settled, WriteBack
from notifications.asking import ask
from notifications.deadline import TooLate
from notifications.outcome import Fate, Outcome
from notifications.write_back.answers import MOST_ATTEMPTS, outcome_of, wait_until
from notifications.write_back.calls import WAYS, call_for
from notifications.write_back.files import FOLDER, write_file

if TYPE_CHECKING:
    from leadrelay.project import Project
    from leadrelay.settings_model import SystemSettings

LEASE = "write_back"
CSV = "csv"
TIMEOUT, TOTAL = httpx.Timeout(30, connect=10), 60.0
"""Seconds for each step of a call, and for a whole one."""
AT_ONCE = 500
"""So many changes are taken up at a time."""
_NOTHING_ASKED: Mapping[str, str] = {}


class Paid(Struct):
    """What one run did: changes by what became of them, files written, calls made, why things failed."""

    owed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    files: list[str] = field(default_factory=list)
    why: Counter[str] = field(default_factory=Counter)
    busy: bool = False
    """Another process was at it; nothing was done."""

    def as_dict(self) -> dict[str, object]:
        """As `write-back --json` and `run --json` print it."""
        outcomes = {state: self.outcomes[state] for state in (SENT, FAILED, DEAD)}
        return {"owed": self.owed, **outcomes, "calls": self.calls, "files": self.files, "why": dict(self.why)}


class Payer(Struct, frozen=True):
    """What is needed to pay: the database, the maps, the settings of systems, the project's folder and zone."""

    database: Database
    maps: Mapping[str, ImportMap]
    team: Team
    systems: Mapping[str, "SystemSettings"]
    folder: Path
    zone: ZoneInfo
    clock: Clock = system_clock

    def pay(self, now: Instant, only: str = "", go_on: Callable[[], bool] = lambda: True) -> Paid:
        """Owes what changed, and hands over what is due at `now`, to one system (`only`) or all; one process at a time.

        Raises NoDatabase, DatabaseBusy, OSError when a file cannot be written; what was not settled then is handed over
        again under the same key."""
        paid, token = Paid(), new_token()
        with self.database.begin() as conn:
            paid.busy = not leases.take(conn, LEASE, token, self.clock(), self.clock() + HOUR)
            if not paid.busy:
                paid.owed = owe(conn, self.maps, self.team, self.zone, now)
        if paid.busy:
            return paid
        try:
            systems = {one.system for one in self.maps.values() if one.write_back}
            for system in sorted(systems if not only else systems & {only}):
                self._pay_system(system, now, paid, go_on)
        finally:
            with self.database.begin() as conn:
                leases.release(conn, LEASE, token)
        return paid

    def way(self, system: str) -> str:
        """How that system is told: 'csv' or one of WAYS."""
        settings = self.systems.get(system)
        if settings is None or (not settings.way and not settings.url):
            return CSV
        return settings.way or (system if system in WAYS else "webhook")

    def _pay_system(self, system: str, now: Instant, paid: Paid, go_on: Callable[[], bool]) -> None:
        way = self.way(system)
        if way == CSV:
            self._write_files(system, now, paid)
            return
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
            while due := self._due(system, now):
                for group in due:
                    if not self._call(client, way, group, now, paid) or not go_on():
                        return

    def _due(self, system: str, now: Instant) -> list[list[WriteBack]]:
        """Due changes, together for each record and each key under which they may have gone before."""
        with self.database.read() as conn:
            due = write_backs.due(conn, system, now, AT_ONCE)
        return _grouped(due, lambda one: (one.map, one.subject, one.batch or ""))

    def _call(self, client: httpx.Client, way: str, group: list[WriteBack], now: Instant, paid: Paid) -> bool:
        """One call for one record; False: leave this system alone for now."""
        with self.database.begin() as conn:
            group = write_backs.take_up(conn, group, group[0].batch or _key(group))
        if not group:
            return True  # overtaken by an import, just now
        first, map_ = group[0], self.maps.get(group[0].map)
        if map_ is None or map_.write_back is None:
            self._settle(group, Outcome(Fate.PERMANENT, f"there is no map {first.map} that writes back"), now, paid)
            return True
        typed = {one.name: one.written_as for one in map_.write_back.fields}
        values = {one.field: _typed(one.value, typed.get(one.field, "text")) for one in group}
        settings = self.systems[first.system]
        call = call_for(way, settings, map_.write_back.object, first.foreign_id, values)
        headers = {**call.headers, "Idempotency-Key": first.batch or ""}
        asked: Mapping[str, str] = _NOTHING_ASKED
        try:
            paid.calls += 1
            answer = ask(client, TOTAL, call.method, settings.url + call.path, json=call.body, headers=headers)
            outcome, asked = outcome_of(answer.status_code, _body(answer)), answer.headers
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TooLate) as error:
            # It may have arrived; the same values once more do no harm.
            outcome = Outcome(Fate.TEMPORARY, f"no answer: {type(error).__name__}", broken=True)
        self._settle(group, outcome, now, paid, asked)
        return not outcome.broken

    def _write_files(self, system: str, now: Instant, paid: Paid) -> None:
        while True:
            with self.database.begin() as conn:
                due = [one for one in write_backs.due(conn, system, now, 100_000) if one.map in self.maps]
                groups = _grouped(due, lambda one: (one.map, one.batch or ""))[:1]
                for group in groups:
                    batch = group[0].batch or f"{group[0].map}-{group[0].id:06}"
                    groups[0] = write_backs.take_up(conn, group, batch)
                    known = foreign.known(conn, group[0].map, {one.subject for one in group})
            if not groups:
                return
            group = groups[0]
            back = self.maps[group[0].map].write_back
            assert back is not None
            paid.files.append(str(write_file(self.folder / FOLDER, batch, back, group, known)))
            self._settle(group, Outcome(Fate.ACCEPTED), now, paid)

    def _settle(
        self,
        group: Sequence[WriteBack],
        outcome: Outcome,
        now: Instant,
        paid: Paid,
        asked: Mapping[str, str] = _NOTHING_ASKED,
    ) -> None:
        """Writes down what became of changes; what was sent is what they hold now."""
        attempts = group[0].attempts
        given_up = outcome.fate is Fate.TEMPORARY and attempts >= MOST_ATTEMPTS
        sent = outcome.fate is Fate.ACCEPTED
        state = SENT if sent else DEAD if given_up or outcome.fate is Fate.PERMANENT else FAILED
        again = now if state != FAILED else wait_until(now, attempts, asked)
        settled = [Settled(one.id, state, again, now if sent else None, outcome.why or None) for one in group]
        paid.outcomes[state] += len(group)
        if outcome.why:
            paid.why[f"{group[0].system}: {outcome.why}"] += 1
        with self.database.begin() as conn:
            write_backs.settle(conn, settled)
            for subject, rows in _by_subject(group).items() if sent else ():
                self._hold(conn, subject, rows, now)

    def _hold(self, conn: Any, subject: str, rows: Sequence[WriteBack], now: Instant) -> None:
        back = self.maps[rows[0].map].write_back
        columns = {one.name: one.columns for one in back.fields} if back else {}
        news = {column.casefold(): one.value for one in rows for column in columns.get(one.field, (one.field,))}
        foreign.hold(conn, rows[0].map, rows[0].system, subject, news, now)


def payer_of(project: "Project") -> Payer:
    """The payer of a project, with the maps of the rules in force."""
    settings, ruleset = project.settings, project.ruleset
    maps = project.made("maps", lambda: load_maps(Context(dict(project.files), fields=ruleset.fields)))
    folder = project.folder.absolute()
    return Payer(project.database, maps, ruleset.team, settings.systems, folder, project.zone)


def pay_project(project: "Project", now: Instant, only: str = "", go_on: Callable[[], bool] = lambda: True) -> Paid:
    """Pays what a project owes; see `Payer.pay`. Raises CannotWrite for a file that cannot be written."""
    try:
        return payer_of(project).pay(now, only, go_on)
    except OSError as error:
        raise CannotWrite(file=error.filename or FOLDER, why=error.strerror or str(error)) from error


def _grouped(rows: Iterable[WriteBack], by: Callable[[WriteBack], tuple[str, ...]]) -> list[list[WriteBack]]:
    groups: dict[tuple[str, ...], list[WriteBack]] = {}
    for one in rows:
        groups.setdefault(by(one), []).append(one)
    return list(groups.values())


def _by_subject(rows: Iterable[WriteBack]) -> dict[str, list[WriteBack]]:
    found: dict[str, list[WriteBack]] = {}
    for one in rows:
        found.setdefault(one.subject, []).append(one)
    return found


def _key(group: Sequence[WriteBack]) -> str:
    return hashlib.sha256("\n".join(one.key for one in group).encode()).hexdigest()[:32]


def _typed(value: str, kind: str) -> Any:
    if kind == "yes_no":
        return value == "true"
    if kind == "number":
        try:
            return int(value) if value.lstrip("-").isdigit() else float(value)
        except ValueError:
            return value
    return value


def _body(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text[:500]
