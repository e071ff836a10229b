"""Dates and times as people write them; what could be two different days is refused, not guessed.

What comes first may be said instead of a format: `day-first`, `month-first`, `year-first`, or `serial` for days since
1900 as spreadsheets count them."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from leadrelay.clock import Instant, instant_of
from leadrelay.rulebook.import_map import ORDERS, SERIAL
from leadrelay.zone import instant_at

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januari januar janner janv janvier",
            "feb february februari februar fevr fevrier",
            "mar march maart mrt marz maerz mars",
            "apr april avr avril",
            "may mei mai",
            "jun june juni juin",
            "jul july juli juil juillet",
            "aug august augustus aout",
            "sep sept september septembre",
            "oct october okt oktober octobre",
            "nov november novembre",
            "dec december dez dezember decembre",
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
        r"(?:[a-z]{2,9}\.?,?\s+)?(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?[-\s.]+(?P<word>[a-z]{3,10})\.?,?[-\s.]+(?P<year>[0-9]{4})",
        r"(?P<word>[a-z]{3,10})\.?\s+(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>[0-9]{4})",
        r"(?P<first>[0-9]{1,2})(?P<mark>[-/.])(?P<second>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})",
        r"(?P<first>[0-9]{1,2})(?P<mark>[-/.])(?P<second>[0-9]{1,2})(?P=mark)(?P<third>[0-9]{2})",
    )
)
_SERIAL = re.compile(r"[1-7][0-9]{4}(?:[.,][0-9]{1,12})?")
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - day 60 of spreadsheets, 29 February 1900, never was
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
    try:
        return _read(text, plain, formats)
    except NotAMoment:
        raise
    except (ValueError, OverflowError) as error:  # so many days or milliseconds that no calendar has them
        raise NotAMoment(f"'{plain}' is no date or time of any calendar") from error


def _read(text: str, plain: str, formats: Sequence[str]) -> datetime:
    """Raises NotAMoment, ValueError, OverflowError."""
    orders = [one for one in formats if one in ORDERS]
    if SERIAL in formats and _SERIAL.fullmatch(plain):
        return _plausible(_DAY_ZERO + timedelta(seconds=round(float(plain.replace(",", ".")) * 86_400)), text)
    formats = [one for one in formats if one not in (*ORDERS, SERIAL)]
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
        return _plausible(_guess(plain, orders[0] if orders else ""), text)


def _guess(plain: str, order: str) -> datetime:
    if net := _NET.fullmatch(plain):
        return datetime.fromtimestamp(int(net[1]) / 1000, tz=ZoneInfo("UTC"))
    if _EPOCH.fullmatch(plain):
        return datetime.fromtimestamp(int(plain) / (1000 if len(plain) == 13 else 1), tz=ZoneInfo("UTC"))
    unaccented = "".join(one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one))
    for shape in _SHAPES:
        match = shape.fullmatch(unaccented)
        if match:
            return _built({**match.groupdict(), "order": order}, plain)
    raise NotAMoment(f"'{plain}' is no date or time that is known here; a map can give its format under 'dates'")


def _built(parts: dict[str, str | None], plain: str) -> datetime:
    try:
        year, month, day = _day(parts, plain)
        found = datetime(year, month, day)  # noqa: DTZ001 - the zone comes later
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


def _day(parts: dict[str, str | None], plain: str) -> tuple[int, int, int]:
    """Year, month and day. Raises NotAMoment where their order is not certain."""
    year, day = int(parts.get("year") or 0), int(parts.get("day") or 0)
    if parts.get("word"):
        month = _MONTHS.get((parts["word"] or "").lower())
        if month is None:
            raise NotAMoment(f"'{plain}' has no month that is known here")
        return year, month, day
    if "first" not in parts:
        return year, int(parts["month"] or 0), day
    if parts.get("third"):
        return _short(parts, plain)
    month, day = _month_and_day(int(parts["first"] or 0), int(parts["second"] or 0), parts, plain)
    return year, month, day


def _month_and_day(first: int, second: int, parts: dict[str, str | None], plain: str) -> tuple[int, int]:
    if parts["order"] == "month-first":
        return first, second
    if parts["order"] or parts["mark"] != "/" or first > 12 or first == second:
        return second, first  # 31-12-2021 and 31.12.2021 put the day first wherever they are in use
    if second > 12:
        return first, second
    raise NotAMoment(f"'{plain}' can be two days; say which with --dates day-first, or in a map: dates: ['%d/%m/%Y']")


def _short(parts: dict[str, str | None], plain: str) -> tuple[int, int, int]:
    """A date whose year has two digits: of this century up to 79, as spreadsheets have it."""
    first, second, third = (int(parts[one] or 0) for one in ("first", "second", "third"))
    match parts["order"]:
        case "day-first":
            year, month, day = third, second, first
        case "month-first":
            year, month, day = third, first, second
        case "year-first":
            year, month, day = first, second, third
        case _:
            raise NotAMoment(f"'{plain}' has a year of two digits; say what comes first with --dates day-first")
    return year + (2000 if year < 80 else 1900), month, day


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
