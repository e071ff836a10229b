"""The windows that counts look back through, three weeks and twelve calendar months, and when something leaves them."""

from bisect import bisect_right
from datetime import date
from functools import lru_cache, partial

from leadrelay.clock import HOUR, Instant, day_of
from leadrelay.zone import instant_at, latest_local, midnight, zone_of

DAY = 24 * HOUR
THREE_WEEKS = 21 * DAY


def leaves_three_weeks(at: Instant) -> Instant:
    """The moment from which something at `at` is no longer of the past three weeks."""
    return at + THREE_WEEKS


def leaves_year(at: Instant, zone: str) -> Instant:
    """The moment from which something at `at` is no longer of the past twelve calendar months in that zone.

    It never comes earlier for a later `at`, which is what makes a window of it; so 29 February leaves with the last
    moment of the 28th."""
    tz = zone_of(zone)
    local = latest_local(at, tz)
    try:
        return instant_at(local.replace(year=local.year + 1), tz)
    except ValueError:
        return midnight(day_of(date(local.year + 1, 3, 1)), tz)


@lru_cache(maxsize=256)
def year_before(now: Instant, zone: str) -> Instant:
    """The last moment that has left the past twelve months: what is after it, up to `now`, counts."""
    low, high = now - 368 * DAY, now - 363 * DAY
    gone = bisect_right(range(low, high), now, key=partial(leaves_year, zone=zone))
    return low + gone - 1
