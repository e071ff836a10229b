"""Rule tests in memory: what agrees passes, and what does not is said in a sentence."""

import subprocess
import sys
from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from leadrelay.act.trial import run_tests, uncovered
from leadrelay.duration import parse_duration
from leadrelay.leads.fields import Value
from leadrelay.rulebook.load import load
from leadrelay.rulebook.model import Assign, Notify, Nurture, Pick, Qualify, Route, Rulebook, Ruleset, Set, Task
from leadrelay.rulebook.place import Place
from leadrelay.rulebook.rule_test import ExpectedField, ExpectedMessage, ExpectedRules, ExpectedTask, RuleTest
from tests.act.builders import NOW, at, book, line, older, otherwise, rule, ruleset, when


@dataclass(frozen=True)
class Loaded:
    ruleset: Ruleset
    tests: tuple[RuleTest, ...]


ROUTING = book(
    "routing",
    rule(
        "key",
        when(line("account.tier", "key")),
        Route("account_manager"),
        Assign("account.owner"),
        Notify(("account.owner",), "key_account"),
    ),
    rule(
        "deal",
        when(line("request.kind", "new_project")),
        Qualify("lead"),
        Task("an", "Call", parse_duration("1 working day")),
    ),
    rule("cold", when(line("request.kind", "information")), Nurture("cold")),
    scope=when(line("request.status", "open"), line("request.desk")),
    otherwise=otherwise("routing", Route("inside_sales"), Assign(Pick("inside_sales"))),
)
ESCALATION = book(
    "escalation",
    rule(
        "late",
        when(older("request.received_at", "4 working hours"), line("request.first_response_at")),
        Notify(("dirk",), "overdue"),
    ),
    rule("off", when(), mode="off"),
    flow="escalate",
    hit="all",
)
DEALS = book(
    "deals",
    rule("new-deal", when(line("opportunity.stage", "lead")), Set((("opportunity.win_chance", 10),))),
    subject="opportunity",
)
RULES = ruleset(ROUTING, ESCALATION, DEALS)
KEY = RuleTest("key", NOW, {"request": {"kind": "renewal"}, "account": {"tier": "key", "owner": "an"}})
DEAL = RuleTest("deal", NOW, {"request": {"kind": "new_project", "owner": "bram"}})
COLD = RuleTest("cold", NOW, {"request": {"kind": "information"}, "contact": {"lists": ("news",)}})
REST = RuleTest("rest", NOW, {"request": {}}, load={"an": 3})
LATE = replace(KEY, now=at("2026-11-20 16:40"), after=parse_duration("4 working hours"))


def desk(value: Value) -> RuleTest:
    return replace(KEY, fields=field("request.desk", value))


def differences(test: RuleTest, rules: Ruleset = RULES) -> list[str]:
    (result,) = run_tests(Loaded(rules, (test,)))
    return list(result.differences)


def rules_of(rulebook: str, *names: str) -> tuple[ExpectedRules, ...]:
    return (ExpectedRules(rulebook, names),)


def field(path: str, value: Value) -> tuple[ExpectedField, ...]:
    return (ExpectedField(path, value),)


@pytest.mark.parametrize(
    "test",
    [
        replace(KEY, rules=rules_of("routing", "key"), fields=field("request.owner", "an")),
        replace(KEY, fields=field("request.desk", "Account_Manager ")),
        replace(KEY, fields=field("owner.open_count", 1)),
        replace(KEY, rules=rules_of("escalation"), notify=(ExpectedMessage("an", "key_account"),)),
        replace(KEY, notify=(ExpectedMessage("an", urgency="now", subject="request"),), tasks=()),
        replace(DEAL, rules=(*rules_of("routing", "deal"), *rules_of("deals", "new-deal")), notify=()),
        replace(DEAL, fields=(*field("opportunity.owner", "bram"), *field("opportunity.win_chance", 10))),
        replace(DEAL, tasks=(ExpectedTask("an", "Call", at("2026-11-23 09:13")),)),
        replace(COLD, fields=(*field("contact.lists", ("cold", "news")), *field("request.outcome", "marketing"))),
        replace(COLD, fields=field("request.desk", None)),
        RuleTest("nobody given", NOW, {"request": {"kind": "information"}}, fields=field("contact.lists", ("cold",))),
        replace(REST, rules=rules_of("routing", "otherwise"), fields=field("request.owner", "bram")),
        replace(LATE, notify=(ExpectedMessage("an", "key_account"), ExpectedMessage("dirk", "overdue"))),
        replace(LATE, rules=(*rules_of("routing", "key"), *rules_of("escalation", "late"))),
        replace(LATE, after=parse_duration("3.5 working hours"), rules=rules_of("escalation")),
    ],
)
def test_what_comes_as_expected_passes(test: RuleTest) -> None:
    assert differences(test) == []


@pytest.mark.parametrize(
    ("test", "sentences"),
    [
        (replace(KEY, rules=rules_of("routing")), ["routing: expected nothing, but key decided."]),
        (replace(KEY, rules=rules_of("escalation", "late")), ["escalation: expected late, but nothing decided."]),
        (desk("sales"), ["request.desk: expected sales, but it is account_manager."]),
        (desk(None), ["request.desk: expected unknown, but it is account_manager."]),
        (
            replace(KEY, fields=(*field("request.routed_at", None), *field("opportunity.stage", "lead"))),
            [
                "request.routed_at: expected unknown, but it is 2026-11-20 09:13.",
                "opportunity.stage: expected lead, but it is unknown.",
            ],
        ),
        (
            replace(KEY, notify=()),
            ["notify: there is a message to an (key_account, now, request/R-1) that was not expected."],
        ),
        (
            replace(KEY, notify=(ExpectedMessage("an"), ExpectedMessage("an", "key_account"))),
            ["notify: expected a message to an, but there is none."],
        ),
        (
            replace(KEY, notify=(ExpectedMessage("an", "key_account"), ExpectedMessage("dirk", "overdue", "now"))),
            ["notify: expected a message to dirk (overdue, now), but there is none."],
        ),
        (
            replace(DEAL, tasks=(ExpectedTask("an", "Call", NOW),)),
            [
                "tasks: expected a task 'Call' for an due 2026-11-20 09:13, but there is none.",
                "tasks: there is a task 'Call' for an due 2026-11-23 09:13 that was not expected.",
            ],
        ),
    ],
)  # fmt: skip
def test_what_comes_otherwise_is_said(test: RuleTest, sentences: list[str]) -> None:
    assert differences(test) == sentences


def test_rules_that_set_each_other_off_fail_the_test() -> None:
    flip = rule("flip", line("request.triage", "new"), Set((("request.triage", "doubt"),)))
    flop = rule("flop", line("request.triage", "doubt"), Set((("request.triage", "new"),)))
    rules = ruleset(book("b", flip, flop, hit="all"))
    found = differences(RuleTest("t", NOW, {"request": {"triage": "new"}}), rules)
    assert found == ["request/R-1: flip, flop set each other off without end, and were cut."]


def test_flows_that_set_each_other_off_come_to_an_end_too() -> None:
    flip = book("flip", rule("flip", line("request.triage", "new"), Set((("request.triage", "doubt"),))))
    flop = book("flop", rule("flop", line("request.triage", "doubt"), Set((("request.triage", "new"),))), flow="nudge")
    (sentence,) = differences(RuleTest("t", NOW, {"request": {"triage": "new"}}), ruleset(flip, flop))
    assert sentence.startswith("request/R-1: flow ")


@pytest.mark.parametrize(
    ("given", "path", "value"),
    [
        ({"opportunity": {"scotsman.time": True, "scotsman.money": True}}, "opportunity.scotsman_score", 2),
        ({"opportunity": {"expected_value": 1000, "win_chance": 50}}, "opportunity.weighted_value", 500),
        ({"account": {"postcode": "1017 AB"}}, "account.postcode_number", 1017),
        ({"request": {}, "contact": {}}, "contact.requests_12m", 1),
        ({"request": {}, "contact": {"requests_12m": 7}}, "contact.requests_12m", 7),
        ({"request": {"received_at": at("2025-11-20 09:13")}, "contact": {}}, "contact.requests_12m", 0),
        ({"request": {"outcome": "order"}, "contact": {}}, "contact.orders_12m", 1),
        ({"request": {}, "account": {}, "opportunity": {"stage": "quote"}}, "account.running_opportunity", "O-1"),
        ({"request": {}, "account": {}, "opportunity": {"closed_at": NOW}}, "account.running_opportunity", None),
        ({"request": {"owner": "an"}}, "owner.manager", "dirk"),
        ({"request": {}, "owner": {"id": "an", "open_count": 25}}, "owner.open_count", 25),
    ],
)
def test_derived_facts_are_as_in_the_database(given: dict[str, dict[str, Value]], path: str, value: Value) -> None:
    untouched: Rulebook = book("none", rule("never", line("request.kind", "reorder")))
    assert differences(RuleTest("t", NOW, given, fields=field(path, value)), ruleset(untouched)) == []


def test_results_as_json_and_what_no_test_covers() -> None:
    place = Place("rules/tests/a.yaml", 3, 5)
    results = run_tests(
        Loaded(RULES, (replace(KEY, place=place, notify=()), replace(COLD, rules=rules_of("routing", "cold"))))
    )
    assert [one.passed for one in results] == [False, True]
    assert results[0].as_dict() == {
        "test": "key",
        "file": "rules/tests/a.yaml",
        "line": 3,
        "passed": False,
        "differences": list(results[0].differences),
    }
    assert [rule.key for _, rule in uncovered(RULES, results)] == ["deal", "routing/otherwise", "late", "new-deal"]


def test_rule_tests_need_no_database_flows_or_templates() -> None:
    code = (
        "import sys, leadrelay.act.trial;"
        "print([name for name in ('sqlalchemy', 'prefect', 'jinja2', 'alembic', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


MAILS = """
  - test: what the mails are
    now: 2026-11-20 21:00
    given: {request: {received_at: 2026-11-20 21:00}, account: {tier: key}}
    expect: {mails: %s}
"""


@pytest.mark.parametrize(
    ("policy", "after", "expected", "differences"),
    [
        ("", "", "[{to: an, at: 2026-11-20 21:00, template: hello, messages: 1}]", []),
        (
            "quiet_hours: [{hours: {friday: 19:00-07:30}}]",
            "    after: 12 hours\n",
            "[{to: an, at: 2026-11-21 07:30}]",
            [],
        ),
        ("quiet_hours: [{hours: {friday: 19:00-07:30}}]", "", "nothing", []),
        (
            "",
            "",
            "[{to: bram}]",
            [
                "mails: expected a mail to bram, but there is none.",
                "mails: there is a mail to an at 2026-11-20 21:00 with 1 (hello, sent by itself)"
                " that was not expected.",
            ],
        ),
    ],
)
def test_mails_are_planned_on_the_moving_clock(policy: str, after: str, expected: str, differences: list[str]) -> None:
    test = MAILS % expected
    files = {
        "rules/team.yaml": "people: [{id: an, name: An}, {id: bram, name: Bram}]",
        "rules/book.yaml": "rulebook: telling\nsubject: request\nflow: route\nhit: all\nrules:\n"
        "  - {id: tell, when: {account.tier: key}, then: [{notify: {to: an, template: hello}}]}\n",
        "templates/en/hello.j2": "",
        "rules/messages.yaml": policy,
        "rules/tests/mails.yaml": "tests:" + (test.replace("    expect", after + "    expect") if after else test),
    }
    loaded = load({name: text for name, text in files.items() if text or name.endswith(".j2")})
    (result,) = run_tests(loaded)
    assert list(result.differences) == differences
