"""Time zones by name, and the way from wall-clock time to instants and back across every jump of the clock.

A wall-clock time that does not exist stands for the first instant after the jump; one that comes twice stands for
its first occurrence. So `instant_at` never decreases; `local_of` does, where the clock is put back.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadrelay.clock import FOREVER, HOUR, SECOND, Day, Instant, date_of, datetime_of, instant_of
from leadrelay.errors import UnknownZone

LOWEST: Instant = instant_of(datetime(1, 1, 3, tzinfo=UTC))
HIGHEST: Instant = instant_of(datetime(9999, 12, 29, tzinfo=UTC))
"""Between these two every zone has a wall-clock time that Python can hold."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock time is naive on purpose
_EPOCH_DAY = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)
_FIRST_DAY: Day = -719_162
_LAST_DAY: Day = 2_932_896


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """The zone of that name. Raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZone(zone=name) from error


@lru_cache(maxsize=65536)
def midnight(day: Day, zone: ZoneInfo) -> Instant:
    """The first instant of a day; where midnight does not exist, the moment the clock jumps to.

    Beyond the years 1 to 9999: longer ago than any moment, or FOREVER."""
    if not _FIRST_DAY <= day <= _LAST_DAY:
        return FOREVER if day > 0 else -FOREVER
    return _instant_at(datetime.combine(date_of(day), time()), zone)


@lru_cache(maxsize=2048)
def midnights(year: int, zone: ZoneInfo) -> tuple[Instant, ...]:
    """The first instant of every day of a year, and of the day after it."""
    first, last = date(year, 1, 1).toordinal() - _EPOCH_DAY, date(year, 12, 31).toordinal() - _EPOCH_DAY
    found: list[Instant] = []
    for day in range(first, last + 1, 7):
        start = midnight(day, zone)
        # No zone ever jumped to and fro within a week: when a week is as long as it should be, all its days are.
        even = midnight(day + 7, zone) - start == 7 * 24 * HOUR
        found += [start + step * 24 * HOUR if even else midnight(day + step, zone) for step in range(7)]
    return (*found[: last - first + 1], midnight(last + 1, zone))


def local_of(instant: Instant, zone: ZoneInfo) -> datetime:
    """The naive wall-clock time at an instant, which is first brought between LOWEST and HIGHEST."""
    return datetime_of(min(max(instant, LOWEST), HIGHEST), zone).replace(tzinfo=None, fold=0)


def instant_at(local: datetime, zone: ZoneInfo) -> Instant:
    """The instant of a naive wall-clock time: its first occurrence, or the first instant after the gap it is in."""
    plain = _plain(local, zone)
    return _instant_at(local, zone) if plain is None else plain


def moments_of(local: datetime, zone: ZoneInfo) -> tuple[Instant, ...]:
    """Every instant at which the wall clock comes to, jumps over, or is put back behind a naive time, in order."""
    first, second = _readings(local, zone)
    if first == second:
        return (first,)
    if first > second:
        return (_turn(second, first, zone),)
    return (first, _turn(first, second, zone), second)


def latest_local(limit: Instant, zone: ZoneInfo) -> datetime:
    """The latest naive wall-clock time whose `instant_at` is not after `limit`."""
    moment = datetime_of(limit, zone)
    local = moment.replace(tzinfo=None, fold=0)
    if not moment.fold:
        return local
    # The clock was put back: every time up to the moment it was has already been, once.
    first, second = _readings(local, zone)
    return local_of(_turn(first, second, zone) - 1, zone)


def _plain(local: datetime, zone: ZoneInfo) -> Instant | None:
    """The first occurrence of a time on a day without a jump, quicker than by asking the zone; None on other days."""
    day = local.toordinal() - _EPOCH_DAY
    start = midnight(day, zone)
    if midnight(day + 1, zone) - start != 24 * HOUR:
        return None
    return start + ((local.hour * 60 + local.minute) * 60 + local.second) * SECOND + local.microsecond


def _instant_at(local: datetime, zone: ZoneInfo) -> Instant:
    first, second = _readings(local, zone)
    return first if first <= second else _turn(second, first, zone)


def _readings(local: datetime, zone: ZoneInfo) -> tuple[Instant, Instant]:
    """A naive time read with the offset before and with the offset after a jump: equal where there is none."""
    instant = (local - _EPOCH) // _MICROSECOND
    before, after = local.replace(tzinfo=zone).utcoffset(), local.replace(tzinfo=zone, fold=1).utcoffset()
    assert before is not None and after is not None
    first = instant - before // _MICROSECOND
    return first, first if before == after else instant - after // _MICROSECOND


def _turn(low: Instant, high: Instant, zone: ZoneInfo) -> Instant:
    """The jump in (low, high]: the first instant with the offset of `high`."""
    offset = datetime_of(high, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime_of(middle, zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high
