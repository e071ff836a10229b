"""From a request's row to its decision under `leadrelay serve`, against the bare poll; and what 10,000 requests cost:

    python -m benchmarks.serve [--quick] [--without-prefect]

One row at a time is written to the database, at random moments. `decided`: the decision's row is there; `bare poll`: a
loop that only looks for new rows as often, and writes one line for each; `while rules change`: a rule file is saved
every few seconds, so that a version is being judged or taken up. Wall-clock time; memory is the resident set.
"""

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from leadrelay.clock import system_clock
from leadrelay.commands.start import write_project
from leadrelay.project import Project, open_project
from leadrelay.store import intake_writes, rulesets
from leadrelay.store.raw import Statement

POLL = 0.2
SAVED_EVERY = 10.0
"""Seconds between two changes of a rule file: what is saved while it is judged is judged anew."""
_NEW = Statement("SELECT id FROM requests WHERE desk IS NULL AND status = 'open'")
_DECIDED = Statement("SELECT 1 FROM decisions WHERE subject = :subject AND rulebook = 'routing'")
_ANSWER = Statement("UPDATE requests SET desk = 'sales' WHERE id = :id")


def request(name: str) -> dict[str, object]:
    """A question that inside sales gets."""
    return {
        "id": name,
        "kind": "new_project",
        "channel": "phone",
        "summary": f"About {name}",
        "received_at": system_clock(),
    }


def register(project: Project, *names: str) -> None:
    """Rows as an import writes them."""
    with project.database.begin() as conn:
        intake_writes.upsert(conn, "request", [request(one) for one in names], system_clock(), "import benchmark")  # type: ignore[arg-type]


def latencies(project: Project, count: int, is_decided: Callable[[str], bool]) -> list[float]:
    """Seconds from each row's commit until it was decided about."""
    dice, taken, pause = random.Random(1), [], threading.Event()
    for number in range(count):
        pause.wait(dice.random())
        name = f"{is_decided.__name__}-{number}"
        register(project, name)
        start = time.perf_counter()
        while not is_decided(name):
            pause.wait(0.002)
        taken.append(time.perf_counter() - start)
    return taken


def bare_poll(project: Project, stop: threading.Event) -> None:
    """Looks for new rows as often as `serve` does, and marks each."""
    while not stop.wait(POLL):
        with project.database.read() as conn:
            new = [row[0] for row in _NEW.rows(conn)]
        if new:
            with project.database.begin() as conn:
                _ANSWER.many(conn, [{"id": one} for one in new])


def show(name: str, taken: list[float]) -> None:
    """One line: median, 95th percentile, maximum."""
    cuts = statistics.quantiles(taken, n=20)
    print(f"{name:34}{statistics.median(taken):9.3f} s{cuts[-1]:9.3f} s{max(taken):9.3f} s", flush=True)


def memory(process: int) -> str:
    """The resident set of a process, now and at most."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    now, most = (int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return f"{now:.0f} MB (at most {most:.0f})"


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """A rule file is saved anew every few seconds, so that there is always a version being judged or taken up."""
    path, stop = folder / "rules/routing.yaml", threading.Event()
    good = path.read_text()

    def save() -> None:
        number = 0
        while not stop.wait(SAVED_EVERY):
            number += 1
            path.write_text(f"{good}# {number}\n")

    thread = threading.Thread(target=save)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def measure_bare(folder: Path, count: int) -> None:
    """The floor under everything: polling and one write."""
    project, stop = open_project(folder, None, "take_up"), threading.Event()
    thread = threading.Thread(target=bare_poll, args=(project, stop))
    thread.start()

    def bare(name: str) -> bool:
        with project.database.read() as conn:
            return conn.execute(text("SELECT desk FROM requests WHERE id = :id"), {"id": name}).scalar() is not None

    show("bare poll", latencies(project, count, bare))
    stop.set()
    thread.join()
    project.database.close()


def measure_served(folder: Path, count: int, many: int, prefect: bool) -> None:
    """The real process: latency, then a lot at once, then its memory."""
    project = open_project(folder, None, "take_up")
    command = [sys.executable, "-m", "leadrelay", "--project", str(folder), "serve"]
    log = folder / "serve.log"
    with log.open("wb") as errors:
        process = subprocess.Popen([*command, *([] if prefect else ["--without-prefect"])], stderr=errors)
    pause = threading.Event()

    def served(name: str) -> bool:
        with project.database.read() as conn:
            return bool(_DECIDED.rows(conn, subject=f"request/{name}"))

    def judged(name: str) -> bool:
        return served(name)

    try:
        while (b"Prefect: flow runs" if prefect else b"serving") not in log.read_bytes():
            assert process.poll() is None, log.read_text()
            pause.wait(0.1)
        pause.wait(10.0 if prefect else 1.0)  # the process of the schedules starts as well
        print(f"memory at the start: {memory(process.pid)}")
        show(f"serve, {'through Prefect' if prefect else 'directly'}", latencies(project, count, served))
        with changing(folder):
            show("the same, while rules change", latencies(project, count, judged))
        with project.database.read() as conn:
            print(f"versions of the rules that were judged and went live meanwhile: {rulesets.live_number(conn) - 1}")
        start = time.perf_counter()
        for first in range(0, many, 100):
            register(project, *(f"many-{number:06}" for number in range(first, min(first + 100, many))))
        while not served(f"many-{many - 1:06}"):
            pause.wait(0.01)
        print(f"{many:,} requests in a row: the last is decided after {time.perf_counter() - start:.1f} s")
        pause.wait(5.0)
        print(f"memory after them: {memory(process.pid)}")
    finally:
        start = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        print(f"stopped after {time.perf_counter() - start:.1f} s")
        project.database.close()


def main() -> None:
    """Measures the poll, then `serve`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rows")
    parser.add_argument("--without-prefect", action="store_true", help="flows run directly")
    chosen = parser.parse_args()
    count, many = (20, 1_000) if chosen.quick else (100, 10_000)
    os.environ.pop("PREFECT_API_URL", None)
    print(f"{'':34}{'median':>11}{'p95':>11}{'max':>11}")
    with tempfile.TemporaryDirectory(prefix="leadrelay-bench-", ignore_cleanup_errors=True) as name:
        for part in ("bare", "served"):
            write_project(Path(name) / part)
        measure_bare(Path(name) / "bare", count)
        measure_served(Path(name) / "served", count, many, not chosen.without_prefect)


if __name__ == "__main__":
    main()
