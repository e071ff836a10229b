"""Durations such as `4 hours`, `1 working day`, `6 months`: reading them, and counting them from a moment."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, cast, get_args

from msgspec import Struct

from leadrelay.calendar import Piece, WorkCalendar, pieces_between
from leadrelay.clock import FOREVER, HOUR, MINUTE, SECOND, Instant
from leadrelay.errors import BadDuration
from leadrelay.zone import HIGHEST, LOWEST, instant_at, latest_local, local_of, moments_of

Unit = Literal[
    "second", "minute", "hour", "day", "week", "month", "year", "working minute", "working hour", "working day"
]

_ELAPSED: dict[str, int] = {"second": SECOND, "minute": MINUTE, "hour": HOUR}
_WORKING: dict[str, int] = {"working minute": MINUTE, "working hour": HOUR}
_DAYS: dict[str, int] = {"day": 1, "week": 7}
_MONTHS: dict[str, int] = {"month": 1, "year": 12}

# What a decimal amount is stored in: the first of these in which it is a whole number.
_SMALLER: dict[str, tuple[tuple[Unit, int], ...]] = {
    "hour": (("minute", 60), ("second", 3600)),
    "minute": (("second", 60),),
    "working hour": (("working minute", 60),),
}
_FALL = 7 * 24 * HOUR
"""More than `after` can ever fall back."""
_TEXT = re.compile(r"(\d{1,9})(\.\d{1,9})?\s*([a-z]+(?:\s+[a-z]+)?)", re.ASCII)


class Duration(Struct, frozen=True):
    """A whole number of one unit.

    Seconds, minutes and hours are elapsed time. Days, weeks, months and years go by the wall clock of the calendar's
    zone. Working units count open time of the calendar; they raise NeverOpen if it has none."""

    amount: int = 0
    unit: Unit = "minute"

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}{'' if self.amount == 1 else 's'}"

    def after(self, start: Instant, calendar: WorkCalendar) -> Instant:
        """This much after `start`; FOREVER if that is beyond what the calendar or a date can hold.

        A wall-clock time that does not exist is the first instant after the gap, one that comes twice its first
        occurrence. Months and years are cut at the end of the month. Nothing (0) after `start` is `start`, but 0
        working days after closed time is the next opening."""
        if self.unit in _ELAPSED:
            return min(start + self.amount * _ELAPSED[self.unit], FOREVER)
        if self.unit in _WORKING:
            return calendar.add_open(start, self.amount * _WORKING[self.unit])
        if self.unit == "working day":
            return calendar.add_working_days(start, self.amount)
        if self.amount == 0:
            return start
        return self._by_wall_clock(start, calendar)

    def breakpoints(self, now: Instant, calendar: WorkCalendar) -> tuple[Instant, ...]:
        """In order, a superset of the moments v where the truth of `after(v) <= now` changes.

        It is the same for all v between two neighbours, and may differ at a breakpoint itself."""
        if self.unit in _ELAPSED:
            return (now - self.amount * _ELAPSED[self.unit],)
        if self.unit in _WORKING:
            latest = calendar.latest_start(self.amount * _WORKING[self.unit], now)
            return () if latest is None else (latest,)
        if self.unit == "working day":
            return calendar.working_day_cuts(now, self.amount)
        if self.amount == 0:
            return (now,)
        return tuple(sorted(self._wall_clock_cuts(now, calendar)))

    def reaches(self, when: Instant, now: Instant, calendar: WorkCalendar) -> Instant:
        """For `when` later than `after(now)`: the first moment n after `now` with `after(n)` at or past `when`."""
        for moment in self._changes(when, now, calendar):
            if self.after(moment, calendar) >= when:
                return moment
        return FOREVER

    def leaves(self, when: Instant, now: Instant, calendar: WorkCalendar) -> Instant:
        """For `when` from `now` up to `after(now)`: the first moment n after `now` at which it is so no longer.

        That is right after `when`, or earlier where `after` falls back behind it, in a night when the clock is put
        back or at the end of a month."""
        monotone = self.unit in _ELAPSED or self.unit in _WORKING
        if not monotone and self.after(now, calendar) - when < _FALL:
            for moment in self._changes(when, now, calendar):
                if moment > when:
                    break
                if self.after(moment, calendar) < when:
                    return moment
        return when + 1

    def _changes(self, when: Instant, now: Instant, calendar: WorkCalendar) -> Iterator[Instant]:
        """The moments after `now`, in order, at which `after(n) >= when` may begin or cease to hold."""
        yield now + 1
        for cut in self.breakpoints(when - 1, calendar):
            if cut > now:
                yield cut
                yield cut + 1

    def _by_wall_clock(self, start: Instant, calendar: WorkCalendar) -> Instant:
        if start > HIGHEST:
            return FOREVER
        local = local_of(start, calendar.zone)
        try:
            if self.unit in _DAYS:
                there = local + timedelta(days=self.amount * _DAYS[self.unit])
            else:
                there = _months_on(local, self.amount * _MONTHS[self.unit])
        except (OverflowError, ValueError):
            return FOREVER
        moment = instant_at(there, calendar.zone)
        return moment if moment <= HIGHEST else FOREVER

    def _wall_clock_cuts(self, limit: Instant, calendar: WorkCalendar) -> set[Instant]:
        if limit < LOWEST:
            return set()
        latest = latest_local(min(limit, HIGHEST), calendar.zone)
        try:
            if self.unit in _DAYS:
                cuts = [latest - timedelta(days=self.amount * _DAYS[self.unit])]
            else:
                cuts = _month_cuts(latest, self.amount * _MONTHS[self.unit])
        except (OverflowError, ValueError):
            return set()
        return {moment for cut in cuts for moment in moments_of(cut, calendar.zone)}


def parse_duration(text: str) -> Duration:
    """The duration that a text such as `4 hours`, `1 working day` or `1.5 hours` means. Raises BadDuration.

    Decimals are for hours, minutes and working hours; they are kept as a whole number of a smaller unit."""
    match = _TEXT.fullmatch(text.strip().casefold())
    if match is None:
        raise BadDuration(text=text)
    name = " ".join(match[3].split())
    unit = name if name in get_args(Unit) else name.removesuffix("s")
    if unit not in get_args(Unit):
        raise BadDuration(text=text)
    amount = Decimal(match[1] + (match[2] or ""))
    choices: tuple[tuple[Unit, int], ...] = ((cast(Unit, unit), 1), *_SMALLER.get(unit, ()))
    for smaller, factor in choices:
        if amount * factor % 1 == 0:
            return Duration(int(amount * factor), smaller)
    raise BadDuration(text=text)


def elapsed(text: str) -> int:
    """The microseconds of a duration of seconds, minutes, hours, days or weeks, a day being 24 hours; for settings that
    hang on no calendar. Raises BadDuration for other units."""
    span = parse_duration(text)
    unit = _ELAPSED.get(span.unit) or _DAYS.get(span.unit, 0) * 24 * HOUR
    if not unit:
        raise BadDuration(text=text)
    return span.amount * unit


def explain_span(start: Instant, duration: Duration, calendar: WorkCalendar) -> list[Piece]:
    """Day by day, the open time between `start` and the moment a working duration ends; empty for other units.

    Raises NeverOpen."""
    if duration.unit not in _WORKING and duration.unit != "working day":
        return []
    return pieces_between(start, duration.after(start, calendar), calendar)


def _months_on(local: datetime, months: int) -> datetime:
    """That many months later, cut at the end of the month. Raises ValueError outside the years 1 to 9999."""
    first = _month(local, months)
    return datetime.combine(first.replace(day=min(local.day, _length(first))), local.time())


def _month(local: datetime, months: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    return datetime(year, month + 1, 1)  # noqa: DTZ001 - wall-clock time is naive


def _length(local: datetime) -> int:
    return monthrange(local.year, local.month)[1]


def _month_cuts(latest: datetime, months: int) -> list[datetime]:
    """Where the truth of `_months_on(x, months) <= latest` changes as x goes by.

    At the end of a month several days lead to the same one, each with its own hours before and after `latest`."""
    first = _month(latest, -months)
    size = _length(first)
    if latest.day > size:
        return [first + timedelta(days=size)]
    last = size if latest.day == _length(latest) else latest.day
    days = [first + timedelta(days=day - 1) for day in range(latest.day, last + 1)]
    return [*days, *(datetime.combine(day, latest.time()) for day in days), days[-1] + timedelta(days=1)]
