"""A sweep with 1,000 subjects due among many, a sweep with nothing due, and evaluating everything, in one run:

    python -m benchmarks.sweeps [--quick]

Requests are open and routed; a ladder waits for each. Median of several runs, the process's own CPU time; on SQLite.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from leadrelay.act.sweep import Sweeper
from leadrelay.clock import SECOND, Instant, parse_time
from leadrelay.rulebook.load import load, read_files
from leadrelay.store import agenda, rulesets
from leadrelay.store.database import Database

ROOT = Path(__file__).parents[1]
DUE = 1_000
RULES = """
rulebook: waiting
about: A ladder on every open request.
subject: request
flow: escalate
hit: all
scope: {request.status: open, request.desk: {known: true}, request.first_response_at: {known: false}}
rules:
  - id: waits
    when: {request.received_at: {older_than: 30 days}}
    backfill: true
    then: [{task: {for: request.owner, what: Call, due: 1 day}}]
    later: [{after: 7 days, then: [{task: {for: request.owner, what: Call again, due: 1 day}}]}]
  - id: large-waits
    when: {request.received_at: {older_than: 20 days}, request.expected_value: {over: 100000000}}
    backfill: true
    then: [{task: {for: request.owner, what: Visit, due: 1 day}}]
"""
_FILL = text(
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)"
    " INSERT INTO requests (id, received_at, channel, kind, summary, expected_value, status, desk, owner)"
    " SELECT printf('%07d', i), :now - (i % 700000) * 1000000, 'phone', 'new_project', 'A question', 500000 + i % 9000,"
    " 'open', 'sales', 'an' FROM n"
)


class Company:
    """A database with so many open requests, none of them due."""

    def __init__(self, folder: Path, count: int, now: Instant) -> None:
        (folder / "rules").mkdir(parents=True)
        (folder / "rules/waiting.yaml").write_text(RULES)
        (folder / "rules/team.yaml").write_text("people:\n  - {id: an, name: An, email: an@example.com}\n")
        loaded = load(read_files(folder))
        assert loaded.usable, loaded.problems
        self.count, self.now = count, now
        self.database = Database(f"sqlite:///{folder}/leads.db")
        self.database.migrate()
        with self.database.begin() as conn:
            conn.execute(_FILL, {"count": count, "now": now})
            version = rulesets.put_live(conn, loaded.ruleset.digest, loaded.files, now, "benchmark")
            agenda.touch_all(conn, loaded.ruleset, now)
        self.sweeper = Sweeper(self.database, rulesets.numbered(loaded.ruleset, version))
        self.sweep()

    def sweep(self) -> int:
        """One sweep, a second after the last; how many subjects it looked at."""
        self.now += SECOND
        return self.sweeper.sweep("escalate", self.now).looked_at

    def make_due(self, count: int) -> None:
        """So many requests, spread evenly, are due."""
        with self.database.begin() as conn:
            step = self.count // count
            chosen = [f"{number * step:07}" for number in range(count)]
            agenda.schedule(conn, "escalate", "request", [(one, self.now) for one in chosen])

    def make_all_due(self) -> None:
        """Every request is due: what a program without an agenda looks at each time."""
        with self.database.begin() as conn:
            conn.execute(text("UPDATE agenda SET due_at = :now"), {"now": self.now})


def measure(prepare: Callable[[], None], company: Company, wanted: int, runs: int) -> float:
    """The median time of a sweep that looks at so many, in seconds."""
    taken = []
    for _ in range(runs):
        prepare()
        start = time.process_time()
        looked_at = company.sweep()
        taken.append(time.process_time() - start)
        assert looked_at == wanted, f"{looked_at} were looked at, not {wanted}"
    return statistics.median(taken)


def main() -> None:
    """Measures each size and prints the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="up to 100,000 requests instead of a million")
    quick = parser.parse_args().quick
    now = parse_time("2026-11-20 09:13", load({}).ruleset.calendars["default"].zone)
    print(f"{'open requests':>14}{'1,000 due':>12}{'nothing due':>14}{'everything':>13}{'ratio':>8}{'growth':>9}")
    smallest = 0.0
    for count in (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000):
        with tempfile.TemporaryDirectory(prefix="leadrelay-bench-") as folder:
            company = Company(Path(folder) / "project", count, now)
            some = measure(lambda: company.make_due(DUE), company, DUE, 5 if quick else 9)  # noqa: B023 - called at once
            nothing = measure(lambda: None, company, 0, 9)
            everything = measure(company.make_all_due, company, count, 1 if count > 100_000 else 3)
            smallest = smallest or some
            print(
                f"{count:14,}{some * 1e3:9.1f} ms{nothing * 1e3:11.2f} ms{everything:11.2f} s"
                f"{everything / some:8.0f}{some / smallest:9.2f}",
                flush=True,
            )
            company.database.close()


if __name__ == "__main__":
    main()
