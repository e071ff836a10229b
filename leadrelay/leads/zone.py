"""Time zones by name, and the first instant of a day in one."""

from datetime import datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadrelay.clock import Day, Instant, date_of, instant_of
from leadrelay.errors import UnknownZone


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """The zone of that name. Raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZone(zone=name) from error


@lru_cache(maxsize=65536)
def midnight(day: Day, zone: ZoneInfo) -> Instant:
    """The first instant of a day; where midnight does not exist, the moment the clock jumps to."""
    moment = datetime.combine(date_of(day), time(), tzinfo=zone)
    return instant_of(moment)
