"""Example subjects can exist: what follows from other fields agrees with them, and relations between tests are sure."""

from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.clock import HOUR
from leadrelay.leads.derived import SOURCES, derive
from leadrelay.leads.fields import Field, Fields, Formula, Type, Value
from leadrelay.rulebook import condition as c
from leadrelay.rulebook.lint.boxes import NOON
from leadrelay.rulebook.lint.existence import existing
from leadrelay.rulebook.lint.relations import completes, excludes, implies
from tests.rulebook.projects import head, load_with
from tests.rulebook.strategies import CALENDARS, NOWS, durations

DAY = 24 * HOUR
YES = Field("request.extra.yes", Type.YES_NO, "")
OWN = Fields(
    (
        YES,
        Field("request.extra.words", Type.TEXT, ""),
        Field("request.extra.points", Type.NUMBER, "", formula=Formula("count", (YES.path, "request.extra.words"), 2)),
    )
)


@pytest.mark.parametrize(
    ("subject", "facts", "can_be"),
    [
        # derived fields and what they follow from
        ("request", {"account.postcode_number": 1017}, True),
        ("request", {"account.postcode_number": 1017, "account.postcode": None}, False),
        ("request", {"account.postcode_number": None, "account.postcode": None}, True),
        ("request", {"account.province": "utrecht"}, True),
        ("request", {"account.province": "utrecht", "account.country": "be"}, False),
        ("request", {"account.province": "utrecht", "account.country": "nl"}, True),
        ("request", {"account.province": "limburg", "account.country": "be"}, True),
        ("request", {"account.province": "utrecht", "account.postcode_number": 9000}, False),
        ("request", {"account.province": None, "account.country": "nl", "account.postcode_number": 1017}, False),
        ("opportunity", {"opportunity.bant_score": 4}, True),
        ("opportunity", {"opportunity.bant_score": 4, "opportunity.bant.need": False}, False),
        ("opportunity", {"opportunity.bant_score": 3, "opportunity.bant.need": False}, True),
        ("opportunity", {"opportunity.bant_score": 0, "opportunity.bant.need": True}, False),
        ("opportunity", {"opportunity.bant_score": None}, False),
        ("opportunity", {"opportunity.weighted_value": 500, "opportunity.win_chance": 50}, True),
        ("opportunity", {"opportunity.weighted_value": 500, "opportunity.win_chance": None}, False),
        ("opportunity", {"opportunity.decider_count": 2}, True),
        ("request", {"request.extra.points": 2}, True),
        ("request", {"request.extra.points": 2, "request.extra.yes": True}, True),
        ("request", {"request.extra.points": 3}, False),
        ("request", {"request.extra.points": 6}, False),
        ("request", {"request.extra.points": 4, "request.extra.yes": False}, False),
        # what belongs together
        ("request", {"request.status": "open", "request.outcome": "order"}, False),
        ("request", {"request.status": "open", "request.outcome": None}, True),
        ("request", {"request.status": "closed", "request.outcome": None}, False),
        ("request", {"request.status": None}, False),
        ("request", {"request.account": None, "account.tier": "key"}, False),
        ("request", {"request.account": None, "account.tier": None}, True),
        ("request", {"request.owner": "an", "owner.id": "bram"}, False),
        ("request", {"owner.away": True, "owner.away_days": None}, False),
        ("account", {"account.requests_12m": 1, "account.orders_12m": 2}, False),
        ("opportunity", {"opportunity.quote_status": None, "opportunity.quote_total": 100}, False),
        # time
        ("request", {"request.received_at": NOON + 1}, False),
        ("request", {"request.received_at": NOON, "request.closed_at": NOON - DAY}, False),
        ("contact", {"contact.site_visits_3w": 2, "contact.last_site_visit_at": NOON - 30 * DAY}, False),
        ("contact", {"contact.site_visits_3w": 2, "contact.last_site_visit_at": NOON - 3 * DAY}, True),
    ],
)
def test_which_subjects_can_exist(subject: str, facts: Mapping[str, Value], can_be: bool) -> None:
    found = existing(facts, OWN, subject, NOON)
    assert (found is not None) is can_be
    if found is not None:
        assert facts.items() <= found.items()
        assert all(c.normal(derive(path, found)) == value for path, value in facts.items() if path in SOURCES)


def test_a_gap_that_nobody_can_fall_into_is_not_shown() -> None:
    """Every open request has no outcome: that a row for one with an outcome is missing is nothing to speak of."""
    rows = "    - [open, {known: false}, sales]\n    - [closed, any, archive]\n"
    text = head(hit="first") + f"table:\n  when: [request.status, request.outcome]\n  then: [route]\n  rows:\n{rows}"
    assert load_with({"rules/book.yaml": text}).problems == []
    problems = load_with({"rules/book.yaml": text.replace("closed, any", "closed, sales")}).problems
    assert {one.code for one in problems} == {"missing-row"}


def test_an_overlap_that_nobody_can_be_in_is_not_shown() -> None:
    rows = "    - [Utrecht, any, sales]\n    - [any, {between: [9000, 9999]}, archive]\n"
    text = head(hit="first") + "table:\n  when: [account.province, account.postcode_number]\n  then: [route]\n"
    text += f"  ordered: false\n  rows:\n{rows}otherwise: [{{route: marketing}}]\n"
    assert load_with({"rules/book.yaml": text}).problems == []
    near = text.replace("[9000, 9999]", "[3500, 9999]")
    (problem,) = load_with({"rules/book.yaml": near}).problems
    assert problem.message.endswith("with account.postcode_number 3500 and account.province Utrecht.")


PARTS = st.text("ab", min_size=1, max_size=3)
NEEDLES = st.lists(PARTS, min_size=1, max_size=2).map(tuple)
TEXT_TESTS = st.one_of(
    st.builds(c.Contains, NEEDLES),
    st.builds(c.StartsWith, NEEDLES),
    st.builds(c.EndsWith, NEEDLES),
    st.text("ab*", min_size=1, max_size=4).map(c.Matches),
    st.frozensets(PARTS, max_size=3).map(lambda values: c.InList("list", values)),
)
TEXTS = ["", *("".join(text) for n in range(1, 6) for text in product("ab", repeat=n))]


@settings(max_examples=150, deadline=None)
@given(TEXT_TESTS, TEXT_TESTS)
def test_relations_of_tests_on_texts_are_true(one: c.Test, other: c.Test) -> None:
    outcomes = {tuple(passes(test, value) for test in (one, other)) for value in TEXTS}
    assert not (implies(one, other) and (True, False) in outcomes)
    assert not (excludes(one, other) and (True, True) in outcomes)


@settings(max_examples=60, deadline=None)
@given(NEEDLES, NEEDLES)
def test_relations_of_members_are_true(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    first, second = c.Contains(one), c.Contains(other)
    assert implies(first, second, members=True) is all(passes(second, (member,)) for member in one)


def passes(test: c.Test, value: Value) -> bool:
    return c.judge(test, c.normal(value), {}, c.Moment(NOON, CALENDARS)).holds


TIMED = st.one_of(
    *(st.builds(lambda span, test=test: test(span=span), durations()) for test in (c.OlderThan, c.NewerThan, c.Within)),
    st.builds(lambda wanted: c.Past(wanted=wanted), st.booleans()),
)


@settings(max_examples=80, deadline=None)
@given(TIMED, TIMED, st.sampled_from(NOWS), st.integers(-60 * DAY, 60 * DAY))
def test_relations_of_tests_on_time_are_true(one: c.Test, other: c.Test, now: int, offset: int) -> None:
    moment = c.Moment(now, CALENDARS)
    spans = [test.span for test in (one, other) if isinstance(test, c.OlderThan | c.NewerThan | c.Within)]
    edges = {now, now + offset}
    for span in spans:
        edges.update((*span.breakpoints(now, CALENDARS["default"]), span.after(now, CALENDARS["default"])))
    for value in (edge + step for edge in edges for step in (-1, 0, 1)):
        first, second = (c.judge(test, value, {}, moment).holds for test in (one, other))
        assert not (implies(one, other) and first and not second)
        assert not (excludes(one, other) and first and second)
        assert not completes(one, other) or first or second
