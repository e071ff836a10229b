"""Every row of the contract's table of tests: what holds, what does not, and until when."""

from datetime import date

import pytest

from leadrelay.clock import FOREVER, HOUR, MINUTE, day_of, parse_time
from leadrelay.duration import parse_duration
from leadrelay.leads.fields import UNTIL, Type, Value
from leadrelay.rulebook.condition import (
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
    Moment,
    NewerThan,
    Not,
    Nothing,
    OlderThan,
    Past,
    Range,
    SameAs,
    StartsWith,
    Verdict,
    Within,
    judge,
    normal,
)
from leadrelay.rulebook.condition import Test as FieldTest
from tests.rulebook.strategies import AMSTERDAM, CALENDARS, DAY

NOW = parse_time("2026-11-20 09:13", AMSTERDAM)  # a Friday


def at(text: str) -> Moment:
    return Moment(parse_time(text, AMSTERDAM), CALENDARS)


def time(text: str) -> int:
    return parse_time(text, AMSTERDAM)


def day(text: str) -> int:
    return day_of(date.fromisoformat(text))


def holds(test: FieldTest, value: Value, **others: Value) -> bool:
    return judge(test, normal(value), others, Moment(NOW, CALENDARS)).holds


ONE_OF = Equals(frozenset(["renewal", "renegotiation"]))
BETWEEN = Range(low=50, high=250)


@pytest.mark.parametrize(
    ("test", "passing", "failing"),
    [
        (Equals(frozenset(["acme"])), ["acme", "ACME", "  Acme \n"], ["acme nv", "a c m e", "", "   ", None]),
        (Equals(frozenset(["strasse"])), ["Straße", "STRASSE"], ["strase"]),
        (ONE_OF, ["Renewal", "renegotiation"], ["reorder", None]),
        (Equals(frozenset([True])), [True], [False, None]),
        (Equals(frozenset([250])), [250, 250.0], [249.99, -250, None]),
        (Range(low=250, low_open=True), [250.01, 251], [250, None]),
        (Range(high=250, high_open=True), [249.99, -1, 0], [250, None]),
        (Range(low=250), [250, 251], [249, None]),
        (Range(high=250), [250, 0], [251, None]),
        (BETWEEN, [50, 250, 99.5], [49, 251, None]),
        (Contains(("nv",)), ["Acme NV", "convoy", "nv"], ["n v", "", None]),
        (Contains(("bv", "nv")), ["acme bv", "acme nv"], ["acme"]),
        (Contains(("fair",)), [("fair",), ("Mail", " FAIR ")], [("fairs",), (), None]),
        (StartsWith(("ac", "b")), ["ACME", " bram"], ["the acme", None]),
        (EndsWith(("nv",)), ["Acme NV", "acme nv  "], ["nv acme", None]),
        (Matches("*@*.gov"), ["An@City.GOV", " an@b.c.gov "], ["an@city.gov.be", "city.gov", None]),
        (Matches("A?me*"), ["acme", "ABME nv"], ["ame", "xacme"]),
        (Matches("[ab]*"), ["acme", "bram"], ["cees"]),
        (Matches("a.me"), ["a.me"], ["acme"]),
        (InList("targets", frozenset(["acme", "de zaak"])), ["ACME", " de Zaak"], ["acme nv", "", None]),
        (Known(True), ["x", 0, False, ("a",)], [None, "", "   ", ()]),
        (Known(False), [None, "", "   ", ()], ["x", 0, False]),
        (Not(ONE_OF), ["reorder", "", None], ["Renewal"]),
        (Not(Range(low=250)), [249, None], [250]),
        (Not(Not(Range(low=250))), [250], [249, None]),
        (Not(Known(True)), [None, ""], ["x"]),
        (Every((Range(low=50), Range(high=250, high_open=True))), [50, 249], [49, 250, None]),
        (Every((Known(False), Not(Equals(frozenset(["x"]))))), [None, ""], ["x", "y"]),
        (Not(Every((Range(low=50), Range(high=250)))), [49, 251, None], [50, 250]),
    ],
)
def test_values(test: FieldTest, passing: list[Value], failing: list[Value]) -> None:
    assert [value for value in passing if not holds(test, value)] == []
    assert [value for value in failing if holds(test, value)] == []


@pytest.mark.parametrize(
    ("value", "other", "same"),
    [
        ("an", " AN ", True),
        ("an", "bram", False),
        (None, None, False),
        ("", "", False),
        ("an", None, False),
        (5, 5, True),
    ],
)
def test_same_as(value: Value, other: Value, same: bool) -> None:
    assert holds(SameAs("account.owner"), value, **{"account.owner": other}) is same


def test_same_as_a_windowed_field_stands_until_that_one_changes() -> None:
    line = Line("account.employees", SameAs("contact.requests_12m"), Type.NUMBER)
    facts = {"account.employees": 2, "contact.requests_12m": 2, "contact.requests_12m" + UNTIL: NOW + HOUR}
    assert line.verdict(facts, Moment(NOW, CALENDARS)) == Verdict(True, NOW + HOUR)


FOUR_HOURS, THREE_DAYS, A_MONTH = (parse_duration(text) for text in ("4 hours", "3 days", "1 month"))
WORKING_DAY, WORKING_HOURS = (parse_duration(text) for text in ("1 working day", "4 working hours"))


@pytest.mark.parametrize(
    ("test", "value", "now", "expected", "until"),
    [
        (OlderThan(span=FOUR_HOURS), "2026-11-20 05:13", "2026-11-20 09:13", True, None),
        (OlderThan(span=FOUR_HOURS), "2026-11-20 05:13:01", "2026-11-20 09:13", False, "2026-11-20 09:13:01"),
        (OlderThan(span=FOUR_HOURS), "2026-11-21 05:00", "2026-11-20 09:13", False, "2026-11-21 09:00"),
        (NewerThan(span=FOUR_HOURS), "2026-11-20 05:13:01", "2026-11-20 09:13", True, "2026-11-20 09:13:01"),
        (NewerThan(span=FOUR_HOURS), "2026-11-20 05:13", "2026-11-20 09:13", False, None),
        (NewerThan(span=FOUR_HOURS), "2026-11-20 09:13", "2026-11-20 09:13", True, "2026-11-20 13:13"),
        (NewerThan(span=FOUR_HOURS), "2026-11-20 10:00", "2026-11-20 09:13", False, "2026-11-20 10:00"),
        (Within(span=FOUR_HOURS), "2026-11-20 09:13", "2026-11-20 09:13", True, "2026-11-20T09:13:00.000001"),
        (Within(span=FOUR_HOURS), "2026-11-20 13:13", "2026-11-20 09:13", True, "2026-11-20T13:13:00.000001"),
        (Within(span=FOUR_HOURS), "2026-11-20 13:14", "2026-11-20 09:13", False, "2026-11-20 09:14"),
        (Within(span=FOUR_HOURS), "2026-11-20 09:12", "2026-11-20 09:13", False, None),
        (Past(wanted=True), "2026-11-20 09:13", "2026-11-20 09:13", True, None),
        (Past(wanted=True), "2026-11-20 09:14", "2026-11-20 09:13", False, "2026-11-20 09:14"),
        (Past(wanted=False), "2026-11-20 09:14", "2026-11-20 09:13", True, "2026-11-20 09:14"),
        (Past(wanted=False), "2026-11-20 09:13", "2026-11-20 09:13", False, None),
        # over the weekend: Friday 16:30 to Monday
        (OlderThan(span=WORKING_HOURS), "2026-11-20 16:30", "2026-11-23 11:59", False, "2026-11-23 12:00"),
        (OlderThan(span=WORKING_HOURS), "2026-11-20 16:30", "2026-11-23 12:00", True, None),
        (OlderThan(span=WORKING_DAY), "2026-11-20 16:30", "2026-11-23 16:29", False, "2026-11-23 16:30"),
        # the clock goes forward: three days by the wall clock are 71 hours
        (OlderThan(span=THREE_DAYS), "2026-03-27 10:00", "2026-03-30 09:59", False, "2026-03-30 10:00"),
        (OlderThan(span=THREE_DAYS), "2026-03-27 10:00", "2026-03-30T08:00:00+00:00", True, None),
        # and back: four hours are four hours
        (OlderThan(span=FOUR_HOURS), "2026-10-25 01:00", "2026-10-25 03:59", False, "2026-10-25 04:00"),
        # months are cut at their end
        (OlderThan(span=A_MONTH), "2026-01-31 10:00", "2026-02-28 09:59", False, "2026-02-28 10:00"),
    ],
)
def test_times(test: FieldTest, value: str, now: str, expected: bool, until: str | None) -> None:
    line = Line("request.received_at", test, Type.TIME)
    verdict = line.verdict({"request.received_at": time(value)}, at(now))
    assert verdict == Verdict(expected, time(until) if until else FOREVER)


@pytest.mark.parametrize(
    "test", [OlderThan(span=THREE_DAYS), NewerThan(span=THREE_DAYS), Within(span=THREE_DAYS), Past()]
)
def test_an_unknown_time_passes_no_test_but_not(test: FieldTest) -> None:
    assert judge(test, None, {}, at("2026-11-20")) == Verdict(False)
    assert judge(Not(test), None, {}, at("2026-11-20")) == Verdict(True)


@pytest.mark.parametrize(
    ("test", "value", "now", "expected", "until"),
    [
        (Past(wanted=True, of_date=True), "2026-11-20", "2026-11-20 00:00", True, None),
        (Past(wanted=True, of_date=True), "2026-11-21", "2026-11-20 23:59", False, "2026-11-21 00:00"),
        (OlderThan(span=THREE_DAYS, of_date=True), "2026-11-17", "2026-11-19 23:59", False, "2026-11-20 00:00"),
        (Within(span=THREE_DAYS, of_date=True), "2026-11-23", "2026-11-20 00:00", True, "2026-11-23T00:00:00.000001"),
        (Within(span=THREE_DAYS, of_date=True), "2026-11-24", "2026-11-20 09:00", False, "2026-11-21 00:00"),
    ],
)
def test_a_date_stands_for_its_first_instant(
    test: FieldTest, value: str, now: str, expected: bool, until: str | None
) -> None:
    line = Line("request.extra.visit_on", test, Type.DATE)
    verdict = line.verdict({"request.extra.visit_on": day(value)}, at(now))
    assert verdict == Verdict(expected, time(until) if until else FOREVER)


SOON, LATE = Line("request.received_at", Past(wanted=True), Type.TIME), Line("account.last_order_at", Past(), Type.TIME)
NEITHER = {"request.received_at": NOW + MINUTE, "account.last_order_at": NOW + DAY}
NEVER = Line("account.name", Known(True))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (All(), Verdict(True)),
        (Any(), Verdict(False)),
        (Nothing(), Verdict(True)),
        (All((SOON, LATE)), Verdict(False, NOW + DAY)),
        (Any((SOON, LATE)), Verdict(False, NOW + MINUTE)),
        (Nothing((SOON, LATE)), Verdict(True, NOW + MINUTE)),
        (All((SOON, NEVER)), Verdict(False)),
        (Any((SOON, NEVER)), Verdict(False, NOW + MINUTE)),
        (Nothing((All((SOON, NEVER)),)), Verdict(True)),
        (All((Nothing((SOON,)), Nothing((LATE,)))), Verdict(True, NOW + MINUTE)),
        (Any((Nothing((SOON,)), Nothing((LATE,)))), Verdict(True, NOW + DAY)),
        (Nothing((Nothing((LATE,)),)), Verdict(False, NOW + DAY)),
    ],
)
def test_groups(condition: Condition, expected: Verdict) -> None:
    assert condition.verdict(NEITHER, Moment(NOW, CALENDARS)) == expected


@pytest.mark.parametrize(
    ("edge", "until"), [(NOW + HOUR, NOW + HOUR), (None, FOREVER)], ids=["with an edge", "without one"]
)
def test_a_windowed_field_stands_until_its_edge(edge: int | None, until: int) -> None:
    line = Line("contact.site_visits_3w", Range(low=3), Type.NUMBER, windowed=True)
    facts: dict[str, Value] = {"contact.site_visits_3w": 3, "contact.site_visits_3w" + UNTIL: edge}
    assert line.verdict(facts, Moment(NOW, CALENDARS)) == Verdict(True, until)


def test_lines_come_in_the_order_of_the_file() -> None:
    assert list(All((SOON, Any((NEVER, Nothing((LATE,)))))).lines()) == [SOON, NEVER, LATE]
