"""Working time: the calendars that durations are counted in, as immutable values over a lazily built table."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from leadrelay.clock import FOREVER, HOUR, Day, Instant, date_of, day_of
from leadrelay.errors import NeverOpen
from leadrelay.holidays_of import FIRST_YEAR, LAST_YEAR, check_holidays, holidays_of
from leadrelay.hours import Week, check_week, parse_hours
from leadrelay.ical import read_ical
from leadrelay.timetable import Interval, Timetable
from leadrelay.zone import HIGHEST, LOWEST, instant_at, latest_local, local_of, midnight, moments_of, zone_of

__all__ = ["Piece", "WorkCalendar", "account_for", "default_calendar", "parse_hours", "pieces_between", "read_ical"]

_PATIENCE = 3653 * 24 * HOUR
"""Ten years: a calendar that stays closed that long is taken to be closed for good."""
_HORIZON = tuple(midnight(day_of(date(year, 1, 1)), zone_of("UTC")) for year in (FIRST_YEAR, LAST_YEAR + 1))


class WorkCalendar(Struct, frozen=True, dict=True):
    """Opening hours per weekday by the wall clock of a zone, minus public holidays and closed days.

    Open intervals include their first instant and not their last. Raises ValueError for hours that are out of order
    and UnknownHolidays for a country (NL) or country and region (DE-BY) without known holidays. The calendar counts
    as closed before 1900; a moment that would come after 2199 is FOREVER."""

    name: str
    zone: ZoneInfo
    hours: Week
    holidays: str | None = None
    closed: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        check_week(self.hours)
        if self.holidays is not None:
            check_holidays(self.holidays)

    @cached_property
    def _table(self) -> Timetable:
        return Timetable(self.zone, self.hours, self._days_off)

    def midnight(self, day: Day) -> Instant:
        """The first instant of a day in the calendar's zone."""
        return midnight(day, self.zone)

    def public_holidays(self, year: int) -> Mapping[date, str]:
        """The public holidays of a year by date, with their names."""
        return holidays_of(self.holidays, year) if self.holidays else {}

    def is_open(self, instant: Instant) -> bool:
        """Whether the instant is open time; a closing instant is not."""
        span = self._table.covering(instant)
        index = span.index(instant)
        return index >= 0 and instant < span.ends[index]

    def open_between(self, start: Instant, end: Instant) -> int:
        """The open time from `start` up to `end` in microseconds; negative if `end` is the earlier one."""
        return self._table.worked(end) - self._table.worked(start)

    def add_open(self, start: Instant, amount_us: int) -> Instant:
        """The first instant at which that much open time has passed since `start`: `start` itself for none.

        When it is used up exactly at closing time, the closing instant. Raises NeverOpen."""
        if amount_us <= 0 or self.next_open(start) == FOREVER:
            return start if amount_us <= 0 else FOREVER
        return self._table.first_with(self._table.worked(start) + amount_us, start)

    def latest_start(self, amount_us: int, end: Instant) -> Instant | None:
        """The last instant from which `add_open` of that amount is not after `end`; None if there is none."""
        if amount_us <= 0:
            return end
        self._need_hours()
        return self._table.last_with(self._table.worked(end) - amount_us, end)

    def next_open(self, instant: Instant) -> Instant:
        """The instant itself if open, or the next opening. Raises NeverOpen if that is more than ten years away."""
        self._need_hours()
        span = self._table.covering(instant)
        patience = max(instant, _HORIZON[0]) + _PATIENCE
        while True:
            index = span.index(instant)
            if index >= 0 and instant < span.ends[index]:
                return instant
            if index + 1 < len(span.starts) and span.starts[index + 1] <= patience:
                return span.starts[index + 1]
            if min(span.high, _HORIZON[1]) > patience:
                raise NeverOpen(calendar=self.name)
            later = self._table.later(span)
            if later is None:
                return FOREVER
            span = later

    def is_working_day(self, day: date) -> bool:
        """Whether there is any open time on that day."""
        return bool(self.day_intervals(day))

    def day_intervals(self, day: date) -> tuple[Interval, ...]:
        """The open intervals of a day, in order."""
        number = day_of(day)
        start, end = self.midnight(number), self.midnight(number + 1)
        span = self._table.covering(start)
        first, last = span.index(start - 1) + 1, span.index(end - 1)
        return tuple(zip(span.starts[first : last + 1], span.ends[first : last + 1], strict=True))

    def open_day(self, instant: Instant) -> tuple[date, Instant]:
        """The day that an open instant belongs to, and when that day's last hours end."""
        span = self._table.covering(instant)
        place = span.place(span.index(instant))
        return date_of(span.days[place]), span.intervals(place)[-1][1]

    def add_working_days(self, start: Instant, n: int) -> Instant:
        """`start` moved to the next open instant if closed, then the same wall-clock time `n` working days on.

        Where that time is closed on that day: the day's next opening, or its closing time when there is none. Raises
        NeverOpen."""
        opening = self.next_open(start)
        if n == 0 or opening == FOREVER:
            return opening
        span = self._table.covering(opening)
        while (place := span.place(span.index(opening)) + n) >= len(span.days):
            later = self._table.later(span)
            if later is None:
                return FOREVER
            span = later
        day, day_there, intervals = span.days[place - n], span.days[place], span.intervals(place)
        there = instant_at(local_of(opening, self.zone) + timedelta(days=day_there - day), self.zone)
        return next((max(there, opens) for opens, closes in intervals if there < closes), intervals[-1][1])

    def working_day_cuts(self, limit: Instant, n: int) -> tuple[Instant, ...]:
        """A superset of the instants where the truth of `add_working_days(v, n) <= limit` changes as v goes by.

        Raises NeverOpen for a calendar without hours."""
        self._need_hours()
        limit = min(max(limit, LOWEST), HIGHEST)
        span = self._table.covering(limit)
        # The last day begun by then, and n working days before it; the day in front of that is needed for its closing.
        while (place := span.place(index := span.index(limit))) <= n and (earlier := self._table.earlier(span)):
            span = earlier
        if place < n or index < 0:
            return ()
        first, end = span.firsts[place - n], span.firsts[place - n] + len(span.intervals(place - n))
        cuts = {limit, *span.ends[max(first - 1, 0) : end]}
        # What falls in closed time moves on to the next opening, so after hours only times before closing count.
        latest = latest_local(min(limit, span.ends[index]), self.zone)
        cuts.update(moments_of(latest - timedelta(days=span.days[place] - span.days[place - n]), self.zone))
        return tuple(sorted(cuts))

    def _days_off(self, year: int) -> set[date]:
        return self.public_holidays(year).keys() | self.closed

    def _need_hours(self) -> None:
        if not any(self.hours):
            raise NeverOpen(calendar=self.name)


class Piece(NamedTuple):
    """The open time of one day that a span used up."""

    day: date
    consumed: int
    """Microseconds."""
    closes_at: Instant
    """When the day's last hours end."""


def account_for(start: Instant, amount_us: int, calendar: WorkCalendar) -> list[Piece]:
    """Day by day, the open time that `add_open` uses up from `start`. Raises NeverOpen."""
    return pieces_between(start, calendar.add_open(start, amount_us), calendar)


def pieces_between(start: Instant, end: Instant, calendar: WorkCalendar) -> list[Piece]:
    """Day by day, the open time from `start` up to `end` in the calendar's zone, without days that have none."""
    pieces = []
    while start < end and (start := calendar.next_open(start)) < end:
        day, closes_at = calendar.open_day(start)
        pieces.append(Piece(day, calendar.open_between(start, min(closes_at, end)), closes_at))
        start = closes_at
    return pieces


@lru_cache(maxsize=1)
def default_calendar() -> WorkCalendar:
    """Monday to Friday from 09:00 to 17:30 in Amsterdam, with Dutch holidays: for a project without calendar.yaml."""
    hours = parse_hours({"monday-friday": "09:00-17:30"})
    return WorkCalendar("default", zone_of("Europe/Amsterdam"), hours, holidays="NL")
