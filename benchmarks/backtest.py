"""A backtest of two versions of the rules over a year of requests, against evaluating the same requests once:

    python -m benchmarks.backtest [--quick]

100 rules with actions (route, assign, notify), 100,000 requests with their contacts, accounts and site visits, received
over a year and imported with their dates, in SQLite; the draft has another threshold in one rule. Measured, each in a
process of its own:

- `matched once`: the facts of every request are read from the database, and the compiled rules are held against them
  once, at the moment at which it came in. Nothing is done with the outcome: no desk, no owner, no message.
- `evaluated once`: the same, and the state machine does what the rule that decides says, in memory: a desk, an owner by
  load or by turns, a message. Nothing is written, and nothing happens besides: no visits come in, nothing is closed.
- `run once`: one run of the flow over the same requests, which decides, acts and writes, all at one moment.
- `backtest`: what `leadrelay backtest --rules DRAFT` does: reads the year, lives through it twice on a moving clock,
  looking at each request when it comes in and whenever time or a change may turn something, and compares.
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from msgspec.structs import replace

from benchmarks import whole_job
from benchmarks.workload import MOMENT
from leadrelay.act.case import Case, World
from leadrelay.act.engine import Engine
from leadrelay.act.sweep import Sweeper
from leadrelay.backtest.run import Wish, both, read, seldom_collecting
from leadrelay.clock import HOUR
from leadrelay.leads.effects import Effects
from leadrelay.rulebook.compile import Matcher
from leadrelay.rulebook.condition import All, Condition, Line, Moment, Range
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.database import Database
from leadrelay.store.facts import Reader

NOW = MOMENT.now
YEAR = 365 * 24 * HOUR
MODES = ("matched once", "evaluated once", "run once", "backtest")


def versions() -> tuple[Ruleset, Ruleset]:
    """The workload's rules, and the same with one threshold moved."""
    ruleset = replace(whole_job.rules(), digest="live")
    book = ruleset.rulebooks[0]
    place, line = next(
        (place, line) for place, rule in enumerate(book.rules) for line in rule.when.lines() if _is_threshold(line)
    )
    rule = book.rules[place]
    assert isinstance(line.test, Range) and isinstance(line.test.low, int)
    moved = replace(line, test=replace(line.test, low=line.test.low // 2))
    rules = (*book.rules[:place], replace(rule, when=_with(rule.when, line, moved)), *book.rules[place + 1 :])
    return ruleset, replace(ruleset, rulebooks=(replace(book, rules=rules),), digest="draft")


def _is_threshold(line: Line) -> bool:
    return isinstance(line.test, Range) and isinstance(line.test.low, int) and line.test.high is None


def _with(condition: Condition, old: Line, new: Line) -> Condition:
    if condition is old:
        return new
    assert isinstance(condition, All)
    return replace(condition, parts=tuple(new if part is old else part for part in condition.parts))


def fill(path: Path, leads: int) -> None:
    """A database with so many requests of the past year; nearly all of them are closed by now."""
    whole_job.fill(path, leads)
    database = Database(f"sqlite:///{path}")
    with database.begin() as conn:
        conn.exec_driver_sql(
            f"UPDATE requests SET received_at = {NOW} - {YEAR} + CAST(id AS INTEGER) * {YEAR // leads}"
        )
        conn.exec_driver_sql(
            f"UPDATE requests SET closed_at = received_at + (1 + CAST(id AS INTEGER) % 200) * {HOUR},"
            " status = 'closed', outcome = 'follow_up', reason = 'answered'"
            f" WHERE received_at + (1 + CAST(id AS INTEGER) % 200) * {HOUR} < {NOW}"
        )
    database.close()


def matched_once(database: Database) -> dict[str, float]:
    """Reads every request's facts, and holds the rules against them at the moment at which it came in."""
    ruleset = versions()[0]
    engine = Engine(ruleset, "route", "request")
    reader, matcher = Reader("request", engine.slots, ruleset.team), Matcher(ruleset.rulebooks[0], engine.slots)
    came, number = engine.slots.index["request.received_at"], 0
    with database.read() as conn:
        for rows in reader.all(conn, NOW):
            for row in rows:
                matcher.at(Moment(int(str(row[came])), ruleset.calendars)).decide(row)
            number += len(rows)
    return {"requests": number}


def evaluated_once(database: Database) -> dict[str, float]:
    """Reads every request's facts, and decides and acts in memory at the moment at which it came in."""
    ruleset = versions()[0]
    engine = Engine(ruleset, "route", "request", told=False)
    slots, number = engine.slots, 0
    reader, world = Reader("request", slots, ruleset.team), World(0, ruleset.team, ruleset.calendars)
    name, came = slots.index["request.id"], slots.index["request.received_at"]
    with database.read() as conn:
        for rows in reader.all(conn, NOW):
            for row in rows:
                world.go_on(int(str(row[came])), world.loads, roll=False)
                engine.at(world).look(Case("request", str(row[name]), row, slots))
            number += len(world.effects.decided)
            world.effects = Effects()
    return {"requests": number}


def run_once(database: Database) -> dict[str, float]:
    """One sweep over all of them."""
    return {"requests": Sweeper(database, versions()[0]).sweep("route", NOW).looked_at}


def backtest(database: Database) -> dict[str, float]:
    """Two versions over the year."""
    before, after = versions()
    with database.read() as conn:
        told = read(conn, Wish(before, after, NOW))
    database.close()
    found = both(told, "en").comparison
    return {"requests": found.subjects, "changed": len(found.changed), "decisions": found.decisions[1]}


WORK = dict(zip(MODES, (matched_once, evaluated_once, run_once, backtest), strict=True))


def _child(mode: str, folder: Path) -> dict[str, float]:
    shutil.copy(folder / "start.db", folder / "work.db")
    command = [sys.executable, "-m", "benchmarks.backtest", "--child", mode, "--folder", str(folder)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    for file in folder.glob("work.db*"):
        file.unlink()
    return found


def _measured(mode: str, folder: Path) -> dict[str, float]:
    database = Database(f"sqlite:///{folder}/work.db")
    wall, cpu = time.perf_counter(), time.process_time()
    with seldom_collecting():  # as a backtest does, so that all modes are measured alike
        found = WORK[mode](database)
    taken, used = time.perf_counter() - wall, time.process_time() - cpu
    database.close()
    here, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {**found, "wall": taken, "cpu": used + children.ru_utime, "peak": here.ru_maxrss / 1024}


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the requests, and one run instead of two")
    parser.add_argument("--child", choices=MODES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(_measured(options.child, options.folder)))
        return
    leads, runs = (10_000, 1) if options.quick else (100_000, 2)
    with tempfile.TemporaryDirectory(prefix="leadrelay-bench-") as name:
        fill(Path(name) / "start.db", leads)
        found = [{mode: _child(mode, Path(name)) for mode in MODES} for _ in range(runs)]
    print(f"{len(versions()[0].rulebooks[0].rules)} rules, {leads:,} requests of a year; medians of {runs} run(s)\n")
    print(f"{'':16}{'wall':>10}{'processor':>12}{'memory':>10}")
    for mode in MODES:
        wall, cpu, peak = (statistics.median(run[mode][key] for run in found) for key in ("wall", "cpu", "peak"))
        print(f"{mode:16}{wall:>8.1f} s{cpu:>10.1f} s{peak:>7.0f} MB")
    last = found[-1]["backtest"]
    print(f"\n{last['decisions']:,} decisions under the draft; {last['changed']} requests change")
    for mode in MODES[:-1]:
        ratio = statistics.median(run["backtest"]["wall"] / run[mode]["wall"] for run in found)
        print(f"a backtest of two versions takes {ratio:.1f} times as long as '{mode}'")


if __name__ == "__main__":
    main()
