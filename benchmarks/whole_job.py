"""The whole job, read, decide and write, against merely reading and writing the same rows, in one run:

    python -m benchmarks.whole_job [--quick]

100 rules with actions (route, assign, notify) sweep 100,000 new requests with their contacts, accounts and site visits
in SQLite. The floor reads the same fields of the same rows with one statement per chunk, and writes the very rows that
our sweep wrote, with executemany on the driver's cursor: no rules, no objects. Every run has a process and a copy of
the database of its own; what is compared is processor time, medians, and none of it is asserted.
"""

import argparse
import gc
import json
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from benchmarks.workload import MOMENT, PATHS, job
from leadrelay.act.sweep import CHUNK, Sweeper
from leadrelay.clock import HOUR
from leadrelay.leads.fields import DESKS, Fields
from leadrelay.leads.team import Person, Pool, Team
from leadrelay.rulebook.condition import Known, Line
from leadrelay.rulebook.model import Assign, Notify, Pick, Route, Rule, Ruleset
from leadrelay.store import agenda, intake_writes, rulesets
from leadrelay.store.database import Database
from leadrelay.store.schema import activities

NOW = MOMENT.now
SELLERS = tuple(f"seller{number:02}" for number in range(12))
WRITTEN = ("decisions", "messages", "episodes", "history")
"""The tables that a sweep adds rows to; it also changes requests and agenda."""


def rules() -> Ruleset:
    """The workload's rules, each with something to do for a request without a desk."""
    bench = job(0).first

    def acting(number: int, rule: Rule) -> Rule:
        by = ("least_loaded", "round_robin")[number % 2]
        then = (Route(DESKS[number % 4]), Assign(Pick("sellers", by)), Notify(("request.owner",), "new_request"))
        return replace(rule, then=then, about="A request of this kind is handled at this desk.")

    every = tuple(acting(number, rule) for number, rule in enumerate(bench.every_rule()))
    new = Line("request.desk", Known(False))
    book = replace(bench, scope=new, rules=every[:-1], otherwise=every[-1])
    team = Team({one: Person(one, one) for one in SELLERS}, {"sellers": Pool("sellers", SELLERS)})
    return Ruleset((book,), team, MOMENT.calendars, Fields(), version=1)


def fill(path: Path, leads: int) -> None:
    """A database with that many new requests, due now."""
    database, ruleset = Database(f"sqlite:///{path}"), rules()
    database.migrate()
    rows = job(leads).rows
    with database.begin() as conn:
        rulesets.put_live(conn, "bench", {}, NOW, "benchmark")
        agenda.touch_all(conn, ruleset, NOW)
    for start in range(0, leads, CHUNK):
        with database.begin() as conn:
            for kind, subjects in _subjects(rows[start : start + CHUNK], start).items():
                intake_writes.upsert(conn, kind, subjects, NOW, "import")
            visits = list(_visits(rows[start : start + CHUNK], start))
            if visits:
                conn.execute(activities.insert(), visits)
    with database.begin() as conn:
        conn.exec_driver_sql("ANALYZE")
    database.close()
    _rest(path)


def _subjects(rows: list[list[object]], start: int) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {"account": [], "contact": [], "request": []}
    for number, row in enumerate(rows, start):
        one: dict[str, dict[str, object]] = {kind: {"id": f"{number:06}"} for kind in found}
        for path, value in zip(PATHS, row, strict=False):
            entity, _, name = path.partition(".")
            one[entity][name] = value
        one["request"] |= {"contact": f"{number:06}", "account": f"{number:06}", "desk": None}
        one["contact"].pop("site_visits_3w")
        one["account"].pop("postcode_number")
        for kind, values in one.items():
            found[kind].append(values)
    return found


def _visits(rows: list[list[object]], start: int) -> Iterator[dict[str, object]]:
    slot = PATHS.index("contact.site_visits_3w")
    for number, row in enumerate(rows, start):
        for visit in range(min(int(str(row[slot] or 0)), 3)):
            contact = f"{number:06}"
            at = NOW - (visit + 1) * 30 * HOUR
            yield {"id": f"{contact}-{visit}", "at": at, "recorded_at": at, "kind": "site_visit", "contact": contact}


def _rest(path: Path) -> None:
    """Everything out of the write-ahead log, so that the file can be copied."""
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()


def ours(path: Path) -> dict[str, float]:
    """One sweep."""
    database = Database(f"sqlite:///{path}")
    sweeper = Sweeper(database, rules())
    cpu, wall = time.process_time(), time.perf_counter()
    summary = sweeper.sweep("route", NOW)
    taken = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "decided": summary.decided}
    database.close()
    return taken


def floor(path: Path, done: Path) -> dict[str, float]:
    """The bare reading and writing. `done`: the database after our sweep, whose rows are written again."""
    chunks = list(_chunks(done))
    conn = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-64000"):
        conn.execute(f"PRAGMA {pragma}")
    gc.freeze()
    gc.disable()  # what is written was read beforehand; looking through it for garbage is no part of the floor
    cpu, wall = time.process_time(), time.perf_counter()
    decided = 0
    for chunk in chunks:
        conn.execute("BEGIN IMMEDIATE")
        decided += len(conn.execute(_READ, (NOW - 21 * 24 * HOUR, NOW, CHUNK)).fetchall())
        for sql, rows in chunk.items():
            conn.executemany(sql, rows)
        conn.execute("COMMIT")
    taken = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "decided": decided}
    conn.close()
    return taken


_OWN = [path for path in PATHS if path != "contact.site_visits_3w"]
_READ = (
    f"SELECT r.id, r.status, r.owner, r.routed_at, {', '.join(path[0] + path[path.index('.') :] for path in _OWN)},"
    " (SELECT count(*) FROM activities v WHERE v.contact = c.id AND v.kind = 'site_visit' AND v.at > ? AND v.at <= ?2)"
    " FROM (SELECT id FROM agenda WHERE flow = 'route' AND kind = 'request' AND due_at <= ?2"
    " ORDER BY due_at, id LIMIT ?3) AS d JOIN requests r ON r.id = d.id LEFT JOIN contacts c ON c.id = r.contact"
    " LEFT JOIN accounts a ON a.id = r.account"
)


def _chunks(done: Path) -> Iterator[dict[str, list[tuple[object, ...]]]]:
    """What our sweep wrote, as statements with their rows, chunk by chunk in its order."""
    conn = sqlite3.connect(done)
    order = [row[0] for row in conn.execute("SELECT subject FROM decisions ORDER BY id")]
    tables: dict[str, dict[str, list[tuple[object, ...]]]] = {}
    for table in WRITTEN:
        columns = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
        names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
        sql, slot = f"INSERT INTO {table} ({names}) VALUES ({marks})", columns.index("subject")
        mine = " WHERE cause <> 'import'" if table == "history" else ""
        by_subject = tables.setdefault(sql, {})
        for row in conn.execute(f"SELECT {names} FROM {table}{mine}"):
            by_subject.setdefault(row[slot], []).append(row)
    for sql, select in (
        (
            "UPDATE requests SET desk = ?, owner = ?, routed_at = ? WHERE id = ?",
            "desk, owner, routed_at, id FROM requests",
        ),
        ("UPDATE agenda SET due_at = ? WHERE flow = 'route' AND kind = 'request' AND id = ?", "due_at, id FROM agenda"),
    ):
        tables[sql] = {f"request/{row[-1]}": [row] for row in conn.execute(f"SELECT {select}")}
    conn.close()
    for start in range(0, len(order), CHUNK):
        chosen = order[start : start + CHUNK]
        yield {sql: [row for one in chosen for row in rows.get(one, ())] for sql, rows in tables.items()}


def _child(mode: str, folder: Path) -> dict[str, float]:
    """One run in a process of its own, on a copy of the database of its own; with the peak of its memory in MB."""
    work = folder / f"{mode}.db"
    shutil.copy(folder / "start.db", work)
    command = [sys.executable, "-m", "benchmarks.whole_job", "--child", mode, "--folder", str(folder)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    _rest(work)
    return found


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the leads, and one run instead of three")
    parser.add_argument("--child", choices=("ours", "floor"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        work = options.folder / f"{options.child}.db"
        taken = ours(work) if options.child == "ours" else floor(work, options.folder / "ours.db")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**taken, "peak": peak}))
        return
    leads = 10_000 if options.quick else 100_000
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name) / "start.db", leads)
        runs = [(_child("ours", Path(name)), _child("floor", Path(name))) for _ in range(1 if options.quick else 3)]
    assert all(one["decided"] == leads for run in runs for one in run)
    mine, bare = ([run[side] for run in runs] for side in (0, 1))
    print(f"{len(rules().rulebooks[0].rules)} rules, {leads:,} requests; medians of {len(runs)} runs, µs per request\n")
    print(f"{'':34}{'processor':>12}{'wall':>12}{'per second':>14}")
    for what, side in (("read, decide, write", mine), ("bare reading and writing", bare)):
        cpu, wall = (statistics.median(one[key] for one in side) for key in ("cpu", "wall"))
        print(f"{what:34}{cpu / leads * 1e6:>12.1f}{wall / leads * 1e6:>12.1f}{leads / wall:>14,.0f}")
    ratio = statistics.median(own["cpu"] / floor["cpu"] for own, floor in runs)
    print(f"\nthe whole job is {ratio:.2f} times the bare reading and writing")
    print(f"peak memory of the sweep's process: {max(one['peak'] for one in mine):.0f} MB")


if __name__ == "__main__":
    main()
