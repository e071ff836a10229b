"""A duration counted from a moment, told as a sentence that a person can check with a calendar in hand."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise

from leadrelay.calendar import Piece, WorkCalendar, account_for
from leadrelay.clock import FOREVER, HOUR, MINUTE, SECOND, Instant, datetime_of
from leadrelay.duration import Duration

MOST_DAYS = 4
"""Days of a span that are told one by one; of a longer one, only the first and the last."""
_WEEK = 7
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def told(instant: Instant, calendar: WorkCalendar, near: Instant | None = None) -> str:
    """`Fri 20 Nov 16:40` by the wall clock of the calendar's zone, with the year unless it is that of `near`."""
    if instant >= FOREVER:
        return "never"
    moment = datetime_of(instant, calendar.zone)
    year = "" if near is not None and datetime_of(near, calendar.zone).year == moment.year else f" {moment.year}"
    return f"{_day(moment)}{year} {_clock(moment)}"


def reckon(start: Instant, span: Duration, calendar: WorkCalendar, near: Instant | None = None) -> str:
    """How long `span` after `start` lasts: `4 working hours: 50 min on Friday, closed at 17:30, 3 h 10 on Monday → Mon
    23 Nov 12:10`. Years are told unless they are that of `near`. Raises NeverOpen."""
    end = span.after(start, calendar)
    how = "; ".join(_how(start, span, end, calendar))
    return f"{span}{': ' if how else ''}{how} → {told(end, calendar, near)}"


def _how(start: Instant, span: Duration, end: Instant, calendar: WorkCalendar) -> Iterator[str]:
    if end >= FOREVER:
        yield "later than any calendar goes"
    elif span.unit in ("working hour", "working minute"):
        amount = span.amount * (HOUR if span.unit == "working hour" else MINUTE)
        if pieces := account_for(start, amount, calendar):
            yield from _skipped(start, end, pieces, calendar)
            yield _worked(start, end, pieces, calendar)
    elif span.unit == "working day":
        yield from _working_days(start, span.amount, end, calendar)
    elif datetime_of(start, calendar.zone).utcoffset() != datetime_of(end, calendar.zone).utcoffset():
        yield "the clock is changed in between"


def _worked(start: Instant, end: Instant, pieces: list[Piece], calendar: WorkCalendar) -> str:
    """Day by day what was used up, and when it closed before there was enough."""
    shown = pieces if len(pieces) <= MOST_DAYS else [pieces[0], pieces[-1]]
    parts = [
        f"{_amount(piece.consumed)} on {_weekday(piece.day, start, calendar)}{_breaks(piece.day, start, end, calendar)}"
        for piece in shown
    ]
    closing = _clock(datetime_of(pieces[0].closes_at, calendar.zone))
    if len(pieces) == 1:
        return parts[0]
    first = f"{parts[0]}, closed at {closing}"
    if len(pieces) > MOST_DAYS:
        between = pieces[1:-1]
        total = _amount(sum(piece.consumed for piece in between))
        return f"{first}, {total} on the {len(between)} working days after it, {parts[-1]}"
    return ", ".join([first, *parts[1:]])


def _breaks(day: date, start: Instant, end: Instant, calendar: WorkCalendar) -> str:
    """The hours of a day, between start and end, in which it was closed for a while."""
    pauses = (
        f"{_clock(datetime_of(closes, calendar.zone))}-{_clock(datetime_of(opens, calendar.zone))}"
        for (_, closes), (opens, _) in pairwise(calendar.day_intervals(day))
        if start < closes and opens < end
    )
    told_of = " and ".join(pauses)
    return f" (closed {told_of})" if told_of else ""


def _working_days(start: Instant, amount: int, end: Instant, calendar: WorkCalendar) -> Iterator[str]:
    opening = calendar.next_open(start)
    if opening != start:
        yield f"closed then, so from {told(opening, calendar, start)}"
    yield from _off(_date(opening, calendar), _date(end, calendar), calendar)
    if _clock(datetime_of(opening, calendar.zone)) != _clock(datetime_of(end, calendar.zone)):
        yield f"at {_clock(datetime_of(opening, calendar.zone))} it is closed on that day"
    elif amount:
        yield "the same time of the day"


def _skipped(start: Instant, end: Instant, pieces: list[Piece], calendar: WorkCalendar) -> Iterator[str]:
    """That it was closed at first, and days off on the way that are no ordinary weekend."""
    opening = calendar.next_open(start)
    if opening != start:
        yield f"closed then, so from {told(opening, calendar, start)}"
    if len(pieces) <= MOST_DAYS:
        yield from _off(_date(start, calendar), _date(end, calendar), calendar)


def _off(first: date, last: date, calendar: WorkCalendar) -> Iterator[str]:
    """Days from the first to the last, both excluded, on which it is open in an ordinary week, and is not now."""
    days = [first + timedelta(days=number) for number in range(1, min((last - first).days, 4 * _WEEK))]
    off = [day for day in days if calendar.hours[day.weekday()] and not calendar.is_working_day(day)]
    if off:
        names = (calendar.public_holidays(day.year).get(day) for day in off)
        yield "closed on " + ", ".join(
            f"{_day(day)} ({name})" if name else _day(day) for day, name in zip(off, names, strict=True)
        )


def _date(instant: Instant, calendar: WorkCalendar) -> date:
    return datetime_of(instant, calendar.zone).date()


def _weekday(day: date, start: Instant, calendar: WorkCalendar) -> str:
    """`Friday`; within a week of the start that says enough."""
    return _LONG_DAYS[day.weekday()] if (day - _date(start, calendar)).days < _WEEK else _day(day)


def _day(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M:%S" if moment.second else "%H:%M")


def _amount(microseconds: int) -> str:
    """`50 min`, `3 h`, `3 h 10`; what is less than a minute in seconds."""
    hours, rest = divmod(microseconds, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    if hours:
        return f"{hours} h {minutes:02}" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{rest // SECOND} s"
