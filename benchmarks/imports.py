"""`leadrelay import` on generated request rows, each with its contact and account: rows per second and memory.

    python -m benchmarks.imports [--quick]

Taken in for the first time, then once more (all unchanged), on a fresh SQLite database. Peak memory is that of the
whole process, and of the Python objects alone in a run of its own (tracing slows it down, so it is not timed).
"""

import argparse
import csv
import random
import resource
import statistics
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

from leadrelay.clock import parse_time
from leadrelay.intake.importer import Intake
from leadrelay.leads.fields import Fields
from leadrelay.leads.team import Team
from leadrelay.store.database import Database
from leadrelay.zone import zone_of

ROWS, QUICK = 100_000, 10_000
COLUMNS = (
    *("id", "received_at", "channel", "kind", "source", "summary", "expected_value"),
    *("contact.name", "contact.email", "contact.phone"),
    *("account.name", "account.domain", "account.employees", "account.country"),
)
CHANNELS, KINDS = ("web_form", "phone", "email"), ("information", "renewal", "new_project")
ZONE = zone_of("Europe/Amsterdam")


def main() -> None:
    """Prints the figures of one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} rows instead of {ROWS:,}")
    rows = QUICK if parser.parse_args().quick else ROWS
    with tempfile.TemporaryDirectory(prefix="leadrelay-bench-") as name:
        folder = Path(name)
        path = folder / "requests.csv"
        write_rows(path, rows)
        print(
            f"{rows:,} rows of {len(COLUMNS)} columns, {path.stat().st_size / 1e6:.1f} MB; CSV read alone, as a floor:"
        )
        print(f"  {rows / bare_read(path):>10,.0f} rows/s  csv.reader")
        intake = fresh_intake(folder / "timed.db")
        for what in ("first", "again"):
            start = time.perf_counter()
            report = intake.take(str(path), "requests", None)
            spent = time.perf_counter() - start
            counts = f"{report.taken:,} taken, {report.unchanged:,} unchanged, {report.rejected:,} rejected"
            print(f"  {rows / spent:>10,.0f} rows/s  {what}: {counts}, {spent:.1f} s")
        intake.database.close()
        unit = 1 if sys.platform == "darwin" else 1024
        print(f"  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6:>10,.0f} MB peak of the process")
        for part in (4_000, rows // 2):
            print(f"  {objects_at_peak(folder, part) / 1e6:>10,.1f} MB of Python objects at most for {part:,} rows")


def write_rows(path: Path, rows: int) -> None:
    """A file of invented requests: two per contact and five per account."""
    chance = random.Random(20_261_120)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(rows):
            person = chance.randrange(rows // 2)
            company = person % (rows // 5)
            day, clock = f"2026-{chance.randint(1, 10):02}-{chance.randint(1, 28):02}", f"{chance.randrange(86_400):05}"
            writer.writerow(
                (
                    number,
                    f"{day} {int(clock) // 3600:02}:{int(clock) // 60 % 60:02}:{int(clock) % 60:02}",
                    chance.choice(CHANNELS),
                    chance.choice(KINDS),
                    "fair",
                    f"asks about machine {number}",
                    f"€ {chance.randint(1, 99)}.{chance.randint(100, 999)},50",
                    f"Person {person}",
                    f"p{person}@company{company}.example",
                    f"030-{person:07}",
                    f"Company {company}",
                    f"company{company}.example",
                    company % 900 + 1,
                    chance.choice(("NL", "BE")),
                )
            )


def bare_read(path: Path) -> float:
    """Seconds to read the file's rows and do nothing with them; the median of three."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        with path.open(newline="", encoding="utf-8") as file:
            for _row in csv.reader(file):
                pass
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def fresh_intake(path: Path) -> Intake:
    """An intake on a new SQLite database."""
    database = Database(f"sqlite:///{path}")
    database.migrate()
    return Intake(database, Fields(), Team(), ZONE, parse_time("2026-11-20 09:00", ZONE))


def objects_at_peak(folder: Path, rows: int) -> int:
    """Bytes that Python objects take at most while so many rows are imported."""
    path = folder / f"{rows}.csv"
    write_rows(path, rows)
    intake = fresh_intake(folder / f"{rows}.db")
    tracemalloc.start()
    intake.take(str(path), "requests", None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    intake.database.close()
    return peak


if __name__ == "__main__":
    main()
