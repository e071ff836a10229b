"""rules/calendar.yaml: the company's calendars."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from leadrelay.calendar import WorkCalendar, default_calendar, parse_hours
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.hours import default_zone, load_calendars

CALENDARS = """\
calendars:
  belgium: {holidays: BE, closed: 2026-07-20}
  default:
    zone: Europe/Brussels
    holidays: NL
    closed: [2026-12-24]
    closed_ical: closing.ics
    hours:
      monday-thursday: 09:00-12:30, 13:00-17:30
      friday: [09:00-12:00, 13:00-17:00]
      saturday: closed
"""
ICAL = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
DTSTART;VALUE=DATE:20260803
DTEND;VALUE=DATE:20260805
END:VEVENT
END:VCALENDAR
"""
WEEK = parse_hours({"monday-thursday": "09:00-12:30, 13:00-17:30", "friday": "09:00-12:00, 13:00-17:00"})


def load(text: str, **files: str) -> tuple[dict[str, WorkCalendar], list[str]]:
    """The calendars, and the problems as 'line:column code'."""
    ctx = Context({"rules/calendar.yaml": text, **files})
    calendars = load_calendars(ctx)
    return calendars, [f"{one.place.line}:{one.place.column} {one.code}" for one in ctx.problems]


def test_calendars_take_zone_and_hours_from_the_default() -> None:
    calendars, problems = load(CALENDARS, **{"rules/closing.ics": ICAL})
    zone = ZoneInfo("Europe/Brussels")
    closed = frozenset((date(2026, 12, 24), date(2026, 8, 3), date(2026, 8, 4)))
    assert problems == []
    assert calendars == {
        "default": WorkCalendar("default", zone, WEEK, "NL", closed),
        "belgium": WorkCalendar("belgium", zone, WEEK, "BE", frozenset((date(2026, 7, 20),))),
    }


def test_without_the_file_office_hours_hold() -> None:
    ctx = Context({})
    assert load_calendars(ctx) == {"default": default_calendar()}
    assert ctx.problems == []


HOURS = "hours: {monday: 09:00-17:00}"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("calendars: [x]\n", ["1:12 not-a-mapping", "1:1 no-default-calendar"]),
        ("{}\n", ["1:1 no-default-calendar"]),
        (f"calendars: {{work: {{zone: Europe/Rome, {HOURS}}}}}\n", ["1:1 no-default-calendar"]),
        (f"calendars:\n  default: {{{HOURS}}}\n", ["2:3 missing-key"]),
        ("calendars:\n  default: nine to five\n", ["2:12 not-a-mapping"]),
        (f"calendars:\n  default: {{zone: Europe/Amsterdm, {HOURS}}}\n", ["2:19 unknown-zone"]),
        (f"calendars:\n  default: {{zone: Europe/Rome, holidays: XX, {HOURS}}}\n", ["2:42 unknown-holidays"]),
        (f"calendars:\n  default: {{zone: Europe/Rome, holidays: DE-XX, {HOURS}}}\n", ["2:42 unknown-holidays"]),
        (f"calendars:\n  default: {{zone: Europe/Rome, close: [], {HOURS}}}\n", ["2:32 unknown-key"]),
        (f"calendars:\n  default: {{zone: Europe/Rome, closed: [24-12-2026], {HOURS}}}\n", ["2:41 bad-date"]),
        (f"calendars:\n  default: {{zone: Europe/Rome, closed_ical: x.ics, {HOURS}}}\n", ["2:45 unknown-file"]),
        ("calendars:\n  default: {zone: Europe/Rome}\n", ["2:12 never-open"]),
        ("calendars:\n  default: {zone: Europe/Rome, hours: {}}\n", ["2:32 never-open"]),
        ("calendars:\n  default: {zone: Europe/Rome, hours: {monday: closed}}\n", ["2:32 never-open"]),
        ("calendars:\n  default: {zone: Europe/Rome, hours: 9-5}\n", ["2:39 not-a-mapping"]),
    ],
)
def test_what_is_reported(text: str, problems: list[str]) -> None:
    assert load(text)[1] == problems


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ("monday: 9 to 5", "'9 to 5' is no opening time"),
        ("munday: 09:00-17:00", "'munday' is no day of the week"),
        ("monday: 17:00-09:00", "17:00-09:00 does not run forward within one day"),
        ("monday: 09:00-25:00", "'09:00-25:00' is no time of the day"),
        ("monday: 09:00-13:00, 12:00-17:00", "12:00-17:00 begins before the hours in front of it have ended"),
        ("monday-friday: 09:00-17:00\n      friday: 09:00-12:00", "the hours of friday are given twice"),
    ],
)
def test_each_fault_in_the_hours_is_shown_at_its_day(hours: str, said: str) -> None:
    ctx = Context(
        {
            "rules/calendar.yaml": "calendars:\n  default:\n    zone: Europe/Rome\n    hours:\n"
            f"      sunday: 10:00-12:00\n      {hours}\n"
        }
    )
    calendar = load_calendars(ctx)["default"]
    last_line = 6 + hours.count("\n")
    assert [(one.place.line, one.code) for one in ctx.problems] == [(last_line, "bad-hours")]
    assert said in ctx.problems[0].message
    assert calendar.hours[6] == ((600, 720),)


def test_an_ical_file_that_is_none_is_reported() -> None:
    text = f"calendars:\n  default: {{zone: Europe/Rome, closed_ical: x.ics, {HOURS}}}\n"
    assert load(text, **{"rules/x.ics": "hello"})[1] == ["2:45 bad-ical"]


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("nl", "Write NL alone, or with one of its regions: "),
        ("lu", "Write LU."),
        ("BE-XX", "Write BE alone, or with one of its regions: "),
        ("Holland", "two letters"),
    ],
)
def test_a_remedy_for_unknown_holidays(code: str, remedy: str) -> None:
    ctx = Context({"rules/calendar.yaml": f"calendars: {{default: {{zone: Europe/Rome, holidays: {code}, {HOURS}}}}}"})
    load_calendars(ctx)
    assert remedy in ctx.problems[0].remedy


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        (CALENDARS, "Europe/Brussels"),
        ("", "Europe/Amsterdam"),
        ("calendars: [", "Europe/Amsterdam"),
        ("calendars: {default: {zone: Mars/Base}}", "Europe/Amsterdam"),
    ],
)
def test_the_default_zone(text: str, zone: str) -> None:
    assert default_zone(text) == ZoneInfo(zone)
