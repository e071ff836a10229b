"""Section 2, durations: the instant at which D has passed, to the second, in the calendar's zone.

The calendar is that of the contract: Monday-Thursday 09:00-12:30 and 13:00-17:30, Friday 09:00-17:00.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

# (D, a time, that time and D later)
SPANS = [
    ("4 working hours", "2026-11-20 16:40:00", "2026-11-23 13:10:00"),  # over the weekend and lunch
    ("1 working hour", "2026-11-19 12:00:00", "2026-11-19 13:30:00"),
    ("1 working hour", "2026-11-19 12:40:00", "2026-11-19 14:00:00"),  # from within lunch
    ("1 working hour", "2026-11-19 11:30:00", "2026-11-19 12:30:00"),  # ends as lunch begins
    ("1 working hour", "2026-11-20 16:00:00", "2026-11-20 17:00:00"),  # ends as the week does
    ("8 working hours", "2026-11-18 09:00:00", "2026-11-18 17:30:00"),
    ("1 working hour", "2026-12-23 17:00:00", "2026-12-28 09:30:00"),  # a closed day, Christmas and a weekend
    ("90 working minutes", "2026-11-21 03:00:00", "2026-11-23 10:30:00"),
    ("1 working day", "2026-11-19 10:00:00", "2026-11-20 10:00:00"),
    ("1 working day", "2026-11-20 16:59:00", "2026-11-23 16:59:00"),
    ("1 working day", "2026-11-19 17:15:00", "2026-11-20 17:00:00"),  # closed then: the day's closing time
    ("1 working day", "2026-11-20 12:45:00", "2026-11-23 13:00:00"),  # closed then: the day's next opening
    ("1 working day", "2026-11-21 12:00:00", "2026-11-24 09:00:00"),  # moved to Monday's opening first
    ("1 working day", "2026-11-19 12:40:00", "2026-11-20 13:00:00"),
    ("1 working day", "2026-11-19 05:00:00", "2026-11-20 09:00:00"),
    ("2 working days", "2026-12-23 10:00:00", "2026-12-29 10:00:00"),
    ("1 working day", "2026-04-24 10:00:00", "2026-04-28 10:00:00"),  # King's Day
    ("1 working day", "2026-03-27 10:00:00", "2026-03-30 10:00:00"),  # clocks go forward
    ("8 working hours", "2026-03-27 10:00:00", "2026-03-30 10:00:00"),
    ("10 working days", "2026-10-19 11:11:11", "2026-11-02 11:11:11"),  # clocks go back
    ("1 day", "2026-03-28 10:00:00", "2026-03-29 10:00:00"),
    ("24 hours", "2026-03-28 10:00:00", "2026-03-29 11:00:00"),
    ("1 day", "2026-10-24 10:00:00", "2026-10-25 10:00:00"),
    ("24 hours", "2026-10-24 10:00:00", "2026-10-25 09:00:00"),
    ("4 hours", "2026-10-25 01:30:00", "2026-10-25 04:30:00"),
    ("2 weeks", "2026-10-20 10:00:00", "2026-11-03 10:00:00"),
    ("1 month", "2027-01-31 12:00:00", "2027-02-28 12:00:00"),
    ("1 month", "2027-03-01 12:00:00", "2027-04-01 12:00:00"),
    ("6 months", "2026-08-31 12:00:00", "2027-02-28 12:00:00"),
    ("1 year", "2028-02-29 12:00:00", "2029-02-28 12:00:00"),
    ("15 minutes", "2026-12-31 23:50:00", "2027-01-01 00:05:00"),
]


def moved(time: str, seconds: int) -> str:
    return str(datetime.fromisoformat(time) + timedelta(seconds=seconds))


def verdicts(number: int, start: str, end: str) -> dict[str, tuple[str, str, bool]]:
    """Per name of a case: the clock, the time, and whether the rule for it holds."""
    return {
        f"{number} older_than at the instant": (end, start, True),
        f"{number} older_than a second before": (moved(end, -1), start, False),
        f"{number} newer_than at the instant": (end, start, False),
        f"{number} newer_than a second before": (moved(end, -1), start, True),
        f"{number} within at the instant": (start, end, True),
        f"{number} within a second further": (start, moved(end, 1), False),
    }


CASES = {
    name: case for number, (_, start, end) in enumerate(SPANS) for name, case in verdicts(number, start, end).items()
}


@pytest.fixture(scope="module")
def differences(tmp_path_factory: pytest.TempPathFactory, company: Any) -> dict[str, list[Any]]:
    project = company(tmp_path_factory.mktemp("durations"))
    project.write("rules/fields.yaml", "request: {t: {type: time}}")
    for number, (duration, _, _) in enumerate(SPANS):
        for word in ("older_than", "newer_than", "within"):
            project.rules(
                f"""\
rulebook: {word}-{number}
subject: request
flow: route
hit: all
scope: {{request.id: "{number} {word}"}}
rules:
  - id: r-{word}-{number}
    when: {{request.extra.t: {{{word}: {duration}}}}}
    then: [{{task: {{for: an, what: it, due: 1 day}}}}]
""",
                f"{word}-{number}",
            )
    tests = []
    for name, (now, time, holds) in CASES.items():
        number_, word = name.split()[:2]
        given = {"request": {"id": f"{number_} {word}", "extra.t": time}}
        expect = {f"{word}-{number_}": f"r-{word}-{number_}" if holds else "nothing"}
        tests.append({"test": name, "now": now, "given": given, "expect": expect})
    project.tests(json.dumps({"tests": tests}, indent=1))
    report = project.cli("test", "--json").json
    return {test["test"]: test["differences"] for test in report["tests"]}


@pytest.mark.parametrize("name", CASES)
def test_duration(differences: dict[str, list[Any]], name: str) -> None:
    assert differences[name] == []
