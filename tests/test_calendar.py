"""Calendars: hours, holidays, closed days and iCal files, in tables of cases."""

import subprocess
import sys
from datetime import date, timedelta
from threading import Thread

import pytest
from holidays import country_holidays
from holidays.registry import COUNTRIES

from leadrelay.calendar import WorkCalendar, account_for, default_calendar, parse_hours, read_ical
from leadrelay.clock import FOREVER, HOUR, Instant, day_of, iso, parse_time
from leadrelay.errors import NeverOpen, UnknownHolidays, UnknownZone
from leadrelay.holidays_of import check_holidays, holidays_of
from leadrelay.hours import Week
from leadrelay.zone import zone_of

AMSTERDAM = zone_of("Europe/Amsterdam")
OFFICE = parse_hours({"monday-thursday": "09:00-12:30, 13:00-17:30", "friday": "09:00-17:00"})
CALENDAR = WorkCalendar("default", AMSTERDAM, OFFICE, holidays="NL", closed=frozenset({date(2026, 12, 24)}))
ALWAYS = WorkCalendar("always", AMSTERDAM, parse_hours({"monday-sunday": "00:00-24:00"}))


def at(text: str) -> Instant:
    return parse_time(text, AMSTERDAM)


@pytest.mark.parametrize(
    ("moment", "is_open", "next_open"),
    [
        ("2026-11-20 08:59:59", False, "2026-11-20T09:00:00+01:00"),
        ("2026-11-20 09:00", True, "2026-11-20T09:00:00+01:00"),
        ("2026-11-20 16:59:59", True, "2026-11-20T16:59:59+01:00"),
        ("2026-11-20 17:00", False, "2026-11-23T09:00:00+01:00"),
        ("2026-11-23 12:30", False, "2026-11-23T13:00:00+01:00"),
        ("2026-12-23 17:30", False, "2026-12-28T09:00:00+01:00"),  # closed on the 24th, then Christmas
        ("2026-12-24 10:00", False, "2026-12-28T09:00:00+01:00"),
        ("2026-04-27 10:00", False, "2026-04-28T09:00:00+02:00"),  # King's Day
        ("1970-01-01 10:00", False, "1970-01-02T09:00:00+01:00"),
        ("2100-01-01 10:00", False, "2100-01-04T09:00:00+01:00"),
    ],
)
def test_open_or_closed(moment: str, is_open: bool, next_open: str) -> None:
    assert CALENDAR.is_open(at(moment)) is is_open
    assert iso(CALENDAR.next_open(at(moment)), AMSTERDAM) == next_open


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-11-23", 8), ("2026-11-20", 8), ("2026-11-21", 0), ("2026-12-24", 0), ("2026-12-25", 0), ("2026-03-30", 8)],
)
def test_the_open_time_of_a_day(day: str, hours: int) -> None:
    start, that = at(day), date.fromisoformat(day)
    assert CALENDAR.open_between(start, start + 24 * HOUR) == hours * HOUR
    assert CALENDAR.open_between(start + 24 * HOUR, start) == -hours * HOUR
    assert CALENDAR.is_working_day(that) is (hours > 0)
    assert sum(end - begin for begin, end in CALENDAR.day_intervals(that)) == hours * HOUR


@pytest.mark.parametrize(
    ("day", "frame", "hours"),
    [
        ("2026-03-29", "00:00-24:00", 23.0),
        ("2026-03-29", "01:00-04:00", 2.0),
        ("2026-03-29", "01:30-02:30", 0.5),
        ("2026-03-29", "02:00-03:00", 0.0),  # this hour does not exist
        ("2026-10-25", "00:00-24:00", 25.0),
        ("2026-10-25", "01:00-02:30", 1.5),
        ("2026-10-25", "02:30-04:00", 2.5),
    ],
)
def test_days_on_which_the_clock_jumps(day: str, frame: str, hours: float) -> None:
    calendar = WorkCalendar("night", AMSTERDAM, parse_hours({"sunday": frame}))
    that = date.fromisoformat(day)
    assert sum(end - begin for begin, end in calendar.day_intervals(that)) == hours * HOUR
    assert calendar.is_working_day(that) is (hours > 0)
    if hours:
        assert calendar.add_open(at(day), int(hours * HOUR)) == calendar.day_intervals(that)[-1][1]


def test_a_century_of_office_days() -> None:
    day, worked = date(1970, 1, 1), 0
    while day < date(2100, 1, 1):
        off = day.weekday() > 4 or day == date(2026, 12, 24) or day in CALENDAR.public_holidays(day.year)
        worked += 0 if off else 8
        day += timedelta(days=1)
    assert CALENDAR.open_between(at("1970-01-01"), at("2100-01-01")) == worked * HOUR
    assert CALENDAR.add_open(at("1970-01-01"), worked * HOUR) == at("2099-12-31 17:30")
    assert ALWAYS.open_between(at("1970-01-01"), at("2100-01-01")) == at("2100-01-01") - at("1970-01-01")


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    asked = [at(f"{year}-06-01") for year in (2026, 1980, 2090, 2024, 1950, 2150)]
    fresh = {moment: WorkCalendar("fresh", AMSTERDAM, OFFICE).add_open(moment, 99 * HOUR) for moment in asked}
    calendar = WorkCalendar("shared", AMSTERDAM, OFFICE)
    found: dict[Instant, Instant] = {}
    threads = [
        Thread(target=lambda moment=moment: found.update({moment: calendar.add_open(moment, 99 * HOUR)}))
        for moment in asked
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == fresh


def test_far_away_is_closed() -> None:
    assert not CALENDAR.is_open(FOREVER) and not CALENDAR.is_open(-FOREVER)
    assert CALENDAR.next_open(FOREVER) == CALENDAR.add_open(FOREVER, 1) == FOREVER
    assert ALWAYS.next_open(-FOREVER) == at("1900-01-01")
    assert CALENDAR.day_intervals(date.min) == CALENDAR.day_intervals(date.max) == ()
    assert CALENDAR.midnight(day_of(date.max)) < CALENDAR.midnight(day_of(date.max) + 1) == FOREVER
    assert CALENDAR.midnight(day_of(date.min)) > CALENDAR.midnight(day_of(date.min) - 1) == -FOREVER
    assert CALENDAR.public_holidays(1700) == {} == CALENDAR.public_holidays(9999)


def test_midnight_is_the_first_instant_of_the_day() -> None:
    assert CALENDAR.midnight(day_of(date(2026, 3, 29))) == at("2026-03-29")
    paulo = WorkCalendar("sp", zone_of("America/Sao_Paulo"), OFFICE)
    assert iso(paulo.midnight(day_of(date(2018, 11, 4))), paulo.zone) == "2018-11-04T01:00:00-02:00"


def every(weekday: int) -> frozenset[date]:
    return frozenset(day for year in range(1970, 2101) for day in days_of(year) if day.weekday() == weekday)


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=step) for step in range(365)]


@pytest.mark.parametrize(
    "calendar",
    [
        WorkCalendar("shut", AMSTERDAM, parse_hours({})),
        WorkCalendar("shut", AMSTERDAM, parse_hours({"monday": "09:00-17:00"}), closed=every(0)),
    ],
)
def test_never_open(calendar: WorkCalendar) -> None:
    now = at("2026-11-20 10:00")
    assert not calendar.is_open(now) and calendar.open_between(now, now + 900 * HOUR) == 0
    for question in (
        lambda: calendar.next_open(now),
        lambda: calendar.add_open(now, 1),
        lambda: calendar.add_working_days(now, 1),
        lambda: account_for(now, HOUR, calendar),
    ):
        with pytest.raises(NeverOpen, match="'shut' is never open"):
            question()
    assert calendar.add_open(now, 0) == now


def test_a_long_closure_is_waited_out() -> None:
    closed = frozenset(day for year in range(2026, 2031) for day in days_of(year)) | {date(2028, 12, 31)}
    calendar = WorkCalendar("rebuilt", AMSTERDAM, OFFICE, closed=closed)
    assert calendar.next_open(at("2025-12-31 18:00")) == at("2031-01-01 09:00")


@pytest.mark.parametrize("code", ["XX", "nl", "DE-XX", "", "NL-", "-", "Netherlands", "NO-WHERE"])
def test_unknown_holidays(code: str) -> None:
    with pytest.raises(UnknownHolidays, match="No public holidays are known"):
        WorkCalendar("bad", AMSTERDAM, OFFICE, holidays=code)


def test_holidays_are_those_of_the_whole_package() -> None:
    for _, code, *_ in COUNTRIES.values():
        whole = country_holidays(code, years=2026, language="en_US")
        assert holidays_of(code, 2026) == {day: name for day, name in whole.items() if day.year == 2026}, code


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("NL", date(2026, 4, 27), "King's Day"),
        ("BE", date(2026, 7, 21), "National Day"),
        ("DE-BY", date(2026, 1, 6), "Epiphany"),
        ("US", date(2026, 7, 3), "Independence Day (observed)"),
    ],
)
def test_public_holidays(code: str, day: date, name: str) -> None:
    calendar = WorkCalendar("holidays", AMSTERDAM, OFFICE, holidays=code)
    assert calendar.public_holidays(2026)[day] == name
    assert not calendar.is_working_day(day)
    assert WorkCalendar("none", AMSTERDAM, OFFICE).public_holidays(2026) == {}


def test_a_calendar_does_not_load_the_holidays_package_before_it_needs_it() -> None:
    code = (
        "import sys; from leadrelay.calendar import default_calendar;"
        " default_calendar(); assert 'holidays' not in sys.modules;"
        " default_calendar().is_open(0); assert 'holidays' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_countries_known_beforehand_are_the_package_s_own() -> None:
    from holidays import list_supported_countries

    from leadrelay import holidays_of

    assert set(holidays_of._COUNTRIES.split()) <= set(list_supported_countries())
    check_holidays("NL")


def test_calendars_are_values() -> None:
    assert default_calendar() is default_calendar()
    assert WorkCalendar("a", AMSTERDAM, OFFICE) == WorkCalendar("a", AMSTERDAM, OFFICE) != ALWAYS
    assert hash(CALENDAR) == hash(WorkCalendar("default", AMSTERDAM, OFFICE, "NL", frozenset({date(2026, 12, 24)})))
    with pytest.raises(AttributeError):
        CALENDAR.name = "other"  # type: ignore[misc]
    with pytest.raises(UnknownZone):
        zone_of("Europe/Nowhere")


DAY = ((540, 1020),)


@pytest.mark.parametrize(
    ("hours", "week"),
    [
        ({}, ((),) * 7),
        ({"monday": "09:00-17:00"}, (DAY, *((),) * 6)),
        ({"Monday - Friday": " 9:00 - 17:00 "}, (*(DAY,) * 5, (), ())),
        ({"sat-mon": "09:00-17:00", "tuesday": "closed"}, (DAY, (), (), (), (), DAY, DAY)),
        ({"wednesday, sunday": "09:00-17:00", "friday": None, "monday": ""}, ((), (), DAY, (), (), (), DAY)),
        ({"friday": "00:00-24:00"}, ((), (), (), (), ((0, 1440),), (), ())),
        ({"friday": "09:00-12:30,12:30-17:30"}, ((), (), (), (), ((540, 750), (750, 1050)), (), ())),
    ],
)
def test_hours(hours: dict[str, str | None], week: Week) -> None:
    assert parse_hours(hours) == week


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        ({"funday": "09:00-17:00"}, "'funday': 'funday' is no day of the week"),
        ({"monday-": "09:00-17:00"}, "'monday-': '' is no day of the week"),
        ({"monday": "9-17"}, "'monday': '9-17' is no opening time"),
        ({"monday": "09:00-12:00,"}, "'monday': '' is no opening time"),
        ({"monday": "09:00-25:00"}, "hours run from 00:00 to 24:00"),
        ({"monday": "09:60-17:00"}, "hours run from 00:00 to 24:00"),
        ({"monday": "09:00-24:30"}, "does not run forward within one day"),
        ({"monday": "22:00-06:00"}, "'monday': 22:00-06:00 does not run forward within one day; write hours past"),
        ({"monday": "13:00-17:00, 09:00-12:00"}, "09:00-12:00 begins before the hours in front of it have ended"),
        ({"monday": "09:00-13:00, 12:00-17:00"}, "12:00-17:00 begins before"),
        ({"monday-friday": "09:00-17:00", "friday": "09:00-12:00"}, "'friday': the hours of friday are given twice"),
    ],
)
def test_bad_hours(hours: dict[str, str | None], says: str) -> None:
    with pytest.raises(ValueError, match=r"^'") as caught:
        parse_hours(hours)
    assert says in str(caught.value)


@pytest.mark.parametrize("week", [(), (((600, 540),), *((),) * 6), (((540, 600), (590, 700)), *((),) * 6)])
def test_a_calendar_takes_no_bad_hours(week: Week) -> None:
    with pytest.raises(ValueError, match=r"seven days|does not run forward|begins before"):
        WorkCalendar("bad", AMSTERDAM, week)


def ical(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""])


def days(*texts: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(text) for text in texts)


@pytest.mark.parametrize(
    ("lines", "closed"),
    [
        (["DTSTART;VALUE=DATE:20261224"], days("2026-12-24")),
        (["dtstart;value=date:20261224", "DTEND;VALUE=DATE:20261227"], days("2026-12-24", "2026-12-25", "2026-12-26")),
        (["DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261224"], days("2026-12-24")),
        (["DTSTART;VALUE=DATE:20261224", "DURATION:P2D"], days("2026-12-24", "2026-12-25")),
        (["DTSTART;VAL", " UE=DATE:2026", "\t1224", "SUMMARY:folded"], days("2026-12-24")),
        (["DTSTART;TZID=Europe/Amsterdam:20261224T090000"], days()),
        (["DTSTART:20261224T090000Z", "RRULE:FREQ=WEEKLY"], days()),
        (["DTSTART;VALUE=DATE:20261224", "STATUS:CANCELLED"], days()),
        (["SUMMARY:no date"], days()),
        (["DTSTART;VALUE=DATE:99991231"], days()),
        (["BEGIN:VALARM", "DTSTART:x", "DURATION:PT5M", "END:VALARM", "DTSTART:20261224"], days("2026-12-24")),
        (["DTSTART:20261224", "RRULE:FREQ=YEARLY;COUNT=2"], days("2026-12-24", "2027-12-24")),
        (["DTSTART:20261224", "RRULE:FREQ=YEARLY;UNTIL=20281224T000000Z;INTERVAL=2"], days("2026-12-24", "2028-12-24")),
        (["DTSTART:20240229", "RRULE:FREQ=YEARLY;UNTIL=20300101"], days("2024-02-29", "2028-02-29")),
        (["DTSTART:20260525", "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=2"], days("2026-05-25", "2027-05-31")),
        (["DTSTART:20261126", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=2"], days("2026-11-26", "2027-11-25")),
        (["DTSTART:20250131", "RRULE:FREQ=YEARLY;BYMONTH=1;BYDAY=5FR;UNTIL=2031"], None),
        (
            ["DTSTART:20261224", "DTEND:20261226", "RRULE:FREQ=YEARLY;COUNT=3", "EXDATE;VALUE=DATE:20271224"],
            days("2026-12-24", "2026-12-25", "2028-12-24", "2028-12-25"),
        ),
    ],
)
def test_ical(lines: list[str], closed: frozenset[date] | None) -> None:
    if closed is None:
        with pytest.raises(ValueError, match="line 5: RRULE"):
            read_ical(ical(*lines))
    else:
        assert read_ical(ical(*lines)) == closed


def test_an_ical_day_every_year_runs_to_the_end_of_the_century() -> None:
    found = read_ical("\ufeff" + ical("DTSTART:16010501", "RRULE:FREQ=YEARLY"))
    assert found == frozenset(date(year, 5, 1) for year in range(1970, 2101))
    fridays = read_ical(ical("DTSTART:20250131", "RRULE:FREQ=YEARLY;BYMONTH=1;BYDAY=5FR"))
    assert date(2026, 1, 30) in fridays and not any(day.year == 2027 and day.day < 29 for day in fridays)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: this is no iCal file"),
        ("hello", "line 1: this is no iCal file"),
        (ical("DTSTART:soon"), "line 4: 'soon' is no date"),
        (ical("DTSTART:20261301"), "line 4: '20261301' is no date"),
        (ical("DTSTART:20261224", "DTEND:20261220"), "line 5: DTEND '20261220' is no date after DTSTART"),
        (ical("DTSTART:20261224", "DTEND:20261224T100000"), "line 5: DTEND"),
        (ical("DTSTART:20261224", "DURATION:PT1H"), "line 5: DURATION 'PT1H' is not understood"),
        (ical("DTSTART:20261224", "RRULE:FREQ=WEEKLY"), "line 5: RRULE 'FREQ=WEEKLY' is not understood"),
        (ical("DTSTART:20261224", "RRULE:FREQ=YEARLY;BYSETPOS=1"), "line 5: RRULE"),
        (ical("DTSTART:20261224", "RRULE:FREQ=YEARLY;BYDAY=MO"), "line 5: RRULE"),
        (ical("DTSTART:20261224", "RRULE:FREQ=YEARLY;BYMONTH=13"), "line 5: RRULE"),
        (ical("DTSTART:20261224", "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=MO"), "line 5: RRULE"),
        (ical("DTSTART:20261224", "RRULE:FREQ=YEARLY;INTERVAL=0"), "line 5: RRULE"),
        (ical("DTSTART:20261224", "RRULE:every year"), "line 5: RRULE"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261224", "line 3: END:VEVENT is missing"),
        ("BEGIN:VCALENDAR\nEND:VEVENT", "line 2: END:VEVENT does not end"),
    ],
)
def test_bad_ical(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"^line") as caught:
        read_ical(text)
    assert says in str(caught.value)
