"""All open time of a calendar as one sorted table of instants that grows year by year as it is asked about.

Every answer is one bisect. The table reaches from 1900 up to and including 2199: before that it is closed, and what
would come after it comes never (FOREVER)."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise
from operator import sub
from zoneinfo import ZoneInfo

from msgspec import Struct

from leadrelay.clock import FOREVER, HOUR, MINUTE, Day, Instant, date_of, day_of
from leadrelay.holidays_of import FIRST_YEAR, LAST_YEAR
from leadrelay.hours import Frame, Week
from leadrelay.zone import instant_at, local_of, midnight, midnights

Interval = tuple[Instant, Instant]
"""Open from the first instant up to, and not including, the second."""

# Open time is counted from the start of this year, whatever is asked first, so that all spans agree.
_ORIGIN_YEAR = 2024
_BEGINNING: Instant = -(2**100)
_END: Instant = 2**100


class Span(Struct, frozen=True):
    """The part of the table that is ready: the intervals that begin from `low` up to `high`."""

    low: Instant
    high: Instant
    years: range
    days: list[Day]
    """The days with any open time."""
    firsts: list[int]
    """For each of those the index of its first interval."""
    starts: list[Instant]
    ends: list[Instant]
    sums: list[int]
    """Open time passed at each start, and at the last end: one more than there are starts."""

    def index(self, instant: Instant) -> int:
        """The last interval that begins at or before the instant; -1 if none does."""
        return bisect_right(self.starts, instant) - 1

    def place(self, index: int) -> int:
        """Where the day of that interval stands in `days`."""
        return bisect_right(self.firsts, index) - 1

    def intervals(self, place: int) -> tuple[Interval, ...]:
        """The intervals of the day that stands there in `days`."""
        first, end = self.firsts[place], self.firsts[place + 1] if place + 1 < len(self.firsts) else len(self.starts)
        return tuple(zip(self.starts[first:end], self.ends[first:end], strict=True))


class Timetable:
    """The open intervals of weekly hours in a zone, without the days off that `days_off(year)` tells."""

    def __init__(self, zone: ZoneInfo, week: Week, days_off: Callable[[int], Collection[date]]) -> None:
        self._zone = zone
        self._week = week
        self._days_off = days_off
        self._opens = [[opens * MINUTE for opens, _ in frames] for frames in week]
        self._closes = [[closes * MINUTE for _, closes in frames] for frames in week]
        self._span = Span(0, 0, range(_ORIGIN_YEAR, _ORIGIN_YEAR), [], [], [], [], [0])

    def covering(self, instant: Instant) -> Span:
        """A span around the instant."""
        span = self._span
        if span.low <= instant < span.high:
            return span
        year = min(max(local_of(instant, self._zone).year, FIRST_YEAR), LAST_YEAR)
        return self._grow(year - 1, year + 3)

    def later(self, span: Span) -> Span | None:
        """A span that ends later than this one; None at the end of the table."""
        return self._grow(span.years.start, span.years.stop + len(span.years)) if span.high < _END else None

    def earlier(self, span: Span) -> Span | None:
        """A span that begins earlier than this one; None at the beginning of the table."""
        return self._grow(span.years.start - len(span.years), span.years.stop) if span.low > _BEGINNING else None

    def worked(self, instant: Instant) -> int:
        """The open time from the origin up to the instant; negative before the origin."""
        span = self.covering(instant)
        begun = bisect_right(span.starts, instant)
        if not begun:
            return span.sums[0]
        left = span.ends[begun - 1] - instant
        return span.sums[begun] - left if left > 0 else span.sums[begun]

    def first_with(self, total: int, near: Instant) -> Instant:
        """The first instant after `near` at which `worked` is `total`, more than it is at `near`; FOREVER if none."""
        span = self.covering(near)
        while span.sums[-1] < total:
            later = self.later(span)
            if later is None:
                return FOREVER
            span = later
        index = bisect_left(span.sums, total, 1)
        return span.ends[index - 1] - (span.sums[index] - total)

    def last_with(self, total: int, near: Instant) -> Instant | None:
        """The last instant at which `worked` is `total`, less than it is at `near`; None if it never was so little."""
        span = self.covering(near)
        while span.sums[0] > total:
            earlier = self.earlier(span)
            if earlier is None:
                return None
            span = earlier
        index = bisect_right(span.sums, total, 1)
        return span.ends[index - 1] - (span.sums[index] - total)

    def _grow(self, first: int, stop: int) -> Span:
        """Makes the span reach over these years too. The old one stays valid for whoever holds it."""
        old = self._span
        years = range(max(FIRST_YEAR, min(first, old.years.start)), min(LAST_YEAR + 1, max(stop, old.years.stop)))
        days, firsts, starts, ends = self._open_days(range(years.start, old.years.start))
        origin = old.sums[0] - (sum(ends) - sum(starts))
        firsts += [first + len(starts) for first in old.firsts]
        days, starts, ends = days + old.days, starts + old.starts, ends + old.ends
        more_days, more_firsts, more_starts, more_ends = self._open_days(range(old.years.stop, years.stop))
        firsts += [first + len(starts) for first in more_firsts]
        starts, ends = starts + more_starts, ends + more_ends
        self._span = Span(
            low=_BEGINNING if years.start == FIRST_YEAR else self._new_year(years.start),
            high=_END if years.stop == LAST_YEAR + 1 else self._new_year(years.stop),
            years=years,
            days=days + more_days,
            firsts=firsts,
            starts=starts,
            ends=ends,
            sums=list(accumulate(map(sub, ends, starts), initial=origin)),
        )
        return self._span

    def _new_year(self, year: int) -> Instant:
        return midnight(day_of(date(year, 1, 1)), self._zone)

    def _open_days(self, years: range) -> tuple[list[Day], list[int], list[Instant], list[Instant]]:
        """The days with any open time in these years, in order: days, firsts, starts and ends as in a span."""
        days: list[Day] = []
        firsts: list[int] = []
        starts: list[Instant] = []
        ends: list[Instant] = []
        for year in years if any(self._week) else ():
            first, beginnings = day_of(date(year, 1, 1)), midnights(year, self._zone)
            off = {day_of(day) for day in self._days_off(year)}
            for day, (midnight_before, midnight_after) in enumerate(pairwise(beginnings), first):
                weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
                if not self._week[weekday] or day in off:
                    continue
                count = len(starts)
                if midnight_after - midnight_before == 24 * HOUR:
                    starts += [midnight_before + opens for opens in self._opens[weekday]]
                    ends += [midnight_before + closes for closes in self._closes[weekday]]
                else:
                    for opens, closes in self._by_wall_clock(day, self._week[weekday]):
                        starts.append(opens)
                        ends.append(closes)
                if len(starts) > count:
                    days.append(day)
                    firsts.append(count)
        return days, firsts, starts, ends

    def _by_wall_clock(self, day: Day, frames: tuple[Frame, ...]) -> tuple[Interval, ...]:
        """The intervals of a day with a clock jump. What falls in a gap altogether is no open time."""
        real = ((self._at(day, opens), self._at(day, closes)) for opens, closes in frames)
        return tuple((opens, closes) for opens, closes in real if opens < closes)

    def _at(self, day: Day, minutes: int) -> Instant:
        return instant_at(datetime.combine(date_of(day), datetime.min.time()) + timedelta(minutes=minutes), self._zone)
