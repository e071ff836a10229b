"""Closed days out of an iCal file: its all-day events, among them those that come back every year."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import takewhile

_FIRST, _LAST = date(1970, 1, 1), date(2100, 12, 31)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DIGITS = re.compile(r"\d{8}", re.ASCII)
_NTH_DAY = re.compile(r"([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)")
_DURATION = re.compile(r"P(?:(\d{1,4})W|(\d{1,5})D)")
_YEARLY = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "WKST"}

_Event = dict[str, list[tuple[int, str]]]
"""Property name to the line numbers and values that it has."""


def read_ical(text: str) -> frozenset[date]:
    """The days of all all-day events from 1970 to 2100; events with a time of day, and cancelled ones, are left out.

    Yearly events (RRULE:FREQ=YEARLY, on the same date or as BYMONTH=5;BYDAY=-1MO) are repeated. Raises ValueError with
    the line number for a date or a repetition that it does not understand, and for text that is no iCal file."""
    return frozenset(day for event in _events(text) for day in _days(event) if _FIRST <= day <= _LAST)


def _lines(text: str) -> list[tuple[int, str]]:
    """The logical lines with their numbers: a line that begins with a blank continues the one before."""
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        if line[:1] in (" ", "\t") and lines:
            lines[-1] = (lines[-1][0], lines[-1][1] + line[1:])
        elif line.strip():
            lines.append((number, line.strip()))
    return lines


def _events(text: str) -> Iterator[_Event]:
    lines = _lines(text)
    if not lines or lines[0][1].upper() != "BEGIN:VCALENDAR":
        raise ValueError("line 1: this is no iCal file; it does not start with BEGIN:VCALENDAR")
    inside: list[str] = []
    event: _Event = {}
    for number, line in lines:
        head, _, value = line.partition(":")
        name = head.partition(";")[0].upper()
        if name == "BEGIN":
            inside.append(value.upper())
            event = {} if value.upper() == "VEVENT" else event
        elif name == "END":
            if inside[-1:] != [value.upper()]:
                raise ValueError(f"line {number}: END:{value} does not end what was begun last")
            if inside.pop() == "VEVENT":
                yield event
        elif inside[-1:] == ["VEVENT"]:  # and not in an alarm within the event
            event.setdefault(name, []).append((number, value.strip()))
    if inside:
        raise ValueError(f"line {lines[-1][0]}: END:{inside[-1]} is missing; the file is cut off")


def _days(event: _Event) -> Iterator[date]:
    start = _one(event, "DTSTART")
    if start is None or (_one(event, "STATUS") or (0, ""))[1].upper() == "CANCELLED":
        return
    first = _date(*start)
    if first is None:
        return
    length = _length(event, first)
    skipped = {_date(number, part) for number, value in event.get("EXDATE", ()) for part in value.split(",")}
    rule = _one(event, "RRULE")
    begins = _repeated(first, *rule) if rule else iter((first,))
    for begin in takewhile(lambda day: day <= _LAST, begins):
        if begin not in skipped:
            yield from (begin + timedelta(days=more) for more in range(length))


def _one(event: _Event, name: str) -> tuple[int, str] | None:
    return event[name][0] if name in event else None


def _date(number: int, value: str) -> date | None:
    """The date; None for a time of day. Raises ValueError."""
    digits, time, _ = value.partition("T")
    try:
        if not _DIGITS.fullmatch(digits):
            raise ValueError(digits)
        day = date.fromisoformat(digits)
    except ValueError as error:
        raise ValueError(f"line {number}: '{value}' is no date; iCal writes 20261224") from error
    return None if time else day


def _length(event: _Event, first: date) -> int:
    """How many days the event lasts: DTEND is not part of it, and without one it is a single day."""
    if end := _one(event, "DTEND"):
        last = _date(*end)
        if last is None or last < first:
            raise ValueError(f"line {end[0]}: DTEND '{end[1]}' is no date after DTSTART")
        return min((last - first).days or 1, (_LAST - _FIRST).days)
    if span := _one(event, "DURATION"):
        match = _DURATION.fullmatch(span[1])
        if match is None:
            raise ValueError(f"line {span[0]}: DURATION '{span[1]}' is not understood; write P3D or P1W")
        return int(match[1] or 0) * 7 + int(match[2] or 0) or 1
    return 1


def _repeated(first: date, number: int, rule: str) -> Iterator[date]:
    """Every occurrence of a yearly rule, in order. Raises ValueError for any other rule."""
    try:
        parts = dict(part.upper().split("=", 1) for part in rule.rstrip(";").split(";"))
        if parts["FREQ"] != "YEARLY" or parts.keys() - _YEARLY:
            raise ValueError(rule)
        step, count = int(parts.get("INTERVAL", 1)), int(parts.get("COUNT", 1000))
        if step < 1 or count < 1:
            raise ValueError(rule)
        until = _date(number, parts.get("UNTIL", "21001231")[:8]) or _LAST
        month, nth = int(parts.get("BYMONTH", first.month)), parts.get("BYDAY")
        day = int(parts.get("BYMONTHDAY", first.day))
        if nth and ("BYMONTH" not in parts or "BYMONTHDAY" in parts):
            raise ValueError(rule)
        found = [_in_year(year, month, day, nth) for year in range(first.year, _LAST.year + 1, step)]
    except (ValueError, KeyError) as error:
        raise ValueError(
            f"line {number}: RRULE '{rule}' is not understood; only events that come back every year are,"
            " such as FREQ=YEARLY or FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO"
        ) from error
    return iter([one for one in found if one and first <= one <= until][:count])


def _in_year(year: int, month: int, day: int, nth: str | None) -> date | None:
    """The date in that year: 'the -1st Monday' of the month, or a day of the month if it has that day."""
    length = monthrange(year, month)[1]
    if nth is None:
        return date(year, month, day) if 1 <= day <= length else None
    match = _NTH_DAY.fullmatch(nth)
    if match is None:
        raise ValueError(nth)
    days = [one for one in range(1, length + 1) if date(year, month, one).weekday() == _WEEKDAYS.index(match[2])]
    rank = int(match[1])
    index = rank - 1 if rank > 0 else len(days) + rank
    return date(year, month, days[index]) if 0 <= index < len(days) else None
