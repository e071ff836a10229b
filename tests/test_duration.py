"""Durations: reading them, and counting them from a moment in tables of cases."""

from bisect import bisect_left

import pytest

from leadrelay.calendar import WorkCalendar, default_calendar, parse_hours
from leadrelay.clock import FOREVER, HOUR, MINUTE, SECOND, Instant, iso, parse_time
from leadrelay.duration import Duration, explain_span, parse_duration
from leadrelay.errors import BadDuration, NeverOpen
from leadrelay.zone import zone_of

AMSTERDAM = zone_of("Europe/Amsterdam")
ALWAYS = parse_hours({"monday-sunday": "00:00-24:00"})
TWO_SHIFTS = WorkCalendar(
    "default",
    AMSTERDAM,
    parse_hours({"monday-thursday": "09:00-12:30, 13:00-17:30", "friday": "09:00-17:00"}),
    holidays="NL",
)
NEVER = WorkCalendar("nobody", AMSTERDAM, parse_hours({}))


def at(text: str, calendar: WorkCalendar | None = None) -> Instant:
    return parse_time(text, (calendar or TWO_SHIFTS).zone)


def after(start: str, span: str, calendar: WorkCalendar) -> str:
    return iso(parse_duration(span).after(at(start, calendar), calendar), calendar.zone)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1 hour", "1 hour"),
        ("4 hours", "4 hours"),
        ("1 working day", "1 working day"),
        ("  15   Minutes ", "15 minutes"),
        ("90seconds", "90 seconds"),
        ("2 WORKING  HOURS", "2 working hours"),
        ("1 days", "1 day"),
        ("3 day", "3 days"),
        ("6 months", "6 months"),
        ("0 days", "0 days"),
        ("1.5 hours", "90 minutes"),
        ("2.0 hours", "2 hours"),
        ("0.01 hours", "36 seconds"),
        ("0.5 minutes", "30 seconds"),
        ("1.5 working hours", "90 working minutes"),
    ],
)
def test_read_and_written(text: str, canonical: str) -> None:
    assert str(parse_duration(text)) == canonical
    assert parse_duration(canonical) == parse_duration(text)


@pytest.mark.parametrize(
    "text",
    ["", "4", "hours", "4 fortnights", "-1 hour", "1.5 days", "0.5 working days", "1,5 hours", "1.0001 working hours",
     "0.3333 minutes", "4 hours 5 minutes", "4 working weeks", "1e3 hours", "9999999999 hours", "4 hourss",
     "٤ hours", "."],
)  # fmt: skip
def test_no_duration(text: str) -> None:
    with pytest.raises(BadDuration, match="is not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        # elapsed
        ("2026-11-20 16:40", "90 seconds", "2026-11-20T16:41:30+01:00"),
        ("2026-11-20 16:40", "15 minutes", "2026-11-20T16:55:00+01:00"),
        ("2026-11-20 23:40", "1 hour", "2026-11-21T00:40:00+01:00"),
        ("2026-03-29 01:30", "1 hour", "2026-03-29T03:30:00+02:00"),
        ("2026-10-25 02:30", "1 hour", "2026-10-25T02:30:00+01:00"),
        # by the wall clock
        ("2026-11-20 16:40", "3 days", "2026-11-23T16:40:00+01:00"),
        ("2026-11-20 16:40", "2 weeks", "2026-12-04T16:40:00+01:00"),
        ("2026-03-28 02:30", "1 day", "2026-03-29T03:00:00+02:00"),  # does not exist
        ("2026-03-28 03:30", "1 day", "2026-03-29T03:30:00+02:00"),
        ("2026-10-24 02:30", "1 day", "2026-10-25T02:30:00+02:00"),  # the first of two
        ("2026-10-25T02:30+01:00", "1 day", "2026-10-26T02:30:00+01:00"),
        ("2026-01-31 09:00", "1 month", "2026-02-28T09:00:00+01:00"),
        ("2024-01-31 09:00", "1 month", "2024-02-29T09:00:00+01:00"),
        ("2026-08-31 09:00", "6 months", "2027-02-28T09:00:00+01:00"),
        ("2024-02-29 09:00", "1 year", "2025-02-28T09:00:00+01:00"),
        ("2025-12-31 09:00", "2 months", "2026-02-28T09:00:00+01:00"),
        ("2026-02-28 02:10", "1 month", "2026-03-28T02:10:00+01:00"),
        ("2026-02-28 02:10", "29 days", "2026-03-29T03:00:00+02:00"),
        ("2026-10-25T02:30+01:00", "0 days", "2026-10-25T02:30:00+01:00"),
        # working time: breaks, evenings, week-ends, holidays
        ("2026-11-19 12:00", "1 working hour", "2026-11-19T13:30:00+01:00"),
        ("2026-11-19 12:00", "30 working minutes", "2026-11-19T12:30:00+01:00"),  # used up at closing
        ("2026-11-19 12:30", "1 working minute", "2026-11-19T13:01:00+01:00"),
        ("2026-11-20 16:40", "4 working hours", "2026-11-23T13:10:00+01:00"),
        ("2026-11-21 11:00", "1 working hour", "2026-11-23T10:00:00+01:00"),
        ("2026-12-24 17:00", "1 working hour", "2026-12-28T09:30:00+01:00"),  # Christmas is on Friday and Saturday
        ("2026-11-21 11:00", "0 working hours", "2026-11-21T11:00:00+01:00"),
        # working days
        ("2026-11-18 16:40", "1 working day", "2026-11-19T16:40:00+01:00"),
        ("2026-11-19 17:10", "1 working day", "2026-11-20T17:00:00+01:00"),  # closes at five on Friday
        ("2026-11-20 12:45", "1 working day", "2026-11-23T13:00:00+01:00"),  # within Monday's break
        ("2026-11-20 12:30", "1 working day", "2026-11-23T13:00:00+01:00"),
        ("2026-11-20 16:40", "2 working days", "2026-11-24T16:40:00+01:00"),
        ("2026-11-20 17:00", "1 working day", "2026-11-24T09:00:00+01:00"),  # a closing instant is closed
        ("2026-11-21 11:00", "1 working day", "2026-11-24T09:00:00+01:00"),
        ("2026-11-21 11:00", "0 working days", "2026-11-23T09:00:00+01:00"),
        ("2026-12-24 10:00", "1 working day", "2026-12-28T10:00:00+01:00"),
        ("2026-03-27 10:00", "1 working day", "2026-03-30T10:00:00+02:00"),
    ],
)
def test_after(start: str, span: str, due: str) -> None:
    assert after(start, span, TWO_SHIFTS) == due


def test_the_example_of_the_contract_with_plain_office_hours() -> None:
    assert after("2026-11-20 16:40", "4 working hours", default_calendar()) == "2026-11-23T12:10:00+01:00"


@pytest.mark.parametrize(
    ("zone", "start", "span", "due"),
    [
        ("Australia/Sydney", "2026-10-03 02:30", "1 day", "2026-10-04T03:00:00+11:00"),
        ("Australia/Sydney", "2026-04-04 02:30", "1 day", "2026-04-05T02:30:00+11:00"),
        ("America/New_York", "2026-03-07 02:30", "1 day", "2026-03-08T03:00:00-04:00"),
        ("America/Sao_Paulo", "2018-11-03 00:30", "1 day", "2018-11-04T01:00:00-02:00"),
        ("Asia/Kathmandu", "2026-03-28 02:30", "1 day", "2026-03-29T02:30:00+05:45"),
        ("Pacific/Apia", "2011-12-29 12:00", "1 day", "2011-12-31T00:00:00+14:00"),
        ("Europe/Amsterdam", "2026-03-28 23:00", "4 working hours", "2026-03-29T04:00:00+02:00"),
        ("Europe/Amsterdam", "2026-10-24 23:00", "4 working hours", "2026-10-25T02:00:00+01:00"),
        ("Europe/Amsterdam", "2026-10-24 02:30", "1 working day", "2026-10-25T02:30:00+02:00"),
        ("America/St_Johns", "2010-11-06T23:30-03:30", "1 working day", "2010-11-08T00:00:00-03:30"),
        ("Pacific/Apia", "2011-12-29 12:00", "1 working day", "2011-12-31T12:00:00+14:00"),
    ],
)
def test_after_where_it_is_always_open(zone: str, start: str, span: str, due: str) -> None:
    assert after(start, span, WorkCalendar("always", zone_of(zone), ALWAYS)) == due


@pytest.mark.parametrize(
    ("start", "span"),
    [("2199-12-30 12:00", "80 working hours"), ("2199-12-30 12:00", "9 working days"), ("9999-12-20 12:00", "9 days"),
     ("9999-12-20 12:00", "1 month"), ("9999-12-20 12:00", "1 working hour"), ("2026-01-01", "999999999 years"),
     ("2026-01-01", "999999999 weeks"), ("2026-01-01", "999999999 working days")],
)  # fmt: skip
def test_too_far_is_for_ever(start: str, span: str) -> None:
    assert parse_duration(span).after(at(start), TWO_SHIFTS) == FOREVER
    assert parse_duration(span).after(FOREVER, TWO_SHIFTS) == FOREVER


@pytest.mark.parametrize("span", ["1 working minute", "1 working hour", "1 working day", "0 working days"])
def test_a_calendar_that_is_never_open(span: str) -> None:
    duration, now = parse_duration(span), at("2026-11-20")
    for question in (
        lambda: duration.after(now, NEVER),
        lambda: duration.breakpoints(now, NEVER),
        lambda: duration.reaches(now + HOUR, now, NEVER),
        lambda: explain_span(now, duration, NEVER),
    ):
        with pytest.raises(NeverOpen, match="'nobody' is never open"):
            question()
    assert parse_duration("3 days").after(now, NEVER) == at("2026-11-23")


@pytest.mark.parametrize(
    "span", ["90 seconds", "3 days", "1 year", "4 working hours", "1 working day", "31 working days"]
)
def test_breakpoints_hold_the_moment_that_is_just_due(span: str) -> None:
    duration, start = parse_duration(span), at("2026-11-18 10:20")
    now = duration.after(start, TWO_SHIFTS)
    assert start in duration.breakpoints(now, TWO_SHIFTS)
    assert duration.after(start + 1, TWO_SHIFTS) > now


def test_breakpoints_around_the_hour_that_comes_twice() -> None:
    cuts = Duration(1, "day").breakpoints(at("2026-10-26 02:30"), TWO_SHIFTS)
    assert cuts == (at("2026-10-25T02:30+02:00"), at("2026-10-25T02:00+01:00"), at("2026-10-25T02:30+01:00"))


UNEVEN = parse_hours(
    {
        "monday": "09:00-12:00, 13:00-17:00",
        "tuesday": "08:00-18:00",
        "thursday": "10:00-11:00, 15:00-24:00",
        "friday-sunday": "00:00-24:00",
    }
)


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/St_Johns"])
@pytest.mark.parametrize(
    "span", ["1 day", "1 month", "1 year", "0 working days", "1 working day", "3 working days", "5 working hours"]
)
@pytest.mark.parametrize("day", ["2010-10-30", "2010-11-06", "2011-03-26", "2012-02-28"])
def test_truth_only_changes_at_breakpoints(day: str, span: str, zone: str) -> None:
    calendar, duration = WorkCalendar("uneven", zone_of(zone), UNEVEN), parse_duration(span)
    middle = at(day, calendar)
    moments = [middle + step * 30 * MINUTE + more for step in range(-130, 200) for more in (-1, 0, 1)]
    dues = [duration.after(moment, calendar) for moment in moments]
    for now in sorted(set(dues))[::11] + [middle + step * 5 * HOUR for step in range(20)]:
        cuts = duration.breakpoints(now, calendar)
        truths = {
            (bisect_left(cuts, moment), due <= now)
            for moment, due in zip(moments, dues, strict=True)
            if moment not in cuts
        }
        assert len(truths) == len({piece for piece, _ in truths}), iso(now, calendar.zone)


def test_nothing_is_due_before_the_beginning() -> None:
    first = at("1900-01-02 10:00")
    assert parse_duration("4000 working hours").breakpoints(first, TWO_SHIFTS) == ()
    assert parse_duration("400 working days").breakpoints(first, TWO_SHIFTS) == ()
    assert parse_duration("3000 years").breakpoints(first, TWO_SHIFTS) == ()
    assert parse_duration("3 days").breakpoints(-FOREVER, TWO_SHIFTS) == ()


@pytest.mark.parametrize(
    ("span", "now", "when", "reached"),
    [
        ("15 minutes", "2026-11-20 09:00", "2026-11-20 10:00", "2026-11-20T09:45:00+01:00"),
        ("3 days", "2026-11-20 09:00", "2026-11-30 10:00", "2026-11-27T10:00:00+01:00"),
        ("1 month", "2026-01-28 20:00", "2026-03-01 10:00", "2026-02-01T10:00:00+01:00"),
        ("1 month", "2026-01-27 20:00", "2026-02-28 10:00", "2026-01-28T10:00:00+01:00"),
        ("1 working day", "2026-11-18 10:00", "2026-11-23 10:00", "2026-11-20T10:00:00+01:00"),
        ("1 day", "2026-10-25T02:10+01:00", "2026-10-26 02:30", "2026-10-25T02:30:00+01:00"),
    ],
)
def test_reaches(span: str, now: str, when: str, reached: str) -> None:
    found = parse_duration(span).reaches(at(when), at(now), TWO_SHIFTS)
    assert iso(found, AMSTERDAM) == reached


def test_working_time_reaches_just_after_what_closing_time_still_covers() -> None:
    found = parse_duration("1 working hour").reaches(at("2026-11-23 10:00"), at("2026-11-20 09:00"), TWO_SHIFTS)
    assert found == at("2026-11-20 17:00")
    found = parse_duration("1 working hour").reaches(at("2026-11-21 12:00"), at("2026-11-20 09:00"), TWO_SHIFTS)
    assert found == at("2026-11-20 16:00") + 1  # at four sharp it is used up on Friday at five


def test_what_never_comes_is_reached_never() -> None:
    assert parse_duration("1 working hour").reaches(FOREVER + 1, at("2026-11-20"), TWO_SHIFTS) == FOREVER


def test_leaves_right_after_the_moment_itself() -> None:
    now = at("2026-11-20 09:00")
    for span in ("2 hours", "2 days", "2 months", "2 working hours", "2 working days"):
        assert parse_duration(span).leaves(now + HOUR, now, TWO_SHIFTS) == now + HOUR + 1


def test_leaves_early_where_the_end_falls_back() -> None:
    day, now = Duration(1, "day"), at("2026-10-25T02:50+02:00")
    assert day.leaves(at("2026-10-26 02:40"), now, TWO_SHIFTS) == at("2026-10-25T02:00+01:00")
    month, now = Duration(1, "month"), at("2026-01-28 20:00")
    assert month.leaves(at("2026-02-28 12:00"), now, TWO_SHIFTS) == at("2026-01-29")


def test_explained_day_by_day() -> None:
    calendar = default_calendar()
    pieces = explain_span(at("2026-11-20 16:40"), parse_duration("4 working hours"), calendar)
    assert [(str(day), consumed, iso(closes, AMSTERDAM)[11:16]) for day, consumed, closes in pieces] == [
        ("2026-11-20", 50 * MINUTE, "17:30"),
        ("2026-11-23", 3 * HOUR + 10 * MINUTE, "17:30"),
    ]
    days = explain_span(at("2026-11-20 16:40"), parse_duration("2 working days"), calendar)
    assert [str(piece.day) for piece in days] == ["2026-11-20", "2026-11-23", "2026-11-24"]
    assert explain_span(at("2026-11-20 16:40"), parse_duration("3 days"), calendar) == []
    assert Duration() == Duration(0, "minute") and Duration().after(SECOND, calendar) == SECOND
