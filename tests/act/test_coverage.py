"""What rule tests reach: rules, rows and otherwises, steps and repeats, and conditions seen both true and false."""

import pytest

from leadrelay.act.coverage import Coverage, Share, run_watched
from leadrelay.act.trial import run_tests
from tests.rulebook.projects import head, load_with

RULES = (
    head(hit="first")
    + """\
scope: {request.kind: {not: information}}
rules:
  - id: large
    when: {account.employees: {at_least: 250}, account.tier: key}
    then: [{route: sales}]
  - id: resting
    when: {account.flagged: true}
    then: [{route: sales}]
    mode: off
otherwise: [{route: inside_sales}]
"""
)
SIGNS = (
    head("signs", hit="all", flow="nudge")
    + """\
rules:
  - id: waits
    when: {request.received_at: {older_than: 1 hour}}
    then: [{set: {product: a}}]
    later:
      - {after: 1 hour, then: [{set: {product: b}}]}
      - {after: 2 hours, when: {request.prompted: true}, then: [{set: {product: c}}]}
    repeat: {every: 3 hours, at_most: 2}
"""
)
FILES = {"rules/a.yaml": RULES, "rules/b.yaml": SIGNS}
TEST = "  - {{test: t{number}, now: 2026-11-20 09:00, given: {given}, {after}expect: {{notify: nothing}}}}\n"


def covered(*tests: tuple[str, str]) -> Coverage:
    """What these tests reach, each given as what it gives and how far its clock moves on."""
    text = "tests:\n" + "".join(
        TEST.format(number=number, given=given, after=f"after: {after}, " if after else "")
        for number, (given, after) in enumerate(tests)
    )
    loaded = load_with({**FILES, "rules/tests/t.yaml": text})
    assert loaded.errors == []
    results, coverage = run_watched(loaded.ruleset, loaded.tests)
    plain = run_tests(loaded)
    assert [(one.differences, one.held, one.done) for one in results] == [
        (one.differences, one.held, one.done) for one in plain
    ]
    return coverage


def missed(coverage: Coverage) -> list[tuple[str, str | None, int, str | None]]:
    return [(one.what, one.rule, one.place.line, one.never) for one in coverage.missed]


NOTHING_GIVEN = ("{request: {}}", "")
LARGE = ("{account: {employees: 250, tier: key}, request: {}}", "")
SMALL = ("{account: {employees: 249, tier: standard}, request: {kind: information}}", "")


def test_rules_steps_and_conditions_that_no_test_reaches() -> None:
    coverage = covered(NOTHING_GIVEN)
    assert missed(coverage) == [
        ("condition", None, 5, "false"),
        ("rule", "large", 7, None),
        ("condition", "large", 8, "true"),
        ("condition", "large", 8, "true"),
        ("rule", "waits", 6, None),
        ("condition", "waits", 7, "true"),
        ("step", "waits", 10, None),
        ("step", "waits", 11, None),
        ("condition", "waits", 11, "tried"),
        ("repeat", "waits", 12, None),
    ]
    assert (coverage.rules, coverage.steps, coverage.conditions) == (Share(1, 3), Share(0, 3), Share(0, 5))


def test_more_tests_reach_more() -> None:
    small = SMALL[0].replace("kind: information", "")
    coverage = covered(LARGE, (small, ""), SMALL, ("{request: {prompted: true}}", "20 hours"))
    assert missed(coverage) == [("condition", "waits", 11, "false")]
    assert coverage.all == Share(10, 11)
    assert coverage.all.percent == 90.9


def test_a_step_whose_condition_did_not_hold_was_not_done() -> None:
    coverage = covered(("{request: {prompted: false}}", "20 hours"))
    assert ("step", "waits", 11, None) in missed(coverage)
    assert ("condition", "waits", 11, "true") in missed(coverage)


def test_a_line_is_seen_only_where_its_rule_is_tried() -> None:
    """Out of scope nothing below is tried, whatever the subject is like."""
    coverage = covered(SMALL)
    tried = [one for one in missed(coverage) if one[1] == "large" and one[0] == "condition"]
    assert [one[3] for one in tried] == ["tried", "tried"]


@pytest.mark.parametrize(("share", "percent"), [(Share(0, 0), 100.0), (Share(1, 3), 33.3), (Share(1999, 2000), 99.9)])
def test_a_share_is_a_hundred_percent_only_when_it_is_all(share: Share, percent: float) -> None:
    assert share.percent == percent
