"""The only place that knows what time it is; instants are whole microseconds since 1970 in UTC."""

import os
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from leadrelay.errors import BadTime

Instant = int
"""Microseconds since 1970-01-01T00:00Z."""
Day = int
"""Days since 1970-01-01; what a date is in facts and in the database."""
Clock = Callable[[], Instant]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
CHOSEN_TIME = "LEADRELAY_NOW"
"""The environment variable that sets the clock of a command, as --now does."""
FOREVER: Instant = 2**62
"""Later than any moment: 'as long as no field changes'."""

EARLIEST_CLOCK, LATEST_CLOCK = -2_208_988_800 * SECOND, 32_503_680_000 * SECOND
"""1900 and 3000: between them a clock may be set."""
forced: ContextVar[bool] = ContextVar("forced", default=False)
"""Whether --force was said: a time that is far from the machine's may write where people live by that."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)


def system_clock() -> Instant:
    """The machine's time."""
    return time.time_ns() // 1_000


def fixed_clock(instant: Instant) -> Clock:
    """A clock that stands still at `instant`."""
    return lambda: instant


def stopwatch() -> Callable[[], float]:
    """Starts now; each call says how many seconds have passed. For reports, never for decisions."""
    start = time.perf_counter()
    return lambda: time.perf_counter() - start


def chosen_time(text: str | None, zone: ZoneInfo) -> Instant | None:
    """The time that `--now` or LEADRELAY_NOW sets; None: the machine's. One without offset is in `zone`.

    Raises BadTime."""
    if text is None:
        text = os.environ.get(CHOSEN_TIME) or None
    if text is None:
        return None
    chosen = parse_time(text, zone)
    if not EARLIEST_CLOCK <= chosen < LATEST_CLOCK:
        raise BadTime(text=text)  # calendars end somewhere before and after
    return chosen


def steady(wall: Instant, last: Instant, then: Instant, tolerance: int) -> Instant:
    """The time as it goes on from `last`, which it was when the machine's clock said `then`, now that this says `wall`.

    It never goes back while the clock is behind by `tolerance` at most: it goes on half as fast, until the clock has
    caught up. A clock that is further behind is believed."""
    going = last + max(wall - then, 0) // 2
    return going if wall < going <= wall + tolerance else wall


def instant_of(moment: datetime) -> Instant:
    """The instant of an aware datetime."""
    return (moment - _EPOCH) // _MICROSECOND


def datetime_of(instant: Instant, zone: ZoneInfo) -> datetime:
    """The wall-clock time of an instant in a zone."""
    return (_EPOCH + timedelta(microseconds=instant)).astimezone(zone)


def day_of(value: date) -> Day:
    """A date as a day number."""
    return value.toordinal() - _EPOCH_DAY


def date_of(day: Day) -> date:
    """A day number as a date."""
    return date.fromordinal(day + _EPOCH_DAY)


def parse_time(text: str, zone: ZoneInfo) -> Instant:
    """An ISO time as an instant; without an offset it is wall-clock time in `zone`, a date alone is its midnight.

    Raises BadTime."""
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return instant_of(moment)
    except (ValueError, OverflowError) as error:
        raise BadTime(text=text) from error


def iso(instant: Instant, zone: ZoneInfo) -> str:
    """ISO 8601 with offset, as exports and JSON show a time; in UTC where the zone's own offset was not of whole
    minutes, as before about 1940: many programs cannot read such a one."""
    moment = datetime_of(instant, zone)
    if (moment.utcoffset() or timedelta()).total_seconds() % 60:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds" if moment.microsecond else "seconds")
