"""Quiet hours and digest moments: when they end or come next, by the wall clock of a calendar's zone."""

from datetime import date, datetime, time, timedelta

from leadrelay.calendar import WorkCalendar
from leadrelay.clock import MINUTE, Instant
from leadrelay.hours import DAY_MINUTES, WEEKDAYS, Frame, Week, parse_hours
from leadrelay.messages.policy import Digest, Quiet
from leadrelay.zone import local_of, moments_of

_FAR = 60
"""Quiet hours and the way to a digest are followed so many days; whoever waits longer is looked at then."""


def parse_quiet(hours: dict[str, str]) -> Week:
    """Quiet hours per weekday as of `monday-friday: 18:30-08:00`; those that end before they begin end the next day.

    Hours may meet and overlap. Raises ValueError with a message that names the key."""
    frames: list[list[Frame]] = [[] for _ in WEEKDAYS]
    for key, text in hours.items():
        for part in str(text).split(","):
            for piece, days_on in _within_days(part.strip()):
                for day, found in enumerate(parse_hours({key: piece})):
                    frames[(day + days_on) % 7] += found
    return tuple(_joined(sorted(day)) for day in frames)


def _within_days(part: str) -> tuple[tuple[str, int], ...]:
    """One frame as frames inside days: `22:00-06:00` is `22:00-24:00`, and `00:00-06:00` a day later."""
    start, dash, end = (one.strip() for one in part.replace("–", "-").partition("-"))
    if dash and end.rjust(5, "0") <= start.rjust(5, "0"):
        last = () if end.rjust(5, "0") == "00:00" else ((f"00:00-{end}", 1),)
        return ((f"{start}-24:00", 0), *last)
    return ((part, 0),)


def _joined(frames: list[Frame]) -> tuple[Frame, ...]:
    joined: list[Frame] = []
    for start, end in frames:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def always_quiet(week: Week) -> bool:
    """Whether these hours leave no moment of the week."""
    return all(frames == ((0, DAY_MINUTES),) for frames in week)


def quiet_until(quiet: Quiet | None, now: Instant, calendar: WorkCalendar) -> Instant | None:
    """When the quiet hours that `now` is in end; None when it is in none."""
    if quiet is None:
        return None
    local = local_of(now, calendar.zone)
    day, minute = local.date(), local.hour * 60 + local.minute
    end = _end_of(_frames(quiet, day, calendar), minute)
    if end is None:
        return None
    for _ in range(_FAR):
        if end < DAY_MINUTES:
            break
        following = _end_of(_frames(quiet, day + timedelta(days=1), calendar), 0)
        if following is None:
            break
        day, end = day + timedelta(days=1), following
    return _moment(day, end, now, calendar)


def next_digest(digest: Digest, since: Instant, calendar: WorkCalendar) -> Instant:
    """The first moment for the digest at or after `since`, on a day that is a working day of the calendar."""
    day = local_of(since, calendar.zone).date()
    for _ in range(_FAR):
        if calendar.is_working_day(day):
            for minute in digest.at:
                if (moment := _moments(day, minute, calendar)[0]) >= since:
                    return moment
        day += timedelta(days=1)
    return _moment(day, digest.at[0], since, calendar)


def _frames(quiet: Quiet, day: date, calendar: WorkCalendar) -> tuple[Frame, ...]:
    if quiet.days_off and not calendar.is_working_day(day):
        return ((0, DAY_MINUTES),)
    return quiet.hours[day.weekday()]


def _end_of(frames: tuple[Frame, ...], minute: int) -> int | None:
    return next((end for start, end in frames if start <= minute < end), None)


def _moments(day: date, minute: int, calendar: WorkCalendar) -> tuple[Instant, ...]:
    return moments_of(datetime.combine(day, time()) + timedelta(minutes=minute), calendar.zone)


def _moment(day: date, minute: int, after: Instant, calendar: WorkCalendar) -> Instant:
    """The wall-clock time as an instant later than `after`: in the night when the clock is put back it comes twice."""
    return next((one for one in _moments(day, minute, calendar) if one > after), after + MINUTE)
