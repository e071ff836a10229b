"""`make fuzz`: 100,000 seeded cases in parallel; prints how many of each kind, and every kind of failure once.

python -m tests.fuzz.driver [--count 100000] [--seed 1] [--workers 2] [--only 'rows/17']
"""

import argparse
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from random import Random
from types import FrameType

import click

from leadrelay.web import guesses
from tests.fuzz.targets import SHARES, TARGETS, World

HANG = 5.0
"""Seconds that one case may take."""
CHUNK = 250


class Hang(BaseException):
    """A case took too long; no `except Exception` of the program catches it."""


@dataclass
class Found:
    """What a run found: cases by kind, and the first case of each kind of failure with its last lines and count."""

    cases: Counter[str] = field(default_factory=Counter)
    failures: dict[str, tuple[str, str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    hangs: int = 0

    def add(self, other: "Found") -> None:
        """Adds what another worker found."""
        self.cases += other.cases
        self.counts += other.counts
        self.hangs += other.hangs
        self.failures = {**other.failures, **self.failures}


@contextmanager
def _in_time() -> Iterator[None]:
    def late(_number: int, _frame: FrameType | None) -> None:
        raise Hang

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, HANG)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def one_case(world: World, kind: str, seed: int, number: int, found: Found) -> None:
    """Runs one case, and notes how it ended."""
    found.cases[kind] += 1
    try:
        with _in_time():
            TARGETS[kind](world, Random(f"{seed}/{kind}/{number}"))
    except (Exception, Hang) as error:
        steps = traceback.extract_tb(error.__traceback__)
        ours = [one for one in steps if "site-packages" not in one.filename and "/tests/fuzz/" not in one.filename]
        place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
        name = f"{type(error).__name__} at {place}"
        found.counts[name] += 1
        found.hangs += isinstance(error, Hang)
        found.failures.setdefault(name, (f"{kind}/{number}", "".join(traceback.format_exception(error))[-1500:]))


def chunk(task: tuple[str, int, int, int]) -> Found:
    """Cases `first` up to `last` of one kind, in a world of their own."""
    kind, seed, first, last = task
    os.environ["LEADRELAY_CACHE"] = ""
    guesses.FREE = sys.maxsize
    found = Found()
    with tempfile.TemporaryDirectory(prefix="leadrelay-fuzz-") as folder:
        world = World(Path(folder) / "company")
        try:
            for number in range(first, last):
                one_case(world, kind, seed, number, found)
        finally:
            world.close()
    return found


def tasks(count: int, seed: int) -> list[tuple[str, int, int, int]]:
    """The chunks of a run, the kinds by turns."""
    found = []
    for kind, share in SHARES.items():
        whole = count * share // 100
        bounds = [*range(0, whole, CHUNK), whole]
        found += [(kind, seed, first, last) for first, last in pairwise(bounds)]
    return sorted(found, key=lambda task: task[2])


def main() -> int:
    """Returns 1 when a case failed or hung."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", help="one case, such as 'rows/17'")
    chosen = parser.parse_args()
    if chosen.only:
        kind, _, number = chosen.only.rpartition("/")
        found = chunk((kind, chosen.seed, int(number), int(number) + 1))
    else:
        found = _run(chosen.count, chosen.seed, chosen.workers)
    for name, (case, text) in sorted(found.failures.items()):
        click.echo(f"\n{found.counts[name]} x {name}, first in {case}:\n{text}")
    click.echo(
        f"\nseed {chosen.seed}: " + ", ".join(f"{number} {kind}" for kind, number in sorted(found.cases.items()))
    )
    tracebacks = sum(found.counts.values()) - found.hangs
    click.echo(f"{sum(found.cases.values())} cases: {tracebacks} tracebacks, {found.hangs} hangs over {HANG:.0f} s")
    return 1 if found.counts else 0


def _run(count: int, seed: int, workers: int) -> Found:
    found, began = Found(), time.monotonic()
    with get_context("fork").Pool(workers, maxtasksperchild=20) as pool:
        for done in pool.imap_unordered(chunk, tasks(count, seed)):
            found.add(done)
            if sys.stderr.isatty():
                click.echo(f"\r{sum(found.cases.values())} in {time.monotonic() - began:.0f} s", nl=False, err=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
