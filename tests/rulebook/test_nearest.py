"""The nearest rule: fewest lines, then the smallest distance, then the upper one; and by what it failed, in words."""

import pytest

from leadrelay.clock import HOUR, parse_time
from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import Moment
from leadrelay.rulebook.explain import explain
from leadrelay.rulebook.load import load
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.nearest import distance
from leadrelay.rulebook.spoken import wanted
from leadrelay.zone import zone_of

AMSTERDAM = zone_of("Europe/Amsterdam")
NOW = parse_time("2026-11-20 09:13", AMSTERDAM)
HEAD = "rulebook: r\nsubject: request\nflow: route\nhit: {hit}\nscope: {{request.status: open}}\nrules:\n"
FIRST = """\
  - {id: two-lines, when: {account.tier: key, account.employees: {at_least: 181}}, then: [{route: sales}]}
  - {id: worth, when: {request.expected_value: {over: 1000}}, then: [{route: sales}]}
  - {id: large, when: {account.employees: {at_least: 250}}, then: [{route: sales}]}
  - {id: as-large, when: {account.employees: {at_least: 250}}, then: [{route: sales}]}
  - {id: off, when: {account.employees: {at_least: 181}}, then: [{route: sales}], mode: "off"}
  - {id: here, when: {account.country: NL}, then: [{route: sales}]}
  - {id: after-it, when: {account.open_complaints: {at_least: 10}}, then: [{route: sales}]}
otherwise: [{route: inside_sales}]
"""
ALL = """\
  - {id: old, when: {request.received_at: {older_than: 2 days}}, then: [{route: sales}]}
  - {id: here, when: {account.country: NL}, then: [{stop: true}]}
  - {id: after-it, when: {account.employees: {at_least: 181}}, then: [{route: sales}]}
"""
FACTS: dict[str, Value] = {
    "request.status": "open",
    "request.expected_value": 10_000,
    "account.employees": 180,
    "request.received_at": NOW - HOUR,
}


def ruleset(rules: str, hit: str) -> Ruleset:
    text = HEAD.format(hit=hit) + rules
    loaded = load({"rules/r.yaml": text, "rules/lists/targets.yaml": "[acme]"}, proofread=False)
    assert loaded.errors == []
    return loaded.ruleset


@pytest.mark.parametrize(
    ("rules", "hit", "facts", "said"),
    [
        (FIRST, "first", {}, "large came nearest: account.employees is 180, wanted at least 250"),
        # another one is nearer: 990.00 of 1000.00 is less far than 180 of 250
        (
            FIRST,
            "first",
            {"request.expected_value": 99_000},
            "worth came nearest: request.expected_value is 990.00, wanted over 1000.00",
        ),
        # one line however far is nearer than two lines however near
        (
            FIRST,
            "first",
            {"account.employees": None, "request.expected_value": None},
            "worth came nearest: request.expected_value is unknown, wanted over 1000.00",
        ),
        # what comes after the rule that decides is not tried, so it cannot have come near
        (
            FIRST,
            "first",
            {"account.country": "NL", "account.open_complaints": 9},
            "large came nearest: account.employees is 180, wanted at least 250",
        ),
        (
            ALL,
            "all",
            {},
            "old came nearest: request.received_at is 2026-11-20T08:13:00+01:00, wanted at least 2 days ago",
        ),
        (
            ALL,
            "all",
            {"request.received_at": None},
            "after-it came nearest: account.employees is 180, wanted at least 181",
        ),
        (
            ALL,
            "all",
            {"request.received_at": None, "account.country": "NL"},
            "old came nearest: request.received_at is unknown, wanted at least 2 days ago",
        ),
        (FIRST, "first", {"request.status": "closed"}, None),
    ],
)
def test_the_nearest_rule_and_by_what_it_failed(
    rules: str, hit: str, facts: dict[str, Value], said: str | None
) -> None:
    found = ruleset(rules, hit)
    told = explain(found.rulebooks[0], FACTS | facts, Moment(NOW, found.calendars))
    assert (told["nearest"] or {}).get("text") == said


def test_a_rule_that_holds_and_is_beaten_says_by_which() -> None:
    found = ruleset(FIRST, "first")
    facts = FACTS | {"account.employees": 250, "account.open_complaints": 10}
    told = explain(found.rulebooks[0], facts, Moment(NOW, found.calendars))
    beaten = {one["id"]: one["beaten_by"] for one in told["rules"]}
    assert beaten == dict.fromkeys(beaten) | {"as-large": "large", "after-it": "large"}


@pytest.mark.parametrize(
    ("test", "value", "words", "far"),
    [
        ("account.employees: 7", 8, "7", 1.0),
        ("account.employees: [7, 9]", 8, "7 or 9", 1.0),
        ("account.employees: {at_least: 50, under: 250}", 260, "at least 50 and under 250", 0.038462),
        ("account.employees: {between: [50, 100]}", 25, "between 50 and 100", 0.5),
        ("account.employees: {not: {over: 10}}", 20, "not over 10", 0.5),
        ("account.employees: {at_most: 0.5}", None, "at most 0.5", 1.0),
        ("account.revenue: {at_least: 1000}", 100, "at least 1000.00", 0.999),
        ("account.flagged: true", None, "yes", 1.0),
        ("account.name: {known: true}", None, "known", 1.0),
        ("account.name: {known: false}", "x", "unknown", 1.0),
        ("account.name: {in_list: targets}", "x", "on the list targets", 1.0),
        ("account.name: {contains: [a, b]}", "x", "containing a or b", 1.0),
        ("account.name: {starts_with: a}", "x", "starting with a", 1.0),
        ("account.name: {ends_with: a}", "x", "ending with a", 1.0),
        ("account.name: {matches: 'a*'}", "x", "like a*", 1.0),
        ("account.name: {same_as: account.domain}", "x", "the same as account.domain", 1.0),
        ("request.summary: {mentions: targets}", "x", "a mention of targets", 1.0),
        ("request.received_at: {older_than: 73 hours}", NOW, "at least 73 hours ago", 0.008333),
        ("request.received_at: {newer_than: 1 hour}", NOW - 2 * HOUR, "less than 1 hour ago", 1.0),
        ("request.received_at: {within: 1 hour}", NOW + 74 * HOUR, "within 1 hour", 0.008333),
        ("request.received_at: {past: true}", NOW + 73 * HOUR, "past", 0.008333),
        ("request.received_at: {past: false}", NOW, "still to come", 1.0),
        # what changes when rows come and go is not turned by waiting
        ("contact.requests_12m: {at_least: 4}", 1, "at least 4", 0.75),
    ],
)
def test_what_is_wanted_and_how_far_off_it_is(test: str, value: Value, words: str, far: float) -> None:
    field = test.partition(":")[0]
    found = ruleset(f"  - {{id: a, when: {{{test}}}, then: [{{route: sales}}]}}\n", "all")
    (line,) = found.rulebooks[0].rules[0].when.lines()
    facts = {field: value, f"{field}@until": NOW + HOUR}
    assert wanted(line, AMSTERDAM) == words
    assert distance(line, facts, Moment(NOW, found.calendars)) == pytest.approx(far, abs=1e-6)
