"""Calendars and durations against slow oracles, on random hours, zones and moments, many of them near clock jumps."""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.calendar import WorkCalendar, account_for, default_calendar
from leadrelay.clock import FOREVER, HOUR, MINUTE, Instant, date_of, datetime_of, day_of, instant_of
from leadrelay.duration import Duration, Unit
from leadrelay.zone import instant_at, latest_local, local_of, moments_of, zone_of

DAY = 24 * HOUR
CENTURY = (instant_of(datetime(1970, 1, 2, tzinfo=UTC)), instant_of(datetime(2100, 1, 1, tzinfo=UTC)))
ZONES = (
    "Europe/Amsterdam",
    "America/New_York",
    "Australia/Sydney",
    "Asia/Kathmandu",
    "America/Sao_Paulo",  # jumps at midnight
    "America/St_Johns",  # was put back over midnight
    "Australia/Lord_Howe",  # jumps half an hour
    "Pacific/Apia",  # skipped a day
)


@lru_cache
def jumps(name: str) -> tuple[Instant, ...]:
    """The clock jumps of a zone from 2010 to 2030, to the minute."""
    zone, found = ZoneInfo(name), []
    last = datetime(2010, 1, 1, tzinfo=UTC)
    while last.year < 2031:
        then = last + timedelta(hours=12)
        if last.astimezone(zone).utcoffset() != then.astimezone(zone).utcoffset():
            low = last
            while low.astimezone(zone).utcoffset() == last.astimezone(zone).utcoffset():
                low += timedelta(minutes=1)
            found.append(instant_of(low))
        last = then
    return tuple(found) or (0,)


def moments(name: str) -> st.SearchStrategy[Instant]:
    """Any moment of a century, most of them within a few days of a jump."""
    near = st.builds(
        lambda jump, days, minutes, more: jump + days * DAY + minutes * MINUTE + more,
        st.sampled_from(jumps(name)),
        st.integers(-2, 2),
        st.integers(-150, 150),
        st.sampled_from((0, 0, 0, -1, 1)),
    )
    return st.one_of(*[near] * 15, st.integers(*CENTURY))  # far ones cost a long table


frames = st.lists(st.integers(0, 48), max_size=6, unique=True).map(
    lambda edges: tuple((a * 30, b * 30) for a, b in zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
)
whole_days = st.just(((0, 1440),))


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    """Random weekly hours that are open at some time, with some closed days around a jump."""
    zone = zone_of(draw(st.sampled_from(ZONES)))
    week = draw(st.lists(frames | whole_days, min_size=7, max_size=7).filter(any))
    center = draw(st.sampled_from(jumps(zone.key)))
    closed = draw(st.frozensets(st.integers(-4, 4), max_size=3))
    day = day_of(datetime_of(center, zone).date())
    return WorkCalendar("random", zone, tuple(week), closed=frozenset(date_of(day + step) for step in closed))


with_moment = calendars().flatmap(lambda calendar: st.tuples(st.just(calendar), moments(calendar.zone.key)))
units: st.SearchStrategy[Unit] = st.sampled_from(
    ("minute", "hour", "day", "week", "month", "year", "working minute", "working hour", "working day")
)
durations = st.builds(Duration, st.integers(0, 40), units)


def oracle_open(calendar: WorkCalendar, day: date) -> list[tuple[Instant, Instant]]:
    """A day's open intervals by walking the minutes: an edge is the first minute whose wall clock has come to it."""
    start = datetime(day.year, day.month, day.day)
    minutes = [instant_of(start.replace(tzinfo=UTC)) + step * MINUTE for step in range(-27 * 60, 60 * 60)]
    clocks: list[datetime] = []
    for minute in minutes:  # the furthest that the wall clock has come
        local = datetime_of(minute, calendar.zone).replace(tzinfo=None)
        clocks.append(max(local, clocks[-1]) if clocks else local)
    edges = [
        (
            minutes[bisect_left(clocks, start + timedelta(minutes=opens))],
            minutes[bisect_left(clocks, start + timedelta(minutes=closes))],
        )
        for opens, closes in calendar.hours[day.weekday()]
    ]
    return [] if day in calendar.closed else [(opens, closes) for opens, closes in edges if opens < closes]


@settings(max_examples=20, deadline=None)
@given(with_moment)
def test_open_time_agrees_with_walking_the_minutes(case: tuple[WorkCalendar, Instant]) -> None:
    calendar, moment = case
    today = local_of(moment, calendar.zone).date()
    expected = [span for step in (-1, 0, 1) for span in oracle_open(calendar, today + timedelta(days=step))]
    found = [span for step in (-1, 0, 1) for span in calendar.day_intervals(today + timedelta(days=step))]
    assert found == expected
    assert calendar.is_open(moment) == any(opens <= moment < closes for opens, closes in expected)
    assert calendar.is_working_day(today) == bool(oracle_open(calendar, today))
    first = calendar.midnight(day_of(today) - 1)
    passed = sum(max(0, min(closes, moment) - opens) for opens, closes in expected)
    assert calendar.open_between(first, moment) == passed
    assert calendar.next_open(moment) == next(
        (max(opens, moment) for opens, closes in expected if closes > moment), calendar.next_open(moment)
    )


@settings(max_examples=60, deadline=None)
@given(with_moment, st.integers(0, 300 * HOUR), st.integers(0, 90 * DAY))
def test_working_time_adds_up_and_inverts(case: tuple[WorkCalendar, Instant], amount: int, later: int) -> None:
    calendar, start = case
    end = calendar.add_open(start, amount)
    assert calendar.open_between(start, end) == amount
    assert end == start or calendar.open_between(start, end - 1) == amount - 1  # the first such instant
    assert calendar.add_open(start + later, amount) >= end
    middle = start + later // 3
    whole = calendar.open_between(start, start + later)
    assert whole == calendar.open_between(start, middle) + calendar.open_between(middle, start + later) >= 0
    assert calendar.add_open(calendar.add_open(start, amount // 2), amount - amount // 2) == end
    assert sum(piece.consumed for piece in account_for(start, amount, calendar)) == amount
    assert (latest := calendar.latest_start(amount, end)) is not None and latest >= start
    assert calendar.add_open(latest, amount) <= end < calendar.add_open(latest + 1, amount)


def oracle_working_days(calendar: WorkCalendar, start: Instant, n: int) -> Instant:
    """The sentence of the contract, day by day."""
    opening = calendar.next_open(start)
    day = local_of(opening, calendar.zone).date()
    while not any(opens <= opening < closes for opens, closes in calendar.day_intervals(day)):
        day += timedelta(days=1)  # the clock was put back over midnight
    wall = max(local_of(opening, calendar.zone), datetime(day.year, day.month, day.day)).time()
    if n == 0:
        return opening
    while n:
        day += timedelta(days=1)
        n -= calendar.is_working_day(day)
    there = instant_at(datetime.combine(day, wall), calendar.zone)
    intervals = calendar.day_intervals(day)
    if any(opens <= there < closes for opens, closes in intervals):
        return there
    return min((opens for opens, _ in intervals if opens > there), default=intervals[-1][1])


@settings(max_examples=60, deadline=None)
@given(with_moment, st.integers(0, 12))
def test_working_days_agree_with_counting_them(case: tuple[WorkCalendar, Instant], n: int) -> None:
    calendar, start = case
    assert calendar.add_working_days(start, n) == oracle_working_days(calendar, start, n)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES).flatmap(lambda name: st.tuples(st.just(zone_of(name)), moments(name))))
def test_wall_clock_and_instants_agree(case: tuple[ZoneInfo, Instant]) -> None:
    zone, moment = case
    local = local_of(moment, zone)
    assert moment in moments_of(local, zone)
    assert instant_at(local, zone) == min(moments_of(local, zone)) <= moment
    assert all(local_of(one, zone) >= local for one in moments_of(local, zone)[::2])
    latest = latest_local(moment, zone)
    assert instant_at(latest, zone) <= moment < instant_at(latest + timedelta(microseconds=1), zone)
    shifted = local + timedelta(minutes=90)
    assert instant_at(shifted, zone) >= instant_at(local, zone)
    assert local_of(instant_at(shifted, zone), zone) >= shifted


@settings(max_examples=80, deadline=None)
@given(durations, with_moment, st.data())
def test_truth_is_constant_between_breakpoints(
    span: Duration, case: tuple[WorkCalendar, Instant], data: st.DataObject
) -> None:
    calendar, now = case
    cuts = span.breakpoints(now, calendar)
    assert list(cuts) == sorted(set(cuts))
    near = [cut + step for cut in cuts for step in (-DAY, -HOUR, -20 * MINUTE, -1, 1, 20 * MINUTE, HOUR, DAY)]
    around = (cuts[0] if cuts else now) + data.draw(st.integers(-3 * DAY, 3 * DAY), label="around")
    rest = [around + step * 47 * MINUTE for step in range(-60, 60)]
    truths: dict[int, bool] = {}
    for moment in [*near, *rest, now, now + 1, now - 1]:
        if moment not in cuts and moment > 0:
            truth = span.after(moment, calendar) <= now
            assert truths.setdefault(bisect_left(cuts, moment), truth) == truth, moment


@settings(max_examples=80, deadline=None)
@given(durations, with_moment, st.integers(1, 5 * DAY))
def test_reaches_is_the_first_moment(span: Duration, case: tuple[WorkCalendar, Instant], ahead: int) -> None:
    calendar, now = case
    when = span.after(now, calendar) + ahead
    found = span.reaches(when, now, calendar)
    assert found > now and span.after(found, calendar) >= when
    assert span.after(found - 1, calendar) < when
    step = max((found - now) // 150, 1)
    assert all(span.after(moment, calendar) < when for moment in range(now, found, step))


@settings(max_examples=80, deadline=None)
@given(durations, with_moment, st.floats(0, 1))
def test_leaves_is_the_first_moment(span: Duration, case: tuple[WorkCalendar, Instant], part: float) -> None:
    calendar, now = case
    due = span.after(now, calendar)
    when = max(due - int((due - now) * part * part), now)
    found = span.leaves(when, now, calendar)
    assert now < found <= when + 1
    assert found > when or span.after(found, calendar) < when
    step = max((found - now) // 150, 1)
    assert all(moment <= when <= span.after(moment, calendar) for moment in range(now, found, step))


@settings(max_examples=100, deadline=None)
@given(durations, st.integers(-FOREVER, FOREVER))
def test_no_moment_is_too_far(span: Duration, moment: Instant) -> None:
    calendar = default_calendar()
    assert span.after(moment, calendar) <= FOREVER
    assert span.after(FOREVER, calendar) == FOREVER
    assert list(span.breakpoints(moment, calendar)) == sorted(span.breakpoints(moment, calendar))
    assert calendar.open_between(moment, FOREVER) >= 0
    assert not calendar.is_open(-FOREVER)
