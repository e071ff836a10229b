"""Decisions per second of leadrelay and other rule engines on the same job, in one run:

    python -m benchmarks.engines [--quick]

All engines must come to the same decisions on a sample, or nothing is measured. Times are not asserted.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import datalogic_py
import rule_engine
import zen

from benchmarks.dialects import expression, json_logic
from benchmarks.workload import MOMENT, SLOTS, Job, job, peer_facts
from leadrelay.rulebook.compile import Matcher
from leadrelay.rulebook.evaluate import decide
from leadrelay.rulebook.model import Rulebook

Decisions = list[tuple[int, ...]]
Engine = Callable[[Rulebook, Sequence[object]], Decisions]


def leadrelay_matcher(rulebook: Rulebook, leads: Sequence[object]) -> Decisions:
    """Compiling, and working out until when each decision stands, are part of the time."""
    decide_row = Matcher(rulebook, SLOTS).at(MOMENT).decide
    return [decide_row(row).rules for row in leads]  # type: ignore[arg-type]


def leadrelay_interpreter(rulebook: Rulebook, leads: Sequence[object]) -> Decisions:
    return [decide(rulebook, SLOTS.facts(row), MOMENT).rules for row in leads]  # type: ignore[arg-type]


def datalogic(rulebook: Rulebook, leads: Sequence[object]) -> Decisions:
    conditions = [json_logic(rule.when) for rule in rulebook.rules]
    engine = datalogic_py.Engine()
    session = engine.session()
    if rulebook.hit == "first":
        chain = [part for number, condition in enumerate(conditions) for part in (condition, number)]
        first = engine.compile({"if": [*chain, len(conditions)]})
        return [(session.evaluate(first, facts),) for facts in leads]
    every = engine.compile([{"if": [condition, number, -1]} for number, condition in enumerate(conditions)])
    return [tuple(number for number in session.evaluate(every, facts) if number >= 0) for facts in leads]


def zen_engine(rulebook: Rulebook, leads: Sequence[object]) -> Decisions:
    conditions = [expression(rule.when, "zen") for rule in rulebook.rules]
    if rulebook.hit == "first":
        chain = "".join(f"{condition} ? {number} : " for number, condition in enumerate(conditions))
        first = zen.compile_expression(f"{chain}{len(conditions)}")
        return [(int(first.evaluate(facts)),) for facts in leads]
    listed = ", ".join(f"{condition} ? {number} : -1" for number, condition in enumerate(conditions))
    every = zen.compile_expression(f"[{listed}]")
    return [tuple(int(number) for number in every.evaluate(facts) if number >= 0) for facts in leads]


def rule_engine_py(rulebook: Rulebook, leads: Sequence[object]) -> Decisions:
    context = rule_engine.Context(default_value=None)
    rules = [rule_engine.Rule(expression(rule.when, "rule-engine"), context=context) for rule in rulebook.rules]
    if rulebook.hit == "all":
        return [tuple(number for number, rule in enumerate(rules) if rule.matches(facts)) for facts in leads]
    return [
        (next((number for number, rule in enumerate(rules) if rule.matches(facts)), len(rules)),) for facts in leads
    ]


@dataclass(frozen=True)
class Contender:
    """An engine, whether it reads our rows, and how many leads it gets: fewer where it is slow."""

    name: str
    engine: Engine
    reads_rows: bool
    leads: int


CONTENDERS = (
    Contender("leadrelay, matcher", leadrelay_matcher, True, 100_000),
    Contender("leadrelay, interpreter", leadrelay_interpreter, True, 2_000),
    Contender("datalogic-py", datalogic, False, 20_000),
    Contender("zen-engine", zen_engine, False, 10_000),
    Contender("rule-engine", rule_engine_py, False, 300),
)


def main() -> None:
    """Check, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the leads, and one run instead of five")
    quick = parser.parse_args().quick
    work = job(10_000 if quick else 100_000)
    check_agreement(work, 100 if quick else 300)
    print(f"{len(work.first.rules)} rules, {len(SLOTS.paths)} fields, µs per lead (decisions per second), median\n")
    print(f"{'':24}{'first match':>24}{'all matches':>24}{'slower than ours':>20}")
    ours: list[float] = []
    for contender in CONTENDERS:
        leads = max(contender.leads // (10 if quick else 1), 50)
        times = [measure(contender, book, work, leads, 1 if quick else 5) for book in (work.first, work.all)]
        ours = ours or times
        cells = "".join(f"{f'{each:.2f} ({1e6 / each:,.0f})':>24}" for each in times)
        ratios = " / ".join(f"{each / own:.1f}" for each, own in zip(times, ours, strict=True))
        print(f"{contender.name:24}{cells}{ratios:>20}")


def check_agreement(work: Job, sample: int) -> None:
    """Every engine decides alike on the first leads. Raises AssertionError."""
    for rulebook in (work.first, work.all):
        wanted = leadrelay_interpreter(rulebook, work.rows[:sample])
        for contender in CONTENDERS:
            leads = _leads(contender, work, sample)
            for number, (want, got) in enumerate(zip(wanted, contender.engine(rulebook, leads), strict=True)):
                assert got == want, f"{contender.name} decides {got} on lead {number}, not {want}"


def measure(contender: Contender, rulebook: Rulebook, work: Job, leads: int, runs: int) -> float:
    """Microseconds per lead, the median of that many runs."""
    inputs = _leads(contender, work, leads)
    taken = []
    for _ in range(runs):
        start = time.process_time()
        contender.engine(rulebook, inputs)
        taken.append((time.process_time() - start) / len(inputs) * 1e6)
    return statistics.median(taken)


def _leads(contender: Contender, work: Job, count: int) -> Sequence[object]:
    rows = work.rows[:count]
    return rows if contender.reads_rows else [peer_facts(row) for row in rows]


if __name__ == "__main__":
    main()
