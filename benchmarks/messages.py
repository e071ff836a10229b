"""Planning ticks per second: what a look costs, by how many messages wait; in memory, and with the database.

python -m benchmarks.messages [--quick]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from leadrelay.clock import MINUTE, SECOND, parse_time
from leadrelay.duration import Duration
from leadrelay.leads.team import Person, Team
from leadrelay.messages.flood import FLOOD, flood, signals
from leadrelay.messages.policy import Cap, Policy
from leadrelay.messages.postbox import Postbox
from leadrelay.messages.readers import Readers
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.database import Database
from leadrelay.store.schema import messages
from notifications.planning import Planning

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = parse_time("2026-11-23 10:00", ZONE)
POLICY = Policy(caps=(Cap(frozenset(), 1, Duration(1, "day")),))
"""One mail a day: after the first one everything waits."""
TEAM = Team({"director": Person("director", "Director", "director@example.com")})


def per_tick(tick: Callable[[int], object], times: int) -> float:
    """The median seconds of a tick."""
    taken = []
    for number in range(times):
        begun = time.perf_counter()
        tick(number)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def in_memory(waiting: int, times: int) -> float:
    """A reader whose cap is used up, with so many messages waiting."""
    readers, box = Readers(POLICY, TEAM, {}), Postbox()
    first, *others = signals(waiting + 2, MINUTE, NOW)
    box.put([first])
    box.tick(readers, NOW)
    box.put(others)
    return per_tick(lambda number: box.tick(readers, NOW + 2 * MINUTE + number), times)


def with_database(waiting: int, times: int) -> float:
    """The same through the tables of SQLite; each tick finds one new message, so that it cannot do nothing."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bench.db")
        database.migrate()
        planning = Planning(Ruleset(team=TEAM, messages=POLICY), "en", ZONE)
        coming = signals(waiting + times + 2, MINUTE, NOW)
        rows = [
            {
                "key": one.key,
                "at": one.at,
                "to": one.to,
                "language": "en",
                "template": one.template,
                "subject": one.subject,
                "urgency": one.urgency,
                "reason": "why",
                "decision": f"rule|{one.subject}|1|0",
            }
            for one in coming
        ]

        def add(some: list[dict[str, object]]) -> None:
            with database.begin() as conn:
                conn.execute(insert(messages), some)

        add(rows[:1])
        planning.plan(database, NOW + MINUTE)
        add(rows[1 : waiting + 1])
        planning.plan(database, NOW + 2 * MINUTE)
        late = iter(rows[waiting + 1 :])

        def tick(number: int) -> None:
            add([next(late)])
            planning.plan(database, NOW + 2 * MINUTE + number)

        taken = per_tick(tick, times)
        database.close()
        return taken


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, and no more than 1,000 waiting")
    quick = parser.parse_args().quick
    times = 20 if quick else 100
    print("| messages waiting for one reader | in memory, ticks/s | with SQLite, ticks/s | µs per message |")
    print("|---:|---:|---:|---:|")
    for waiting in (1, 10, 100, 1000) if quick else (1, 10, 100, 1000, 5000):
        memory, stored = in_memory(waiting, times), with_database(waiting, min(times, 50))
        print(f"| {waiting:,} | {1 / memory:,.0f} | {1 / stored:,.0f} | {memory / waiting * 1e6:.1f} |")
    begun = time.perf_counter()
    came = flood(Readers(FLOOD, TEAM, {}), NOW)
    taken = time.perf_counter() - begun
    print(
        f"\nThe flood: {came.signals:,} messages, a plan every second for ten minutes, {taken:.1f} s in all; "
        f"{len(came.mails)} mails, the slowest message told after {came.slowest / SECOND / 60:.1f} minutes."
    )


if __name__ == "__main__":
    main()
