"""Random fields, conditions, rulebooks, facts and moments, for every property test that needs a rulebook.

    @given(strategies.worlds())
    def test_something(world): ...

A world is a rulebook, a moment and subjects whose values stand on, just before and just after the edges of its tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from random import Random
from types import MappingProxyType
from typing import Literal

from hypothesis import strategies as st

from leadrelay.calendar import WorkCalendar, default_calendar, parse_hours
from leadrelay.clock import HOUR, MINUTE, SECOND, Instant, day_of, parse_time
from leadrelay.duration import Duration
from leadrelay.leads.fields import UNTIL, Field, Fields, Type, Value
from leadrelay.rulebook import condition as c
from leadrelay.rulebook.model import Mode, Rule, Rulebook, Stop
from leadrelay.zone import local_of, zone_of

DAY = 24 * HOUR
AMSTERDAM = zone_of("Europe/Amsterdam")
CALENDARS: Mapping[str, WorkCalendar] = MappingProxyType(
    {
        "default": default_calendar(),
        "split": WorkCalendar(
            "split",
            zone_of("America/New_York"),
            parse_hours({"monday-thursday": "09:00-12:30, 13:00-17:30", "saturday": "10:00-12:00"}),
            closed=frozenset({date(2026, 3, 9), date(2026, 11, 2)}),
        ),
    }
)
OWN = (Field("request.extra.visit_on", Type.DATE, "the day of the visit"),)
FIELDS = Fields(OWN)
PATHS = (
    "request.kind",
    "account.tier",
    "request.prompted",
    "account.flagged",
    "account.employees",
    "request.expected_value",
    "account.name",
    "account.domain",
    "contact.lists",
    "request.received_at",
    "account.last_order_at",
    "request.extra.visit_on",
    "contact.site_visits_3w",
    "owner.away",
)
WORDS = ("acme", "acme nv", "de zaak", "nv", "a*[b]", "straße", "renewal", "key")
RAW_WORDS = (*WORDS, "ACME", "  Acme NV ", "STRASSE", "", "   ", "the acme of it", None)
NUMBERS = (-1, 0, 1, 2, 5, 5.5, 50, 249, 250, 250.5, 251)
CENTS = (0, 1, 99, 100, 25_000, 25_001, 10_000_000)
DURATIONS = tuple(
    Duration(amount, unit)
    for unit, amounts in {
        "minute": (0, 15, 90),
        "hour": (1, 4, 25),
        "day": (1, 3, 21),
        "week": (2,),
        "month": (1, 6),
        "year": (1,),
        "working minute": (30,),
        "working hour": (0, 4, 9),
        "working day": (0, 1, 3),
    }.items()
    for amount in amounts
)
NOWS = tuple(
    parse_time(text, AMSTERDAM)
    for text in (
        "2026-11-20 09:13",
        "2026-03-29 01:59:59",  # the clock goes forward
        "2026-03-29 03:00",
        "2026-10-25 02:30",  # the clock goes back
        "2026-10-25T02:30:00+01:00",
        "2026-12-31 23:59:59",
        "2026-12-25 10:00",
        "2028-02-29 12:00",
        "2026-11-01T01:30:00-05:00",  # the same in New York
        "2026-11-23 12:45",
    )
)
_FEW = st.integers(0, 6)
_MAYBE = st.booleans()
_COLUMNS = st.lists(st.sampled_from(PATHS), min_size=2, max_size=4, unique=True)
_SHAPES = st.sampled_from(("list", "list", "table", "wide"))
_MODES: st.SearchStrategy[Mode] = st.sampled_from(("live", "live", "live", "shadow", "off"))
_HITS: st.SearchStrategy[Literal["first", "all"]] = st.sampled_from(("first", "all"))
_OFFSETS = (-1, 0, 1, SECOND, -MINUTE, HOUR, -DAY, DAY)


@dataclass(frozen=True)
class World:
    """A rulebook at a moment, and subjects to decide about."""

    rulebook: Rulebook
    moment: c.Moment
    subjects: tuple[dict[str, Value], ...]


def durations() -> st.SearchStrategy[Duration]:
    return st.sampled_from(DURATIONS)


def nows() -> st.SearchStrategy[Instant]:
    """Moments around the nights and days on which the clock or the calendar does something odd."""
    return st.builds(
        lambda now, offset, minutes: now + offset + minutes * MINUTE,
        st.sampled_from(NOWS),
        st.sampled_from(_OFFSETS),
        st.integers(-3000, 3000) | st.just(0),
    )


def _spans(test: type, of_date: bool) -> st.SearchStrategy[c.Test]:
    return st.builds(
        lambda span, calendar: test(span=span, calendar=calendar, of_date=of_date),
        durations(),
        st.sampled_from(tuple(CALENDARS)),
    )


def _ranges(numbers: tuple[float, ...]) -> st.SearchStrategy[c.Test]:
    edge = st.sampled_from(numbers)
    return st.builds(c.Range, low=edge, low_open=st.booleans()) | st.builds(
        lambda low, high, is_open: c.Range(low=min(low, high), high=max(low, high), high_open=is_open),
        edge,
        edge,
        st.booleans(),
    )


def _equals(values: tuple[Value, ...]) -> st.SearchStrategy[c.Test]:
    return st.frozensets(st.sampled_from(values), min_size=1, max_size=3).map(c.Equals)


def _simple_tests(field: Field) -> st.SearchStrategy[c.Test]:
    known = st.builds(c.Known, st.booleans())
    needles = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(tuple)
    of_date = field.type is Type.DATE
    timed = st.one_of(
        *(_spans(test, of_date) for test in (c.OlderThan, c.NewerThan, c.Within)),
        st.builds(lambda wanted: c.Past(wanted=wanted, of_date=of_date), st.booleans()),
    )
    text = st.one_of(
        _equals(WORDS),
        st.builds(c.Contains, needles),
        st.builds(c.StartsWith, needles),
        st.builds(c.EndsWith, needles),
        st.sampled_from(("*acme*", "a*", "?cme", "*[!v]")).map(c.Matches),
        st.frozensets(st.sampled_from(WORDS), max_size=3).map(lambda values: c.InList("words", values)),
        st.frozensets(st.sampled_from(WORDS), max_size=3).map(lambda values: c.Mentions("words", values)),
        st.sampled_from(("account.name", "account.domain")).map(c.SameAs),
    )
    days = tuple(day_of(local_of(now, AMSTERDAM).date()) for now in NOWS)
    by_type: dict[Type, st.SearchStrategy[c.Test]] = {
        Type.TEXT: text,
        Type.CHOICE: _equals(field.choices or WORDS),
        Type.YES_NO: _equals((True, False)),
        Type.NUMBER: st.one_of(_ranges(NUMBERS), _equals(NUMBERS), st.just(c.SameAs("contact.site_visits_3w"))),
        Type.MONEY: _ranges(CENTS) | _equals(CENTS),
        Type.TIME: st.one_of(timed, timed, _ranges(NOWS), st.just(c.SameAs("request.received_at"))),
        Type.DATE: st.one_of(timed, timed, _ranges(days), _equals(days)),
        Type.LIST: st.builds(c.Contains, needles),
    }
    return st.one_of(by_type[field.type], by_type[field.type], known)


def tests_of(field: Field) -> st.SearchStrategy[c.Test]:
    """Tests that suit a field, also negated and several at once."""
    simple = _simple_tests(field)
    several = st.lists(simple, min_size=2, max_size=2).map(lambda tests: c.Every(tuple(tests)))
    return st.one_of(simple, simple, simple, simple.map(c.Not), several, several.map(c.Not))


_TESTS = {path: tests_of(FIELDS.by_path[path]) for path in PATHS}


@st.composite
def lines(draw: st.DrawFn, path: str = "") -> c.Condition:
    """A line on that path, or on any."""
    path = path or draw(st.sampled_from(PATHS))
    field = FIELDS.by_path[path]
    return c.Line(path, draw(_TESTS[path]), field.type, field.windowed)


_ANY_LINE = lines()
_LINES = {path: lines(path) for path in PATHS}


@cache
def conditions(most: int = 4) -> st.SearchStrategy[c.Condition]:
    """Conditions with any, all and none nested in each other."""

    def grouped(parts: st.SearchStrategy[c.Condition]) -> st.SearchStrategy[c.Condition]:
        several = st.lists(parts, max_size=3).map(tuple)
        return st.builds(lambda group, members: group(members), st.sampled_from((c.All, c.Any, c.Nothing)), several)

    nested = st.recursive(_ANY_LINE, grouped, max_leaves=most)
    return st.one_of(nested, st.lists(nested, max_size=2).map(lambda parts: c.All(tuple(parts))))


@cache
def wide_conditions() -> st.SearchStrategy[c.Condition]:
    """Conditions that written out have more rows than the matcher allows: 4 to the power of 4."""
    any_of = st.lists(_ANY_LINE, min_size=4, max_size=4).map(lambda parts: c.Any(tuple(parts)))
    return st.lists(any_of, min_size=4, max_size=4).map(lambda parts: c.All(tuple(parts)))


@st.composite
def table_rows(draw: st.DrawFn) -> list[c.Condition]:
    """The rows of a decision table: the same columns in every row, some cells empty."""
    columns = draw(_COLUMNS)
    return [c.All(tuple(draw(_LINES[path]) for path in columns if draw(_MAYBE))) for _ in range(draw(_FEW) + 2)]


@st.composite
def rulebooks(draw: st.DrawFn) -> Rulebook:
    """Rulebooks of both kinds of `hit`, as lists of rules or as tables, some rules off, in shadow, or stopping."""
    shape = draw(_SHAPES)
    whens = draw(table_rows()) if shape == "table" else [draw(conditions()) for _ in range(draw(_FEW))]
    if shape == "wide":
        whens.insert(min(draw(_FEW), len(whens)), draw(wide_conditions()))
    rules = tuple(
        Rule(
            f"rule-{number}",
            f"rule-{number}",
            when,
            then=(Stop(),) if draw(_MAYBE) else (),
            mode=draw(_MODES),
        )
        for number, when in enumerate(whens)
    )
    return Rulebook(
        "random",
        "request",
        "route",
        hit=draw(_HITS),
        scope=draw(conditions(2)) if draw(_MAYBE) else c.ALWAYS,
        rules=rules,
        otherwise=Rule("otherwise", "random/otherwise") if draw(_MAYBE) else None,
    )


def _edges(rulebook: Rulebook, moment: c.Moment) -> tuple[Instant, ...]:
    """Times at which the rulebook's tests on time are about to turn."""
    found = {moment.now}
    for condition in (rulebook.scope, *(rule.when for rule in rulebook.rules)):
        for line in condition.lines():
            for span in _spans_in(line.test):
                for calendar in moment.calendars.values():
                    found.update((*span.breakpoints(moment.now, calendar), span.after(moment.now, calendar)))
    return tuple(sorted(found))


def _spans_in(test: object) -> list[Duration]:
    if isinstance(test, c.Not):
        return _spans_in(test.test)
    if isinstance(test, c.Every):
        return [span for part in test.tests for span in _spans_in(part)]
    span = getattr(test, "span", None)
    return [span] if isinstance(span, Duration) else []


def _timeless_values(field: Field) -> st.SearchStrategy[Value]:
    by_type: dict[Type, tuple[Value, ...]] = {
        Type.TEXT: RAW_WORDS,
        Type.CHOICE: (*field.choices, None, "Renewal ", ""),
        Type.YES_NO: (True, False, None),
        Type.NUMBER: (*NUMBERS, None),
        Type.MONEY: (*CENTS, 5_000, None),
        Type.LIST: ((), ("acme",), ("Key", " ACME NV "), None),
    }
    return st.sampled_from(by_type[field.type])


_TIMELESS = {
    path: _timeless_values(FIELDS.by_path[path])
    for path in PATHS
    if FIELDS.by_path[path].type not in (Type.TIME, Type.DATE)
}
_EDGES = st.integers(0, 999)
_OFFSET = st.sampled_from((None, *_OFFSETS))
_CHANGES = st.sampled_from((None, 1, HOUR, 9 * DAY))


def _drawn_value(draw: st.DrawFn, path: str, edges: tuple[Instant, ...]) -> Value:
    if path in _TIMELESS:
        return draw(_TIMELESS[path])
    offset = draw(_OFFSET)
    if offset is None:
        return None
    when = edges[draw(_EDGES) % len(edges)] + offset
    return day_of(local_of(when, AMSTERDAM).date()) if FIELDS.by_path[path].type is Type.DATE else when


@st.composite
def facts(draw: st.DrawFn, edges: tuple[Instant, ...], now: Instant) -> dict[str, Value]:
    """A value for every one of PATHS; windowed fields with the moment of their next change, or none in sight."""
    found: dict[str, Value] = {}
    for path in PATHS:
        found[path] = _drawn_value(draw, path, edges)
        if FIELDS.by_path[path].windowed:
            change = draw(_CHANGES)
            found[path + UNTIL] = None if change is None else now + change
    return found


@st.composite
def worlds(draw: st.DrawFn, subjects: int = 6) -> World:
    """A rulebook, a moment and that many subjects: two drawn ones, and mixtures of them."""
    rulebook = draw(rulebooks())
    moment = c.Moment(draw(nows()), CALENDARS)
    each = facts(_edges(rulebook, moment), moment.now)
    one, other = draw(each), draw(each)
    mix = Random(draw(st.integers(0, 2**32)))
    mixed = ({path: mix.choice((one, other))[path] for path in one} for _ in range(subjects - 2))
    return World(rulebook, moment, (one, other, *mixed))
