"""Section 2, conditions: every row of the table of tests, on every type of field.

Each case is tried twice: by a rule test (in memory), and by importing a request and running the flows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

NOW = "2026-11-20 09:13"
FIELDS = """\
request:
  w: {type: text}
  w2: {type: text}
  n: {type: number}
  n2: {type: number}
  m: {type: money}
  b: {type: yes_no}
  d: {type: date}
  d2: {type: date}
  t: {type: time}
  c: {type: choice, choices: [lathe, mill]}
  l: {type: list}
"""


@dataclass(frozen=True)
class Case:
    given: dict[str, Any]  # own fields of the request
    when: str  # a condition as written in YAML
    holds: bool

    @property
    def label(self) -> str:
        return f"{self.given} {self.when}"


def cases(*rows: tuple[dict[str, Any], str, bool]) -> list[Case]:
    return [Case(*row) for row in rows]


def w(value: str) -> dict[str, Any]:
    return {"w": value}


NOTHING: dict[str, Any] = {}
X = "request.extra"

TEXT = cases(
    (w("Acme"), f"{X}.w: acme", True),
    (w("  acme "), f"{X}.w: ACME", True),
    (w("acme"), f"{X}.w: ' Acme '", True),
    (w("acme b"), f"{X}.w: acme", False),
    (w("élan"), f"{X}.w: ÉLAN", True),
    (w("STRASSE"), f"{X}.w: strasse", True),
    (NOTHING, f"{X}.w: acme", False),
    (w("mill"), f"{X}.w: [lathe, Mill]", True),
    (w("saw"), f"{X}.w: [lathe, Mill]", False),
    (NOTHING, f"{X}.w: [lathe, mill]", False),
    (w("saw"), f"{X}.w: {{not: mill}}", True),
    (w("MILL"), f"{X}.w: {{not: mill}}", False),
    (NOTHING, f"{X}.w: {{not: mill}}", True),
    (w("mill"), f"{X}.w: {{not: [lathe, mill]}}", False),
    (w("saw"), f"{X}.w: {{not: [lathe, mill]}}", True),
    (NOTHING, f"{X}.w: {{not: [lathe, mill]}}", True),
    (w("Big Lathe"), f"{X}.w: {{not: {{contains: lathe}}}}", False),
    (w("Big Mill"), f"{X}.w: {{not: {{contains: lathe}}}}", True),
    (w("mill"), f"{X}.w: {{not: {{not: mill}}}}", True),
    (NOTHING, f"{X}.w: {{not: {{not: mill}}}}", False),
    (w("A big Lathe!"), f"{X}.w: {{contains: LATHE}}", True),
    (w("A big saw"), f"{X}.w: {{contains: lathe}}", False),
    (w("A big saw"), f"{X}.w: {{contains: [lathe, SAW]}}", True),
    (NOTHING, f"{X}.w: {{contains: lathe}}", False),
    (w("Renewal of it"), f"{X}.w: {{starts_with: renewal}}", True),
    (w("The renewal"), f"{X}.w: {{starts_with: renewal}}", False),
    (w("The renewal"), f"{X}.w: {{starts_with: [a, the]}}", True),
    (NOTHING, f"{X}.w: {{starts_with: a}}", False),
    (w("The Renewal"), f"{X}.w: {{ends_with: renewal}}", True),
    (w("Renewal of it"), f"{X}.w: {{ends_with: renewal}}", False),
    (w("Renewal of it"), f"{X}.w: {{ends_with: [x, ' IT']}}", True),
    (NOTHING, f"{X}.w: {{ends_with: it}}", False),
    (w("Jo@State.GOV"), f"{X}.w: {{matches: '*@*.gov'}}", True),
    (w("jo@state.gov.nl"), f"{X}.w: {{matches: '*@*.gov'}}", False),
    (w("cat"), f"{X}.w: {{matches: 'c?t'}}", True),
    (w("coat"), f"{X}.w: {{matches: 'c?t'}}", False),
    (w("a.c"), f"{X}.w: {{matches: 'a.c'}}", True),
    (w("abc"), f"{X}.w: {{matches: 'a.c'}}", False),
    (NOTHING, f"{X}.w: {{matches: '*'}}", False),
    (w("Philips"), f"{X}.w: {{in_list: targets}}", True),
    (w(" PHILIPS "), f"{X}.w: {{in_list: targets}}", True),
    (w("Philips NV"), f"{X}.w: {{in_list: targets}}", False),
    (NOTHING, f"{X}.w: {{in_list: targets}}", False),
    (NOTHING, f"{X}.w: {{not: {{in_list: targets}}}}", True),
    (w("acme.example"), f"{X}.w: {{in_list: sheet}}", True),
    (w("second column"), f"{X}.w: {{in_list: sheet}}", False),
    (w("Smith, Jones"), f"{X}.w: {{in_list: sheet}}", True),
    ({"w": "Acme", "w2": "acme "}, f"{X}.w: {{same_as: {X}.w2}}", True),
    ({"w": "Acme", "w2": "acne"}, f"{X}.w: {{same_as: {X}.w2}}", False),
    ({"w": "Acme"}, f"{X}.w: {{same_as: {X}.w2}}", False),
    ({"w2": "Acme"}, f"{X}.w: {{same_as: {X}.w2}}", False),
    (NOTHING, f"{X}.w: {{same_as: {X}.w2}}", False),
    (NOTHING, f"{X}.w: {{not: {{same_as: {X}.w2}}}}", True),
    ({"n": 3, "n2": 3}, f"{X}.n: {{same_as: {X}.n2}}", True),
    ({"d": "2026-01-02", "d2": "2026-01-02"}, f"{X}.d: {{same_as: {X}.d2}}", True),
    (w("x"), f"{X}.w: {{known: true}}", True),
    (w("x"), f"{X}.w: {{known: false}}", False),
    (NOTHING, f"{X}.w: {{known: true}}", False),
    (NOTHING, f"{X}.w: {{known: false}}", True),
    (w(""), f"{X}.w: {{known: false}}", True),
    (w(""), f"{X}.w: {{known: true}}", False),
    (NOTHING, f"{X}.w: {{not: {{known: true}}}}", True),
    (w("x"), f"{X}.w: {{not: {{known: false}}}}", True),
    (w("big mill"), f"{X}.w: {{contains: big, ends_with: mill}}", True),
    (w("big saw"), f"{X}.w: {{contains: big, ends_with: mill}}", False),
    (w("big saw"), f"{X}.w: {{contains: big, not: {{ends_with: mill}}}}", True),
    (w("big mill"), f"{X}.w: {{contains: big, not: {{ends_with: mill}}}}", False),
    (w("true"), f"{X}.w: 'true'", True),
    (w("1000"), f"{X}.w: '1000'", True),
    (w("no"), f"{X}.w: no", True),
)

NUMBERS = cases(
    ({"n": 250}, f"{X}.n: 250", True),
    ({"n": 250}, f"{X}.n: 250.0", True),
    ({"n": 251}, f"{X}.n: 250", False),
    ({"n": 2}, f"{X}.n: [1, 2]", True),
    ({"n": 3}, f"{X}.n: [1, 2]", False),
    ({"n": 0}, f"{X}.n: 0", True),
    ({"n": 0}, f"{X}.n: {{known: true}}", True),
    ({"n": 250}, f"{X}.n: {{over: 250}}", False),
    ({"n": 251}, f"{X}.n: {{over: 250}}", True),
    ({"n": 249}, f"{X}.n: {{under: 250}}", True),
    ({"n": 250}, f"{X}.n: {{under: 250}}", False),
    ({"n": 250}, f"{X}.n: {{at_least: 250}}", True),
    ({"n": 249}, f"{X}.n: {{at_least: 250}}", False),
    ({"n": 249.5}, f"{X}.n: {{at_least: 249.5}}", True),
    ({"n": 250}, f"{X}.n: {{at_most: 250}}", True),
    ({"n": 251}, f"{X}.n: {{at_most: 250}}", False),
    ({"n": 10}, f"{X}.n: {{between: [10, 20]}}", True),
    ({"n": 20}, f"{X}.n: {{between: [10, 20]}}", True),
    ({"n": 9}, f"{X}.n: {{between: [10, 20]}}", False),
    ({"n": 21}, f"{X}.n: {{between: [10, 20]}}", False),
    ({"n": -5}, f"{X}.n: {{under: 0}}", True),
    ({"n": 50}, f"{X}.n: {{at_least: 50, under: 250}}", True),
    ({"n": 250}, f"{X}.n: {{at_least: 50, under: 250}}", False),
    (NOTHING, f"{X}.n: {{under: 250}}", False),
    (NOTHING, f"{X}.n: {{over: -1}}", False),
    (NOTHING, f"{X}.n: 0", False),
    (NOTHING, f"{X}.n: {{not: {{under: 250}}}}", True),
    ({"m": 1000.50}, f"{X}.m: {{over: 1000}}", True),
    ({"m": 1000.50}, f"{X}.m: 1000.5", True),
    ({"m": 1000.50}, f"{X}.m: {{at_most: 1000.49}}", False),
    ({"m": 1000.50}, f"{X}.m: {{between: [1000.50, 2000]}}", True),
    ({"m": 0}, f"{X}.m: {{known: true}}", True),
    (NOTHING, f"{X}.m: {{at_least: 0}}", False),
)

OTHERS = cases(
    ({"b": True}, f"{X}.b: true", True),
    ({"b": False}, f"{X}.b: true", False),
    ({"b": False}, f"{X}.b: false", True),
    (NOTHING, f"{X}.b: false", False),
    (NOTHING, f"{X}.b: {{not: true}}", True),
    (NOTHING, f"{X}.b: {{not: false}}", True),
    ({"b": False}, f"{X}.b: {{known: true}}", True),
    ({"c": "lathe"}, f"{X}.c: Lathe", True),
    ({"c": "mill"}, f"{X}.c: [lathe]", False),
    (NOTHING, f"{X}.c: {{not: lathe}}", True),
    ({"d": "2026-11-20"}, f"{X}.d: 2026-11-20", True),
    ({"d": "2026-11-21"}, f"{X}.d: 2026-11-20", False),
    ({"d": "2026-11-21"}, f"{X}.d: {{over: 2026-11-20}}", True),
    ({"d": "2026-11-20"}, f"{X}.d: {{over: 2026-11-20}}", False),
    ({"d": "2026-11-20"}, f"{X}.d: {{between: [2026-11-20, 2026-11-30]}}", True),
    ({"d": "2026-11-30"}, f"{X}.d: {{between: [2026-11-20, 2026-11-30]}}", True),
    ({"d": "2026-12-01"}, f"{X}.d: {{between: [2026-11-20, 2026-11-30]}}", False),
    ({"d": "2026-12-01"}, f"{X}.d: {{at_most: 2026-12-01}}", True),
    (NOTHING, f"{X}.d: {{under: 2026-12-01}}", False),
    ({"d": "2026-11-20"}, f"{X}.d: [2026-11-19, 2026-11-20]", True),
    ({"d": "2026-11-20"}, f"{X}.d: {{past: true}}", True),
    ({"d": "2026-11-21"}, f"{X}.d: {{past: true}}", False),
    ({"d": "2026-11-21"}, f"{X}.d: {{within: 1 day}}", True),
    ({"d": "2026-11-22"}, f"{X}.d: {{within: 1 day}}", False),
    ({"l": ["News", "fair"]}, f"{X}.l: {{contains: news}}", True),
    ({"l": ["Newsletter"]}, f"{X}.l: {{contains: news}}", False),
    ({"l": ["Newsletter", "fair"]}, f"{X}.l: {{contains: [news, FAIR]}}", True),
    ({"l": ["a"]}, f"{X}.l: {{not: {{contains: news}}}}", True),
    (NOTHING, f"{X}.l: {{contains: news}}", False),
    (NOTHING, f"{X}.l: {{not: {{contains: news}}}}", True),
    (NOTHING, f"{X}.l: {{known: false}}", True),
    ({"l": ["a"]}, f"{X}.l: {{known: true}}", True),
)

# now is Friday 2026-11-20 09:13, winter time
TIMES = cases(
    *[
        ({"t": t}, f"{X}.t: {test}", holds)
        for t, test, holds in [
            ("2026-11-20 05:13", "{older_than: 4 hours}", True),
            ("2026-11-20 05:13:01", "{older_than: 4 hours}", False),
            ("2026-11-20 05:13", "{newer_than: 4 hours}", False),
            ("2026-11-20 05:13:01", "{newer_than: 4 hours}", True),
            ("2026-11-20 09:13", "{newer_than: 4 hours}", True),
            ("2026-11-20 09:13:01", "{newer_than: 4 hours}", False),  # not past
            ("2026-11-21 09:13", "{older_than: 4 hours}", False),
            ("2026-11-20 08:58", "{older_than: 15 minutes}", True),
            ("2026-11-20 08:58:01", "{older_than: 15 minutes}", False),
            ("2026-11-17 09:13", "{older_than: 3 days}", True),
            ("2026-11-17 09:13:01", "{older_than: 3 days}", False),
            ("2026-11-06 09:13", "{older_than: 2 weeks}", True),
            ("2026-11-06 09:13:01", "{older_than: 2 weeks}", False),
            ("2026-05-20 09:13", "{older_than: 6 months}", True),  # summer time then: same wall clock
            ("2026-05-20 09:13:01", "{older_than: 6 months}", False),
            ("2025-11-20 09:13", "{older_than: 1 year}", True),
            ("2025-11-20 09:13:01", "{older_than: 1 year}", False),
            ("2026-11-20 09:13", "{within: 2 hours}", True),
            ("2026-11-20 11:13", "{within: 2 hours}", True),
            ("2026-11-20 11:13:01", "{within: 2 hours}", False),
            ("2026-11-20 09:12:59", "{within: 2 hours}", False),
            ("2026-11-20 09:13", "{past: true}", True),
            ("2026-11-20 09:13:01", "{past: true}", False),
            ("2026-11-20 09:13:01", "{past: false}", True),
            ("2026-11-20 09:13", "{past: false}", False),
            # working time: Thursday closes 17:30, lunch 12:30-13:00 except Friday; 09:13 is 13 minutes into Friday
            ("2026-11-20 09:00", "{older_than: 13 working minutes}", True),
            ("2026-11-20 03:00", "{older_than: 13 working minutes}", True),
            ("2026-11-19 17:30", "{older_than: 13 working minutes}", True),
            ("2026-11-19 16:43", "{older_than: 1 working hour}", True),
            ("2026-11-19 16:43:01", "{older_than: 1 working hour}", False),
            ("2026-11-19 12:13", "{older_than: 5 working hours}", True),  # 17 min, lunch, 4 h 30, 13 min
            ("2026-11-19 12:13:01", "{older_than: 5 working hours}", False),
            ("2026-11-19 12:40", "{older_than: 283 working minutes}", True),  # from within lunch
            ("2026-11-19 12:40", "{older_than: 284 working minutes}", False),
            ("2026-11-19 09:13", "{older_than: 1 working day}", True),
            ("2026-11-19 09:13:01", "{older_than: 1 working day}", False),
            ("2026-11-13 09:13", "{older_than: 5 working days}", True),
            ("2026-11-13 09:13:01", "{older_than: 5 working days}", False),
            ("2026-11-19 20:00", "{older_than: 1 working day}", False),  # moved to Friday 09:00
            ("2026-11-20 16:59", "{within: 1 working day}", True),
            ("2026-11-23 09:13", "{within: 1 working day}", True),
            ("2026-11-23 09:13:01", "{within: 1 working day}", False),
            ("2026-11-23 09:13", "{within: 8 working hours}", True),  # 7 h 47 on Friday, 13 min on Monday
            ("2026-11-23 09:13:01", "{within: 8 working hours}", False),
            ("2026-11-21 12:00", "{within: 467 working minutes}", False),
            ("2026-11-21 12:00", "{within: 468 working minutes}", True),
        ]
    ],
    (NOTHING, f"{X}.t: {{older_than: 1 minute}}", False),
    (NOTHING, f"{X}.t: {{newer_than: 1 minute}}", False),
    (NOTHING, f"{X}.t: {{within: 9 years}}", False),
    (NOTHING, f"{X}.t: {{past: true}}", False),
    (NOTHING, f"{X}.t: {{past: false}}", False),
    (NOTHING, f"{X}.t: {{not: {{older_than: 1 minute}}}}", True),
    ({"t": "2026-11-20 05:13"}, f"{X}.t: {{not: {{newer_than: 4 hours}}}}", True),
    ({"t": "2026-11-20 05:13"}, f"{X}.t: {{older_than: 4 hours, newer_than: 5 hours}}", True),
    ({"t": "2026-11-20 04:13"}, f"{X}.t: {{older_than: 4 hours, newer_than: 5 hours}}", False),
)

NESTED = cases(
    ({"n": 1, "w": "a"}, f"any: [{{{X}.n: 1}}, {{{X}.w: b}}]", True),
    ({"n": 2, "w": "a"}, f"any: [{{{X}.n: 1}}, {{{X}.w: b}}]", False),
    (NOTHING, f"any: [{{{X}.n: 1}}, {{{X}.w: b}}]", False),
    ({"n": 1, "w": "a"}, f"all: [{{{X}.n: 1}}, {{{X}.w: b}}]", False),
    ({"n": 1, "w": "b"}, f"all: [{{{X}.n: 1}}, {{{X}.w: b}}]", True),
    ({"n": 1, "w": "a"}, f"none: [{{{X}.n: 1}}, {{{X}.w: b}}]", False),
    ({"n": 2, "w": "a"}, f"none: [{{{X}.n: 1}}, {{{X}.w: b}}]", True),
    (NOTHING, f"none: [{{{X}.n: 1}}, {{{X}.w: b}}]", True),
    # lines of one condition must all hold, also inside a group
    ({"n": 1, "w": "a"}, f"any: [{{{X}.n: 1, {X}.w: b}}, {{{X}.n: 2}}]", False),
    ({"n": 1, "w": "b"}, f"any: [{{{X}.n: 1, {X}.w: b}}, {{{X}.n: 2}}]", True),
    ({"n": 1, "w": "a"}, f"none: [{{{X}.n: 1, {X}.w: b}}]", True),
    # groups in groups
    ({"n": 1, "w": "b"}, f"any: [{{all: [{{{X}.n: 1}}, {{none: [{{{X}.w: a}}]}}]}}]", True),
    ({"n": 1, "w": "a"}, f"any: [{{all: [{{{X}.n: 1}}, {{none: [{{{X}.w: a}}]}}]}}]", False),
    ({"n": 1}, f"none: [{{none: [{{{X}.n: 1}}]}}]", True),
    ({"n": 2}, f"none: [{{none: [{{{X}.n: 1}}]}}]", False),
    ({"n": 5}, f"{{{X}.n: {{at_least: 3}}, any: [{{{X}.w: a}}, {{{X}.n: 5}}], none: [{{{X}.n: 6}}]}}", True),
    ({"n": 4}, f"{{{X}.n: {{at_least: 3}}, any: [{{{X}.w: a}}, {{{X}.n: 5}}], none: [{{{X}.n: 6}}]}}", False),
    ({"n": 6, "w": "a"}, f"{{{X}.n: {{at_least: 3}}, any: [{{{X}.w: a}}], none: [{{{X}.n: 6}}]}}", False),
)

ALL = TEXT + NUMBERS + OTHERS + TIMES + NESTED


def rulebook(number: int, case: Case) -> str:
    when = case.when if case.when.startswith("{") else f"{{{case.when}}}"
    return f"""\
rulebook: b{number}
subject: request
flow: route
hit: all
scope: {{request.id: "{number}"}}
rules:
  - {{id: r{number}, when: {when}, then: [{{task: {{for: an, what: it, due: 1 day}}}}]}}
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory, company: Any) -> tuple[dict[int, list[Any]], set[str]]:
    """What the rule tests said of each case, and which rules decided after a real import and run."""
    project = company(tmp_path_factory.mktemp("conditions"))
    project.write("rules/fields.yaml", FIELDS)
    project.write("rules/lists/targets.yaml", "- Philips\n- Océ\n")
    project.write("rules/lists/sheet.csv", 'name,note\nACME.example,second column\n"Smith, Jones",x\n')
    tests, rows = [], []
    for number, case in enumerate(ALL):
        project.rules(rulebook(number, case), f"b{number}")
        own = {f"extra.{name}": value for name, value in case.given.items()}
        given = {name: value for name, value in own.items() if value != ""}  # a rule test leaves it out instead
        expected = f"r{number}" if case.holds else "nothing"
        tests.append(
            {
                "test": f"t{number}",
                "now": NOW,
                "given": {"request": {"id": str(number), "kind": "other", **given}},
                "expect": {f"b{number}": expected},
            }
        )
        rows.append({"id": str(number), "received_at": "2026-11-01 12:00", "kind": "other", **own})
    project.tests(json.dumps({"tests": tests}, ensure_ascii=False, indent=1))
    report = project.cli("test", "--json").json
    said = {int(test["test"][1:]): test["differences"] for test in report["tests"]}
    assert project.take(rows)["taken"] == len(ALL)
    project.run()
    return said, {row["rule"] for row in project.export("decisions")}


@pytest.mark.parametrize("number", range(len(ALL)), ids=lambda number: ALL[number].label)
def test_in_a_rule_test(outcome: Any, number: int) -> None:
    assert outcome[0][number] == []


@pytest.mark.parametrize("number", range(len(ALL)), ids=lambda number: ALL[number].label)
def test_after_an_import_and_a_run(outcome: Any, number: int) -> None:
    assert (f"r{number}" in outcome[1]) is ALL[number].holds


def test_there_are_as_many_verdicts_as_cases(outcome: Any) -> None:
    assert sorted(outcome[0]) == list(range(len(ALL)))
