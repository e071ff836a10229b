"""rules/tests/*.yaml: rule tests as values, and what is reported about them."""

from datetime import date

import pytest

from leadrelay.calendar import default_calendar
from leadrelay.clock import day_of, parse_time
from leadrelay.duration import Duration
from leadrelay.leads.fields import Field, Fields, Type
from leadrelay.leads.team import Person, Pool, Team
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.model import Rule, Rulebook
from leadrelay.rulebook.place import Place
from leadrelay.rulebook.rule_test import ExpectedField, ExpectedMessage, ExpectedRules, ExpectedTask, RuleTest
from leadrelay.rulebook.tests_file import load_tests
from leadrelay.rulebook.written_tests import as_yaml

FILE = "rules/tests/a.yaml"
ZONE = default_calendar().zone
RULEBOOKS = (
    Rulebook(
        "routing",
        "request",
        "route",
        rules=(Rule("key-account", "key-account"), Rule("large", "large")),
        otherwise=Rule("otherwise", "routing/otherwise"),
    ),
    Rulebook("waiting", "request", "escalate", hit="all", rules=(Rule("waits", "waits"),)),
)


def context(**files: str) -> Context:
    people = {name: Person(name, name) for name in ("an", "bram", "dirk")}
    return Context(
        files,
        fields=Fields((Field("request.extra.machine", Type.CHOICE, "", ("lathe", "mill")),)),
        team=Team(people, {"sales": Pool("sales", ("an", "bram"))}),
        calendars={"default": default_calendar()},
        templates=frozenset(("overdue", "key_account")),
    )


def load(text: str) -> tuple[tuple[RuleTest, ...], list[str]]:
    """The tests of one file, and the problems as 'line code'."""
    ctx = context(**{FILE: text})
    tests = load_tests(ctx, RULEBOOKS)
    return tests, [f"{one.place.line} {one.code}" for one in ctx.problems]


FULL = """\
tests:
  - test: a top customer
    now: 2026-11-20 09:13
    given:
      request:
        kind: Renewal
        received_at: 2026-11-20 09:12
        expected_value: 2500.50
        prompted: false
        summary: null
        extra: {machine: mill}
        source: NO
      account: {tier: key, owner: an}
      contact: {lists: [fair, mail], site_visits_3w: 3}
    load: {bram: 3}
    after: 4 working hours
    expect:
      routing: key-account
      waiting: nothing
      request.desk: account_manager
      request.owner: null
      notify:
        - {to: an, template: key_account, urgency: now, subject: request}
        - to: bram
      tasks: [{for: dirk, what: Call, due: 2026-11-23 09:00}]
"""


def test_a_full_test() -> None:
    tests, problems = load(FULL)
    assert problems == []
    (test,) = tests
    assert test == RuleTest(
        name="a top customer",
        now=parse_time("2026-11-20 09:13", ZONE),
        given={
            "request": {
                "kind": "renewal",
                "received_at": parse_time("2026-11-20 09:12", ZONE),
                "expected_value": 250050,
                "prompted": False,
                "summary": None,
                "extra.machine": "mill",
                "source": "NO",
            },
            "account": {"tier": "key", "owner": "an"},
            "contact": {"lists": ("fair", "mail"), "site_visits_3w": 3},
        },
        load={"bram": 3},
        after=Duration(4, "working hour"),
        rules=(
            ExpectedRules("routing", ("key-account",), Place(FILE, 18, 7)),
            ExpectedRules("waiting", (), Place(FILE, 19, 7)),
        ),
        fields=(
            ExpectedField("request.desk", "account_manager", Place(FILE, 20, 7)),
            ExpectedField("request.owner", None, Place(FILE, 21, 7)),
        ),
        notify=(
            ExpectedMessage("an", "key_account", "now", "request", Place(FILE, 23, 11)),
            ExpectedMessage("bram", place=Place(FILE, 24, 11)),
        ),
        tasks=(ExpectedTask("dirk", "Call", parse_time("2026-11-23 09:00", ZONE), Place(FILE, 25, 15)),),
        place=Place(FILE, 2, 5),
    )
    assert test.subject == "request"


def one_test(given: str = "request: {}", expect: str = "routing: large", more: str = "") -> str:
    return f"tests:\n- test: t\n  now: 2026-11-20 09:13\n  given: {{{given}}}\n  expect: {{{expect}}}\n{more}"


@pytest.mark.parametrize(
    ("given", "subject", "facts"),
    [
        ("opportunity: {scotsman.time: true}", "opportunity", {"scotsman.time": True}),
        ("opportunity: {bant: {need: false}}", "opportunity", {"bant.need": False}),
        ("opportunity: {start_on: 2026-12-01}, account: {}", "opportunity", {"start_on": day_of(date(2026, 12, 1))}),
        ("contact: {lists: fair}", "contact", {"lists": ("fair",)}),
        ("account: {employees: 12}, owner: {away: true}", "account", {"employees": 12}),
    ],
)
def test_the_subject_and_its_facts(given: str, subject: str, facts: dict[str, object]) -> None:
    (test,) = load(one_test(given))[0]
    assert (test.subject, test.given[subject]) == (subject, facts)


@pytest.mark.parametrize(
    ("expect", "rules"),
    [
        ("routing: large", ("large",)),
        ("routing: [large, key-account]", ("large", "key-account")),
        ("routing: otherwise", ("otherwise",)),
        ("routing: nothing", ()),
        ("routing: []", ()),
    ],
)
def test_the_rules_that_are_expected(expect: str, rules: tuple[str, ...]) -> None:
    (test,) = load(one_test(expect=expect))[0]
    assert [one.rules for one in test.rules] == [rules]
    assert test.rules[0].written() == (", ".join(rules) or "nothing")


@pytest.mark.parametrize(
    ("expect", "notify"),
    [("routing: large", None), ("notify: []", ()), ("notify: nothing", ())],
)
def test_no_message_and_any_message_differ(expect: str, notify: tuple[()] | None) -> None:
    (test,) = load(one_test(expect=expect))[0]
    assert test.notify == notify


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (one_test("request: {knd: renewal}"), ["4 unknown-field"]),
        (one_test("request: {kind: renewl}"), ["4 unknown-choice"]),
        (one_test("request: {received_at: yesterday}"), ["4 wrong-type"]),
        (one_test("request: {expected_value: much}"), ["4 wrong-type"]),
        (one_test("request: {extra: {machin: mill}}"), ["4 unknown-field"]),
        (one_test("requests: {}"), ["4 unknown-subject"]),
        (one_test("request: [a]"), ["4 not-a-mapping"]),
        (one_test(expect=""), ["5 no-value"]),
        (one_test(expect="rooting: large"), ["5 unknown-rulebook"]),
        (one_test(expect="routing: lrge"), ["5 unknown-rule"]),
        (one_test(expect="routing: [large, smal]"), ["5 unknown-rule"]),
        (one_test(expect="waiting: otherwise"), ["5 unknown-rule"]),
        (one_test(expect="request.dsk: sales"), ["5 unknown-field"]),
        (one_test(expect="request.desk: sale"), ["5 unknown-choice"]),
        (one_test(expect="notify: [{to: ann}]"), ["5 unknown-person"]),
        (one_test(expect="notify: [{to: sales}]"), ["5 unknown-person"]),
        (one_test(expect="notify: [{to: an, template: overdu}]"), ["5 unknown-template"]),
        (one_test(expect="notify: [{to: an, urgency: later}]"), ["5 unknown-choice"]),
        (one_test(expect="notify: [{to: an, subject: reqest}]"), ["5 unknown-subject"]),
        (one_test(expect="notify: [{template: overdue}]"), ["5 missing-key"]),
        (one_test(expect="notify: [{to: an, tmplate: overdue}]"), ["5 unknown-key"]),
        (one_test(expect="notify: [an]"), ["5 not-a-mapping"]),
        (one_test(expect="notify: {to: an}"), ["5 not-a-list"]),
        (one_test(expect="tasks: [{what: Call}]"), ["5 missing-key"]),
        (one_test(expect="tasks: [{for: ann}]"), ["5 unknown-person"]),
        (one_test(expect="tasks: [{for: an, due: soon}]"), ["5 bad-time"]),
        (one_test(more="  after: a while\n"), ["6 bad-duration"]),
        (one_test(more="  load: {ann: 3}\n"), ["6 unknown-person"]),
        (one_test(more="  load: {an: many}\n"), ["6 not-a-number"]),
        (one_test(more="  expects: {}\n"), ["6 unknown-key"]),
        ("tests:\n- {test: t, now: never, given: {request: {}}, expect: {routing: large}}\n", ["2 bad-time"]),
        ("tests:\n- {}\n", ["2 missing-key"] * 4),
        ("tests: {}\n", ["1 not-a-list"]),
        ("test: []\n", ["1 unknown-key"]),
        ("- a\n", ["1 not-a-mapping"]),
    ],
)
def test_a_faulty_test_is_reported_and_not_run(text: str, problems: list[str]) -> None:
    assert load(text) == ((), problems)


@pytest.mark.parametrize(
    ("text", "problems", "count"),
    [
        (one_test() + one_test().removeprefix("tests:\n"), ["6 duplicate-test"], 2),
        (one_test("account: {owner: ann}"), ["4 unknown-person"], 1),
        (one_test("account: {owner: ann}", "notify: [{to: ann}]"), ["4 unknown-person"], 1),
    ],
)
def test_what_is_odd_is_a_warning(text: str, problems: list[str], count: int) -> None:
    tests, found = load(text)
    assert found == problems
    assert len(tests) == count


def test_a_pool_in_place_of_a_person_is_explained() -> None:
    ctx = context(**{FILE: one_test(expect="notify: [{to: sales}]")})
    load_tests(ctx, RULEBOOKS)
    assert ctx.problems[0].remedy == "Name its members, each apart: an, bram."


def test_rules_that_are_broken_themselves_are_not_called_unknown() -> None:
    ctx = context(**{FILE: one_test(expect="routing: torn, rooting: large")})
    ctx.broken |= {"rule torn", "rulebook rooting"}
    load_tests(ctx, RULEBOOKS)
    assert ctx.problems == []


def test_the_files_are_read_in_order() -> None:
    ctx = context(
        **{
            "rules/tests/b.yaml": one_test().replace("test: t", "test: second"),
            "rules/tests/a.yaml": one_test().replace("test: t", "test: first"),
            "rules/tests/README.md": "How to test",
            "rules/tests/notes.txt": "x",
            "rules/routing.yaml": "x",
        }
    )
    assert [test.name for test in load_tests(ctx, RULEBOOKS)] == ["first", "second"]
    assert [(one.place.file, one.code) for one in ctx.problems] == [("rules/tests/notes.txt", "not-a-test-file")]


def test_several_deals_are_given_and_written_back_as_they_were() -> None:
    text = (
        "tests:\n  - test: two\n    now: 2026-11-20 09:13\n"
        "    given: {request: {}, deals: [{product: saw}, {id: B, owner: an}]}\n    expect: {routing: nothing}\n"
    )
    ctx = context(**{FILE: text})
    (test,) = load_tests(ctx, RULEBOOKS)
    assert not ctx.problems and test.deals == ({"id": "D-1", "product": "saw"}, {"id": "B", "owner": "an"})
    again = load_tests(context(**{FILE: as_yaml([test], ctx.fields, ZONE)}), RULEBOOKS)
    assert [one.deals for one in again] == [test.deals]
