"""Durations told as sentences: over closing time, weekends, holidays, and changes of the clock."""

import pytest

from leadrelay.calendar import WorkCalendar, default_calendar
from leadrelay.clock import parse_time
from leadrelay.duration import parse_duration
from leadrelay.hours import parse_hours
from leadrelay.reckoning import reckon, told
from leadrelay.zone import zone_of

AMSTERDAM = zone_of("Europe/Amsterdam")
LUNCH = WorkCalendar(
    "lunch",
    AMSTERDAM,
    parse_hours({"monday-thursday": "08:30-12:30, 13:00-17:30", "friday": "08:30-12:30, 13:00-17:00"}),
    holidays="NL",
)

CASES = [
    (
        "2026-11-20 16:40",
        "4 working hours",
        "4 working hours: 50 min on Friday, closed at 17:30, 3 h 10 on Monday → Mon 23 Nov 12:10",
    ),
    ("2026-11-20 09:13", "4 working hours", "4 working hours: 4 h on Friday → Fri 20 Nov 13:13"),
    (
        "2026-11-21 12:00",
        "90 working minutes",
        "90 working minutes: closed then, so from Mon 23 Nov 09:00; 1 h 30 on Monday → Mon 23 Nov 10:30",
    ),
    (
        "2026-12-24 17:00",
        "2 working hours",
        "2 working hours: closed on Fri 25 Dec (Christmas Day); "
        "30 min on Thursday, closed at 17:30, 1 h 30 on Monday → Mon 28 Dec 10:30",
    ),
    (
        "2026-11-20 16:40",
        "60 working hours",
        "60 working hours: 50 min on Friday, closed at 17:30, 51 h on the 6 working days after it, "
        "8 h 10 on Tue 1 Dec → Tue 1 Dec 17:10",
    ),
    ("2026-11-20 16:40", "1 working day", "1 working day: the same time of the day → Mon 23 Nov 16:40"),
    (
        "2026-11-21 12:00",
        "1 working day",
        "1 working day: closed then, so from Mon 23 Nov 09:00; the same time of the day → Tue 24 Nov 09:00",
    ),
    (
        "2026-12-24 11:00",
        "2 working days",
        "2 working days: closed on Fri 25 Dec (Christmas Day); the same time of the day → Tue 29 Dec 11:00",
    ),
    ("2026-11-20 16:40", "3 days", "3 days → Mon 23 Nov 16:40"),
    ("2026-10-24 16:40", "1 day", "1 day: the clock is changed in between → Sun 25 Oct 16:40"),
    ("2026-11-20 16:40", "15 minutes", "15 minutes → Fri 20 Nov 16:55"),
    ("2026-11-20 16:40", "2 months", "2 months → Wed 20 Jan 2027 16:40"),
    ("2026-11-20 16:40", "0 working hours", "0 working hours → Fri 20 Nov 16:40"),
    ("2026-11-20 16:40:30", "20 working minutes", "20 working minutes: 20 min on Friday → Fri 20 Nov 17:00:30"),
    ("2026-11-20 16:40", "9999 years", "9999 years: later than any calendar goes → never"),
]


@pytest.mark.parametrize(("start", "span", "sentence"), CASES)
def test_sentences(start: str, span: str, sentence: str) -> None:
    moment = parse_time(start, AMSTERDAM)
    assert reckon(moment, parse_duration(span), default_calendar(), moment) == sentence


@pytest.mark.parametrize(
    ("start", "span", "sentence"),
    [
        (
            "2026-11-20 16:40",
            "4 working hours",
            "4 working hours: 20 min on Friday, closed at 17:00, 3 h 40 on Monday → Mon 23 Nov 12:10",
        ),
        (
            "2026-11-20 09:00",
            "4 working hours",
            "4 working hours: 4 h on Friday (closed 12:30-13:00) → Fri 20 Nov 13:30",
        ),
        (
            "2026-11-19 17:15",
            "1 working day",
            "1 working day: at 17:15 it is closed on that day → Fri 20 Nov 17:00",
        ),
    ],
)
def test_each_calendar_has_its_own(start: str, span: str, sentence: str) -> None:
    moment = parse_time(start, AMSTERDAM)
    assert reckon(moment, parse_duration(span), LUNCH, moment) == sentence


def test_moments_without_a_neighbour_have_their_year() -> None:
    moment = parse_time("2026-11-20 16:40", AMSTERDAM)
    assert told(moment, default_calendar()) == "Fri 20 Nov 2026 16:40"
