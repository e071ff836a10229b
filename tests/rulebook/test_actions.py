"""Actions, ladders and WHO as rule files have them: what each becomes, and what is refused."""

from datetime import date

import pytest

from leadrelay.clock import day_of
from leadrelay.duration import Duration
from leadrelay.rulebook.ladder import shorter
from leadrelay.rulebook.load import load
from leadrelay.rulebook.model import (
    Action,
    Assign,
    Close,
    Notify,
    Nurture,
    Pick,
    Qualify,
    Repeat,
    Route,
    Set,
    Step,
    Stop,
    Task,
)
from leadrelay.rulebook.place import NOWHERE
from tests.rulebook.projects import book_of, codes, load_with, one_rule


def bare(action: Action) -> Action:
    """An action without its place."""
    return type(action)(**{**{name: getattr(action, name) for name in action.__slots__}, "place": NOWHERE})


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("route: account_manager", Route("account_manager")),
        ("assign: an", Assign("an")),
        ("assign: account.owner", Assign("account.owner")),
        ("assign: field_sales", Assign("field_sales")),
        ("assign: sales_director", Assign("sales_director")),
        ("assign: {pool: field_sales}", Assign(Pick("field_sales"))),
        ("assign: {pool: field_sales, by: territory}", Assign(Pick("field_sales", "territory"))),
        (
            "assign: {pool: field_sales, by: round_robin, keep: account.owner, fallback: dirk}",
            Assign(Pick("field_sales", "round_robin", "account.owner", "dirk")),
        ),
        (
            "assign: {pool: field_sales, by: territory, then: weighted, not: request.owner, present: false}",
            Assign(Pick("field_sales", "territory", then="weighted", without="request.owner", present=False)),
        ),
        ("assign: {pool: field_sales, not: an}", Assign(Pick("field_sales", without="an"))),
        ("qualify: {stage: first talk}", Qualify("first talk")),
        ("nurture: {list: news}", Nurture("news")),
        ("close: {outcome: archived, reason: Not for us}", Close("archived", "Not for us")),
        (
            "task: {for: request.owner, what: Call, due: 4 working hours}",
            Task("request.owner", "Call", Duration(4, "working hour")),
        ),
        ("set: {request.triage: DOUBT}", Set((("request.triage", "doubt"),))),
        (
            "set: {product: Saw, expected_value: 12.50}",
            Set((("request.product", "Saw"), ("request.expected_value", 1250))),
        ),
        ("set: {request.extra.machine_type: lathe}", Set((("request.extra.machine_type", "Lathe"),))),
        ("set: {extra.tags: [Big, Red]}", Set((("request.extra.tags", ("Big", "Red")),))),
        ("set: {extra.tags: Big}", Set((("request.extra.tags", ("Big",)),))),
        ("set: {request.source: null}", Set((("request.source", None),))),
        ("stop: true", Stop()),
    ],
)
def test_an_action_becomes_its_value(text: str, action: Action) -> None:
    assert [bare(one) for one in book_of(one_rule(then=f"[{{{text}}}]")).rules[0].then] == [action]


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("an", ("an",)),
        ("[account.owner, general_management]", ("account.owner", "general_management")),
        ("[an, an, inside_sales]", ("an", "inside_sales")),
        ("{pool: inside_sales}", ("inside_sales",)),
        ("owner.manager", ("owner.manager",)),
        ("request.extra.adviser", ("request.extra.adviser",)),
    ],
)
def test_notify_reaches_one_or_many(text: str, to: tuple[str, ...]) -> None:
    book = one_rule(then=f"[{{notify: {{to: {text}, template: hello, urgency: digest}}}}]")
    loaded = load_with({"rules/book.yaml": book, "templates/en/hello.j2": "x"})
    (action,) = loaded.ruleset.rulebooks[0].rules[0].then
    assert bare(action) == Notify(to, "hello", "digest")


def test_actions_keep_their_order_and_place() -> None:
    then = book_of(one_rule(then="[{assign: an}, {route: sales}]")).rules[0].then
    assert [one.name for one in then] == ["assign", "route"]
    assert [(one.place.line, one.place.column) for one in then] == [(8, 13), (8, 27)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("route: sale", ["8:20 unknown-choice"]),
        ("rout: sales", ["8:13 unknown-action"]),
        ("assign: nobody", ["8:21 unknown-who"]),
        ("assign: account.name", ["8:21 not-a-person-field"]),
        ("assign: account.ownr", ["8:21 unknown-field"]),
        ("assign: opportunity.owner", ["8:21 unreachable-field"]),
        ("assign: [an]", ["8:21 not-a-text"]),
        ("assign: {by: territory}", ["8:21 missing-key"]),
        ("assign: {pool: sales}", ["8:28 unknown-pool"]),
        ("assign: {pool: field_sales, by: chance}", ["8:45 unknown-choice"]),
        ("assign: {pool: field_sales, keep: an}", ["8:41 keep-not-a-field"]),
        ("assign: {pool: field_sales, fallback: nobody}", ["8:51 unknown-who"]),
        ("assign: {pool: field_sales, size: 3}", ["8:41 unknown-key"]),
        ("notify: an", ["8:21 not-a-mapping"]),
        ("notify: {to: an}", ["8:21 missing-key"]),
        ("notify: {to: [], template: x}", ["8:26 no-value", "8:40 unknown-template"]),
        ("close: {outcome: won, reason: x}", ["8:30 unknown-choice"]),
        ("close: {outcome: archived}", ["8:20 missing-key"]),
        ("set: {account.tier: key}", ["8:19 foreign-field"]),
        ("set: {request.desk: sales}", ["8:19 unsettable-field"]),
        ("set: {request.triage: maybe}", ["8:35 unknown-choice"]),
        ("set: {nothing: 1}", ["8:19 unknown-field"]),
        ("set: {}", ["8:18 no-value"]),
        ("task: {for: [an, bram], what: x, due: 1 day}", ["8:20 several-people"]),
        ("task: {for: an, what: x, due: whenever}", ["8:43 bad-duration"]),
        ("task: {for: an, what: x}", ["8:19 missing-key"]),
        ("stop: false", ["8:19 stop-false"]),
        ("assign: an, route: sales", ["8:25 several-actions"]),
    ],
)
def test_faults_are_found_where_they_stand(text: str, found: list[str]) -> None:
    assert codes(one_rule(then=f"[{{{text}}}]")) == found


@pytest.mark.parametrize(
    ("subject", "action", "fits"),
    [
        ("contact", "assign: an", False),
        ("contact", "nurture: {list: news}", True),
        ("account", "assign: an", True),
        ("account", "nurture: {list: news}", False),
        ("account", "set: {flagged: true}", True),
        ("opportunity", "route: sales", False),
        ("opportunity", "qualify: {stage: x}", False),
        ("opportunity", "close: {outcome: won, reason: Signed}", True),
        ("opportunity", "set: {weighted_value: 5}", False),
        ("contact", "close: {outcome: archived, reason: x}", False),
    ],
)
def test_actions_are_for_some_subjects(subject: str, action: str, fits: bool) -> None:
    text = one_rule(when="{account.flagged: false}", then=f"[{{{action}}}]", subject=subject, flow="nurture")
    assert (codes(text) == []) is fits


def test_a_ladder_and_a_repeat() -> None:
    more = (
        "    later:\n"
        "      - {after: 2 working hours, then: [{assign: bram}]}\n"
        "      - {after: 1 working day, then: [{route: sales}, {assign: dirk}]}\n"
        "    repeat: {every: 1 working day, at_most: 3}\n    mode: shadow\n    backfill: true\n    about: Why\n"
    )
    rule = book_of(one_rule(more=more)).rules[0]
    assert [(type(step), step.after, len(step.then)) for step in rule.later] == [
        (Step, Duration(2, "working hour"), 1),
        (Step, Duration(1, "working day"), 2),
    ]
    assert rule.repeat is not None
    assert (rule.repeat.every, rule.repeat.at_most) == (Duration(1, "working day"), 3)
    assert isinstance(rule.repeat, Repeat)
    assert (rule.mode, rule.backfill, rule.about) == ("shadow", True, "Why")


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("    later: {after: 1 day, then: []}\n", ["9:12 not-a-list"]),
        ("    later: [{then: [{assign: an}]}]\n", ["9:13 missing-key"]),
        ("    later: [{after: 1 day, then: []}]\n", ["9:34 no-actions"]),
        ("    repeat: {every: 1 day}\n", ["9:13 missing-key"]),
        ("    repeat: {every: 1 day, at_most: 0}\n", ["9:37 not-a-number"]),
        ("    repeat: {every: 0 hours, at_most: 1}\n", ["9:21 no-time"]),
        ("    mode: on\n", ["9:11 unknown-choice"]),
        ("    backfill: yes\n", ["9:15 not-yes-no"]),
        ("    latr: []\n", ["9:5 unknown-key"]),
    ],
)
def test_faults_of_what_comes_later(more: str, found: list[str]) -> None:
    assert codes(one_rule(more=more)) == found


@pytest.mark.parametrize(
    ("one", "other", "first"),
    [
        (Duration(1, "hour"), Duration(90, "minute"), True),
        (Duration(2, "day"), Duration(4, "hour"), False),
        (Duration(1, "day"), Duration(24, "hour"), None),
        (Duration(30, "day"), Duration(1, "month"), None),
        (Duration(27, "day"), Duration(1, "month"), True),
        (Duration(1, "year"), Duration(12, "month"), None),
        (Duration(3, "working hour"), Duration(3, "working hour"), False),
        (Duration(3, "working hour"), Duration(4, "working hour"), True),
        (Duration(9, "working hour"), Duration(1, "working day"), None),
        (Duration(1, "hour"), Duration(2, "working hour"), True),
        (Duration(4, "working hour"), Duration(2, "hour"), False),
    ],
)
def test_which_span_is_sure_to_pass_first(one: Duration, other: Duration, first: bool | None) -> None:
    assert shorter(one, other) is first


def test_set_keeps_dates_as_days() -> None:
    (action,) = book_of(one_rule(then="[{set: {extra.deadline_on: 2026-11-20}}]")).rules[0].then
    assert isinstance(action, Set)
    assert action.values == (("request.extra.deadline_on", day_of(date(2026, 11, 20))),)


def test_without_a_team_file_people_are_not_called_unknown() -> None:
    text = one_rule(then="[{assign: zoe}, {assign: {pool: sales}}, {assign: account.name}]")
    loaded = load({"rules/book.yaml": text})
    assert [one.code for one in loaded.problems] == ["not-a-person-field"]
    assert [bare(one) for one in loaded.ruleset.rulebooks[0].rules[0].then] == [Assign("zoe"), Assign(Pick("sales"))]
