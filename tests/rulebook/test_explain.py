"""Why and why not: the facts of an explanation, and its text word for word."""

import json
from datetime import date
from inspect import cleandoc

import pytest

from leadrelay.clock import day_of, parse_time
from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import Moment
from leadrelay.rulebook.explain import Explanation, explain
from leadrelay.rulebook.explain_words import render
from leadrelay.rulebook.load import load
from leadrelay.rulebook.model import Ruleset
from leadrelay.zone import zone_of

AMSTERDAM = zone_of("Europe/Amsterdam")
FIELDS = """
request:
  visit_on: {type: date, about: The day of the visit}
"""
ROUTING = """
rulebook: routing
about: Where every new request goes.
subject: request
flow: route
hit: first
scope: {request.status: open}
rules:
  - id: key-account
    about: A top customer wants to renegotiate.
    when:
      account.tier: key
      request.kind: [renewal, renegotiation]
    then: [{route: account_manager}]
  - id: large-or-near
    when:
      any:
        - account.employees: {at_least: 250}
          account.flagged: true
        - all:
            - request.expected_value: {over: 1000}
            - request.extra.visit_on: {within: 2 weeks}
      none:
        - request.kind: information
    then: [{route: sales}]
  - id: waits
    when: {request.received_at: {older_than: 4 hours}}
    then: [{route: marketing}]
    mode: shadow
  - id: asleep
    when: {account.name: acme}
    then: [{route: archive}]
    mode: "off"
otherwise:
  - route: inside_sales
"""
ALARMS = """
rulebook: alarms
about: Which alarms ring.
subject: request
flow: nudge
hit: all
rules:
  - id: big
    when: {request.expected_value: {at_least: 500}}
    then: [{route: sales}, {stop: true}]
  - id: known
    when: {account.name: {known: true}}
    then: [{route: sales}]
"""


@pytest.fixture(scope="module")
def rules() -> Ruleset:
    loaded = load({"rules/fields.yaml": FIELDS, "rules/routing.yaml": ROUTING, "rules/alarms.yaml": ALARMS})
    assert loaded.errors == []
    return loaded.ruleset


def explained(rules: Ruleset, name: str = "routing", **facts: Value) -> Explanation:
    rulebook = next(book for book in rules.rulebooks if book.name == name)
    moment = Moment(parse_time("2026-11-20 09:13", AMSTERDAM), rules.calendars)
    given = {path.replace("__", "."): value for path, value in facts.items()}
    return explain(rulebook, {"request.status": "open", **given}, moment)


RENEWAL: dict[str, Value] = {
    "account__tier": "important",
    "account__name": " Acme ",
    "account__employees": 249.5,
    "account__flagged": True,
    "request__kind": "Renewal",
    "request__expected_value": 123450,
    "request__extra__visit_on": day_of(date(2026, 12, 10)),
    "request__received_at": parse_time("2026-11-20 08:30:15.5", AMSTERDAM),
}

WAITS_UNTIL = "2026-11-20T12:30:15.500000+01:00"


def test_an_explanation_as_text(rules: Ruleset) -> None:
    wanted = """
        routing: otherwise decided
          If no field changes, this stands until 2026-11-20T12:30:15.500000+01:00.
          waits came nearest: request.received_at is 2026-11-20T08:30:15.500000+01:00, wanted at least 4 hours ago

          scope: in scope
            yes  request.status: open  (it is open)

          key-account: does not hold  [rules/routing.yaml:9]
            A top customer wants to renegotiate.
            no   account.tier: key  (it is important)
            yes  request.kind: [renewal, renegotiation]  (it is Renewal)
            stands in the way: account.tier (line 12)

          large-or-near: does not hold  [rules/routing.yaml:15]
            no   any.1: account.employees: {at_least: 250}  (it is 249.5)
            yes  any.1: account.flagged: true  (it is yes)
            yes  any.2: request.expected_value: {over: 1000}  (it is 1234.50)
            no   any.2: request.extra.visit_on: {within: 2 weeks}  (it is 2026-12-10)
            no   none.1: request.kind: information  (it is Renewal)
            stands in the way: account.employees (line 18)
            may change at 2026-11-26T00:00:00+01:00

          waits: does not hold (shadow: recorded only)  [rules/routing.yaml:26]
            no   request.received_at: {older_than: 4 hours}  (it is 2026-11-20T08:30:15.500000+01:00)
            stands in the way: request.received_at (line 27)
            may change at 2026-11-20T12:30:15.500000+01:00

          asleep: is off  [rules/routing.yaml:30]
            yes  account.name: acme  (it is Acme)

          otherwise: decided  [rules/routing.yaml:34]
        """
    assert render(explained(rules, **RENEWAL)) == cleandoc(wanted) + "\n"


def test_rules_after_one_that_stops_are_not_reached(rules: Ruleset) -> None:
    wanted = """
        alarms: big decided

          big: decided  [rules/alarms.yaml:8]
            yes  request.expected_value: {at_least: 500}  (it is 1234.50)

          known: holds, but big decided before it  [rules/alarms.yaml:11]
            yes  account.name: {known: true}  (it is Acme)
        """
    assert render(explained(rules, "alarms", **RENEWAL)) == cleandoc(wanted) + "\n"


def test_out_of_scope_nothing_is_decided_and_the_scope_says_why(rules: Ruleset) -> None:
    found = explained(rules, **RENEWAL | {"request__status": "closed"})
    assert (found["decided"], found["changes_at"]) == (None, None)
    assert [test["field"] for test in found["scope"]["why_not"]] == ["request.status"]
    assert not any(rule["reached"] for rule in found["rules"])
    assert "scope: not in scope, so no rule is tried\n    no   request.status: open  (it is closed)" in render(found)


def test_the_shape_of_the_contract(rules: Ruleset) -> None:
    found = json.loads(json.dumps(explained(rules, **RENEWAL | {"account__tier": "key"})))
    assert (found["rulebook"], found["decided"]) == ("routing", "key-account")
    rule = found["rules"][0]
    assert {key: rule[key] for key in ("id", "file", "line", "holds", "changes_at")} == {
        "id": "key-account",
        "file": "rules/routing.yaml",
        "line": 9,
        "holds": True,
        "changes_at": None,
    }
    tests = [[test[key] for key in ("field", "value", "test", "holds", "line", "column")] for test in rule["tests"]]
    assert tests == [
        ["account.tier", "key", "key", True, 12, 21],
        ["request.kind", "Renewal", "[renewal, renegotiation]", True, 13, 21],
    ]
    assert [rule["reached"] for rule in found["rules"]] == [True, False, False, False, False]
    assert [rule["changes_at"] for rule in found["rules"]][2] == WAITS_UNTIL


@pytest.mark.parametrize(
    ("name", "facts", "decided"),
    [
        ("alarms", {}, []),
        ("alarms", {"account__name": "x"}, ["known"]),
        ("routing", {"account__tier": "key"}, "otherwise"),
        ("routing", {"account__employees": 250, "account__flagged": True}, "large-or-near"),
    ],
)
def test_what_decided(rules: Ruleset, name: str, facts: dict[str, Value], decided: object) -> None:
    assert explained(rules, name, **facts)["decided"] == decided


@pytest.mark.parametrize(
    ("changed", "why_not"),
    [
        # both branches of the any lack one test: the nearer is named, six days being less of a year than 150 of 250
        ({"account__employees": 100}, ["request.extra.visit_on"]),
        ({"account__employees": 249}, ["account.employees"]),
        ({"request__expected_value": None}, ["account.employees"]),
        # the branch that lacks the fewest tests is the nearest
        ({"account__flagged": None}, ["request.extra.visit_on"]),
        # the none stands in the way too
        ({"request__kind": "information"}, ["account.employees", "request.kind"]),
        ({"request__kind": "information", "account__employees": 250}, ["request.kind"]),
        ({"account__employees": 250}, []),
    ],
)
def test_why_not_names_the_fewest_tests_that_would_have_to_turn(
    rules: Ruleset, changed: dict[str, Value], why_not: list[str]
) -> None:
    rule = explained(rules, **RENEWAL | changed)["rules"][1]
    assert [test["field"] for test in rule["why_not"]] == why_not


@pytest.mark.parametrize(
    ("value", "shown"),
    [(5, "0.05"), (-123450, "-1234.50"), (0, "0.00"), (None, None)],
)
def test_money_is_shown_in_whole_units(rules: Ruleset, value: Value, shown: str | None) -> None:
    assert explained(rules, "alarms", request__expected_value=value)["rules"][0]["tests"][0]["value"] == shown
