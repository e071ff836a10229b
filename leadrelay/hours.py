"""Weekly opening hours: the text of `hours:` in calendar.yaml as minutes of the day, and what makes them valid."""

import re
from collections.abc import Mapping

Frame = tuple[int, int]
"""From and until, in minutes since midnight by the wall clock; the end is not part of it."""
Week = tuple[tuple[Frame, ...], ...]
"""The frames of Monday up to and including Sunday."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_MINUTES = 24 * 60

_FRAME = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)")


def parse_hours(hours: Mapping[str, str | None]) -> Week:
    """Opening hours per weekday, from keys such as `monday`, `monday-thursday` or `saturday, sunday`.

    A value is `09:00-12:30, 13:00-17:30`, or `closed` or empty; a day that no key names is closed. Raises ValueError
    with a message that names the key."""
    week: dict[int, tuple[Frame, ...]] = {}
    for key, text in hours.items():
        frames = _frames(key, text)
        for day in _days(str(key)):
            if day in week:
                raise ValueError(f"'{key}': the hours of {WEEKDAYS[day]} are given twice")
            week[day] = frames
    return tuple(week.get(day, ()) for day in range(7))


def check_week(week: Week) -> None:
    """Raises ValueError unless it is seven days of frames, each in order, apart, and inside the day."""
    if len(week) != 7:
        raise ValueError(f"a week has seven days, not {len(week)}")
    for name, frames in zip(WEEKDAYS, week, strict=True):
        check_frames(name, frames)


def check_frames(name: str, frames: tuple[Frame, ...]) -> None:
    """Raises ValueError, naming the day or key, unless the frames are in order, apart, and inside the day."""
    closed_at = 0
    for start, end in frames:
        if not 0 <= start < end <= DAY_MINUTES:
            raise ValueError(
                f"'{name}': {_written(start, end)} does not run forward within one day;"
                " write hours past midnight as two, such as 22:00-24:00 and 00:00-06:00 on the next day"
            )
        if start < closed_at:
            raise ValueError(f"'{name}': {_written(start, end)} begins before the hours in front of it have ended")
        closed_at = end


def _days(key: str) -> list[int]:
    days = []
    for part in key.split(","):
        first, dash, last = (name.strip() for name in part.partition("-"))
        begin = _day(key, first)
        days += [(begin + step) % 7 for step in range((_day(key, last) - begin) % 7 + 1)] if dash else [begin]
    return days


def _day(key: str, name: str) -> int:
    word = name.casefold()
    for number, weekday in enumerate(WEEKDAYS):
        if word in (weekday, weekday[:3]):
            return number
    raise ValueError(f"'{key}': '{name}' is no day of the week; write monday, monday-thursday or saturday")


def _frames(key: str, text: str | None) -> tuple[Frame, ...]:
    text = (text or "").strip()
    if text.casefold() in ("", "closed"):
        return ()
    frames = tuple(_frame(key, part.strip()) for part in text.split(","))
    check_frames(key, frames)
    return frames


def _frame(key: str, text: str) -> Frame:
    match = _FRAME.fullmatch(text)
    if match is None:
        raise ValueError(f"'{key}': '{text}' is no opening time; write 09:00-12:30, 13:00-17:30 or closed")
    hour, minute, end_hour, end_minute = map(int, match.groups())
    if minute > 59 or end_minute > 59 or hour > 24 or end_hour > 24:
        raise ValueError(f"'{key}': '{text}' is no time of the day; hours run from 00:00 to 24:00")
    return hour * 60 + minute, end_hour * 60 + end_minute


def _written(start: int, end: int) -> str:
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
