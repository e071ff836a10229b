"""Stages and gates: which move is which, what stands in the way, where gates may be written."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.calendar import default_calendar
from leadrelay.clock import parse_time
from leadrelay.rulebook.condition import Moment
from leadrelay.rulebook.load import Loaded, load
from leadrelay.rulebook.stages import Lack, Move, Stages

ZONE = default_calendar().zone
NOW = parse_time("2026-11-20 09:13", ZONE)
MOMENT = Moment(NOW, {"default": default_calendar()})
TEAM = "people:\n  - {id: dirk, name: Dirk, email: d@example.com, roles: [sales_director]}\n"
IDLE = "rulebook: idle\nsubject: contact\nflow: nurture\nhit: all\nrules:\n  - {id: idle, then: [{stop: true}]}\n"
STAGES = """\
stages:
  - {stage: new, chance: 10}
  - {stage: Qualified, chance: 20, demands: [expected_value, account.name]}
  - {stage: quote, chance: 50, demands: [decision_on], next_step: required, next_step_within: 5 days}
  - {stage: closing, chance: 90}
gates:
  - id: worth-it
    about: A quote costs a day.
    into: [quote]
    when: {opportunity.expected_value: {at_least: 1000}}
    override: {roles: [sales_director], reason: required}
"""
GATES = """\
gates:
  - id: eager
    into: closing
    when: {any: [{opportunity.win_chance: {over: 50}}, {account.tier: key}]}
    override: false
"""
FULL = {
    "opportunity.expected_value": 100_000,
    "account.name": "Vos",
    "opportunity.decision_on": 1,
    "opportunity.next_step_at": parse_time("2026-11-23 10:00", ZONE),
    "opportunity.win_chance": 60,
}
NAMES = ("new", "Qualified", "quote", "closing")


def loaded(**files: str) -> Loaded:
    whole = {"team": TEAM, "idle": IDLE, **files}
    return load({f"rules/{name}.yaml": text for name, text in whole.items()})


@pytest.fixture(scope="module")
def stages() -> Stages:
    found = loaded(stages=STAGES, scotsman=GATES)
    assert found.errors == []
    return found.ruleset.stages


def brief(lacks: tuple[Lack, ...]) -> list[str]:
    return [lack.brief for lack in lacks]


@pytest.mark.parametrize(
    ("old", "new", "move"),
    [
        (None, "new", Move.ENTRY),
        (None, "closing", Move.ENTRY),
        ("new", "Qualified", Move.FORWARD),
        ("NEW ", "qualified", Move.FORWARD),
        ("new", "quote", Move.FAST_FORWARD),
        ("closing", "new", Move.BACK),
        ("Prospecting", "quote", Move.OTHER),
        ("quote", "Prospecting", Move.OTHER),
    ],
)
def test_which_move_it_is(stages: Stages, old: str | None, new: str, move: Move) -> None:
    assert stages.move(old, new) is move


def test_a_stage_has_what_it_demands_and_its_gates_hold(stages: Stages) -> None:
    assert stages.lacks("Qualified", "quote", FULL, MOMENT) == ()
    poor = {**FULL, "opportunity.expected_value": 99_999}
    (gate,) = stages.lacks("Qualified", "quote", poor, MOMENT)
    assert (gate.what, gate.fields, gate.override) == ("worth-it", ("opportunity.expected_value",), ("sales_director",))
    assert (gate.place.file, gate.place.line, gate.about) == ("rules/stages.yaml", 7, "A quote costs a day.")


def test_what_is_skipped_counts_and_going_back_does_not(stages: Stages) -> None:
    assert brief(stages.lacks("new", "closing", {}, MOMENT)) == [
        "demand expected_value",
        "demand account.name",
        "demand decision_on",
        "gate worth-it",
        "gate eager",
    ]
    assert brief(stages.lacks("quote", "closing", {}, MOMENT)) == ["gate eager"]
    assert stages.lacks("closing", "quote", {}, MOMENT) == ()
    assert brief(stages.lacks("Prospecting", "Qualified", {}, MOMENT)) == [
        "demand expected_value",
        "demand account.name",
    ]


@pytest.mark.parametrize(
    ("at", "about"),
    [
        (None, "no next step is planned"),
        ("2026-11-20 09:13", "the next step has passed"),
        ("2026-11-25 09:14", "the next step lies more than 5 days ahead"),
        ("2026-11-25 09:13", ""),
    ],
)
def test_the_next_step_is_planned_and_not_too_far_ahead(stages: Stages, at: str | None, about: str) -> None:
    facts = {**FULL, "opportunity.next_step_at": parse_time(at, ZONE) if at else None}
    assert [one.about for one in stages.lacks("Qualified", "quote", facts, MOMENT)] == ([about] if about else [])


def test_what_an_open_opportunity_lacks_where_it_is(stages: Stages) -> None:
    facts = {"opportunity.stage": "quote", "opportunity.decision_on": 1}
    assert brief(stages.standing(facts, MOMENT)) == ["demand owner", "next_step next_step_at"]
    assert stages.standing({**FULL, "opportunity.stage": "quote", "opportunity.owner": "an"}, MOMENT) == ()


FACTS = st.fixed_dictionaries({}, optional={path: st.just(value) for path, value in FULL.items()})


@given(FACTS, st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_step_by_step_or_at_once_comes_to_the_same(stages: Stages, facts: dict[str, int], old: str, new: str) -> None:
    """Fast-forwarding asks for exactly what the single steps do, but for next steps on the way."""
    way = NAMES[NAMES.index(old) : NAMES.index(new) + 1]
    steps = [stages.lacks(one, other, facts, MOMENT) for one, other in pairwise(way)]
    single = [lack for lacks in steps for lack in lacks]
    wanted = {one.brief for one in single if one.kind != "next_step" or one.stage == new}
    assert {one.brief for one in stages.lacks(old, new, facts, MOMENT)} == wanted


def test_gates_may_stand_beside_rules_and_without_stages() -> None:
    book = "rulebook: b\nsubject: opportunity\nflow: nudge\nrules:\n  - {id: r, then: [{stop: true}]}\nhit: all\n"
    found = loaded(book=book + GATES.replace("override: false", "override: {roles: sales_director}"))
    assert found.errors == []
    assert [gate.id for gate in found.ruleset.stages.gates] == ["eager"]
    assert "b" in [book.name for book in found.ruleset.rulebooks]
    assert brief(found.ruleset.stages.lacks("whatever", "closing", {}, MOMENT)) == ["gate eager"]
    assert found.ruleset.stages.lacks("whatever", "else", {}, MOMENT) == ()


def test_rules_name_stages_that_there_are() -> None:
    rule = (
        "rulebook: b\nsubject: request\nflow: route\nhit: all\n"
        "rules:\n  - {{id: r, then: [{{qualify: {{stage: {}}}}}]}}\n"
    )
    assert loaded(stages=STAGES, b=rule.format("QUALIFIED")).errors == []
    (wrong,) = loaded(stages=STAGES, b=rule.format("qualifed")).errors
    assert (wrong.code, wrong.remedy) == ("unknown-stage", "Did you mean 'Qualified'?")
    assert loaded(b=rule.format("anything")).errors == []
