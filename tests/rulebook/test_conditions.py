"""Conditions as rule files have them: what each way of writing becomes, and what is refused."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from leadrelay.clock import day_of, parse_time
from leadrelay.duration import Duration
from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook.condition import (
    ALWAYS,
    All,
    Any,
    Condition,
    Contains,
    EndsWith,
    Equals,
    Every,
    InList,
    Known,
    Line,
    Matches,
    Mentions,
    NewerThan,
    Not,
    Nothing,
    OlderThan,
    Past,
    Range,
    SameAs,
    StartsWith,
    Within,
)
from leadrelay.rulebook.condition import (
    Test as AnyTest,
)
from tests.rulebook.projects import book_of, codes, load_with, one_rule


def condition(text: str) -> Condition:
    return book_of(one_rule(f"{{{text}}}")).rules[0].when


def equals(*values: Value) -> Equals:
    return Equals(frozenset(values))


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("account.tier: KEY", equals("key")),
        ("request.kind: [renewal, reorder]", equals("renewal", "reorder")),
        ("account.country: NO", equals("no")),
        ("account.postcode: 0123", equals("0123")),
        ("account.name: ' Acme  BV '", equals("acme  bv")),
        ("request.prompted: false", equals(False)),
        ("account.employees: 250", equals(250)),
        ("request.expected_value: 250", equals(25000)),
        ("request.expected_value: {over: 99.95}", Range(low=9995, low_open=True)),
        ("account.employees: {under: 12.5}", Range(high=12.5, high_open=True)),
        ("account.employees: {at_least: 50}", Range(low=50)),
        ("account.employees: {at_most: 50}", Range(high=50)),
        ("account.employees: {between: [1, 9]}", Range(low=1, high=9)),
        ("account.employees: {at_least: 50, under: 250}", Every((Range(low=50), Range(high=250, high_open=True)))),
        ("account.tier: {not: key, known: any}", Not(equals("key"))),
        ("account.tier: {not: [key, important], known: any}", Not(equals("key", "important"))),
        ("account.employees: {not: {over: 5}}", Not(Range(low=5, low_open=True))),
        ("request.summary: {contains: Price}", Contains(("price",))),
        ("request.summary: {starts_with: [Re, Fw]}", StartsWith(("re", "fw"))),
        ("contact.email: {ends_with: .gov}", EndsWith((".gov",))),
        ("contact.email: {matches: '*@*.gov'}", Matches("*@*.gov")),
        ("contact.lists: {contains: news}", Contains(("news",))),
        ("account.name: {in_list: target-accounts}", InList("target-accounts", frozenset({"acme", "globex bv"}))),
        (
            "request.summary: {mentions: target-accounts}",
            Mentions("target-accounts", frozenset({"acme", "globex bv"})),
        ),
        ("request.owner: {same_as: account.owner}", SameAs("account.owner")),
        ("request.owner: {known: true}", Known(True)),
        ("request.received_at: {older_than: 4 working hours}", OlderThan(span=Duration(4, "working hour"))),
        ("request.received_at: {newer_than: 2 weeks}", NewerThan(span=Duration(2, "week"))),
        ("request.received_at: {past: true}", Past(wanted=True)),
        ("request.extra.deadline_on: {within: 3 days}", Within(of_date=True, span=Duration(3, "day"))),
        ("request.extra.deadline_on: {past: false}", Past(of_date=True, wanted=False)),
        ("request.extra.machine_type: LATHE", equals("lathe")),
    ],
)
def test_a_line_becomes_its_test(text: str, test: AnyTest) -> None:
    line = condition(text)
    assert isinstance(line, Line)
    assert line.test == test


def test_dates_and_times_are_in_their_own_unit() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    on = condition("request.extra.deadline_on: {at_least: 2026-11-20}")
    at = condition("request.received_at: {at_most: 2026-11-20 09:13}")
    assert isinstance(on, Line)
    assert isinstance(at, Line)
    assert on.test == Range(low=day_of(date(2026, 11, 20)))
    assert at.test == Range(high=parse_time("2026-11-20 09:13", zone))


def test_a_line_knows_how_it_was_written_and_where() -> None:
    line = condition("account.employees: {at_least:   50,  not: 60}")
    assert isinstance(line, Line)
    assert (line.path, line.type, line.written) == ("account.employees", Type.NUMBER, "{at_least: 50, not: 60}")
    assert str(line.place) == "rules/book.yaml:7:31"
    windowed = condition("contact.site_visits_3w: {at_least: 3}")
    assert isinstance(windowed, Line)
    assert windowed.windowed


def test_groups_nest() -> None:
    found = condition(
        "account.tier: key, any: [{request.kind: renewal}, {all: [{account.flagged: true}]}], "
        "none: [{request.match: same}]"
    )
    assert isinstance(found, All)
    tier, either, none = found.parts
    assert isinstance(tier, Line)
    assert isinstance(either, Any)
    assert isinstance(either.parts[1], All)
    assert isinstance(none, Nothing)
    assert [line.path for line in found.lines()] == ["account.tier", "request.kind", "account.flagged", "request.match"]


def test_no_when_always_holds() -> None:
    text = one_rule().replace("    when: {account.tier: key}\n", "")
    assert book_of(text).rules[0].when == ALWAYS


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("acount.tier: key", ["7:12 unknown-field"]),
        ("request.extra.nothing: 1", ["7:12 unknown-field"]),
        ("opportunity.stage: won", ["7:12 unreachable-field"]),
        ("account.tier: silver", ["7:26 unknown-choice"]),
        ("account.employees: many", ["7:31 wrong-type"]),
        ("account.employees: '12'", ["7:31 wrong-type"]),
        ("account.employees: 1e999", ["7:31 wrong-type"]),
        ("account.employees: [12, [13]]", ["7:36 wrong-type"]),
        ("account.name: true", ["7:26 wrong-type"]),
        ("request.expected_value: 0.001", ["7:36 wrong-type"]),
        ("request.prompted: no", ["7:30 wrong-type"]),
        ("request.extra.deadline_on: 20-11-2026", ["7:39 wrong-type"]),
        ("request.received_at: {at_least: yesterday}", ["7:44 wrong-type"]),
        ("request.received_at: 2026-11-20", ["7:33 day-for-time"]),
        ("account.tier: []", ["7:26 no-value"]),
        ("account.tier: {}", ["7:26 no-value"]),
        ("account.tier: null", ["7:26 no-value"]),
        ("account.name: {contains: []}", ["7:37 no-value"]),
        ("account.employees: {over: 5, undr: 9}", ["7:41 unknown-test"]),
        ("account.employees: {contains: 5}", ["7:32 misfit-test"]),
        ("account.name: {older_than: 5 days}", ["7:27 misfit-test"]),
        ("account.name: {over: 5}", ["7:27 misfit-test"]),
        ("request.prompted: {at_least: true}", ["7:31 misfit-test"]),
        ("contact.lists: news", ["7:27 misfit-test"]),
        ("contact.lists: {in_list: target-accounts}", ["7:28 misfit-test"]),
        ("account.employees: {mentions: target-accounts}", ["7:32 misfit-test"]),
        ("contact.lists: {mentions: target-accounts}", ["7:28 misfit-test"]),
        ("request.summary: {mentions: targets}", ["7:40 unknown-list"]),
        ("account.employees: {same_as: account.name}", ["7:41 misfit-test"]),
        ("account.employees: {same_as: account.emp}", ["7:41 unknown-field"]),
        ("account.employees: {between: 5}", ["7:41 bad-between"]),
        ("account.employees: {between: [9, 5]}", ["7:31 empty-range"]),
        ("account.employees: {over: 5, at_most: 5}", ["7:31 empty-range"]),
        ("account.employees: {not: {over: 9, under: 9}}", ["7:37 empty-range"]),
        ("account.name: {in_list: targets}", ["7:36 unknown-list"]),
        ("account.name: {known: maybe}", ["7:34 not-yes-no"]),
        ("request.received_at: {older_than: soon}", ["7:46 bad-duration"]),
        ("request.received_at: {older_than: -4 hours}", ["7:46 bad-duration"]),
        ("any: {account.tier: key}", ["7:17 not-a-list"]),
        ("any: []", ["7:17 empty-condition"]),
        ("any: [key]", ["7:18 not-a-mapping"]),
    ],
)
def test_faults_are_found_where_they_stand(text: str, found: list[str]) -> None:
    assert codes(one_rule(f"{{{text}}}")) == found


def test_all_faults_are_found_in_one_go() -> None:
    text = "{account.tier: silver, account.employees: {over: x, foo: 1}, any: [{nope: 1}, {account.name: null}]}"
    assert [one.split()[1] for one in codes(one_rule(text))] == [
        "unknown-choice",
        "wrong-type",
        "unknown-test",
        "unknown-field",
        "no-value",
    ]


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("acount.tier: key", "Did you mean 'account.tier'?"),
        ("tier: key", "Did you mean 'account.tier'?"),
        ("anyof: []", "Did you mean 'any'?"),
        ("request.kind: renewl", "Did you mean 'renewal'?"),
        ("account.name: {in_list: target-acounts}", "Did you mean 'target-accounts'?"),
        ("account.employees: {atleast: 5}", "Did you mean 'at_least'?"),
    ],
)
def test_the_nearest_is_suggested(text: str, remedy: str) -> None:
    problems = load_with({"rules/book.yaml": one_rule(f"{{{text}}}")}).problems
    assert [one.remedy.startswith(remedy) for one in problems] == [True]


def test_what_a_broken_file_would_define_is_not_called_unknown() -> None:
    broken = "request:\n  machine: {type: wrong}\n"
    when = "{request.extra.machine: x, account.name: {in_list: cafes}}"
    files = {"rules/fields.yaml": broken, "rules/lists/cafes.csv": "Caf\udce9\n"}
    problems = load_with({"rules/book.yaml": one_rule(when)} | files).problems
    assert {one.code for one in problems} == {"unknown-type", "not-utf-8"}
