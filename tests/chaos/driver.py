"""Runs the real processes, kills them at random moments (-9), starts them again, and compares with a run in peace.

python -m tests.chaos.driver --kills 500 [--database sqlite|postgresql]
"""

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, func, select, text

from flows.pulse import take_pulse
from leadrelay.clock import system_clock
from leadrelay.store import leases
from leadrelay.store.audit import audit
from leadrelay.store.database import Database
from leadrelay.store.schema import decisions, episodes, history, messages, requests, tasks
from notifications.outbox import counts
from tests.chaos.children import done, live, opened, put, take_in
from tests.chaos.world import files_until, make_project, moment, write_files

PATIENCE = 60.0
"""Seconds after which a step that is not over is a failure."""
CHILDREN = {"live": live, "take_in": take_in}
AIM = 1.0
"""Seconds to wait for a sweep to kill."""
CHUNK = 0.012
"""Seconds that a sweep of so few takes, about."""
LIFE = 0.25
"""How long, in seconds, the processes live on the average between two kills."""


@dataclass
class Outcome:
    """What a run left behind, row by row; the same for every run, if all is well."""

    rows: dict[str, Counter[tuple[Any, ...]]] = field(default_factory=dict)
    mails: frozenset[str] = frozenset()
    violations: int = 0
    unsent: int = 0


@dataclass
class Tally:
    """How one run with kills differs from the run in peace."""

    kills: int = 0
    differences: dict[str, int] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        self.kills += other.kills
        for name, number in other.differences.items():
            self.differences[name] = self.differences.get(name, 0) + number

    @property
    def is_clean(self) -> bool:
        return not any(self.differences.values())


class Run:
    """One life of the company: its steps one after the other, with so many kills on the way."""

    def __init__(self, folder: Path, url: str, seed: int, steps: int, kills: int) -> None:
        self.folder, self.steps, self.kills = make_project(folder, url), steps, 0
        self._wanted, self._dice = kills, random.Random(seed)
        write_files(folder / "inbox", steps, seed)
        put(folder / "step", 0)
        put(folder / "done", 0)
        self._database = Database(url)
        self._processes: dict[str, BaseProcess] = {}
        self._life, self._done_before = LIFE, (0, 0, 0)
        self._next_kill = self._when()

    def live(self) -> Outcome:
        """Lives through all steps and returns what is left behind."""
        opened(self.folder).database.close()  # the tables and the first version of the rules
        try:
            for step in range(self.steps):
                put(self.folder / "step", step)
                self._await_quiet(step)
        finally:
            for process in self._processes.values():
                _kill(process)
        outcome = self._outcome()
        self._database.close()
        return outcome

    def _await_quiet(self, step: int) -> None:
        """Until everything that belongs to a step was done, whoever is killed meanwhile."""
        end = time.monotonic() + PATIENCE
        look = 0.0
        while True:
            self._keep_alive()
            if self.kills < self._wanted and self._is_time():
                self._kill_one()
            if time.monotonic() >= look:
                if self._is_quiet(step):
                    return
                look = time.monotonic() + 0.02
            if time.monotonic() > end:
                raise TimeoutError(f"step {step} does not end, after {self.kills} kills: {self._what_is_left(step)}")
            time.sleep(0.002)

    def _what_is_left(self, step: int) -> str:
        pulse, log = take_pulse(self._database, system_clock()), self.folder / "resident.log"
        with self._database.read() as conn:
            held, states = leases.current(conn), counts(conn)
        late = {flow: due - moment(step) for flow, due in pulse.due.items()}
        files = f"{done(self.folder)} of {files_until(step)} files"
        said = log.read_text()[-500:] if log.exists() else ""
        return f"{files}, due in {late}, busy {pulse.busy}, leases {held}, messages {states}, said {said!r}"

    def _is_quiet(self, step: int) -> bool:
        if done(self.folder) < files_until(step):
            return False
        pulse = take_pulse(self._database, system_clock())
        with self._database.read() as conn:
            leased = counts(conn)["leased"]
        return not leased and all(due > moment(step) for due in pulse.due.values())

    def _keep_alive(self) -> None:
        context = multiprocessing.get_context("forkserver")
        for name, target in CHILDREN.items():
            process = self._processes.get(name)
            if process is None or not process.is_alive():
                started = context.Process(target=target, args=(str(self.folder),), daemon=True)
                started.start()
                self._processes[name] = started

    def _is_time(self) -> bool:
        """Whether to kill now: at any moment, or, every other time, while a sweep is under way, which is seldom."""
        if time.monotonic() < self._next_kill:
            return False
        if self.kills % 2 == 0 or time.monotonic() > self._next_kill + AIM:
            return True
        with self._database.read() as conn:
            if not leases.current(conn):
                return False
        time.sleep(self._dice.uniform(0, CHUNK))
        return True

    def _kill_one(self) -> None:
        """The loop mostly, the import now and then, sometimes both."""
        for name in self._dice.choice((["live"], ["live"], ["take_in"], ["live", "take_in"])):
            _kill(self._processes[name])
        self.kills += 1
        progress = self._progress()
        # On a busy machine a process may die each time before it has done anything: then the next lives twice as long.
        self._life = LIFE if progress != self._done_before else min(self._life * 2, PATIENCE / 8)
        self._done_before = progress
        self._next_kill = self._when()

    def _progress(self) -> tuple[int, int, int]:
        """Files taken in, decisions, messages sent."""
        with self._database.read() as conn:
            decided = conn.execute(select(func.count()).select_from(decisions)).scalar_one()
            return done(self.folder), decided, counts(conn)["sent"]

    def _when(self) -> float:
        return time.monotonic() + self._dice.expovariate(1 / self._life)

    def _outcome(self) -> Outcome:
        """Everything but the ids that count up, and what leases left."""
        d, m, t, e, h, r = (table.c for table in (decisions, messages, tasks, episodes, history, requests))
        wanted = {
            "decisions": select(d.key, d.at, d.mode, d.actions),
            "messages": select(m.key, m.at, m.to, m.state, m.sent_at),
            "tasks": select(t.key, t.owner, t.due_at),
            "episodes": select(e.rule_key, e.subject, e.number, e.began_at, e.ended_at, e.steps, e.repeats),
            "history": select(h.at, h.subject, h.field, h.old, h.new, h.cause),
            "requests": select(r.id, r.status, r.desk, r.owner, r.outcome, r.closed_at),
        }
        with self._database.read() as conn:
            rows = {name: Counter(map(tuple, conn.execute(query))) for name, query in wanted.items()}
            violations = len(list(audit(conn, moment(self.steps - 1))))
            found = Outcome(rows, violations=violations, unsent=sum(counts(conn).values()) - counts(conn)["sent"])
        found.mails = frozenset(path.name for path in (self.folder / "var" / "mail").glob("*.eml"))
        return found


def compare(peace: Outcome, chaos: Outcome, kills: int) -> Tally:
    """What the run with kills has lost, and has twice or besides."""
    found = {"audit violations": chaos.violations, "messages not sent": chaos.unsent}
    for name, rows in peace.rows.items():
        found[f"{name} lost"] = (rows - chaos.rows[name]).total()
        found[f"{name} twice or besides"] = (chaos.rows[name] - rows).total()
    found["mails lost"] = len(peace.mails - chaos.mails)
    found["mails twice or besides"] = len(chaos.mails - peace.mails)
    found["mails without a message"] = len(chaos.mails) - chaos.rows["messages"].total()
    return Tally(kills, found)


def campaign(databases: "Databases", kills: int, steps: int, seed: int = 1) -> Tally:
    """Lives with kills, each on a new database, until there were enough; each compared with the same life in peace."""
    total = Tally()
    multiprocessing.get_context("forkserver").set_forkserver_preload(["tests.chaos.children"])
    while total.kills < kills:
        with tempfile.TemporaryDirectory(prefix="leadrelay-chaos-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            peace = Run(folder / "peace", databases.new(folder / "peace.db"), seed, steps, 0).live()
            run = Run(folder / "chaos", databases.new(folder / "chaos.db"), seed, steps, kills - total.kills)
            chaos = run.live()
            total.add(compare(peace, chaos, run.kills))
        seed += 1
    return total


class Databases:
    """Makes new databases: SQLite files, or on a PostgreSQL server at `url`."""

    def __init__(self, url: str = "") -> None:
        self._url, self._made = url, 0

    def new(self, path: Path) -> str:
        """The URL of a database with nothing in it."""
        if not self._url:
            return f"sqlite:///{path}"
        name = f"chaos_{system_clock()}"
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        with engine.connect() as conn:
            conn.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._url.replace("/postgres?", f"/{name}?")


def _kill(process: BaseProcess) -> None:
    process.kill()
    process.join()


def main() -> int:
    """Prints the counts; 1 if anything is lost or twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--steps", type=int, default=48, help="steps of a life, two for half an hour")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    chosen = parser.parse_args()
    clean = True
    for name in ("sqlite", "postgresql"):
        if chosen.database in (name, "both"):
            start = time.monotonic()
            tally = _on(name, chosen.kills, chosen.steps)
            clean = clean and tally.is_clean
            print(f"{name}: {tally.kills} kills in {time.monotonic() - start:.0f} s")  # noqa: T201
            for what, number in tally.differences.items():
                print(f"  {what:32}{number:6}")  # noqa: T201
    return 0 if clean else 1


def _on(database: str, kills: int, steps: int) -> Tally:
    if database == "sqlite":
        return campaign(Databases(), kills, steps)
    from tests.conftest import postgres_server

    with postgres_server() as url:
        return campaign(Databases(url), kills, steps)


if __name__ == "__main__":
    sys.exit(main())
