"""Section 3: rule tests, their report, and their exit code."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

RULES = """\
rulebook: routing
subject: request
flow: route
order: 10
hit: first
scope: {request.desk: {known: false}}
rules:
  - id: renewals
    when: {request.kind: renewal}
    then: [{route: account_manager}, {assign: account.owner}, {notify: {to: account.owner, template: key_account}}]
otherwise: [{route: inside_sales}, {assign: carla}]
"""
SIGNS = """\
rulebook: signs
subject: request
flow: escalate
hit: all
rules:
  - {id: large, when: {account.employees: {at_least: 100}}, then: [{notify: {to: dirk, template: news}}]}
  - {id: waits, when: {request.received_at: {older_than: 2 working hours}}, then: [{assign: an}]}
"""


def one(expect: str, given: str = "{request: {kind: renewal}, account: {owner: an}}", after: str = "") -> str:
    return f"""\
tests:
  - test: it
    now: 2026-11-20 09:13
    given: {given}
{f"    after: {after}" if after else "    # no time passes"}
    expect: {expect}
"""


BIG = "{request: {kind: renewal, received_at: 2026-11-20 09:13}, account: {owner: an, employees: 500}}"
PASSING = [
    ("{routing: renewals}", None, ""),
    ("{routing: [renewals]}", None, ""),
    ("{routing: renewals, signs: nothing}", None, ""),
    ("{routing: otherwise}", "{request: {}}", ""),
    ("{signs: [large, waits]}", BIG, "2 working hours"),
    ("{signs: [waits, large]}", BIG, "2 working hours"),
    ("{signs: large}", BIG, "1 working hour"),
    ("{notify: [{to: an, template: key_account}]}", None, ""),
    ("{notify: []}", "{request: {}}", ""),
    ("{notify: [{to: an, template: key_account}, {to: dirk, template: news}]}", BIG, ""),
    ("{request.desk: account_manager, request.owner: an, account.owner: an}", None, ""),
]
FAILING = [
    ("{routing: otherwise}", None, "", "renewals"),
    ("{routing: nothing}", None, "", "renewals"),
    ("{routing: renewals}", "{request: {}}", "", "otherwise"),
    ("{signs: large}", BIG, "2 working hours", "waits"),
    ("{signs: [large, waits]}", BIG, "", "waits"),
    ("{notify: []}", None, "", "key_account"),
    ("{notify: [{to: bram, template: key_account}]}", None, "", "bram"),
    ("{notify: [{to: an, template: news}]}", None, "", "news"),
    ("{notify: [{to: an, template: key_account}, {to: an, template: key_account}]}", None, "", "key_account"),
    ("{request.desk: sales}", None, "", "account_manager"),
]


@pytest.fixture
def ruled(project: Any) -> Any:
    project.rules(RULES, "routing")
    project.rules(SIGNS, "signs")
    return project


def many(cases: list[tuple[Any, ...]]) -> str:
    given = "{request: {kind: renewal}, account: {owner: an}}"
    tests = [one(case[0], case[1] or given, case[2]).partition("\n")[2] for case in cases]
    return "tests:\n" + "".join(test.replace("test: it", f"test: t{n}") for n, test in enumerate(tests))


def test_what_should_pass_passes(ruled: Any) -> None:
    ruled.tests(many(PASSING))
    result = ruled.cli("test", "--json")
    assert [(test["test"], test["differences"]) for test in result.json["tests"] if not test["passed"]] == []
    assert (result.code, result.json["passed"], result.json["failed"]) == (0, len(PASSING), 0)


def test_what_should_fail_fails_and_says_why(ruled: Any) -> None:
    ruled.tests(many(FAILING))
    result = ruled.cli("test", "--json")
    assert (result.code, result.json["passed"], result.json["failed"]) == (1, 0, len(FAILING))
    for test, case in zip(result.json["tests"], FAILING, strict=True):
        assert not test["passed"] and case[3] in str(test["differences"]), test


def test_the_report(ruled: Any) -> None:
    ruled.tests(many(PASSING[:2]) + many(FAILING[:1]).partition("\n")[2].replace("t0", "bad"), "some")
    result = ruled.cli("test", "--json")
    assert list(result.json) == ["passed", "failed", "tests"]
    assert (result.json["passed"], result.json["failed"]) == (2, 1)
    assert [test["line"] for test in result.json["tests"]] == [2, 7, 12]
    for test in result.json["tests"]:
        assert set(test) == {"test", "file", "line", "passed", "differences"}
        assert test["file"] == "rules/tests/some.yaml"
    text = ruled.cli("test")
    assert text.code == 1 and "2 passed, 1 failed" in text.out + text.err
    assert "rules/tests/some.yaml:12" in text.out + text.err


def test_one_file_of_tests(ruled: Any) -> None:
    ruled.tests(many(PASSING[:1]), "good")
    ruled.tests(many(FAILING[:1]).replace("t0", "bad"), "bad")
    assert ruled.cli("test", ruled.folder / "rules/tests/good.yaml").code == 0
    assert ruled.cli("test", ruled.folder / "rules/tests/bad.yaml").code == 1
    assert ruled.cli("test").code == 1


def test_a_path_is_that_of_the_project(ruled: Any) -> None:
    ruled.tests(many(PASSING[:1]), "good")
    assert ruled.cli("test", "rules/tests/good.yaml").code == 0


@pytest.mark.parametrize("nothing", ["", "null", "''", "{known: false}"])
def test_that_a_field_has_no_value_can_be_expected(ruled: Any, nothing: str) -> None:
    ruled.expect(one(f"{{request.outcome: {nothing}}}"))


def test_junit(ruled: Any) -> None:
    ruled.tests(many(PASSING[:2]) + many(FAILING[:1]).partition("\n")[2].replace("t0", "bad <&> ü"), "some")
    assert ruled.cli("test", "--junit", ruled.folder / "report.xml").code == 1
    root = ElementTree.parse(ruled.folder / "report.xml").getroot()
    cases = list(root.iter("testcase"))
    assert [case.get("name") for case in cases][-1].endswith("bad <&> ü")
    assert len(cases) == 3 and len(list(root.iter("failure"))) == 1


def test_coverage_lists_what_no_test_makes_hold(ruled: Any) -> None:
    ruled.tests(many(PASSING[:1]))
    result = ruled.cli("test", "--coverage")
    assert "large" in result.out and "waits" in result.out
    assert "renewals" not in result.out
    ruled.tests(many(PASSING))
    everything = ruled.cli("test", "--coverage")
    assert "waits" not in everything.out


@pytest.mark.parametrize(
    ("test", "code", "line"),
    [
        (one("{rooting: renewals}"), "unknown-key", 6),
        (one("{routing: renewal}"), "unknown-rule", 6),
        (one("{request.dest: sales}"), "unknown-field", 6),
        (one("{routing: renewals}", "{request: {knd: renewal}}"), "unknown-field", 4),
        (one("{routing: renewals}", "{request: {kind: renewl}}"), "unknown-choice", 4),
        (one("{routing: renewals}").replace("2026-11-20 09:13", "tomorrow"), "bad-time", 3),
        (one("{routing: renewals}", after="4 wrking hours"), "bad-duration", 5),
        (one("{notify: [{to: an, template: no_such}]}"), "unknown-template", 6),
    ],
)
def test_a_fault_in_a_test_is_a_fault(ruled: Any, test: str, code: str, line: int) -> None:
    ruled.tests(test)
    errors = [(finding["code"], finding["line"]) for finding in ruled.check() if finding["severity"] == "error"]
    assert len(errors) == 1 and errors[0][1] == line
    assert errors[0][0] in (code, "unknown-rulebook", "unknown-key")
    assert ruled.cli("test").code in (1, 2)


def test_the_clock_of_a_test_moves_over_weekend_and_holiday(ruled: Any) -> None:
    rows = [
        ("2026-11-20 16:00", "1 working hour", "nothing"),
        ("2026-11-20 16:00", "59 minutes", "nothing"),
        ("2026-11-20 16:00", "2 working hours", "waits"),
        ("2026-11-20 16:00", "2 days", "nothing"),
        ("2026-12-23 16:30", "4 days", "nothing"),
        ("2026-12-23 16:30", "2 working hours", "waits"),
        ("2026-03-27 16:30", "2 working hours", "waits"),
    ]
    tests = "".join(
        f"  - {{test: t{n}, now: {now}, given: {{request: {{received_at: {now}}}}}, after: {after},"
        f" expect: {{signs: {rule}}}}}\n"
        for n, (now, after, rule) in enumerate(rows)
    )
    ruled.expect("tests:\n" + tests)


def test_rule_tests_touch_no_database(ruled: Any) -> None:
    ruled.tests(many(PASSING))
    ruled.cli("test").ok()
    assert not list(ruled.folder.rglob("*.db")) and not list(ruled.folder.rglob("*.eml"))
