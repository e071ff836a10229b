"""What would change a decision: what is shown is true, nothing in it can be left out, and the nearest comes first."""

from collections.abc import Mapping
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given, settings

from leadrelay.clock import day_of, parse_time
from leadrelay.leads.derived import compute_all, derive
from leadrelay.leads.fields import Fields, Value
from leadrelay.rulebook.condition import Moment, normal
from leadrelay.rulebook.counterfactual import MOST, MOST_CHANGES, with_changes, would_change
from leadrelay.rulebook.evaluate import decide
from leadrelay.rulebook.explain import explain
from leadrelay.rulebook.load import Loaded, load
from leadrelay.rulebook.model import Rulebook
from leadrelay.rulebook.other_values import can_differ
from leadrelay.zone import zone_of
from tests.rulebook import strategies

AMSTERDAM = zone_of("Europe/Amsterdam")
NOW = parse_time("2026-11-20 09:13", AMSTERDAM)
OWN = """
account:
  branches: {type: number}
  abroad: {type: number}
  sites: {type: number, sum: [account.extra.branches, account.extra.abroad]}
"""
ROUTING = """
rulebook: routing
subject: request
flow: route
hit: first
scope: {request.status: open}
rules:
  - id: complaint
    when: {request.summary: {mentions: complaints}}
    then: [{route: inside_sales}]
  - id: large-company
    when: {account.employees: {at_least: 250}, request.kind: new_project}
    then: [{route: sales}]
  - id: near
    when: {account.postcode_number: {between: [1000, 1999]}}
    then: [{route: sales}]
  - id: many-sites
    when: {account.extra.sites: {over: 10}}
    then: [{route: sales}]
  - id: of-somebody
    when: {request.owner: an}
    then: [{route: sales}]
  - id: asks-often
    when: {account.requests_12m: {at_least: 2}}
    then: [{route: sales}]
  - id: long-ago
    when: {account.last_order_at: {older_than: 1 year}, account.tier: key}
    then: [{route: account_manager}]
  - id: off
    when: {account.flagged: true}
    then: [{route: archive}]
    mode: "off"
otherwise:
  - route: inside_sales
"""
DEALS = """
rulebook: deals
subject: opportunity
flow: nudge
hit: all
rules:
  - id: well-known
    when: {opportunity.scotsman_score: {at_least: 2}}
    then: [{notify: {to: opportunity.owner, template: deal}}]
  - id: large
    when: {opportunity.weighted_value: {at_least: 10000}}
    then: [{notify: {to: opportunity.owner, template: deal}}, {stop: true}]
  - id: decides-soon
    when: {opportunity.decision_on: {within: 3 days}}
    then: [{notify: {to: opportunity.owner, template: deal}}]
"""
FACTS: dict[str, Value] = {
    "request.status": "open",
    "request.kind": "new_project",
    "request.summary": "A lathe",
    "account.employees": 180,
    "account.postcode": "2512 AB",
    "account.postcode_number": 2512,
    "account.extra.branches": 4,
    "account.extra.abroad": 2,
    "account.extra.sites": 6,
    "account.requests_12m": 1,
}
DEAL: dict[str, Value] = {
    "opportunity.expected_value": 1_000_000,
    "opportunity.win_chance": 50,
    "opportunity.stage_chance": 50,
    "opportunity.weighted_value": 500_000,
    "opportunity.scotsman_score": 0,
}


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    found = load(
        {
            "rules/fields.yaml": OWN,
            "rules/routing.yaml": ROUTING,
            "rules/deals.yaml": DEALS,
            "rules/lists/complaints.yaml": "[broken, it leaks]",
            "templates/en/deal.j2": "",
        },
        proofread=False,
    )
    assert [one for one in found.errors if one.code != "unknown-person"] == []
    return found


def texts(loaded: Loaded, name: str, facts: Mapping[str, Value], only: str | None = None) -> list[str]:
    ruleset = loaded.ruleset
    book = next(one for one in ruleset.rulebooks if one.name == name)
    told = explain(book, facts, Moment(NOW, ruleset.calendars), ruleset.fields, only)
    return [one["text"] for one in told["would_change"]]


def test_the_nearest_comes_first_and_derived_fields_change_through_their_sources(loaded: Loaded) -> None:
    assert texts(loaded, "routing", FACTS) == [
        "had account.postcode been 1999: near",
        "had account.employees been 250: large-company",
        "had account.extra.branches been 9: many-sites",
        "had request.summary mentioned 'broken': complaint",
        "had account.last_order_at been 2025-11-20T00:00:00+01:00 and account.tier been key: long-ago",
    ]


@pytest.mark.parametrize(
    ("rule", "facts", "said"),
    [
        # two changes where one will not do, and not one more
        (
            "large-company",
            {"request.kind": "renewal"},
            ["had account.employees been 250 and request.kind been new_project: large-company"],
        ),
        # the owner, counts of rows, and rules that are off are nothing that could have been otherwise
        ("of-somebody", {}, []),
        ("asks-often", {}, []),
        ("off", {}, []),
        # beaten by a rule above it, which must not hold
        (
            "near",
            {"account.employees": 250, "account.postcode": "1017", "account.postcode_number": 1017},
            ["had account.employees been 249: near"],
        ),
        (
            "otherwise",
            {"account.employees": 300},
            ["had account.employees been 249: otherwise"],
        ),
        # a rule that decides needs no change
        ("large-company", {"account.employees": 250}, []),
        # out of scope, when asked for it by name
        (
            "near",
            {"request.status": "closed", "account.postcode": "1017", "account.postcode_number": 1017},
            ["had request.status been open: near"],
        ),
    ],
)
def test_one_rule(loaded: Loaded, rule: str, facts: dict[str, Value], said: list[str]) -> None:
    assert texts(loaded, "routing", FACTS | facts, rule) == said


def test_out_of_scope_nothing_is_said_of_all_the_rules(loaded: Loaded) -> None:
    assert texts(loaded, "routing", FACTS | {"request.status": "closed"}) == []


def test_answers_chances_and_dates(loaded: Loaded) -> None:
    assert texts(loaded, "deals", DEAL) == [
        "had opportunity.expected_value been 20000.00: large",
        "had opportunity.decision_on been 2026-11-21: decides-soon",
        "had opportunity.scotsman.solution been yes and opportunity.scotsman.competition been yes: well-known",
    ]


def test_what_is_derived_is_derived_anew() -> None:
    fields = load({"rules/fields.yaml": OWN}, proofread=False).ruleset.fields
    changed = with_changes(FACTS, {"account.extra.branches": None, "account.postcode": "9711"}, fields)
    assert (changed["account.extra.sites"], changed["account.postcode_number"]) == (2, 9711)
    assert derive("account.postcode_number", changed) == 9711
    again = {path: value for path, value in changed.items() if path != "account.extra.sites"}
    compute_all([(path, one) for path, one in fields.formulas.items() if path in changed], again)
    assert again == changed


@pytest.mark.parametrize(
    ("path", "subject", "can"),
    [
        ("account.employees", "request", True),
        ("account.owner", "request", True),
        ("account.owner", "account", False),
        ("request.owner", "request", False),
        ("request.id", "request", False),
        ("request.contact", "request", False),
        ("request.received_at", "request", False),
        ("account.postcode_number", "request", False),
        ("account.requests_12m", "request", False),
        ("owner.away", "request", False),
        ("request.nothing", "request", False),
    ],
)
def test_what_could_have_been_otherwise(path: str, subject: str, can: bool) -> None:
    assert can_differ(path, subject, Fields()) is can


@settings(max_examples=60, deadline=None)
@given(strategies.worlds(subjects=2))
def test_what_is_shown_is_true_and_nothing_in_it_can_be_left_out(world: strategies.World) -> None:
    for facts in world.subjects:
        before = decide(world.rulebook, facts, world.moment)
        found = would_change(world.rulebook, facts, world.moment, strategies.FIELDS)
        assert len(found) <= MOST
        assert [one.length for one in found] == sorted(one.length for one in found)
        for one in found:
            changes = {change.path: change.instead for change in one.changes}
            assert 1 <= len(changes) == len(one.changes) <= MOST_CHANGES
            assert one.rule.id not in ids_of(world.rulebook, before.rules)
            assert decides(world, facts, changes, one.rule.id)
            for change in one.changes:
                assert can_differ(change.path, "request", strategies.FIELDS)
                assert normal(change.instead) != normal(facts.get(change.path)) == normal(change.value)
            for size in range(len(changes)):
                for part in combinations(changes.items(), size):
                    assert not decides(world, facts, dict(part), one.rule.id)


def decides(world: strategies.World, facts: Mapping[str, Value], changes: Mapping[str, Value], rule: str) -> bool:
    outcome = decide(world.rulebook, with_changes(facts, changes, strategies.FIELDS), world.moment)
    return rule in ids_of(world.rulebook, outcome.rules)


def ids_of(book: Rulebook, indexes: tuple[int, ...]) -> set[str]:
    return {book.every_rule()[index].id for index in indexes}


def test_a_date_is_told_as_one(loaded: Loaded) -> None:
    late = day_of(date(2026, 12, 24))
    found = texts(loaded, "deals", DEAL | {"opportunity.decision_on": late}, "decides-soon")
    assert found == ["had opportunity.decision_on been 2026-11-23: decides-soon"]
