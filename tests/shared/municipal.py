"""The permit applications of ../shared/data as a story of events, and by plain sums which steps they must lead to.

Nothing here uses leadrelay's calendar, durations or engine: it is what these are held against."""

import csv
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

ZONE = ZoneInfo("Europe/Amsterdam")
OPENS, CLOSES = time(9), time(17, 30)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Steps = dict[tuple[str, str, str], int]
"""When a step was done, in microseconds since 1970, by request, rule and step."""
Look = Callable[[int], int]
"""The first sweep at or after a moment."""


class Term(NamedTuple):
    """One application: when it came in, when it must be settled, and when it was, if ever."""

    start: int
    deadline: int
    end: int | None

    @property
    def halfway(self) -> int:
        """Half the term has passed."""
        return self.start + (self.deadline - self.start) // 2


def terms(path: Path) -> dict[str, Term]:
    """Every application by its id."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["case:concept:name"]: row for row in csv.DictReader(file)}
    return {
        name: Term(
            _instant(row["case:startdate"]),
            _instant(row["case:deadline"]),
            _instant(row["case:enddate"]) if row["case:enddate"] else None,
        )
        for name, row in rows.items()
    }


def expected(found: Mapping[str, Term], look: Look) -> Steps:
    """What must be done: nudge at half the term, warn at the deadline, escalate a working day after the warning; each
    at the first look from that moment on, unless the application was settled before."""
    steps: Steps = {}
    for name, term in found.items():
        nudged, warned = look(max(term.halfway, term.start)), look(max(term.deadline, term.start))
        moments = {
            ("nudge", "0"): nudged,
            ("warn", "0"): warned,
            ("warn", "1"): look(a_working_day_after(warned)),
        }
        for (rule, step), at in moments.items():
            if term.end is None or at < term.end:
                steps[name, rule, step] = at
    return steps


def every(period: int, first: int) -> Look:
    """Looks at `first` and every `period` after it."""
    return lambda moment: first + max(0, -(-(moment - first) // period)) * period


def at_midnights(first: date, last: date) -> tuple[list[int], Look]:
    """Looks at eight in the morning, every day, by the wall clock."""
    days = [first + timedelta(days=number) for number in range((last - first).days)]
    moments = [_micros(datetime.combine(day, time(8), ZONE)) for day in days]
    return moments, lambda moment: moments[bisect_left(moments, moment)]


def a_working_day_after(moment: int) -> int:
    """The same time on the next working day; from the next opening, if it was closed."""
    local = (EPOCH + timedelta(microseconds=moment)).astimezone(ZONE)
    day, clock = local.date(), local.time()
    if not _is_working(day) or clock >= CLOSES:
        day, clock = next(_working_days_after(day)), OPENS
    elif clock < OPENS:
        clock = OPENS
    return _micros(datetime.combine(next(_working_days_after(day)), clock, ZONE))


def _working_days_after(day: date) -> Iterator[date]:
    return (later for number in range(1, 30) if _is_working(later := day + timedelta(days=number)))


_DUTCH = holidays.country_holidays("NL", years=range(2010, 2016))


def _is_working(day: date) -> bool:
    return day.weekday() < 5 and day not in _DUTCH


def _instant(text: str) -> int:
    return _micros(datetime.fromisoformat(text))


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)
