"""Dates and times as people write them; what could be two different days is refused, not guessed."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from leadrelay.clock import Instant, instant_of
from leadrelay.zone import instant_at

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januari",
            "feb february februari",
            "mar march maart mrt",
            "apr april",
            "may mei",
            "jun june juni",
            "jul july juli",
            "aug august augustus",
            "sep sept september",
            "oct october okt oktober",
            "nov november",
            "dec december",
        ),
        1,
    )
    for name in names.split()
}
_CLOCK = (
    r"(?:[T ,]*(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?)"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?P<offset>Z|UTC|[-+][0-9]{2}:?[0-9]{2})?)?"
)
_SHAPES = tuple(
    re.compile(shape + _CLOCK, re.IGNORECASE)
    for shape in (
        r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        r"(?:[a-z]{2,9}\.?,?\s+)?(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?[-\s.]+(?P<word>[a-z]{3,9})\.?,?[-\s.]+(?P<year>[0-9]{4})",
        r"(?P<word>[a-z]{3,9})\.?\s+(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>[0-9]{4})",
        r"(?P<first>[0-9]{1,2})(?P<mark>[-/.])(?P<second>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})",
    )
)
_EPOCH = re.compile(r"[0-9]{10}|[0-9]{13}")
_NET = re.compile(r"/Date\((-?[0-9]{1,14})(?:[-+][0-9]{4})?\)/")  # as Dynamics writes times in JSON: milliseconds
_EARLIEST, _LATEST = 1900, 2200


class NotAMoment(ValueError):
    """A text that is no date or time, or more than one; str() is the reason."""


def moment_of(text: str, zone: ZoneInfo, formats: Sequence[str] = ()) -> Instant:
    """The instant in a text; without an offset it is wall-clock time in `zone`, a date alone its midnight.

    `formats` (as strptime knows them) are tried in order, then ISO 8601; with formats nothing is guessed: a day-first
    map on a month-first export would else be half right, half wrong. Raises NotAMoment."""
    found = _datetime(text, formats)
    return instant_at(found, zone) if found.tzinfo is None else instant_of(found)


def date_in(text: str, formats: Sequence[str] = ()) -> date:
    """The date in a text, as written: a time and an offset behind it do not move it. Raises NotAMoment."""
    return _datetime(text, formats).date()


def _datetime(text: str, formats: Sequence[str]) -> datetime:
    plain = " ".join(text.split())
    for pattern in formats:
        try:
            return _plausible(datetime.strptime(plain, pattern), text)  # noqa: DTZ007 - the zone comes later
        except (ValueError, OverflowError):
            continue
    try:
        return _plausible(datetime.fromisoformat(plain), text)
    except (ValueError, OverflowError):
        if formats:
            raise NotAMoment(f"'{plain}' is in none of the map's formats: {', '.join(formats)}") from None
        return _plausible(_guess(plain), text)


def _guess(plain: str) -> datetime:
    if net := _NET.fullmatch(plain):
        return datetime.fromtimestamp(int(net[1]) / 1000, tz=ZoneInfo("UTC"))
    if _EPOCH.fullmatch(plain):
        return datetime.fromtimestamp(int(plain) / (1000 if len(plain) == 13 else 1), tz=ZoneInfo("UTC"))
    for shape in _SHAPES:
        match = shape.fullmatch(plain)
        if match:
            return _built(match.groupdict(), plain)
    raise NotAMoment(f"'{plain}' is no date or time that is known here; a map can give its format under 'dates'")


def _built(parts: dict[str, str | None], plain: str) -> datetime:
    try:
        month, day = _month_and_day(parts, plain)
        found = datetime(int(parts["year"] or 0), month, day)  # noqa: DTZ001 - the zone comes later
        if not parts["time"]:
            return found
        clock = parts["time"].replace(",", ".")
        hours, _, rest = clock.partition(":")
        hour = _hour(int(hours), (parts["half"] or "").replace(".", "").lower())
        whole = f"{found:%Y-%m-%d}T{hour:02}:{_micro(rest)}{_offset(parts['offset'])}"
        return datetime.fromisoformat(whole)
    except ValueError as error:
        if isinstance(error, NotAMoment):
            raise
        raise NotAMoment(f"'{plain}' is no date or time of any calendar") from error


def _month_and_day(parts: dict[str, str | None], plain: str) -> tuple[int, int]:
    if parts.get("word"):
        month = _MONTHS.get((parts["word"] or "").lower())
        if month is None:
            raise NotAMoment(f"'{plain}' has no month that is known here")
        return month, int(parts["day"] or 0)
    if "first" not in parts:
        return int(parts["month"] or 0), int(parts["day"] or 0)
    first, second = int(parts["first"] or 0), int(parts["second"] or 0)
    if parts["mark"] != "/" or first > 12 or first == second:
        return second, first  # 31-12-2021 and 31.12.2021 put the day first wherever they are in use
    if second > 12:
        return first, second
    raise NotAMoment(f"'{plain}' can be two days; say which in a map: dates: ['%d/%m/%Y'] or ['%m/%d/%Y']")


def _hour(hour: int, half: str) -> int:
    if half and not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour if not half else hour % 12 + (12 if half == "pm" else 0)


def _micro(rest: str) -> str:
    minutes, point, fraction = rest.partition(".")
    return f"{minutes}.{fraction[:6]:0<6}" if point else minutes


def _offset(offset: str | None) -> str:
    return "" if not offset else "+00:00" if offset.upper() in ("Z", "UTC") else offset


def _plausible(found: datetime, text: str) -> datetime:
    if not _EARLIEST <= found.year < _LATEST:
        raise NotAMoment(f"'{text}' lies in the year {found.year}, which cannot be meant")
    return found
