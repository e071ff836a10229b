"""Section 5, check: every fault of every file in one go, each at its place, with a remedy."""

from __future__ import annotations

import re
from typing import Any

import pytest

GOOD = """\
rulebook: routing
subject: request
flow: route
hit: first
scope: {request.status: open}
rules:
  - id: large
    when:
      account.tier: key
      account.employees: {at_least: 250}
    then:
      - route: sales
      - assign: {pool: field_sales, by: territory}
      - notify: {to: an, template: news, urgency: now}
    later:
      - after: 2 working hours
        then: [{notify: {to: dirk, template: overdue}}]
otherwise: [{assign: carla}]
"""

# what is written instead of what; then the place (line, column) of the one error, and what it must speak of
FAULTS = [
    ("account.tier: key", "acount.tier: key", 9, 7, "account.tier"),
    ("account.tier: key", "account.tiers: key", 9, 7, "account.tier"),
    ("account.tier: key", "account.tier: keys", 9, 21, "key"),
    ("{at_least: 250}", "{at_lest: 250}", 10, 27, "at_least"),
    ("{at_least: 250}", "{at_least: many}", 10, 37, "many"),
    ("{at_least: 250}", "{starts_with: 2}", 10, None, "starts_with"),
    ("{at_least: 250}", "{between: [1]}", 10, None, "between"),
    ("{at_least: 250}", "{between: [9, 1]}", 10, None, "lower bound"),
    ("account.employees: {at_least: 250}", "account.name: {in_list: tragets}", 10, None, "tragets"),
    ("account.employees: {at_least: 250}", "request.received_at: {older_than: 4 hrs off}", 10, None, "4 hrs off"),
    ("account.employees: {at_least: 250}", "opportunity.stage: x", 10, 7, "opportunity"),
    ("route: sales", "route: sale", 12, 16, "sales"),
    ("route: sales", "rout: sales", 12, 9, "route"),
    ("pool: field_sales", "pool: field_sale", 13, None, "field_sales"),
    ("by: territory", "by: teritory", 13, None, "territory"),
    ("to: an", "to: ann", 14, None, "ann"),
    ("template: news", "template: nws", 14, None, "news"),
    ("urgency: now", "urgency: soon", 14, None, "soon"),
    ("after: 2 working hours", "after: soon", 16, 16, "soon"),
    ("otherwise: [{assign: carla}]\n", "", None, None, "otherwise"),
    ("flow: route", "flow: rout", 3, 7, "route"),
    ("subject: request", "subject: requests", 2, 10, "request"),
    ("hit: first", "hit: once", 4, 6, "first"),
    ("scope: {request.status: open}", "scope: {request.status: opne}", 5, 25, "open"),
    ("subject: request\n", "subject: request\nsubjct: request\n", 3, 1, "subjct"),
    ("subject: request\n", "subject: request\nflow: route\n", 4, 1, "flow"),  # a duplicate key
    ("    when:", "   when:", None, None, ""),  # no YAML
    ("then:\n      - route", "then: [\n      - route", None, None, ""),
]


@pytest.mark.parametrize(("old", "new", "line", "column", "speaks_of"), FAULTS, ids=[row[1] for row in FAULTS])
def test_one_fault(project: Any, old: str, new: str, line: int | None, column: int | None, speaks_of: str) -> None:
    assert old in GOOD
    project.rules(GOOD.replace(old, new, 1), "routing")
    errors = [finding for finding in project.check() if finding["severity"] == "error"]
    assert errors
    (error,) = errors
    assert set(error) == {"file", "line", "column", "severity", "code", "message", "remedy"}
    assert error["file"] == "rules/routing.yaml"
    assert line is None or error["line"] == line
    assert column is None or error["column"] == column
    assert speaks_of in error["message"] + error["remedy"]
    assert error["message"] and error["remedy"] and error["code"]


def test_the_good_one_is_good(project: Any) -> None:
    project.rules(GOOD, "routing")
    assert project.check() == []
    assert project.cli("check").code == 0


def test_all_faults_of_all_files_in_one_go(project: Any) -> None:
    bad = GOOD
    for old, new, *_ in (FAULTS[0], FAULTS[3], FAULTS[11], FAULTS[13], FAULTS[15]):
        bad = bad.replace(old, new, 1)
    project.rules(bad, "routing")
    project.rules(GOOD.replace("rulebook: routing", "rulebook: second"), "second")  # the id once more
    project.write("rules/team.yaml", (project.folder / "rules/team.yaml").read_text().replace("dirk@", "dirk "))
    project.write(
        "rules/calendar.yaml", "calendars: {default: {zone: Europe/Amsterdm, hours: {monday: 09:00-17:00}}}\n"
    )
    project.write("rules/fields.yaml", "request: {machine: {type: chioce}}\n")
    project.tests("tests: [{test: t, now: 2026-11-20, given: {request: {knd: x}}, expect: {notify: []}}]\n")
    project.write(
        "templates/en/news.j2", "{% extends layout %}{% block subject %}{{ nothing_like_it }}{% endblock %}\n"
    )
    result = project.cli("check", "--json")
    assert result.code == 1
    errors = [finding for finding in result.json["findings"] if finding["severity"] == "error"]
    files = {finding["file"] for finding in errors}
    assert files >= {
        "rules/routing.yaml",
        "rules/second.yaml",
        "rules/team.yaml",
        "rules/calendar.yaml",
        "rules/fields.yaml",
        "rules/tests/tests.yaml",
        "templates/en/news.j2",
    } or files >= {"rules/routing.yaml", "rules/team.yaml", "rules/calendar.yaml", "rules/fields.yaml"}
    assert {finding["line"] for finding in errors if finding["file"] == "rules/routing.yaml"} >= {9, 10, 12, 13, 14}


def test_the_text_has_the_place_the_line_a_caret_and_a_remedy(project: Any) -> None:
    project.rules(GOOD.replace("account.tier", "acount.tier"), "routing")
    result = project.cli("check")
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[0].startswith("rules/routing.yaml:9:7: error: ")
    assert "account.tier" in result.out
    shown = next(number for number, line in enumerate(lines) if "acount.tier: key" in line and number > 0)
    assert lines[shown + 1].index("^") == lines[shown].index("acount.tier")
    assert "\x1b[" not in result.out


@pytest.mark.parametrize(
    ("ids", "found"),
    [(("same", "same"), True), (("same", "other"), False)],
)
def test_rule_ids_are_unique_in_the_project(project: Any, ids: tuple[str, str], found: bool) -> None:
    project.rules(GOOD.replace("id: large", f"id: {ids[0]}"), "one")
    project.rules(GOOD.replace("id: large", f"id: {ids[1]}").replace("rulebook: routing", "rulebook: two"), "two")
    codes = [finding["code"] for finding in project.check() if finding["severity"] == "error"]
    assert codes == (["duplicate-rule"] if found else [])


UNREACHABLE = """\
rulebook: routing
subject: request
flow: route
hit: first
rules:
  - {id: wide, when: {account.employees: {at_least: 100}}, then: [{assign: an}]}
  - {id: narrow, when: {account.employees: {at_least: 250}, request.kind: renewal}, then: [{assign: bram}]}
  - {id: never, when: {account.employees: {over: 9}, all: [{account.employees: 5}]}, then: [{assign: bram}]}
  - {id: fine, when: {request.kind: renewal}, then: [{assign: bram}]}
otherwise: [{assign: carla}]
"""


def test_unreachable_rules(project: Any) -> None:
    project.rules(UNREACHABLE, "routing")
    found = {(finding["code"], finding["line"]) for finding in project.check()}
    assert found == {("unreachable-rule", 7), ("never-holds", 8)}
    result = project.cli("check")
    assert result.code in (0, 1) and "narrow" in result.out


def test_an_empty_project_says_what_is_missing(project: Any) -> None:
    assert [finding["code"] for finding in project.check()] == ["no-rulebooks"]


def test_check_of_one_file(project: Any) -> None:
    project.rules(GOOD.replace("account.tier", "acount.tier"), "routing")
    project.rules(
        GOOD.replace("large", "l2").replace("rulebook: routing", "rulebook: b").replace("sales\n", "sals\n"), "b"
    )
    result = project.cli("check", project.folder / "rules/b.yaml", "--json")
    assert {finding["file"] for finding in result.json["findings"]} == {"rules/b.yaml"} and result.code == 1


def test_a_fresh_project_passes_check_and_test(skeleton: Any, project: Any) -> None:
    project.folder = skeleton
    checked = project.cli("check", "--json")
    assert (checked.code, checked.json) == (0, {"findings": []})
    tested = project.cli("test", "--json")
    assert tested.code == 0 and tested.json["failed"] == 0 and tested.json["passed"] > 20


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "rules/team.yaml",
            "people: [{id: an, name: An, email: an@x.example, away: [{from: 2026-12-31, until: 2026-12-01}]}]",
        ),
        ("rules/team.yaml", "people: [{id: an, name: An, email: an@x.example}, {id: An, name: B, email: b@x.example}]"),
        ("rules/team.yaml", "people: [{id: an, name: An, email: an@x.example, manager: nobody}]"),
        ("rules/team.yaml", "people: [{id: an, name: An, email: an@x.example}]\npools: {empty: {members: []}}"),
        ("rules/calendar.yaml", "calendars: {default: {zone: Europe/Amsterdam, hours: {monday: 12:00-09:00}}}"),
        (
            "rules/calendar.yaml",
            "calendars: {default: {zone: Europe/Amsterdam, holidays: XX, hours: {monday: 09:00-10:00}}}",
        ),
        ("rules/calendar.yaml", "calendars: {other: {zone: Europe/Amsterdam, hours: {monday: 09:00-10:00}}}"),
        ("rules/fields.yaml", "request: {machine: {type: choice}}"),
        ("rules/fields.yaml", "reqest: {machine: {type: text}}"),
    ],
)
def test_faults_beside_the_rulebooks(project: Any, path: str, text: str) -> None:
    project.rules(GOOD, "routing")
    if path == "rules/team.yaml":
        project.rules(
            "rulebook: r\nsubject: request\nflow: route\nhit: all\nrules:\n"
            "  - {id: r, when: {request.kind: other}, then: [{assign: an}]}\n",
            "routing",
        )
    project.write(path, text + "\n")
    errors = [finding for finding in project.check() if finding["severity"] == "error"]
    assert errors and {finding["file"] for finding in errors} == {path}
    assert all(re.search(r"\w", finding["remedy"]) for finding in errors)
