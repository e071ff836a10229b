"""The moments at which the simulated company is looked at: three on a working day, one on any other."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from leadrelay.calendar import WorkCalendar
from leadrelay.clock import Instant, instant_of

ZONE = ZoneInfo("Europe/Amsterdam")
START = datetime(2027, 1, 4, tzinfo=ZONE)  # a Monday
WORKING_HOURS = (9, 12, 16)
"""When people work through what they have, on a working day."""


class Look(NamedTuple):
    """One look at the company: which day, the moment, whether people are at work, and whether the day is over."""

    day: int
    moment: datetime
    working: bool
    last: bool

    @property
    def now(self) -> Instant:
        """The moment as an instant."""
        return instant_of(self.moment)


def looks(days: int, calendar: WorkCalendar) -> Iterator[Look]:
    """Every look of so many days."""
    for day in range(days):
        date = START + timedelta(days=day)
        noon = date.replace(hour=12)
        working = calendar.is_open(instant_of(date.replace(hour=10)))
        if not working:
            yield Look(day, noon, False, True)
            continue
        for hour in WORKING_HOURS:
            yield Look(day, date.replace(hour=hour, minute=30), True, hour == WORKING_HOURS[-1])
