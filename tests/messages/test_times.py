"""Quiet hours and digest moments: when they end or come next, over nights, weekends, holidays and clock changes."""

import pytest

from leadrelay.calendar import default_calendar
from leadrelay.clock import HOUR, parse_time
from leadrelay.hours import DAY_MINUTES, WEEKDAYS, parse_hours
from leadrelay.messages.policy import Digest, Quiet
from leadrelay.messages.times import always_quiet, next_digest, parse_quiet, quiet_until

CALENDAR = default_calendar()
EVERYBODY: frozenset[str] = frozenset()


def at(text: str) -> int:
    return parse_time(text, CALENDAR.zone)


@pytest.mark.parametrize(
    ("hours", "monday", "tuesday", "sunday"),
    [
        ({"monday": "18:30-08:00"}, ((1110, 1440),), ((0, 480),), ()),
        ({"monday": "12:00-13:00, 22:00-24:00"}, ((720, 780), (1320, 1440)), (), ()),
        ({"sunday": "22:00-6:00"}, ((0, 360),), (), ((1320, 1440),)),
        ({"monday": "00:00-24:00"}, ((0, 1440),), (), ()),
        ({"monday": "20:00-00:00"}, ((1200, 1440),), (), ()),
        ({"monday-tuesday": "19:00-07:00"}, ((1140, 1440),), ((0, 420), (1140, 1440)), ()),
        ({"monday": "09:00-11:00", "mon": "10:00-12:00"}, ((540, 720),), (), ()),
        ({}, (), (), ()),
    ],
)
def test_hours_may_run_into_the_next_day(hours: dict[str, str], monday: object, tuesday: object, sunday: object):
    week = parse_quiet(hours)
    assert (week[0], week[1], week[6]) == (monday, tuesday, sunday)


@pytest.mark.parametrize("hours", [{"someday": "19:00-07:00"}, {"monday": "late"}, {"monday": "25:00-07:00"}])
def test_hours_that_are_none(hours: dict[str, str]):
    with pytest.raises(ValueError):
        parse_quiet(hours)


def test_a_week_without_a_moment():
    assert always_quiet(parse_quiet({"monday-sunday": "00:00-24:00"}))
    assert always_quiet(parse_quiet({"monday-sunday": "09:00-09:00"}))
    assert not always_quiet(parse_quiet({"monday-sunday": "09:00-08:59"}))


NIGHTS = parse_quiet({"monday-friday": "19:00-07:30"})


@pytest.mark.parametrize(
    ("now", "days_off", "until"),
    [
        ("2026-11-19 18:59", True, None),
        ("2026-11-19 19:00", True, "2026-11-20 07:30"),
        ("2026-11-20 07:29", True, "2026-11-20 07:30"),
        ("2026-11-20 07:30", True, None),
        ("2026-11-20 19:00", False, "2026-11-21 07:30"),
        ("2026-11-20 19:00", True, "2026-11-23 00:00"),  # Monday has no night before it, but for Sunday
        ("2026-11-22 12:00", True, "2026-11-23 00:00"),
        ("2026-12-24 20:00", True, "2026-12-28 00:00"),  # Christmas is a Friday
        ("2026-03-28 23:00", False, None),
    ],
)
def test_quiet_hours_end(now: str, days_off: bool, until: str | None):
    quiet = Quiet(EVERYBODY, NIGHTS, days_off)
    assert quiet_until(quiet, at(now), CALENDAR) == (at(until) if until else None)


def test_quiet_hours_end_later_than_now_in_the_night_when_the_clock_is_put_back():
    quiet = Quiet(EVERYBODY, parse_quiet({"sunday": "02:00-02:30"}))
    first = at("2026-10-25 02:10")
    assert quiet_until(quiet, first, CALENDAR) == at("2026-10-25 02:30")
    second = first + HOUR  # 02:10 again
    assert quiet_until(quiet, second, CALENDAR) == second + HOUR // 3
    assert quiet_until(quiet, at("2026-10-25 02:59"), CALENDAR) is None


def test_nobody_has_quiet_hours_by_default():
    assert quiet_until(None, at("2026-11-20 03:00"), CALENDAR) is None


def test_days_off_without_an_end_are_looked_at_again_later():
    closed = parse_hours({})
    never = type(CALENDAR)("never", CALENDAR.zone, closed)
    now = at("2026-11-20 03:00")
    until = quiet_until(Quiet(EVERYBODY, parse_quiet({}), days_off=True), now, never)
    assert until is not None and until > now + 50 * 24 * HOUR


@pytest.mark.parametrize(
    ("since", "moment"),
    [
        ("2026-11-20 08:30", "2026-11-20 08:30"),
        ("2026-11-20 08:31", "2026-11-20 16:00"),
        ("2026-11-20 16:01", "2026-11-23 08:30"),
        ("2026-12-24 16:01", "2026-12-28 08:30"),
    ],
)
def test_the_next_digest_is_on_a_working_day(since: str, moment: str):
    assert next_digest(Digest(EVERYBODY, (510, 960)), at(since), CALENDAR) == at(moment)


def test_a_week_is_seven_days():
    assert len(parse_quiet({})) == len(WEEKDAYS) and DAY_MINUTES == 1440
