"""Decisions per second of leadrelay and other rule engines on the same job, in one run:

    python -m benchmarks.engines [--quick]

Peers get every time as an age in hours, worked out beforehand, and plain counts. leadrelay is measured on that, and on
its own times and windowed counts, where it also says until when each decision stands. All engines must come to the same
decisions on a sample, or nothing is measured. What is measured is processor time, and none of it is asserted.
"""

import argparse
import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import datalogic_py
import rule_engine  # type: ignore[import-untyped]
import zen

from benchmarks.dialects import expression, json_logic
from benchmarks.workload import MOMENT, PATHS, SLOTS, Job, job, peer_facts, timeless
from leadrelay.rulebook.compile import Matcher
from leadrelay.rulebook.evaluate import decide
from leadrelay.rulebook.model import Rulebook

Decisions = list[tuple[int, ...]]
Engine = Callable[[Rulebook, Sequence[Any]], Decisions]


def leadrelay_matcher(rulebook: Rulebook, leads: Sequence[Any]) -> Decisions:
    """Compiling, and working out until when each decision stands, are part of the time."""
    decide_row = Matcher(rulebook, SLOTS).at(MOMENT).decide
    return [decide_row(row).rules for row in leads]


def leadrelay_interpreter(rulebook: Rulebook, leads: Sequence[Any]) -> Decisions:
    return [decide(rulebook, SLOTS.facts(row), MOMENT).rules for row in leads]


def datalogic(rulebook: Rulebook, leads: Sequence[Any]) -> Decisions:
    conditions = [json_logic(rule.when) for rule in rulebook.rules]
    engine = datalogic_py.Engine()
    session = engine.session()
    if rulebook.hit == "first":
        chain = [part for number, condition in enumerate(conditions) for part in (condition, number)]
        first = engine.compile({"if": [*chain, len(conditions)]})
        return [(session.evaluate(first, facts),) for facts in leads]
    every = engine.compile([{"if": [condition, number, -1]} for number, condition in enumerate(conditions)])
    return [tuple(number for number in session.evaluate(every, facts) if number >= 0) for facts in leads]


def zen_engine(rulebook: Rulebook, leads: Sequence[Any]) -> Decisions:
    conditions = [expression(rule.when, "zen") for rule in rulebook.rules]
    if rulebook.hit == "first":
        chain = "".join(f"{condition} ? {number} : " for number, condition in enumerate(conditions))
        first = zen.compile_expression(f"{chain}{len(conditions)}")
        return [(int(first.evaluate(facts)),) for facts in leads]
    listed = ", ".join(f"{condition} ? {number} : -1" for number, condition in enumerate(conditions))
    every = zen.compile_expression(f"[{listed}]")
    return [tuple(int(number) for number in every.evaluate(facts) if number >= 0) for facts in leads]


def rule_engine_py(rulebook: Rulebook, leads: Sequence[Any]) -> Decisions:
    context = rule_engine.Context(default_value=None)
    rules = [rule_engine.Rule(expression(rule.when, "rule-engine"), context=context) for rule in rulebook.rules]
    if rulebook.hit == "all":
        return [tuple(number for number, rule in enumerate(rules) if rule.matches(facts)) for facts in leads]
    return [
        (next((number for number, rule in enumerate(rules) if rule.matches(facts)), len(rules)),) for facts in leads
    ]


@dataclass(frozen=True)
class Contender:
    """An engine, how many leads it gets (fewer where it is slow), and what it reads: rows, with or without times."""

    name: str
    engine: Engine
    leads: int
    reads_rows: bool = False
    timed: bool = False


CONTENDERS = (
    Contender("leadrelay", leadrelay_matcher, 100_000, reads_rows=True),
    Contender("leadrelay, times, until", leadrelay_matcher, 100_000, reads_rows=True, timed=True),
    Contender("its plain interpreter", leadrelay_interpreter, 2_000, reads_rows=True, timed=True),
    Contender("datalogic-py", datalogic, 20_000),
    Contender("zen-engine", zen_engine, 10_000),
    Contender("rule-engine", rule_engine_py, 300),
)


def main() -> None:
    """Check, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the leads, and one run instead of five")
    quick = parser.parse_args().quick
    timed = job(10_000 if quick else 100_000)
    jobs = {True: timed, False: timeless(timed)}
    check_agreement(jobs, 100 if quick else 300)
    print(f"{len(timed.first.rules)} rules, {len(PATHS)} fields; µs per lead (decisions per second), median\n")
    print(f"{'':24}{'first match':>24}{'all matches':>24}{'times ours':>16}")
    ours: list[float] = []
    for contender in CONTENDERS:
        work = jobs[contender.timed]
        leads = max(contender.leads // (10 if quick else 1), 50)
        times = [measure(contender, book, work, leads, 1 if quick else 5) for book in (work.first, work.all)]
        ours = ours or times
        cells = "".join(f"{f'{each:.2f} ({1e6 / each:,.0f})':>24}" for each in times)
        ratios = " / ".join(f"{each / own:.1f}" for each, own in zip(times, ours, strict=True))
        print(f"{contender.name:24}{cells}{ratios:>16}")


def check_agreement(jobs: Mapping[bool, Job], sample: int) -> None:
    """Every engine decides alike on the first leads. Raises AssertionError."""
    for pick in (attrgetter("first"), attrgetter("all")):
        wanted = leadrelay_interpreter(pick(jobs[True]), jobs[True].rows[:sample])
        for contender in CONTENDERS:
            work = jobs[contender.timed]
            decisions = contender.engine(pick(work), _leads(contender, work, sample))
            for number, (want, got) in enumerate(zip(wanted, decisions, strict=True)):
                assert got == want, f"{contender.name} decides {got} on lead {number}, not {want}"


def measure(contender: Contender, rulebook: Rulebook, work: Job, leads: int, runs: int) -> float:
    """Microseconds of processor time per lead, the median of that many runs."""
    inputs = _leads(contender, work, leads)
    taken = []
    gc.collect()
    gc.disable()  # as timeit does: no engine should pay for our keeping all leads in memory
    for _ in range(runs):
        start = time.process_time()
        contender.engine(rulebook, inputs)
        taken.append((time.process_time() - start) / len(inputs) * 1e6)
    gc.enable()
    return statistics.median(taken)


def _leads(contender: Contender, work: Job, count: int) -> Sequence[Any]:
    rows = work.rows[:count]
    return rows if contender.reads_rows else [peer_facts(row) for row in rows]


if __name__ == "__main__":
    main()
